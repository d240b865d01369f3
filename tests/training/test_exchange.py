"""Examples go out as tables and Rasa YAML, and come back as the same; strange files are refused, formulas stay words."""

from __future__ import annotations

import io
import zipfile

import pytest
import yaml
from openpyxl import load_workbook

from core.errors import UserFacingError
from nlu.training.content import ContentTree
from nlu.training.exchange import FORMATS, Row, bring_in, export, plan, read

_FORMULA = '=HYPERLINK("http://x.vn")'


def _all(tree: ContentTree) -> set[Row]:
    return {Row(intent.name, example) for intent in tree.intents.all().values() for example in intent.examples}


@pytest.mark.parametrize("kind", FORMATS)
def test_out_and_in_again_is_the_same(tree: ContentTree, kind: str) -> None:
    """Whatever stands in an example; nothing is new then."""
    tree.intents.add_examples("greet", [_FORMULA, '- "chào", bạn; nhé', "@ad ơi", "'chào"])
    rows = read(f"cau.{kind.upper()}", export(tree.intents.all().values(), kind))
    assert set(rows) == _all(tree)
    found = plan(tree, rows)
    assert (found.new, found.known, found.elsewhere, dict(found.unknown), found.wrong) == ((), len(rows), (), {}, ())


def test_tables_hold_no_formulas(tree: ContentTree) -> None:
    """A spreadsheet that opens one computes nothing."""
    tree.intents.add_examples("greet", [_FORMULA])
    assert b"'=HYPERLINK" in export(tree.intents.all().values(), "csv")
    sheet = load_workbook(io.BytesIO(export(tree.intents.all().values(), "xlsx"))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


def test_yaml_out_is_rasas(tree: ContentTree) -> None:
    """As ``data/nlu`` has it."""
    raw = yaml.safe_load(export(tree.intents.all().values(), "yml"))
    assert raw["version"] == "3.1"
    assert {block["intent"] for block in raw["nlu"]} == {row.intent for row in _all(tree)}


def test_a_plan_tells_what_is_new_known_elsewhere_unknown_and_wrong(tree: ContentTree) -> None:
    """And bringing it in adds what is new, nothing else."""
    text = (
        "Ý định;Tên;Câu ví dụ\ngreet;;chào cả nhà\ngreet;;Chào cả nhà\ngreet;;alo\ngreet;;cảm ơn nhiều\nla;;gì đó\nthanks;;/x\n"
    )
    rows = read("cau.csv", text.encode("utf-8-sig"))
    found = plan(tree, rows)
    assert found.new == (Row("greet", "chào cả nhà"),)
    assert found.known == 2
    assert [row.example for row, _ in found.elsewhere] == ["cảm ơn nhiều"]
    assert found.unknown == {"la": 1}
    assert len(found.wrong) == 1
    assert bring_in(tree, found.new) == 1
    assert tree.intents.get("greet").examples[-1] == "chào cả nhà"


def test_a_file_replaces_what_its_intents_had(tree: ContentTree) -> None:
    """What it has not goes, what it has with another intent moves; intents it does not name stay as they are."""
    before = {name: intent.examples for name, intent in tree.intents.all().items()}
    text = "ý định,câu ví dụ\ngreet,xin chào\ngreet,cảm ơn nhiều\nthanks,ok cảm ơn\nthanks,đội ơn\n"
    found = plan(tree, read("cau.csv", text.encode()))
    assert found.new == (Row("thanks", "đội ơn"),)
    assert set(found.missing) == {Row("greet", "alo"), Row("thanks", "cảm ơn nhiều")}
    assert found.moved == (Row("greet", "cảm ơn nhiều"),)
    assert bring_in(tree, [*found.new, *found.moved], found.missing) == 2
    after = {name: intent.examples for name, intent in tree.intents.all().items()}
    assert after == {**before, "greet": ("xin chào", "cảm ơn nhiều"), "thanks": ("ok cảm ơn", "đội ơn")}


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"%PDF"), ("a.csv", b"\xff\xfe\x00"), ("a.csv", b""), ("a.csv", b"x,y\n1,2\n"), ("a.xlsx", b"PK"),
        ("a.xlsx", b"PK\x03\x04" + b"0" * 50), ("a.yml", b"a: ["), ("a.yml", b"- 1"), ("a.yml", b"nlu: []"), ("a.yml", b"nlu: 5"),
        ("bomb.xlsx", _bomb()),
    ],
)  # fmt: skip
def test_strange_files_are_refused(name: str, data: bytes) -> None:
    """In words, not with a fault."""
    with pytest.raises(UserFacingError):
        read(name, data)

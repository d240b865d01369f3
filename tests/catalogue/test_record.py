"""Reading records: strict on code and name, lenient on the rest."""

from __future__ import annotations

import gzip
import json
import unicodedata
from datetime import date
from pathlib import Path

import pytest

from core.catalogue_record import CatalogueRecord, numbered_lines, parse_record
from core.errors import ContentError, UserFacingError
from tests.catalogue.making import fee, method, raw, record


@pytest.mark.parametrize(
    "code", ["1.00419", "1.0041944", "1.014955-Xoa", "1,004194", "", "١.٠٠٤١٩٤", "1.004194\n1.004195", None, 5]
)
def test_line_without_a_portal_code_is_refused(code: object) -> None:
    """Nothing could be looked up or linked by it."""
    with pytest.raises(ContentError, match="code"):
        parse_record(json.dumps(raw() | {"code": code}))


@pytest.mark.parametrize("name", ["", "  \n", "\u200b", "…", None])
def test_line_without_a_name_is_refused(name: object) -> None:
    """Nothing could be found or shown by it."""
    with pytest.raises(ContentError, match="name"):
        parse_record(json.dumps(raw() | {"name": name}))


@pytest.mark.parametrize("line", ["", "{", "[]", "null", "7", '"text"', "\xff", "[" * 100000, '{"code": 1' + "0" * 5000 + "}"])
def test_line_that_is_no_record_is_refused(line: str) -> None:
    """With a reason, never with a crash."""
    with pytest.raises(ContentError):
        parse_record(line.encode("latin-1"))


def test_every_problem_of_a_line_is_named() -> None:
    """Fixing them one at a time would take an import each."""
    with pytest.raises(ContentError) as caught:
        parse_record('{"code": "x", "steps": "one"}')
    assert {problem.split(":")[0] for problem in caught.value.problems} == {"code", "name", "steps"}


def test_unknown_and_absent_fields_do_not_matter() -> None:
    """The portal adds fields without notice and leaves out empty ones."""
    bare = parse_record('{"code": "8.000001", "name": "Mượn ghế", "brand_new": {"deep": [1]}}')
    assert {len(bare.steps), len(bare.methods), len(bare.documents), len(bare.conditions)} == {0}
    assert bare.updated_at is None


def test_null_is_the_same_as_absent() -> None:
    """For every field but code and name."""
    fields = set(CatalogueRecord.model_fields) - {"code", "name"}
    assert len(fields) > 15
    assert parse_record(json.dumps(raw() | dict.fromkeys(fields))) == CatalogueRecord(code="8.000001", name=raw()["name"])


def test_names_come_out_in_one_line_composed_and_without_invisible_characters() -> None:
    """The same name typed in three ways is the same name."""
    told = record(name=unicodedata.normalize("NFD", "Thủ tục\n mượn\u200b  ghế "))
    assert told.name == "Thủ tục mượn ghế"


def test_letter_and_accent_parted_by_an_invisible_character_come_together() -> None:
    """Normalising before and after taking it out give the same record."""
    assert record(name="me\u200b\u0323").name == "mẹ"


def test_line_breaks_of_long_texts_stay() -> None:
    """They tell the steps apart."""
    assert record(steps=[{"text": "Bước 1:  nộp \r\n\n Bước 2: nhận"}]).steps[0].text == "Bước 1: nộp\nBước 2: nhận"


def test_half_a_surrogate_pair_can_be_stored() -> None:
    """JSON can hold what no encoding can."""
    assert parse_record(rb'{"code": "8.000001", "name": "Gh\ud83d\u1ebf"}').pack()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-5", "1e400", "true", '"hai"', "[]", "null", "1" + "0" * 40])
def test_amount_that_is_none_counts_as_absent(value: str) -> None:
    """It could not be shown, and it must not be guessed."""
    line = f'{{"code": "8.000001", "name": "Mượn ghế", "methods": [{{"fees": [{{"value": {value}}}]}}]}}'
    assert parse_record(line).methods[0].fees[0].value is None


def test_numbers_written_as_text_are_read() -> None:
    """Some exports quote them."""
    told = record(methods=[method(time="1", unit="OTHER", fees=[fee("20000"), fee(2.5)])]).methods[0]
    assert (told.time, told.fees[0].value, told.fees[1].value) == (1, 20000, 2.5)
    assert record(methods=[method(time="Theo mùa")]).methods[0].time == "Theo mùa"


@pytest.mark.parametrize(("written", "read"), [("2026-04-15", date(2026, 4, 15)), ("2026-04-15T10:00:00", date(2026, 4, 15))])
def test_date_is_read(written: str, read: date) -> None:
    """With or without a time of day."""
    assert record(updated_at=written).updated_at == read


@pytest.mark.parametrize("written", ["15/04/2026", "", "0001-01-01", "9999-12-31", 5, "hôm qua"])
def test_date_that_is_none_counts_as_absent(written: object) -> None:
    """A wrong date would be shown as the day of the last check."""
    assert record(updated_at=written).updated_at is None


@pytest.mark.parametrize(
    ("publisher", "place"),
    [
        ("Bộ Tư pháp", "vn"),
        ("", "vn"),
        ("UBND Thành phố Huế", "vn-hue"),
        ("UBND tỉnh Đắk Lắk", "vn-daklak"),
        ("Sở Xây dựng - tỉnh Quảng Ngãi", "vn-quangngai"),
        ("Trung tâm phục vụ hành chính công Thành phố Hà Nội", "vn-hanoi"),
    ],
)
def test_procedure_of_one_province_is_known_by_its_publisher(publisher: str, place: str) -> None:
    """What Lai Châu decided for itself is no answer for Huế."""
    assert record(promulgated_by=publisher).applies_to == place


def test_content_hash_changes_with_content_only() -> None:
    """Order of fields, blanks and unknown fields are no content; everything we tell is."""
    fields = raw(level="Cấp xã", results=["Ghế"])
    same = dict(reversed(fields.items())) | {"portal_uuid": "x", "level": " Cấp  xã "}
    assert parse_record(json.dumps(fields)).content_hash == parse_record(json.dumps(same)).content_hash
    for change in ({"results": ["Bàn"]}, {"updated_at": "2026-05-02"}, {"methods": [method()]}, {"is_ward": True}):
        assert parse_record(json.dumps(fields | change)).content_hash != parse_record(json.dumps(fields)).content_hash


def test_lines_of_plain_and_packed_files_are_the_same(tmp_path: Path) -> None:
    """Told apart by content; numbers count empty lines, a byte order mark is no content."""
    text = b"\xef\xbb\xbf{}\n\n  \n[1]\n"
    (tmp_path / "plain.gz").write_bytes(text)
    (tmp_path / "packed").write_bytes(gzip.compress(text))
    assert [line.strip() for _, line in numbered_lines(tmp_path / "plain.gz")] == [b"{}", b"[1]"]
    assert (
        list(numbered_lines(tmp_path / "packed")) == list(numbered_lines(tmp_path / "plain.gz")) == [(1, b"{}\n"), (4, b"[1]\n")]
    )


def test_file_that_cannot_be_read_is_named_with_the_cure(tmp_path: Path) -> None:
    """Missing, a folder, or broken off in the middle."""
    whole = gzip.compress(json.dumps(raw()).encode() * 50)
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "wrong.gz").write_bytes(whole[:10] + b"\xff" * 40)
    for name in ("missing", ".", "cut.gz", "wrong.gz"):
        with pytest.raises(UserFacingError, match="JSON lines"):
            list(numbered_lines(tmp_path / name))

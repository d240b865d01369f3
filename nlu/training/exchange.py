"""Intents and examples as files for others: CSV and XLSX tables, Rasa YAML; and back, with a look at what would change."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from core.errors import UserFacingError
from nlu.training.content import ContentTree
from nlu.training.intents import Intent, clean_example, examples_in, said

__all__ = ["FORMATS", "Plan", "Row", "bring_in", "export", "plan", "read"]

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yml": "application/yaml; charset=utf-8",
}
_COLUMNS = ("ý định", "tên", "câu ví dụ")
_MOST_ROWS = 50_000
_MOST_UNPACKED = 50_000_000
_FORMULA = ("=", "+", "-", "@", "\t")
"""A spreadsheet takes cells that begin so for a formula; they get a mark that is taken off again."""


@dataclass(frozen=True)
class Row:
    """One example of an intent, as a file has it."""

    intent: str
    example: str


@dataclass(frozen=True)
class Plan:
    """What bringing a file in would do.

    Args:
        new: Examples that would be added.
        known: How many are there already.
        elsewhere: Examples that belong to another intent (its title beside them); they stay there.
        unknown: Names of intents that do not exist, with how many examples they have in the file.
        wrong: Examples that cannot be used, with the reason.
        missing: Examples of the file's intents that the file has not; they go if it is to replace them.
        moved: Of `elsewhere`, those that then go there too, and would be added here.
    """

    new: tuple[Row, ...]
    known: int
    elsewhere: tuple[tuple[Row, str], ...]
    unknown: Mapping[str, int]
    wrong: tuple[str, ...]
    missing: tuple[Row, ...] = ()
    moved: tuple[Row, ...] = ()


def export(intents: Iterable[Intent], kind: str) -> bytes:
    """All examples in one of `FORMATS`.

    Raises:
        UserFacingError: There is no such format.
    """
    if kind == "csv":
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerows([_COLUMNS, *([_inert(cell) for cell in row] for row in _table(intents))])
        return ("\ufeff" + out.getvalue()).encode()  # the mark makes spreadsheets read UTF-8
    if kind == "xlsx":
        return _workbook(intents)
    if kind == "yml":
        blocks = [
            f"  - intent: {intent.name}\n    examples: |\n{_block(intent.examples)}" for intent in intents if intent.examples
        ]
        return ('version: "3.1"\n\nnlu:\n' + "\n".join(blocks)).encode()
    raise UserFacingError("Chỉ có tệp CSV, XLSX và YAML.")


def _table(intents: Iterable[Intent]) -> Iterable[tuple[str, str, str]]:
    return ((intent.name, intent.title, example) for intent in intents for example in intent.examples)


def _block(examples: Iterable[str]) -> str:
    return "".join(f"      - {example}\n" for example in examples)


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _workbook(intents: Iterable[Intent]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Câu ví dụ")
    for row in [_COLUMNS, *_table(intents)]:
        cells = [WriteOnlyCell(sheet, value=_inert(value)) for value in row]
        for cell in cells:
            cell.data_type = "s"  # text, whatever it looks like
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(name: str, data: bytes) -> list[Row]:
    """The rows of a file; what kind it is says its name.

    Raises:
        UserFacingError: It cannot be read as that.
    """
    kind = name.rpartition(".")[2].lower()
    try:
        if kind == "xlsx":
            table = _sheet(data)
        elif kind == "csv":
            text = data.decode("utf-8-sig")
            first = text.splitlines()[0] if text.strip() else ""
            table = list(csv.reader(io.StringIO(text), delimiter=";" if first.count(";") > first.count(",") else ","))
        elif kind in {"yml", "yaml"}:
            return _rows_of(yaml.load(data.decode("utf-8-sig"), Loader=yaml.CSafeLoader))
        else:
            raise UserFacingError("Chỉ đọc được tệp .csv, .xlsx, .yml.")
    except (UnicodeDecodeError, yaml.YAMLError, csv.Error, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise UserFacingError(f"Không đọc được tệp .{kind}. Hãy lưu lại từ bảng tính (CSV chọn mã UTF-8) rồi thử lại.") from error
    return _from_table(table)


def _from_table(table: Sequence[Sequence[str]]) -> list[Row]:
    if len(table) > _MOST_ROWS:
        raise UserFacingError(f"Tệp có hơn {_MOST_ROWS} dòng. Hãy chia nhỏ.")
    head = [str(cell).strip().lower() for cell in table[0]] if table else []
    names = {"intent": ("ý định", "intent"), "example": ("câu ví dụ", "example", "text")}
    places = {field: next((head.index(word) for word in words if word in head), None) for field, words in names.items()}
    intent, example = places["intent"], places["example"]
    if intent is None or example is None:
        raise UserFacingError("Dòng đầu của bảng phải có cột “ý định” và “câu ví dụ”. Xuất thử một tệp để xem mẫu.")
    rows = [row for row in table[1:] if len(row) > max(intent, example)]
    return [Row(_plain(row[intent]), _plain(row[example])) for row in rows if _plain(row[example])]


def _plain(cell: str) -> str:
    text = str(cell).strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _sheet(data: bytes) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > _MOST_UNPACKED:
            raise UserFacingError("Tệp bảng tính lớn quá. Hãy chia nhỏ.")
    sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
    found: list[list[str]] = []
    for row in sheet.iter_rows(values_only=True, max_col=20, max_row=_MOST_ROWS + 1):
        found.append(["" if cell is None else str(cell) for cell in row])
    return found


def _rows_of(raw: Any) -> list[Row]:
    listed = raw.get("nlu") if isinstance(raw, dict) else None
    blocks = [block for block in listed or () if isinstance(block, dict) and "intent" in block]
    if not blocks:
        raise UserFacingError("Tệp YAML không có ý định nào (mục nlu, intent, examples).")
    return [Row(str(block["intent"]), example) for block in blocks for example in examples_in(block)][:_MOST_ROWS]


def plan(tree: ContentTree, rows: Sequence[Row]) -> Plan:
    """What bringing these rows in would do; nothing is changed."""
    intents = tree.intents.all()
    listed: dict[str, set[str]] = {}
    for row in rows:
        listed.setdefault(row.intent, set()).add(said(_as_stored(row.example)).casefold())
    missing = tuple(
        Row(name, example)
        for name, kept in listed.items()
        if name in intents
        for example in intents[name].examples
        if said(example).casefold() not in kept
    )
    going = {(row.intent, said(row.example).casefold()) for row in missing}
    moved: list[Row] = []
    owners = {said(example).casefold(): name for name, intent in intents.items() for example in intent.examples}
    new: dict[str, Row] = {}
    elsewhere: list[tuple[Row, str]] = []
    unknown: dict[str, int] = {}
    wrong: list[str] = []
    known = 0
    for row in rows:
        if row.intent not in intents:
            unknown[row.intent] = unknown.get(row.intent, 0) + 1
            continue
        try:
            example = tree.intents.checked(row.example)
        except UserFacingError as error:
            wrong.append(str(error))
            continue
        plain = said(example).casefold()
        owner = owners.get(plain) or (new[plain].intent if plain in new else row.intent)
        if owner != row.intent:
            elsewhere.append((row, intents[owner].title))
            if (owner, plain) in going:
                moved.append(Row(row.intent, example))
        elif plain in owners or plain in new:
            known += 1
        else:
            new[plain] = Row(row.intent, example)
    return Plan(tuple(new.values()), known, tuple(elsewhere), unknown, tuple(wrong), missing, tuple(moved))


def _as_stored(example: str) -> str:
    """An example as it would be stored, or as it is where it cannot be."""
    try:
        return clean_example(example)
    except UserFacingError:
        return example


def bring_in(tree: ContentTree, rows: Iterable[Row], gone: Iterable[Row] = ()) -> int:
    """Add the rows' examples, after taking away those that are to go; returns how many were new.

    Raises:
        UserFacingError: One cannot be used any more; look at the plan again.
    """
    away: dict[str, set[str]] = {}
    for row in gone:
        away.setdefault(row.intent, set()).add(row.example)
    for name, examples in away.items():
        tree.intents.remove_examples(name, examples)
    by_intent: dict[str, list[str]] = {}
    for row in rows:
        by_intent.setdefault(row.intent, []).append(row.example)
    return sum(len(tree.intents.add_examples(name, examples)) for name, examples in by_intent.items())

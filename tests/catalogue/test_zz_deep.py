"""What holds for every record that can be read, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.answers import section_replies
from core.catalogue import CatalogueRecord, as_guide
from core.catalogue_record import numbered_lines, parse_record
from core.guides import MAX_WORDS, Section
from tests.catalogue.making import SAMPLE

_WORDS = (
    "Bước 1:|Bước 2.|- |+ |* Lưu ý:|a) |(i) |1.2. |::|: |. |; |\n| |…|(|)|<|>|<b>|->|Người nộp hồ sơ|Cơ quan tiếp nhận|"
    "Trường hợp|Đối với|thì phải có|nếu có|Thủ tục|THỦ TỤC|không|Không quy định|20.000 đồng|/hồ sơ|07 ngày làm việc|3 giờ|"
    "Ủy ban nhân dân cấp xã|UBND tỉnh Lai Châu|Sở Tư pháp, Sở Y tế; Cục Thuế|toàn trình|một phần|https://evil.example/x|"
    "www.gov.vn|1.004194|\u200b|\u0301|e|mẫu số 01|Tờ khai|Giấy ủy quyền"
)
PIECES = st.sampled_from([*_WORDS.split("|"), "dài " * 70])
TEXT = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES, max_size=14).map("".join))
NUMBER = st.one_of(st.none(), st.integers(), st.floats(), TEXT, st.booleans())
NAMES = TEXT.filter(lambda text: any(char.isalnum() for char in text))
FEE = st.fixed_dictionaries({}, optional={"type": TEXT, "value": NUMBER, "note": TEXT})
METHOD = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.one_of(st.sampled_from(["ONLINE", "DIRECT", "POSTAL"]), TEXT),
        "time": NUMBER,
        "unit": st.one_of(st.sampled_from(["WORKING_DAY", "DAY", "HOUR", "MONTH", "YEAR", "OTHER"]), TEXT),
        "note": TEXT,
        "fees": st.lists(FEE, max_size=6),
    },
)
PAPER = st.fixed_dictionaries(
    {}, optional={"name": TEXT, "quantity": TEXT, "group": st.sampled_from(["forms", "normally_required", "conditional", "?"])}
)
RECORDS = st.fixed_dictionaries(
    {"code": st.from_regex(r"[0-9]\.[0-9]{6}", fullmatch=True), "name": NAMES},
    optional={
        "level": TEXT,
        "sector": TEXT,
        "target_users": st.lists(TEXT, max_size=8),
        "promulgated_by": TEXT,
        "agency": st.fixed_dictionaries({}, optional={"competent_agency": TEXT, "executing_agency": TEXT}),
        "is_full_process": st.booleans(),
        "is_ward": st.booleans(),
        "is_province": st.booleans(),
        "is_vertical": st.booleans(),
        "updated_at": st.one_of(TEXT, st.dates().map(str)),
        "steps": st.lists(st.fixed_dictionaries({}, optional={"name": TEXT, "text": TEXT}), max_size=4),
        "methods": st.lists(METHOD, max_size=6),
        "documents": st.lists(PAPER, max_size=14),
        "conditions": TEXT,
        "results": st.lists(TEXT, max_size=6),
        "legal": st.lists(st.fixed_dictionaries({}, optional={"no": TEXT, "name": TEXT}), max_size=10),
    },
)


def _read(fields: dict[str, Any]) -> CatalogueRecord | None:
    """The record, unless nothing of its name is left after taking out what cannot be seen."""
    try:
        return CatalogueRecord.model_validate(fields)
    except ValueError:
        return None


@settings(max_examples=2500, deadline=None)
@given(RECORDS)
def test_every_readable_record_becomes_a_guide(fields: dict[str, Any]) -> None:
    """Short messages, no markup, no stranger's links, the same every time."""
    record = _read(fields)
    if record is None:
        return
    guide = as_guide(record)
    assert guide == as_guide(record)
    assert guide.code == record.code
    for section in Section:
        for reply in section_replies(guide, section):
            assert len(reply.text.split()) <= MAX_WORDS
            assert len(reply.text) <= 1500
            assert "<" not in reply.text
            assert "evil" not in reply.text


@settings(max_examples=2500, deadline=None)
@given(RECORDS)
def test_packing_and_reading_again_change_nothing(fields: dict[str, Any]) -> None:
    """Neither the record nor its hash: otherwise every import would find everything changed."""
    record = _read(fields)
    if record is None:
        return
    again = CatalogueRecord.unpack(record.pack())
    assert again == record
    assert again.content_hash == record.content_hash
    assert parse_record(record.canonical) == record


@settings(max_examples=2500, deadline=None)
@given(RECORDS, st.lists(st.one_of(st.none(), st.just(0)), max_size=4))
def test_no_amount_never_promises_anything(fields: dict[str, Any], values: list[int | None]) -> None:
    """However the rest looks: without an amount the counter has to be asked."""
    record = _read(fields | {"methods": [{"channel": "DIRECT", "fees": [{"value": value} for value in values]}]})
    if record is None:
        return
    guide = as_guide(record)
    assert any("cần xác nhận" in text for text in guide.sections.fee)
    assert "Mức phí, lệ phí." in guide.to_confirm


def test_every_sample_record_becomes_a_guide_with_all_main_sections() -> None:
    """The sample shows every trap of the format, and is our own: its codes are of no portal."""
    lines = list(numbered_lines(SAMPLE))
    assert len(lines) == 30
    for number, line in lines:
        guide = as_guide(parse_record(line))
        assert guide.code == f"9.{900000 + number:06d}"
        assert json.loads(line)["code"] == guide.code
        for section in (Section.SUMMARY, Section.STEPS, Section.WHERE, Section.ONLINE, Section.FEE, Section.TIME, Section.FORM):
            assert guide.has(section), f"{guide.code} lacks {section}"

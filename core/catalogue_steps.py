"""The course of a procedure as actions of the citizen.

Records describe it in long texts that mix what the citizen does with what the office does inside. Lines are told apart by
who their sentence begins with; an office's own work is left out, unless nothing else would remain.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from core import texts
from core.catalogue_record import CatalogueStep
from core.catalogue_text import bare, capitalize, ended, said, shorten, split_lines
from core.guides import MAX_WORDS, Step

__all__ = ["citizen_steps"]

_STEPS_AT_MOST = 9
_WORDS = 45
_BESIDE_FIRST = 10
"""Words that the first step's message says beside title and step ("… có 9 bước. Mình đi từng bước một. Bước 1/9:")."""
_LABEL_WORDS = 8
_CASE_WORDS = 16
_SUBJECT_WORDS = 12
_CLAUSES = 3

_NUMBERED = re.compile(r"^\s*(?:[-+*]\s*)?(?:Bước\s+\d+|\d{1,2}[.)](?!\d))", re.IGNORECASE)
_TOP = re.compile(r"^\s*(?:[-–*•]|\(?[a-zđ]\))")
_NOTES = re.compile(r"^(?:lưu ý|ghi chú)\b")
_EMPTY_HEADING = re.compile(
    r"^(?:trình tự(?: thực hiện)?|mặc định|các bước(?: thực hiện)?|thực hiện như sau|quy trình thực hiện)$"
)
_WHEN = re.compile(
    r"^(?:trong|chậm nhất|tối đa|không quá|sau|khi|căn cứ|trên cơ sở|đến|kể từ|hằng năm|hàng năm|trước|trường hợp|nếu|đối với|"
    r"theo)\b"
)
_THEN = re.compile(r"\sthì\s")
_COMMA = re.compile(r",\s")
_OFFICE_SUBJECT = re.compile(
    r"^(?:các )?(?:cơ quan|cán bộ|công chức|chuyên viên|viên chức|ủy ban|ubnd|sở|bộ|cục|chi cục|tổng cục|vụ|trung tâm|phòng|"
    r"công an|thủ trưởng|lãnh đạo|hội đồng|chủ tịch|thuế|kho bạc|bảo hiểm xã hội|bhxh|ngân hàng nhà nước|văn phòng|"
    r"giám đốc|bộ trưởng|thủ tướng|trưởng phòng|người có thẩm quyền|cấp có thẩm quyền|nơi tiếp nhận|đơn vị tiếp nhận|"
    r"chi nhánh văn phòng|ban quản lý|ban điều hành|cảng vụ|đội|đồn biên phòng|biên phòng|tòa án|chính phủ|quốc hội|"
    r"tổ công tác|tổ chức (?:thẩm|kiểm|họp|xác|đánh|lấy|đoàn|hội|thực hiện|tiếp nhận)|việc (?!nộp)|hệ thống)\b"
)
_FILE_CASE = re.compile(
    r"\b(?:trường hợp|nếu|đối với)(?: \w+){0,2} hồ sơ(?: \w+){0,2} "
    r"(?:chưa|không|hợp lệ|đầy đủ|đủ|cần|đã|còn|có|đạt|đúng|sai|thiếu)\b"
)
_OFFICE_VERB = re.compile(
    r"^(?:tiếp nhận|kiểm tra|thẩm định|thẩm tra|xử lý|xem xét|giải quyết|phê duyệt|trả kết quả|cấp giấy|ra quyết định|"
    r"chuyển|hướng dẫn|chủ trì|trình|thông báo|ban hành|xác minh|niêm yết|hồ sơ (?:hợp lệ|đầy đủ|chưa|không)|phải trả lời)\b"
)
_CITIZEN_SUBJECT = re.compile(
    r"^(?:các |những )?(?:cá nhân|tổ chức|công dân|người|doanh nghiệp|thương nhân|chủ (?!trì|tịch)|hộ gia đình|cơ sở|đơn vị|"
    r"hợp tác xã|học sinh|sinh viên|cha|mẹ|vợ|chồng|thân nhân|đối tượng|bên|nhà đầu tư|công ty|hội|ban chấp hành|thí sinh)\b"
)
_CITIZEN_VERB = re.compile(
    r"^(?:nộp|gửi|chuẩn bị|nhận|đăng nhập|truy cập|kê khai|khai|điền|lập|đến|xuất trình|thanh toán|trả phí|ký|bổ sung|"
    r"lựa chọn|chọn|tải|quét|cung cấp|hoàn thiện|đăng ký|thực hiện nộp|việc nộp|nơi nộp)\b"
)
_CITIZEN_NAMED = re.compile(
    r"\b(?:người (?:yêu cầu|nộp|dân|đăng ký|đề nghị|sử dụng|khai|đại diện|lao động|nộp thuế|khuyết tật)|công dân|cá nhân|"
    r"tổ chức|doanh nghiệp|thương nhân|chủ đầu tư|chủ xe|hộ gia đình|nhà đầu tư)\b"
)
_OFFICE_NAMED = re.compile(
    r"\b(?:cán bộ|công chức|cơ quan|ủy ban nhân dân|ubnd|công an|sở|cục|chi cục|trung tâm|hội đồng|thủ trưởng|lãnh đạo)\b"
)


class _Who(Enum):
    CITIZEN = "citizen"
    OFFICE = "office"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class _Line:
    text: str
    who: _Who
    top: bool


def citizen_steps(steps: Iterable[CatalogueStep], title: str) -> tuple[Step, ...]:
    """At most nine short actions; the first leaves room for the title beside it."""
    lines = _labelled([line for step in steps for line in _lines_of(step)])
    kept = list(dict.fromkeys(_kept(lines)))
    room = min(_WORDS, MAX_WORDS - _BESIDE_FIRST - len(title.split()))
    told = [ended(capitalize(shorten(text, room if n == 0 else _WORDS))) for n, text in enumerate(kept[:_STEPS_AT_MOST])]
    if len(kept) > _STEPS_AT_MOST:
        told[-1] = texts.CATALOGUE_MORE_STEPS
    return tuple(Step(do=text) for text in told)


def _lines_of(step: CatalogueStep) -> Iterator[_Line]:
    """The lines of one part up to its notes, each with whose work it is; what stands below an office's step is the office's."""
    raw = [*split_lines(step.name), *split_lines(step.text)]
    numbered = sum(bool(_NUMBERED.match(line)) for line in raw) > 1 or bool(step.name)
    above = _Who.UNKNOWN
    for n, line in enumerate(raw):
        text = bare(line)
        words = said(text)
        if not words or _EMPTY_HEADING.match(words):
            continue
        if _NOTES.match(words):
            return
        top = bool(_NUMBERED.match(line)) or (n == 0 and bool(step.name)) or (not numbered and bool(_TOP.match(line)))
        who, named = _who(text)
        if top:
            above = who
        elif above is _Who.OFFICE and not named:
            who = above
        yield _Line(f"{text}:" if line.endswith(":") else text, who, top)


def _who(text: str) -> tuple[_Who, bool]:
    """Whose work a line tells, and whether the line itself names who it is."""
    if _FILE_CASE.search(said(text[:200])):
        return _Who.OFFICE, True
    for clause in _clauses(text):
        start = said(clause[:120])
        if _OFFICE_SUBJECT.match(start):
            return _Who.OFFICE, True
        if _CITIZEN_SUBJECT.match(start):
            return _Who.CITIZEN, True
        if _OFFICE_VERB.match(start):
            return _Who.OFFICE, False
        if _CITIZEN_VERB.match(start):
            return _Who.CITIZEN, False
    start = " ".join(said(text[:300]).split()[:_SUBJECT_WORDS])
    citizen, office = _CITIZEN_NAMED.search(start), _OFFICE_NAMED.search(start)
    if office and (not citizen or office.start() < citizen.start()):
        return _Who.OFFICE, True
    return (_Who.CITIZEN, True) if citizen else (_Who.UNKNOWN, False)


def _clauses(text: str) -> Iterator[str]:
    """The main clause: what follows leading "when" and "if" clauses, nearest first; else the text as it is."""
    rest = text
    for _ in range(_CLAUSES):
        if not _WHEN.match(said(rest[:40])):
            break
        end = _THEN.search(rest) or _COMMA.search(rest)
        if end is None:
            break
        rest = rest[end.end() :]
        if not _WHEN.match(said(rest[:40])):
            yield rest
    if rest is text:
        yield text


def _labelled(lines: Sequence[_Line]) -> list[_Line]:
    """Headings joined with the line they stand over ("Nộp hồ sơ: …"); a heading over nothing stays as it is."""
    joined: list[_Line] = []
    heading: _Line | None = None
    for line in lines:
        if heading is not None and (not line.top or _is_case(heading)):
            who = line.who if line.who is not _Who.UNKNOWN else heading.who
            line = _Line(f"{heading.text.rstrip('.:')}: {line.text}", who, heading.top)
        elif heading is not None:
            joined.append(heading)
        heading = line if _is_case(line) or (line.top and _is_label(line)) else None
        if heading is None:
            joined.append(line)
    return [*joined, *([heading] if heading is not None else [])]


def _is_label(line: _Line) -> bool:
    return len(line.text.split()) <= _LABEL_WORDS and not line.text.endswith(".")


def _is_case(line: _Line) -> bool:
    opens = line.text.endswith(":") or (line.text.startswith(("Trường hợp", "Đối với")) and not line.text.endswith("."))
    return opens and len(line.text.split()) <= _CASE_WORDS


def _kept(lines: Sequence[_Line]) -> list[str]:
    """The citizen's lines; without any, what is nobody's for certain, and at last the office's main lines."""
    for chosen in (
        [line for line in lines if line.who is _Who.CITIZEN],
        [line for line in lines if line.who is _Who.UNKNOWN],
        [line for line in lines if line.top],
    ):
        if chosen:
            return [line.text.rstrip(":") for line in chosen]
    return [line.text.rstrip(":") for line in lines]

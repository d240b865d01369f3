"""The papers of an application as short names, each with the case it is for.

The source says little about when a paper is needed: `conditional` stands on most papers, also on those that everybody
needs, unless the record tells `normally_required` ones apart. The case is therefore read from the heading before the
name ("Trường hợp ủy quyền:: Giấy ủy quyền"), and the group counts only where it distinguishes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core import texts
from core.catalogue_record import CatalogueDocument
from core.catalogue_text import bare, capitalize, first_room, folded, said, shorten
from core.guides import MAX_WORDS, Document

__all__ = ["documents", "forms"]

_SHOWN = 10
_ROOM = MAX_WORDS - 4
"""Words of a paper with copies and case: a message puts a bullet and dashes between them."""
_NAME_WORDS = 35
_CASE_WORDS = 14
_SHORT_CASE_WORDS = 10
_NAME_AT_LEAST = 10
_FORMS_SHOWN = 3
_FORM_WORDS = 30
_LABEL_AT_MOST = 300

_HEADING = re.compile(r"^(.{2,300}?)(?:\s*:\s*:+\s*|:\s+)(?=\S)", re.DOTALL)
_IS_CASE = re.compile(
    r"^(?:doi voi|truong hop|trong truong hop|neu|khi|tuy tung|tuy theo|cap|dang ky|gia han|sua doi|thay doi|dieu chinh|nguoi|"
    r"khach hang|ca nhan|to chuc|doanh nghiep|thu tuc|ho so (?:de nghi|dang ky|doi voi|cap|khai|bao cao|hai quan|mien|cua))\b"
)
_NO_PAPER = re.compile(
    r"^(?:luu y|ghi chu|chu y|so luong ho so|so bo ho so|\d* ?(?:mot )?bo ho so$|thanh phan ho so(?: gom| bao gom)?$|"
    r"khong(?: co| quy dinh)?$|co quan giai quyet|co quan dang ky|ca nhan co quyen|nguoi uy quyen va|"
    r"truong hop (?:khong khai thac|cac thong tin|giay to tuy than|.* (?:khong phai|chi can|thi khong)\b))"
)
_IF_ANY = re.compile(r"\(?\s*nếu có\s*\)?", re.IGNORECASE)
_CASE_FIRST = re.compile(
    r"^((?:Trường hợp|Đối với|Nếu)\b.{5,250}?),?\s+(?:thì\s+(?:phải\s+)?|phải\s+)"
    r"(?:có(?! thể)|nộp lại|nộp|xuất trình|gửi kèm theo|kèm theo)\s+(.{5,})$",
    re.DOTALL,
)
_FORM = re.compile(
    r"^(?:mẫu|tờ khai|đơn|phiếu|giấy đề nghị|giấy đăng ký|văn bản đề nghị|văn bản yêu cầu|bản khai|bản kê|thông báo|tờ trình|"
    r"bản cam kết|báo cáo|danh sách|lý lịch|sơ yếu)\b|\bmẫu số\b|\btheo mẫu\b"
)
_SURELY_FORM = re.compile(r"^(?:mẫu|tờ khai|đơn|phiếu|giấy đề nghị|bản khai)\b")


@dataclass(frozen=True)
class _Paper:
    name: str
    copies: str
    case: str
    form: bool


def documents(listed: Sequence[CatalogueDocument], title: str) -> tuple[Document, ...]:
    """At most ten papers, those for everybody first, and how many there are beside them."""
    papers = sorted(_papers(listed), key=lambda paper: (bool(paper.case), not paper.form))
    room = first_room(title)
    shown = [_document(paper, room if n == 0 else _ROOM) for n, paper in enumerate(papers[:_SHOWN])]
    if len(papers) > _SHOWN:
        shown.append(Document(name=texts.CATALOGUE_MORE_DOCUMENTS.format(count=len(papers) - _SHOWN)))
    return tuple(shown)


def _document(paper: _Paper, room: int) -> Document:
    copies = shorten(bare(paper.copies), 8)
    case = shorten(paper.case, _CASE_WORDS if room == _ROOM else _SHORT_CASE_WORDS)
    beside = 1 + len(copies.split()) + (1 + len(case.split()) if case else 0)
    name = shorten(paper.name, min(_NAME_WORDS, max(_NAME_AT_LEAST, room - beside)))
    return Document(name=name, copies=copies or None, when=case or None)


def _papers(listed: Sequence[CatalogueDocument]) -> Iterator[_Paper]:
    groups = {document.group for document in listed}
    distinguishes = "conditional" in groups and "normally_required" in groups
    seen: set[tuple[str, str]] = set()
    for document in listed:
        name, case = _name_and_case(document.name)
        if not name or document.name.rstrip().endswith(":"):
            continue
        if not case and distinguishes and document.group == "conditional":
            case = texts.CATALOGUE_CONDITIONAL
        key = (folded(name), folded(case))
        if key not in seen:
            seen.add(key)
            yield _Paper(name, document.quantity, case, document.group == "forms")


def _name_and_case(text: str) -> tuple[str, str]:
    """The paper's own name and the case before it; no name when the line is a remark and no paper."""
    cases: list[str] = []
    rest = bare(text)
    while (heading := _HEADING.match(rest)) and len(heading.group(1)) <= _LABEL_AT_MOST:
        label, after = bare(heading.group(1)), bare(rest[heading.end() :])
        words = folded(label)
        if _NO_PAPER.match(words):
            return "", ""
        if not _is_heading(words, heading.group()):
            break
        if _IS_CASE.match(words):
            cases.append(label)
        rest = after
    if _NO_PAPER.match(folded(rest)):
        return "", ""
    if case_first := _CASE_FIRST.match(rest):
        cases.append(case_first.group(1))
        rest = case_first.group(2)
    if _IF_ANY.search(rest) and not cases:
        cases.append("Nếu có")
        rest = _IF_ANY.sub(" ", rest)
    return capitalize(bare(rest)), capitalize(cases[-1]) if cases else ""


def _is_heading(words: str, matched: str) -> bool:
    """Two colons always end a heading; one does after a case or a word like "giấy tờ", else it belongs to the name."""
    if "::" in re.sub(r"\s", "", matched):
        return True
    return bool(_IS_CASE.match(words)) or words.startswith(("giay to phai", "thanh phan", "ho so"))


def forms(listed: Sequence[CatalogueDocument]) -> tuple[str, ...]:
    """The forms to fill in, and where to get them."""
    papers = list(_papers(listed))
    names = [paper.name for paper in papers if paper.form and _FORM.search(said(paper.name))]
    names = names or [paper.name for paper in papers if _SURELY_FORM.match(said(paper.name))]
    if not names:
        return (texts.CATALOGUE_NO_FORM,)
    told = [texts.CATALOGUE_FORMS.format(name=shorten(name, _FORM_WORDS).rstrip(".")) for name in dict.fromkeys(names)]
    return (*told[:_FORMS_SHOWN], texts.CATALOGUE_FORMS_HOW)

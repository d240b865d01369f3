"""How the citizen is spoken to: "bà con", until they name themselves ("mệ quên mật khẩu") or ask otherwise."""

from __future__ import annotations

import re
from dataclasses import replace

from core.messages import Reply

__all__ = ["address_told", "addressed", "asked_only"]

_ELDERS = "bác|cô|chú|dì|cậu|mợ|thím|o|mệ|ôn|ông|bà|anh|chị"
_YOUNGER = "em|con|cháu|e"
_OTHERS = "bạn|thầy|cụ"
_ANY = rf"bà con|{_ELDERS}|{_YOUNGER}|{_OTHERS}"

_ASKED = re.compile(rf"(?:gọi|kêu|xưng hô) (?:tôi|tui|mình|t|{_ANY}) (?:là|bằng) (?P<form>{_ANY})(?!\w)")
_TO_ME = re.compile(
    rf"(?:cho|giúp|chỉ|bày|nói|bảo|hướng dẫn|dắt)(?: cho| giùm| giúp)? (?P<form>{_ELDERS}|{_YOUNGER}) "
    r"(?:hỏi|với|biết|cách|coi|xem|nghe|đi|hí|cái|từng|luôn|thử|nhờ|xin)(?!\w)"
)
_I = re.compile(
    rf"^(?:(?:dạ|thưa|alo|a lô|này|ơ|ê|chào|cháu ơi|con ơi|em ơi|ad ơi|bạn ơi)[, ]*)*(?P<form>{_ELDERS}|{_YOUNGER}) "
    r"(?:muốn|cần|hỏi|đang|chưa|không|ko|k|bị|quên|lỡ|nhờ|mới|định|già|tính|đây|làm|ưng|nỏ|vừa|cũng|thấy|bấm|xin)(?!\w)"
)
_IT_IS_ME = re.compile(rf"(?P<form>{_ELDERS}) (?:đây|nè|ni)(?: con| cháu| em)?[.!]*$")
_COURTESY_WORDS = 3
_PERSON = re.compile(r"bà con", re.IGNORECASE)


def address_told(text: str, kept: str | None) -> str | None:
    """The form of address to use from now on.

    Args:
        text: What the citizen typed.
        kept: The form in use, None = the common one; changed only where they ask for another.

    >>> address_told("cho mệ hỏi cái ni với", None), address_told("em quên mật khẩu", None), address_told("làm căn cước", None)
    ('mệ', 'bạn', None)
    """
    said = " ".join(text.lower().split())
    if asked := _ASKED.search(said):
        form = asked.group("form")
        return None if form == "bà con" else form.replace("e", "em") if form == "e" else form
    if kept is not None:
        return kept
    for told in (_TO_ME, _I, _IT_IS_ME):
        if match := told.search(said):
            form = match.group("form")
            return "bạn" if re.fullmatch(_YOUNGER, form) else form
    return None


def asked_only(text: str) -> bool:
    """Whether a message asks for a form of address and for nothing else."""
    said = re.sub(r"[^\w\s]", " ", text.lower()).split()
    asked = _ASKED.search(" ".join(said))
    return asked is not None and len(said) - len(asked.group().split()) <= _COURTESY_WORDS


def addressed(reply: Reply, form: str | None) -> Reply:
    """`reply` with the citizen's form of address instead of the common one."""
    if form is None:
        return reply
    spoken = _PERSON.sub(lambda match: form[0].upper() + form[1:] if match.group()[0] == "B" else form, reply.text)
    return replace(reply, text=spoken)

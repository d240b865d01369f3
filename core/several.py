"""Several questions in one message: taken apart, answered in order, the rest offered; and the question in a long story.

A clause that asks nothing ("con tôi 8 tuổi, chưa có căn cước") belongs to the question behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from core import showing
from core.answers import guide_choice, with_choices
from core.conversation import ConversationState, Said
from core.guides import Guide, Section, own_id, public_name
from core.messages import Reply

__all__ = ["Answerable", "answer_all", "asks", "questions_in", "sentences_of"]

_ENDS = re.compile(r"[?;,\n]+|(?<=\w)\s+(?:và|va)\s+(?=\w)", re.IGNORECASE)
_ASKING = frozenset("gì đâu nhiêu mấy ai nào gi dau nhieu nao".split())
_AT_THE_END = frozenset("không chưa sao răng mô chi khong ko hong hok k chua rang".split())
_CONFIRMING = {("phải", "không"), ("phai", "khong"), ("đúng", "không"), ("dung", "khong")}
_HOW_MANY = re.compile(r"\bbao l[âa]u\b|\bmay (?:ngay|tien|gio|buoi|dong|nghin|tuan|thang|nam|lan|nguoi|ban)\b")
_LONGEST = 300
_SENTENCES = re.compile(r"(?<=[.!?…])\s+|\n+")
_SENTENCES_AT_MOST = 12
_CLAUSES = re.compile(r"(?<=[,;:])\s+")
_STORY = 25
"""Words from which on a message is long."""
_CLAUSE = 8
"""Words of a clause that says something by itself."""
_QUESTIONS = range(2, 6)
_ANSWERED_AT_MOST = 3

Answerable = tuple[Guide, Section]
"""What one question is about, and what it asks of that."""


def questions_in(text: str) -> tuple[str, ...]:
    """The questions of a message, each with what leads up to it; none when it asks one thing, or tells a long story.

    >>> questions_in("Khai sinh cần gì, kết hôn lệ phí bao nhiêu?")
    ('Khai sinh cần gì', 'kết hôn lệ phí bao nhiêu')
    >>> questions_in("con tôi 8 tuổi, chưa có căn cước, cần giấy gì?")
    ()
    """
    if len(text) > _LONGEST:
        return ()
    questions: list[str] = []
    told = ""
    for clause in filter(None, (part.strip() for part in _ENDS.split(text))):
        told = f"{told}, {clause}" if told else clause
        if asks(clause):
            questions.append(told)
            told = ""
    if told and questions:
        questions[-1] = f"{questions[-1]}, {told}"
    return tuple(questions) if len(questions) in _QUESTIONS else ()


def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences of a long message, at most a dozen, from the end backwards; none where it is short or but one sentence.

    Of a message without full stops, its clauses are taken together until each says something.

    >>> sentences_of("Nhà tôi ở quê, đường xa. " * 4 + "Làm lại sổ đỏ cần giấy gì? Cảm ơn.")[-2:]
    ('Làm lại sổ đỏ cần giấy gì?', 'Cảm ơn.')
    """
    if len(text.split()) < _STORY:
        return ()
    sentences = [piece for sentence in _SENTENCES.split(text) if sentence.strip() for piece in _pieces(sentence.strip())]
    return tuple(sentences[-_SENTENCES_AT_MOST:]) if len(sentences) > 1 else ()


def _pieces(sentence: str) -> list[str]:
    """A sentence, or where it runs on and on, its clauses, short ones with the one behind."""
    if len(sentence.split()) < _STORY:
        return [sentence]
    pieces: list[str] = []
    told = ""
    for clause in _CLAUSES.split(sentence):
        told = f"{told} {clause}".strip()
        if len(told.split()) >= _CLAUSE:
            pieces.append(told)
            told = ""
    if told and pieces:
        pieces[-1] = f"{pieces[-1]} {told}"
    return pieces or [sentence]


def asks(clause: str) -> bool:
    """Whether a clause or sentence asks something, by its words of asking; not one that only wants a yes.

    >>> asks("làm lại sổ đỏ cần giấy gì"), asks("tôi làm mất sổ đỏ"), asks("vậy là được phải không")
    (True, False, False)
    """
    words = re.findall(r"\w+", unicodedata.normalize("NFC", clause).lower())
    if tuple(words[-2:]) in _CONFIRMING:
        return False
    return bool(_ASKING.intersection(words) or _AT_THE_END.intersection(words[-1:]) or _HOW_MANY.search(" ".join(words)))


def answer_all(answerable: Sequence[Answerable], state: ConversationState) -> Said:
    """Answer the first questions of a message in order, and offer the rest as buttons.

    Steps come last: they begin a walk, one step a message.
    """
    ordered = sorted(answerable[:_ANSWERED_AT_MOST], key=lambda pair: pair[1] is Section.STEPS)
    replies: list[Reply] = []
    for guide, section in ordered:
        response, state = showing.show(guide, section, state)
        replies += response.replies
    rest = [guide_choice(guide, section) for guide, section in answerable[_ANSWERED_AT_MOST:]]
    told = [replace(reply, choices=()) for reply in replies[:-1]]
    final = with_choices((*told, replies[-1]), (*rest, *replies[-1].choices))
    first, section = answerable[0]
    names = tuple(dict.fromkeys(public_name(guide) for guide, _ in answerable))
    whole = replace(response, replies=final, guide=own_id(first), code=first.code, section=section.value, candidates=names)
    return whole, state.with_offered(final[-1].choices)

"""What a conversation remembers between turns, and what a quick reply means.

A choice id says by itself what to do, so a button of last week still works after a restart:

==============================  ==========================================
``g:<guide>``                   the guide's summary
``g:<guide>:<section>``         one section of it
``s:<guide>:<n>``               step n (from 1) of it
``k:<guide>:<n>``               stuck at step n: the known causes
``k:<guide>:<n>:+<page>``       more of them
``k:<guide>:<n>:<i>``           cure of the guide's own cause i (from 0), or of a shared one by its id
``x:<guide>:<n>``               none of the causes: a person
``m``, ``m:<area>``, ``m:<area>:<page>``  topics to choose from
``l``, ``l:<event>``, ``l:<event>:<page>``  the same by life event
``b:<guide>:<i>:<then>``        the citizen's case is option i (from 0) of the guide's branch; then a section, or a step
``b:<guide>:-:<then>``          they cannot say
``b:<guide>:?:<then>``          ask which case it is
``none``                        none of the offered guides
``human``                       talk to a person
``c``, ``c:<code>``             how one's latest case goes, or the one of that code
``delete``                      yes, delete my data
``w:<guide>:<n>``               save step n for later (this and those below: bot.aftercare)
``f:<verdict>:<guide>:<section>``  whether that answer helped, or why not
``d:<answer>:<guide>``, ``d:<answer>:<guide>:<n>``  whether it is done
``quiet``                       no unsolicited messages
==============================  ==========================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from core.messages import Choice, Response
from core.text import fold

__all__ = ["CHOICE_ID", "MAX_CHOICE_BYTES", "MEMORY_SLOT", "ConversationState", "Said", "picked"]

MEMORY_SLOT = "memory"
"""Rasa slot that holds `ConversationState.as_memory`."""

MAX_CHOICE_BYTES = 60
"""Telegram takes 64 bytes of callback data."""

CHOICE_ID = re.compile(rf"[A-Za-z0-9_:?.-]{{1,{MAX_CHOICE_BYTES}}}")
"""The form of a choice id; what comes from outside and does not have it is no choice."""

_ORDINALS = {
    "dau": 1, "dau tien": 1, "mot": 1, "nhat": 1,
    "hai": 2, "nhi": 2, "ba": 3, "tu": 4, "bon": 4, "nam": 5, "cuoi": -1, "cuoi cung": -1,
}  # fmt: skip
_LEAD = r"(?:so|cai|chon|cau|muc|y|lua chon|phuong an|dong)\s*"
_TAIL = r"(?:\s*(?:nha|nhe|nghe|hi|a|di|do|cai|ad|con|em))?"
_NUMBERED = re.compile(rf"(?:{_LEAD})*(?:thu\s+)?(\d{{1,2}}){_TAIL}")
_ORDERED = re.compile(rf"{_LEAD}(?:thu\s+)?(dau tien|dau|mot|nhat|hai|nhi|ba|tu|bon|nam|cuoi cung|cuoi){_TAIL}")


@dataclass(frozen=True)
class ConversationState:
    """Memory of one conversation, kept as one value in Rasa's slot ``memory``.

    Args:
        guide: Guide last talked about.
        section: Section of it last shown.
        walk: Guide whose steps are being walked; other guides may be asked about in between.
        step: Step of it last shown (from 1).
        misses: "Chưa hiểu" in a row.
        offered: Choices under the last reply, as ``[id, label]``.
        last: Choice id that shows the last answer again.
        ward: Ward or commune mentioned, as its unit id.
        tried: Causes of being stuck whose cure was shown in this walk, as people read them, the last few.
        device: Kind of device told (iPhone, Android, máy tính).
        branches: Guides with the option of their branch that is the citizen's case, the last few.
        address: How the citizen is spoken to; None = "bà con".
        reply: Fingerprint of the last reply.
        replied: How often it was given in a row.
    """

    guide: str | None = None
    section: str | None = None
    walk: str | None = None
    step: int | None = None
    misses: int = 0
    offered: tuple[tuple[str, str], ...] = ()
    last: str | None = None
    ward: str | None = None
    tried: tuple[str, ...] = ()
    device: str | None = None
    branches: tuple[tuple[str, str], ...] = ()
    address: str | None = None
    reply: int | None = None
    replied: int = 0

    @classmethod
    def from_memory(cls, memory: Mapping[str, Any] | None) -> ConversationState:
        """Read the state back; what another release remembered is ignored."""
        known = {field.name: value for field in fields(cls) if (value := (memory or {}).get(field.name)) is not None}
        for pairs in ("offered", "branches"):
            if pairs in known:
                known[pairs] = tuple((str(a), str(b)) for a, b in known[pairs])
        if "tried" in known:
            known["tried"] = tuple(str(cause) for cause in known["tried"])
        for number in ("step", "misses", "reply", "replied"):
            if number in known:
                known[number] = int(known[number])
        return cls(**known)

    def as_memory(self) -> dict[str, Any]:
        """What differs from an empty memory, as JSON that `from_memory` reads back."""
        told = {field.name: value for field in fields(self) if (value := getattr(self, field.name)) != field.default}
        for pairs in ("offered", "branches"):
            if pairs in told:
                told[pairs] = [list(pair) for pair in told[pairs]]
        if self.tried:
            told["tried"] = list(self.tried)
        return told

    def with_offered(self, choices: Sequence[Choice]) -> ConversationState:
        """The same memory with other choices on the table."""
        return replace(self, offered=tuple((choice.id, choice.label) for choice in choices))


Said = tuple[Response, ConversationState]
"""What is said, and what is remembered afterwards."""


def picked(text: str, offered: Sequence[tuple[str, str]]) -> str | None:
    """The offered choice that typed `text` selects: "1", "số 2", "cái đầu", or its label with or without accents.

    >>> picked("cai dau nha", [("g:a", "Đăng ký tạm trú"), ("g:b", "Đăng ký thường trú")])
    'g:a'
    """
    if not offered:
        return None
    said = " ".join(re.sub(r"[^\w\s]", " ", fold(text)).split())
    for choice_id, label in offered:
        if said == " ".join(re.sub(r"[^\w\s]", " ", fold(label)).split()):
            return choice_id
    place = None
    if match := _NUMBERED.fullmatch(said):
        place = int(match.group(1))
    elif match := _ORDERED.fullmatch(said):
        place = _ORDINALS[match.group(1)]
    if place is None:
        return None
    if place == -1:
        return offered[-1][0]
    return offered[place - 1][0] if 1 <= place <= len(offered) else None

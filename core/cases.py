"""Cases as people speak of them: states, why somebody is helped first, why a case ended."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum, StrEnum

from core.text import fold

__all__ = [
    "ACTIVE",
    "CODE_SIGNS",
    "CaseState",
    "CaseView",
    "Cause",
    "EventKind",
    "Presence",
    "Priority",
    "asked_code",
    "priority_of",
]


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"
    DELETED = "deleted"


ACTIVE = (CaseState.NEW, CaseState.OPEN, CaseState.WAITING)
"""States in which somebody still has to do something."""


class CaseView(StrEnum):
    """Lists of the queue page."""

    NEW = "new"
    MINE = "mine"
    TEAM = "team"
    WAITING = "waiting"
    OVERDUE = "overdue"
    CLOSED = "closed"
    ALL = "all"


class Priority(IntEnum):
    """Harm of waiting; the smallest is helped first."""

    SCAM = 1
    DEADLINE = 2
    STUCK = 3
    QUESTION = 4


class Cause(StrEnum):
    """Why the bot could not solve it; chosen by who closes the case."""

    MISUNDERSTOOD = "misunderstood"
    GUIDE = "guide"
    PORTAL = "portal"
    PAPERS = "papers"
    OFFICER = "officer"
    OTHER = "other"


class EventKind(StrEnum):
    """What happened to a case."""

    OPENED = "opened"
    CLAIMED = "claimed"
    REPLIED = "replied"
    ASKED = "asked"
    WROTE = "wrote"
    ENCLOSED = "enclosed"
    RELEASED = "released"
    FORWARDED = "forwarded"
    RETURNED = "returned"
    CLOSED = "closed"
    REOPENED = "reopened"
    UNDELIVERED = "undelivered"
    REQUEUED = "requeued"
    ESCALATED = "escalated"
    WARNED = "warned"
    RAISED = "raised"


class Presence(StrEnum):
    """Whether a member of staff can be given cases."""

    HERE = "here"
    BUSY = "busy"
    AWAY = "away"


_HURRY = re.compile(
    r"\b(?:(?:sap|gan|da|bi|qua|tre|den|toi|con \w+ ngay(?: nua)?(?: la)?) (?:het )?han|het han|qua han|han chot|han cuoi"
    r"|(?:rat|can) gap|gap (?:lam|qua)|(?:truoc|trong|ngay) (?:ngay )?(?:mai|hom nay|mot)|mai (?:la )?(?:phai|het|toi)"
    r"|sap bi phat|bi phat)\b"
)


def priority_of(said: Iterable[str], *, safety: bool, stuck: bool) -> Priority:
    """How soon a case must be looked at.

    Args:
        said: What the citizen wrote, masked.
        safety: The bot warned of a scam in this conversation.
        stuck: The citizen was walking steps, or asked about trouble.

    >>> priority_of(["mai là hết hạn nộp rồi"], safety=False, stuck=True).name
    'DEADLINE'
    """
    if safety:
        return Priority.SCAM
    if any(_HURRY.search(fold(text)) for text in said):
        return Priority.DEADLINE
    return Priority.STUCK if stuck else Priority.QUESTION


CODE_SIGNS = "23456789ACDEFGHJKMNPQRTUVWXY"
"""What case codes are made of: no look-alikes, so "CT01" is the name of a form and no part of a code."""

_CODE = re.compile(rf"(?<![\w.-])([{CODE_SIGNS}]{{4}})([- ]?)([{CODE_SIGNS}]{{4}})(?![\w-])")
_NAMES_A_CASE = re.compile(r"^/?ho ?so\b|\b(?:ho so|ma|phieu|yeu cau) ho tro\b|\bma ho so\b")
_OWN = r"(?:ho so|ma|phieu|yeu cau) ho tro(?: nay| do)?(?: cua (?:toi|minh|tui|em|chau|con|ba|ong|anh|chi))?"
_HOW = (
    r"(?:(?:toi|den|di toi) (?:dau|mo)|ra sao|the nao|ra rang|sao roi"
    r"|(?:da )?(?:xong|giai quyet|tra loi|co ai xem|co ai tra loi) chua)"
)
_ASKS_FOR_OWN = re.compile(
    rf"^/?hoso$|\b{_OWN}(?: (?:da|gio|hien|nay|chu))? {_HOW}\b|\b(?:xem|kiem tra|tra cuu|hoi|tinh trang) {_OWN}$|^{_OWN}$"
)
_ASKS_HOW = re.compile(rf"\b{_HOW}\b")
_COMMAND = re.compile(r"^/?hoso\b")
_SHORT = 24
"""Signs of a message that can be little else than a code."""


def asked_code(text: str) -> str | None:
    """The case a message asks the state of: its code, "" for one's own latest, or None when it asks for none.

    >>> asked_code("hồ sơ hỗ trợ acdh-2345 tới đâu rồi"), asked_code("/hoso"), asked_code("làm hộ chiếu")
    ('ACDH-2345', '', None)
    """
    bare = " ".join(fold(text).strip(" ?.!").split())
    named = _NAMES_A_CASE.search(bare) is not None
    for first, gap, second in _CODE.findall(_COMMAND.sub("", bare).upper()):
        certain = gap == "-" or (any(map(str.isdigit, first + second)) and any(map(str.isalpha, first + second)))
        # A long message in VNI keystrokes has words like a code without its dash ("chuye6n3").
        if certain and (named or len(bare) <= _SHORT or (gap == "-" and _ASKS_HOW.search(bare))):
            return f"{first}-{second}"
    return "" if _ASKS_FOR_OWN.search(bare) else None

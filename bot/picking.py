"""Which of a conversation's waiting messages is answered next, and which others its answer stands for.

Every message is answered by exactly one turn, most by their own. Two kinds share one (ADR 11):

- *Openers* ("alo", "cho tôi hỏi", a photo without a word): people send a thought in pieces. An opener waits a moment for
  what follows; what follows is answered, for both. Everything else with content is answered on its own.
- *Late* messages, older than an outage should make them: the last is answered with one apology, for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from core.openers import is_opener
from core.storage.case_turns import STAFF
from core.storage.turns import Waiting

__all__ = ["Patience", "Pick", "pick"]

_NEVER_TOO_LATE = frozenset({"delete", "human"})
"""Choices that are carried out however old: a wish to be forgotten, a call for a person."""
_LONGEST_HOLD = 3
"""Times the patience with one opener that several together can take."""


@dataclass(frozen=True)
class Patience:
    """How long messages may wait.

    Args:
        burst: Seconds an opener waits for what follows; 0 = it is answered at once.
        late: Age from which a message gets an apology instead of an answer; None = no age.
    """

    burst: float = 0.0
    late: timedelta | None = None


@dataclass(frozen=True)
class Pick:
    """What the next turn answers.

    Args:
        message: The message whose turn it is.
        joined: Ids of messages it answers as well.
        late: Whether it comes too late for an answer.
        enclosed: Kinds of what was sent along with all of them.
    """

    message: Waiting
    joined: tuple[int, ...] = ()
    late: bool = False
    enclosed: tuple[str, ...] = ()


def pick(waiting: Sequence[Waiting], patience: Patience, now: datetime, is_urgent: Callable[[str], bool]) -> Pick | float:
    """The next turn of a conversation.

    Args:
        waiting: Its unanswered messages, oldest first; at least one.
        patience: How long messages may wait.
        now: Aware.
        is_urgent: Whether a text needs its answer however old it is.

    Returns:
        What to answer, or the seconds to wait before looking again.
    """
    if waiting[0].handler == STAFF:  # a person reads them, each as it came
        return _for(waiting[0])

    def is_late(message: Waiting) -> bool:
        old = patience.late is not None and now - message.sent_at > patience.late
        return old and message.payload.get("choice") not in _NEVER_TOO_LATE and not is_urgent(message.text)

    if late := list(takewhile(is_late, waiting)):
        *before, last = late
        return _for(last, before, late=True)
    openers = list(takewhile(_opens, waiting)) if patience.burst else []
    if not openers:
        return _for(waiting[0])
    if len(openers) < len(waiting) and not is_late(waiting[len(openers)]):
        return _for(waiting[len(openers)], openers)
    left = min(
        patience.burst - (now - openers[-1].stored_at).total_seconds(),
        patience.burst * _LONGEST_HOLD - (now - openers[0].stored_at).total_seconds(),
    )
    if left > 0 and len(openers) == len(waiting):
        return min(left, patience.burst)
    *before, last = openers
    return _for(last, before)


def _for(message: Waiting, joined: Sequence[Waiting] = (), *, late: bool = False) -> Pick:
    enclosed = [kind for one in (*joined, message) for kind in one.payload.get("enclosed", ())]
    return Pick(message, tuple(one.id for one in joined), late, tuple(dict.fromkeys(enclosed)))


def _opens(message: Waiting) -> bool:
    return bool(message.payload.get("wordless")) or (not message.payload and is_opener(message.text))

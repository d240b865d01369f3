"""The trainers' inbox: why a message is in it, what can be decided about it, and which matter comes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.privacy import without_placeholders
from core.text import fold

__all__ = ["DOUBTFUL_BELOW", "UNSURE_BELOW", "WEEK", "Group", "Kind", "Order", "Reason", "ranked", "says_something"]

UNSURE_BELOW = 0.65
"""Chance of the right guide below which an answer is looked at by a person; from 0.5 on one is answered with (core.decision)."""
DOUBTFUL_BELOW = 0.25
"""The same for the confidence in the intent, of answers that no choice among guides led to."""
WEEK = timedelta(days=7)
_FEWEST_LETTERS = 2


class Reason(StrEnum):
    """Why a trainer should look at a message; the value is stored."""

    REFUSED = "refused"
    """The bot said it does not know, or that this is not its business."""
    CLARIFIED = "clarified"
    """The bot asked back."""
    UNSURE = "unsure"
    """The bot answered, but was hardly sure what was meant."""
    TOLD_WRONG = "told_wrong"
    """The citizen said that the answer did not help."""
    MISREAD = "misread"
    """Staff closed the case because the bot had misunderstood."""


class Kind(StrEnum):
    """What a trainer decides about messages; the value is stored."""

    INTENT = "intent"
    """They are examples of an intent."""
    GUIDE = "guide"
    """They belong to a guide, as needs or other names of it."""
    OUT_OF_SCOPE = "out_of_scope"
    """They are no business of public services: the bot learns to say so."""
    NOT_OURS = "not_ours"
    """They ask for a procedure the bot has no guide for: it learns to say so."""
    UNCLEAR = "unclear"
    """Nobody can tell what is meant; nothing is learned."""
    RIGHT = "right"
    """What the bot did was right; nothing is learned."""

    @property
    def teaches(self) -> bool:
        """Whether the sentences are added to the draft."""
        return self not in {Kind.UNCLEAR, Kind.RIGHT}


class Order(StrEnum):
    """What comes first in the inbox."""

    BOTH = "both"
    CITIZENS = "citizens"
    RISE = "rise"
    NEWEST = "newest"


@dataclass(frozen=True)
class Group:
    """Open messages about the same thing, in numbers.

    Args:
        number: Of the group.
        messages: How many.
        citizens: From how many conversations.
        this_week: From how many in the last seven days.
        week_before: From how many in the seven days before.
        newest: When the last one was written.
    """

    number: int
    messages: int
    citizens: int
    this_week: int
    week_before: int
    newest: datetime

    @property
    def rise(self) -> int:
        """Citizens more than the week before; never below zero."""
        return max(0, self.this_week - self.week_before)


def ranked(groups: Sequence[Group], order: Order) -> list[Group]:
    """Groups in `order`: by citizens, by rise, by both together (each citizen more than last week counts twice), or newest first.

    >>> at = datetime(2026, 11, 23)
    >>> old, new = Group(1, 9, 6, 1, 3, at), Group(2, 5, 5, 4, 0, at)
    >>> [group.number for group in ranked([old, new], Order.BOTH)], [g.number for g in ranked([new, old], Order.CITIZENS)]
    ([2, 1], [1, 2])
    """
    by_citizens, by_rise = order in {Order.BOTH, Order.CITIZENS}, order in {Order.BOTH, Order.RISE}

    def points(group: Group) -> int:
        return group.citizens * by_citizens + group.rise * by_rise

    return sorted(groups, key=lambda group: (-points(group), -group.newest.timestamp(), group.number))


def says_something(text: str) -> bool:
    """Whether there is anything to learn from masked `text`.

    >>> says_something("[số điện thoại]"), says_something("?? 👍"), says_something("vé")
    (False, False, True)
    """
    return sum(ch.isalpha() for ch in fold(without_placeholders(text))) >= _FEWEST_LETTERS

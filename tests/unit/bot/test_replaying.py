"""Replayed messages: what counts as a change, whether it is better, and what a person has to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.replaying import changes
from core.storage.replays import Asked

_ASKED = Asked(1, 1, "xe buýt miễn phí", None, None, None, "fallback")


def _answer(outcome: str = "fallback", guide: str | None = None) -> dict[str, Any]:
    return {"outcome": outcome, "guide": guide, "section": None, "reply": "…"}


NO, BUS, OTHER = _answer(), _answer("answered", "xe_buyt"), _answer("answered", "khai_sinh")


@pytest.mark.parametrize(
    ("known", "before", "after", "guess"),
    [
        ({}, NO, BUS, "unknown"),
        ({"ruling": "guide", "target": "xe_buyt"}, NO, BUS, "better"),
        ({"ruling": "intent", "target": "topic_xe_buyt"}, NO, BUS, "better"),
        ({"ruling": "intent", "target": "reply_xe_buyt"}, NO, _answer("answered", "reply_xe_buyt"), "better"),
        ({"ruling": "guide", "target": "xe_buyt"}, BUS, OTHER, "worse"),
        ({"ruling": "guide", "target": "xe_buyt"}, NO, OTHER, "unknown"),
        ({"ruling": "out_of_scope"}, OTHER, NO, "better"),
        ({"ruling": "not_ours"}, NO, OTHER, "worse"),
        ({"ruling": "right", "outcome": "answered", "guide": "xe_buyt"}, BUS, OTHER, "worse"),
        ({"ruling": "unclear"}, NO, BUS, "unknown"),
        ({"guide": "khai_sinh", "helped": False}, OTHER, BUS, "better"),
        ({"guide": "khai_sinh", "helped": True}, OTHER, BUS, "worse"),
        ({"guide": "khai_sinh", "helped": True}, NO, BUS, "unknown"),
        ({"guide": "khai_sinh", "helped": True, "ruling": "guide", "target": "xe_buyt"}, OTHER, BUS, "better"),
    ],
)
def test_a_change_is_judged_by_what_people_said(
    known: dict[str, Any], before: dict[str, Any], after: dict[str, Any], guess: str
) -> None:
    """A trainer's decision first, then citizens and staff; without either nobody knows."""
    (row,) = changes([replace(_ASKED, **known)], [before], [after], 30)
    assert row["guess"] == guess


def test_a_tap_below_a_changed_answer_is_no_change_of_its_own() -> None:
    """Its button is not there any more; below an answer that stayed, and typed messages, count."""
    asked = [
        _ASKED,
        replace(_ASKED, id=2, choice="feedback:no"),
        replace(_ASKED, id=3, text="còn lệ phí"),
        replace(_ASKED, id=4, conversation_id=2),
        replace(_ASKED, id=5, conversation_id=2, choice="guide:khai_sinh"),
    ]
    rows = changes(asked, [NO, OTHER, NO, NO, NO], [BUS, NO, BUS, NO, BUS], 30)
    assert [row["message_id"] for row in rows] == [1, 3, 5]


def test_what_may_be_worse_is_drawn_first_and_what_trainers_wished_for_is_not() -> None:
    """The sample is for what nobody looked at yet."""
    right = {"ruling": "guide", "target": "xe_buyt"}
    asked = [replace(_ASKED, id=n, conversation_id=n, **(right if n == 1 else {})) for n in range(1, 5)]
    asked[2] = replace(asked[2], **right)
    rows = changes(asked, [NO, NO, BUS, NO], [BUS, BUS, NO, BUS], 2)
    assert [(row["message_id"], row["sampled"]) for row in rows] == [(1, False), (2, False), (3, True), (4, True)]

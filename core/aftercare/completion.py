"""Asking once, a day later, whether it is done: when, in which words, and what follows the answer."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core import texts
from core.answers import case_choice, menu_choice
from core.guides import Guide
from core.messages import Choice, Outcome, Reply, Response

__all__ = ["ANSWERS", "AWAKE", "due_after", "in_daytime", "question", "reaction"]

ANSWERS: dict[str, str] = {"y": "done", "n": "not_yet", "k": "stuck"}
"""Kind of a choice id → answer as stored."""

AWAKE = (time(8), time(20))
"""Hours of the day in which the bot writes unasked."""

_HOME = ZoneInfo("Asia/Ho_Chi_Minh")
_LATER = timedelta(hours=24)


def due_after(now: datetime) -> datetime:
    """When to ask about something that was explained at `now`: a day later, by daylight."""
    return in_daytime(now + _LATER)


def in_daytime(moment: datetime) -> datetime:
    """`moment`, or the next morning at eight when it falls into the night (Việt Nam has one time zone).

    >>> from datetime import UTC
    >>> in_daytime(datetime(2026, 7, 1, 15, 30, tzinfo=UTC)).isoformat()
    '2026-07-02T01:00:00+00:00'
    """
    local = moment.astimezone(_HOME)
    begin, end = AWAKE
    if begin <= local.time() < end:
        return moment
    day = local.date() + timedelta(days=1 if local.time() >= end else 0)
    return datetime.combine(day, begin, _HOME).astimezone(moment.tzinfo)


def question(guide: Guide, step: int | None) -> Reply:
    """The one unsolicited message about a guide.

    Args:
        guide: What it is about.
        step: The step last shown, if steps were walked.
    """
    place = f"{guide.id}:{step}" if step else guide.id
    choices = (
        Choice(f"d:y:{guide.id}", texts.DONE_YES),
        Choice(f"d:n:{place}", texts.DONE_NO),
        Choice(f"d:k:{place}", texts.STUCK),
        Choice("quiet", texts.BE_QUIET),
    )
    return Reply(texts.DONE_ASK.format(title=guide.short_title), choices)


def reaction(guide: Guide, kind: str, step: int) -> Response:
    """What is said to "rồi" and "chưa"."""
    if kind == "y":
        return _said(texts.DONE_WELL, menu_choice())
    go_on = (Choice(f"s:{guide.id}:{step}", texts.RESUME_STEP.format(n=step)),) if guide.sections.steps else ()
    return _said(texts.DONE_NOT_YET, *go_on, menu_choice())


def _said(text: str, *choices: Choice) -> Response:
    return Response(Outcome.SMALLTALK, (Reply(text, (*choices, case_choice())),))

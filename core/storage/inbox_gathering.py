"""Finding the messages a trainer should look at, among turns, verdicts of citizens, and cases that staff closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import CaseState, Cause
from core.inbox import DOUBTFUL_BELOW, UNSURE_BELOW, Reason, says_something
from core.messages import Outcome
from core.storage.inbox_models import InboxItem
from core.storage.models import Case, Feedback, Message, Turn
from core.storage.turns import LATE
from core.understanding import DIALOGUE_INTENTS

__all__ = ["gather"]

_AT_MOST = 20_000
"""Messages of each kind that are looked at in one go, the newest first."""
_OVERLAP = timedelta(hours=1)
"""How far before the last gathering the next one begins: what was being stored then is seen by now."""
_BEFORE_A_CASE = timedelta(hours=1)
_LAST_BEFORE_A_CASE = 3
"""What was said last before a person was asked for is what the bot misread."""
_REFUSED_TWICE = "not_understood"
_NO_QUESTION = ("choose", LATE)
_ANSWERS = (Outcome.ANSWERED, Outcome.STEP)


@dataclass
class _Found:
    """A message with the reasons to look at it."""

    conversation_id: int
    said_at: datetime
    reasons: set[Reason] = field(default_factory=set)


async def gather(session: AsyncSession, now: datetime, keep: timedelta) -> int:
    """Put into the inbox what came up since the last time; a message that is there already may get one reason more.

    Args:
        session: A transaction.
        now: The time.
        keep: Age from which messages do not belong into the inbox.

    Returns:
        How many messages are new.
    """
    last = await session.scalar(select(func.max(InboxItem.gathered_at)))
    since = max(now - keep, last - _OVERLAP) if last else now - keep
    found: dict[int, _Found] = {}
    await _from_turns(session, since, found)
    await _from_feedback(session, since, found)
    await _from_cases(session, since, found)
    young = {message: entry for message, entry in found.items() if entry.said_at > now - keep}
    return await _store(session, young, now)


def _typed() -> Select[int, int, datetime, str, str]:
    """What citizens typed and the bot made something of, newest first."""
    return (
        select(Message.id, Message.conversation_id, Message.created_at, Message.text, Turn.outcome)
        .join(Turn, Turn.message_id == Message.id)
        .where(
            Message.state == "done",
            Message.text != "",
            or_(Turn.intent.is_(None), Turn.intent.not_in(_NO_QUESTION)),
        )
        .order_by(Turn.id.desc())
    )


def _take(found: dict[int, _Found], rows: Iterable[Any], reason: Reason | None) -> None:
    """Note rows of `_typed`; without a `reason` the outcome is it."""
    by_outcome = {Outcome.FALLBACK: Reason.REFUSED, Outcome.CLARIFY: Reason.CLARIFIED}
    for message_id, conversation_id, said_at, text, outcome in rows:
        if says_something(text):
            entry = found.setdefault(message_id, _Found(conversation_id, said_at))
            entry.reasons.add(reason or by_outcome.get(outcome, Reason.UNSURE))


async def _from_turns(session: AsyncSession, since: datetime, found: dict[int, _Found]) -> None:
    hardly = or_(Turn.chance < UNSURE_BELOW, and_(Turn.chance.is_(None), Turn.confidence < DOUBTFUL_BELOW))
    unsure: ColumnElement[bool] = and_(Turn.outcome.in_(_ANSWERS), hardly)
    asked = _typed().where(Turn.created_at >= since, or_(Turn.outcome.in_((Outcome.FALLBACK, Outcome.CLARIFY)), unsure))
    _take(found, await session.execute(asked.limit(_AT_MOST)), None)


async def _from_feedback(session: AsyncSession, since: datetime, found: dict[int, _Found]) -> None:
    told = _typed().join(Feedback, Feedback.message_id == Message.id)
    told = told.where(Feedback.created_at >= since, Feedback.helped.is_(False))
    _take(found, await session.execute(told.limit(_AT_MOST)), Reason.TOLD_WRONG)


async def _from_cases(session: AsyncSession, since: datetime, found: dict[int, _Found]) -> None:
    misread = and_(Case.state == CaseState.CLOSED, Case.cause == Cause.MISUNDERSTOOD, Case.closed_at >= since)
    for case in await session.scalars(select(Case).where(misread).limit(_AT_MOST)):
        before = and_(Turn.created_at <= case.created_at, Turn.created_at > case.created_at - _BEFORE_A_CASE)
        said = _typed().where(Turn.conversation_id == case.conversation_id, before, Turn.outcome != Outcome.SMALLTALK)
        said = said.where(or_(Turn.intent.is_(None), Turn.intent.not_in(DIALOGUE_INTENTS)))
        _take(found, await session.execute(said.limit(_LAST_BEFORE_A_CASE)), Reason.MISREAD)
    refused = and_(Case.reason == _REFUSED_TWICE, Case.created_at >= since)
    for case in await session.scalars(select(Case).where(refused).limit(_AT_MOST)):
        opened = and_(Turn.outcome == Outcome.HANDOFF, Turn.created_at <= case.created_at + timedelta(minutes=1))
        said = _typed().where(Turn.conversation_id == case.conversation_id, opened)
        _take(found, await session.execute(said.limit(1)), Reason.REFUSED)


async def _store(session: AsyncSession, found: dict[int, _Found], now: datetime) -> int:
    known: dict[int, InboxItem] = {}
    ids = sorted(found)
    for at in range(0, len(ids), 500):
        some = select(InboxItem).where(InboxItem.message_id.in_(ids[at : at + 500]))
        known |= {item.message_id: item for item in await session.scalars(some)}
    for message_id, item in known.items():
        if missing := found[message_id].reasons - set(item.reasons):
            item.reasons = sorted([*item.reasons, *missing])
    fresh = [
        {
            "message_id": message_id,
            "conversation_id": entry.conversation_id,
            "said_at": entry.said_at,
            "reasons": sorted(entry.reasons),
            "gathered_at": now,
            "fit": 0.0,
        }
        for message_id, entry in sorted(found.items())
        if message_id not in known
    ]
    if fresh:
        await session.execute(insert(InboxItem), fresh)
    return len(fresh)

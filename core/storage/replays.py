"""Citizens' messages to be answered again, and what became of those that a candidate answers otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Integer, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import Cause
from core.storage.inbox_models import InboxItem, InboxRuling
from core.storage.models import Case, Feedback, Message, Turn
from core.storage.release_models import ReplayItem

__all__ = ["VERDICTS", "Asked", "Listed", "asked_since", "counts", "judge", "list_items", "replace"]

VERDICTS = ("better", "worse", "same")


@dataclass(frozen=True)
class Asked:
    """A message as a citizen sent it, masked, and what is known of its answer.

    Args:
        id: Of the message.
        conversation_id: Messages of one conversation follow each other.
        text: What was typed.
        choice: Id of the tapped button.
        guide: What it was answered with.
        helped: What the citizen said of that answer; a case closed as misunderstood counts as False. None = nothing is known.
        outcome: How the turn ended.
        ruling: What a trainer decided in the inbox (`core.inbox.Kind`), with the intent or guide in `target`.
    """

    id: int
    conversation_id: int
    text: str
    choice: str | None
    guide: str | None
    helped: bool | None
    outcome: str = ""
    ruling: str | None = None
    target: str | None = None


async def asked_since(session: AsyncSession, since: datetime, limit: int) -> list[Asked]:
    """The last messages that the bot answered, oldest first within each conversation; those a person answered are left out."""
    latest = (
        select(Message.id)
        .join(Turn, Turn.message_id == Message.id)
        .where(Message.direction == "in", Message.state == "done", Message.created_at >= since, Turn.model.is_not(None))
        .order_by(Message.id.desc())
        .limit(limit)
    )
    told = (
        select(func.min(Feedback.helped.cast(Integer)))
        .where(Feedback.message_id == Message.id, Feedback.guide == Turn.guide)
        .scalar_subquery()
    )
    misheard = (
        select(func.count())
        .where(Case.conversation_id == Message.conversation_id, Case.cause == Cause.MISUNDERSTOOD, Case.guide == Turn.guide)
        .scalar_subquery()
    )
    rows = await session.execute(
        select(Message, Turn, told, misheard, InboxRuling)
        .join(Turn, Turn.message_id == Message.id)
        .outerjoin(InboxItem, InboxItem.message_id == Message.id)
        .outerjoin(InboxRuling, InboxRuling.id == InboxItem.ruling_id)
        .where(Message.id.in_(latest))
        .order_by(Message.conversation_id, Message.id)
    )
    return [
        Asked(
            message.id,
            message.conversation_id,
            message.text,
            message.payload.get("choice"),
            turn.guide,
            False if wrong else None if helped is None else bool(helped),
            turn.outcome,
            ruling.kind if ruling else None,
            ruling.target if ruling else None,
        )
        for message, turn, helped, wrong, ruling in rows
    ]


async def replace(session: AsyncSession, candidate_id: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Keep what a replay found; a verdict on the same change stays, also one that was given for another candidate."""
    messages = [item["message_id"] for item in items]
    judged = select(ReplayItem).where(ReplayItem.message_id.in_(messages), ReplayItem.verdict.is_not(None))
    kept = {_change(item): item for item in await session.scalars(judged.order_by(ReplayItem.verdict_at))}
    session.expunge_all()
    await session.execute(delete(ReplayItem).where(ReplayItem.candidate_id == candidate_id))
    there = set(await session.scalars(select(Message.id).where(Message.id.in_(messages))))
    for item in items:
        if item["message_id"] not in there:  # deleted meanwhile
            continue
        row = ReplayItem(candidate_id=candidate_id, **item)
        if (old := kept.get(_change(row))) is not None:
            row.verdict, row.verdict_by, row.verdict_at = old.verdict, old.verdict_by, old.verdict_at
        session.add(row)


def _change(item: ReplayItem) -> tuple[int, str]:
    """What a verdict is about: the message, and both answers as they are shown."""
    return item.message_id, json.dumps([item.before, item.after], sort_keys=True)


@dataclass(frozen=True)
class Listed:
    """A changed answer with the citizen's message."""

    id: int
    message_id: int
    text: str
    before: dict[str, Any]
    after: dict[str, Any]
    guess: str
    sampled: bool
    verdict: str | None
    verdict_by: str | None


async def list_items(
    session: AsyncSession, candidate_id: str, *, group: str | None = None, sampled: bool = False, limit: int = 10_000
) -> list[Listed]:
    """Changed answers of a candidate, those to be looked at first.

    Args:
        session: Any.
        candidate_id: Which.
        group: Only this guess.
        sampled: Only those drawn for review.
        limit: How many at most.
    """
    query = (
        select(ReplayItem, Message.text)
        .join(Message, Message.id == ReplayItem.message_id)
        .where(ReplayItem.candidate_id == candidate_id)
        .order_by(ReplayItem.sampled.desc(), ReplayItem.verdict.is_not(None), ReplayItem.id)
        .limit(limit)
    )
    if group is not None:
        query = query.where(ReplayItem.guess == group)
    if sampled:
        query = query.where(ReplayItem.sampled)
    return [
        Listed(row.id, row.message_id, text, row.before, row.after, row.guess, row.sampled, row.verdict, row.verdict_by)
        for row, text in await session.execute(query)
    ]


async def counts(session: AsyncSession, candidate_id: str) -> dict[str, int]:
    """How many changed answers there are: ``changed``, by guess, ``sampled``, ``reviewed`` and ``worse_said`` of the sample."""
    mine = ReplayItem.candidate_id == candidate_id
    guessed = await session.execute(select(ReplayItem.guess, func.count()).where(mine).group_by(ReplayItem.guess))
    by_guess: dict[str, int] = {guess: number for guess, number in guessed}
    drawn = select(ReplayItem.verdict, func.count()).where(mine, ReplayItem.sampled).group_by(ReplayItem.verdict)
    verdicts: dict[str | None, int] = {verdict: number for verdict, number in await session.execute(drawn)}
    return {
        "changed": sum(by_guess.values()),
        **{guess: by_guess.get(guess, 0) for guess in ("better", "worse", "unknown")},
        "sampled": sum(verdicts.values()),
        "reviewed": sum(n for verdict, n in verdicts.items() if verdict is not None),
        "worse_said": verdicts.get("worse", 0),
    }


async def judge(session: AsyncSession, candidate_id: str, item_id: int, verdict: str | None, by: str) -> bool:
    """Note what a person says of a changed answer; None takes it back. False when there is no such answer."""
    values = {"verdict": verdict, "verdict_by": by if verdict else None, "verdict_at": datetime.now(UTC) if verdict else None}
    changed = await session.scalars(
        update(ReplayItem)
        .where(ReplayItem.id == item_id, ReplayItem.candidate_id == candidate_id)
        .values(**values)
        .returning(ReplayItem.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None

"""Cases: what the bot could not solve, with all a person needs to take over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import CaseState, EventKind, Priority, priority_of
from core.messages import Outcome, Reply
from core.storage.case_moves import note_event, waits_again, words_of_case
from core.storage.case_routing import team_for
from core.storage.case_search import keep_words
from core.storage.conversations import transcript
from core.storage.models import Case, Conversation, Turn

__all__ = ["add_replies", "find_case", "list_cases", "open_case", "priority_now"]

_TRANSCRIPT_LENGTH = 30
_TURNS_WEIGHED = 6
"""Turns before the case that say why the citizen needs a person."""


async def open_case(
    session: AsyncSession,
    conversation: Conversation,
    turn: Turn,
    request: Mapping[str, Any],
    ranking: Sequence[tuple[str, float]],
    areas: Mapping[str, str],
) -> Case:
    """Store a case with all a person needs: masked transcript, intents, guide, ward, where the citizen is stuck.

    Args:
        session: The turn's transaction.
        conversation: Locked.
        turn: The turn that asks for a person.
        request: The code and why.
        ranking: Intents with confidences, best first.
        areas: Topic area of each guide, for routing.
    """
    now = datetime.now(UTC)
    messages = await transcript(session, conversation.id, limit=_TRANSCRIPT_LENGTH)
    said = [(message.author, message.text, message.created_at.isoformat()) for message in messages]
    lines = [{"author": author, "text": text, "at": at} for author, text, at in said]
    guide = turn.guide or await _last_guide(session, conversation.id)
    area = areas.get(guide or "")
    team = await team_for(session, conversation.ward, area, now)
    case = Case(
        code=request["code"],
        conversation_id=conversation.id,
        state=CaseState.NEW,
        reason=request["reason"],
        guide=guide,
        area=area,
        ward=conversation.ward,
        intents=[list(pair) for pair in ranking[:5]],
        transcript=lines,
        detail=request.get("detail") or {},
        priority=await priority_now(session, conversation, turn, request),
        team_id=team.id if team else None,
    )
    await waits_again(session, case)
    session.add(case)
    await session.flush()
    conversation.case_id = case.id
    note_event(session, case, EventKind.OPENED)
    await keep_words(session, case.id, await words_of_case(session, case))
    return case


def add_replies(case: Case, replies: Sequence[Reply]) -> None:
    """Complete the transcript of a new case with what the citizen is told in the same turn."""
    at = datetime.now(UTC).isoformat()
    case.transcript = [*case.transcript, *({"author": "bot", "text": reply.text, "at": at} for reply in replies)]


async def priority_now(session: AsyncSession, conversation: Conversation, turn: Turn, request: Mapping[str, Any]) -> Priority:
    """How much harm waiting does, judged by the last turns of a conversation."""
    last = (
        await session.execute(
            select(Turn.outcome, Turn.section)
            .where(Turn.conversation_id == conversation.id)
            .order_by(Turn.id.desc())
            .limit(_TURNS_WEIGHED)
        )
    ).all()
    said = [
        message.text
        for message in await transcript(session, conversation.id, limit=2 * _TURNS_WEIGHED)
        if message.author == "citizen"
    ]
    outcomes = {outcome for outcome, _ in last} | {turn.outcome}
    stuck = (
        Outcome.STEP in outcomes or any(section == "problems" for _, section in last) or "step" in (request.get("detail") or {})
    )
    return priority_of(said, safety=Outcome.SAFETY in outcomes, stuck=stuck)


async def _last_guide(session: AsyncSession, conversation_id: int) -> str | None:
    return await session.scalar(
        select(Turn.guide)
        .where(Turn.conversation_id == conversation_id, Turn.guide.is_not(None))
        .order_by(Turn.id.desc())
        .limit(1)
    )


async def list_cases(session: AsyncSession, state: str | None = None, limit: int = 50) -> list[Case]:
    """Cases, newest first, of one `state` or of all."""
    query = select(Case).order_by(Case.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Case.state == state)
    return list(await session.scalars(query))


async def find_case(session: AsyncSession, code: str) -> Case | None:
    """The case of a code, however it was typed: small letters, without its hyphen."""
    signs = "".join(sign for sign in code.upper() if sign.isalnum())
    return await session.scalar(select(Case).where(Case.code == f"{signs[:4]}-{signs[4:]}"))

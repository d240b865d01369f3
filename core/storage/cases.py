"""Cases: what the bot could not solve, with all a person needs to take over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.messages import Reply
from core.storage.conversations import transcript
from core.storage.models import Case, Conversation, Turn

__all__ = ["find_case", "list_cases", "open_case"]

_TRANSCRIPT_LENGTH = 30


async def open_case(
    session: AsyncSession,
    conversation: Conversation,
    turn: Turn,
    request: Mapping[str, Any],
    ranking: Sequence[tuple[str, float]],
    replies: Sequence[Reply],
) -> Case:
    """Store a case with all a person needs: masked transcript, intents, guide, ward, where the citizen is stuck."""
    messages = await transcript(session, conversation.id, limit=_TRANSCRIPT_LENGTH)
    said = [(message.author, message.text, message.created_at.isoformat()) for message in messages]
    said += [("bot", reply.text, datetime.now(UTC).isoformat()) for reply in replies]
    lines = [{"author": author, "text": text, "at": at} for author, text, at in said]
    case = Case(
        code=request["code"],
        conversation_id=conversation.id,
        reason=request["reason"],
        guide=turn.guide or await _last_guide(session, conversation.id),
        ward=conversation.ward,
        intents=[list(pair) for pair in ranking[:5]],
        transcript=lines,
        detail=request.get("detail") or {},
    )
    session.add(case)
    return case


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

"""Queries on conversations and their messages."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from sqlalchemy import String, cast, func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.storage.models import Case, Conversation, Message, Turn

__all__ = ["find", "forget", "get_or_add", "next_unanswered", "transcript", "with_unanswered", "with_unsent"]


async def find(session: AsyncSession, channel: str, account: str, chat_id: str) -> int | None:
    """Id of a conversation, or None when that chat never wrote."""
    return await session.scalar(
        select(Conversation.id).where(
            Conversation.channel == channel, Conversation.account == account, Conversation.chat_id == chat_id
        )
    )


async def get_or_add(session: AsyncSession, channel: str, account: str, chat_id: str) -> int:
    """Id of a conversation, added when it is new; two at once give one row."""
    found = await find(session, channel, account, chat_id)
    if found is not None:
        return found
    conversation = Conversation(channel=channel, account=account, chat_id=chat_id, dialogue=[])
    try:
        async with session.begin_nested():
            session.add(conversation)
        return conversation.id
    except IntegrityError:
        again = await find(session, channel, account, chat_id)
        if again is None:
            raise
        return again


async def next_unanswered(session: AsyncSession, conversation_id: int) -> int | None:
    """The oldest message of a conversation that has no answer yet."""
    return await session.scalar(
        select(func.min(Message.id)).where(Message.conversation_id == conversation_id, Message.state == "received")
    )


async def with_unanswered(session: AsyncSession) -> list[int]:
    """Conversations with messages that have no answer yet."""
    rows = await session.scalars(select(Message.conversation_id).where(Message.state == "received").distinct())
    return list(rows)


async def with_unsent(session: AsyncSession, now: datetime) -> list[int]:
    """Conversations with replies that are due to be sent."""
    rows = await session.scalars(
        select(Message.conversation_id)
        .where(Message.state == "queued", (Message.next_attempt_at.is_(None)) | (Message.next_attempt_at <= now))
        .distinct()
    )
    return list(rows)


async def transcript(session: AsyncSession, conversation_id: int, after: int = 0, limit: int = 200) -> list[Message]:
    """The last `limit` messages with an id above `after`, oldest first."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id > after)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return list(rows)[::-1]


async def forget(session: AsyncSession, conversation: Conversation) -> Conversation:
    """Delete what a citizen wrote and was told; outcomes stay as numbers, tied to nobody.

    Returns:
        A fresh, empty conversation with the same chat, for the confirmation and whatever follows.
    """
    channel, account, chat_id = conversation.channel, conversation.account, conversation.chat_id
    mine = conversation.id
    await session.execute(
        update(Message)
        .where(Message.conversation_id == mine, Message.state != "received")
        .values(text="", payload={}, provider_id=None, error=None, key=literal("deleted:") + cast(Message.id, String))
        .execution_options(synchronize_session=False)
    )
    # A reply still queued would now go out empty.
    await session.execute(
        update(Message)
        .where(Message.conversation_id == mine, Message.state == "queued")
        .values(state="failed", error="deleted")
        .execution_options(synchronize_session=False)
    )
    await session.execute(update(Case).where(Case.conversation_id == mine).values(transcript=[], intents=[], state="deleted"))
    await session.execute(update(Turn).where(Turn.conversation_id == mine).values(candidates=[]))
    conversation.chat_id = f"deleted:{uuid.uuid4()}"
    conversation.dialogue = []
    conversation.updated_at = datetime.now(UTC)
    await session.flush()
    fresh = Conversation(channel=channel, account=account, chat_id=chat_id, dialogue=[])
    session.add(fresh)
    await session.flush()
    # What was typed after the wish to delete belongs to what follows.
    await session.execute(
        update(Message)
        .where(Message.conversation_id == mine, Message.state == "received")
        .values(conversation_id=fresh.id)
        .execution_options(synchronize_session=False)
    )
    return fresh

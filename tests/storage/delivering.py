"""Replies in an outbox, sent as far as can be, and time that passes; for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from bot.outbox import Outbox
from core.messages import Choice, Reply
from core.storage import conversations
from core.storage.database import Database
from core.storage.models import Message


async def queue(database: Database, *texts: str, chat_id: str = "chat", channel: str = "thu") -> int:
    async with database.session() as session, session.begin():
        conversation_id = await conversations.get_or_add(session, channel, "bot", chat_id)
        for n, text in enumerate(texts):
            session.add(
                Message(
                    conversation_id=conversation_id,
                    direction="out",
                    author="bot",
                    key=f"{text}:{n}",
                    text=text,
                    payload=Reply(text, (Choice("m", "Chủ đề khác"),)).as_dict(),
                    state="queued",
                )
            )
            await session.flush()
        return conversation_id


async def deliver(outbox: Outbox, *conversation_ids: int) -> None:
    """Let the outbox do all it can now."""
    for conversation_id in conversation_ids:
        outbox.wake(conversation_id)
    await outbox.drain()


async def time_passes(database: Database) -> None:
    """Everything that waits becomes due."""
    async with database.session() as session, session.begin():
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(Message).where(Message.next_attempt_at.is_not(None)).values(next_attempt_at=past))

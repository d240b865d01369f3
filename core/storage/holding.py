"""Conversations that something happened to outside: the citizen left, or a person answered in the platform's own tool."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.messages import Reply, Signal
from core.storage import conversations
from core.storage.models import Conversation, Message

__all__ = ["accounts_of", "left", "release", "staff_wrote"]


async def accounts_of(session: AsyncSession, signal: Signal) -> list[str]:
    """Accounts with which the signal's chat has a conversation; just its own, if it names one."""
    found = select(Conversation.account).where(Conversation.channel == signal.channel, Conversation.chat_id == signal.chat_id)
    if signal.account:
        found = found.where(Conversation.account == signal.account)
    return list(await session.scalars(found.order_by(Conversation.id)))


async def left(session: AsyncSession, signal: Signal) -> bool:
    """Note that a citizen cannot be written to until they write again; False when they did since, or are not known."""
    marked = await session.scalars(
        update(Conversation)
        .where(
            Conversation.channel == signal.channel,
            Conversation.account == signal.account,
            Conversation.chat_id == signal.chat_id,
            Conversation.updated_at <= signal.sent_at,
            Conversation.unreachable_since.is_(None),
        )
        .values(unreachable_since=signal.sent_at)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return marked.first() is not None


async def staff_wrote(session: AsyncSession, signal: Signal, text: str, hold: timedelta) -> bool:
    """Add what a person wrote to the transcript, and keep the bot silent for a while.

    Args:
        session: In a transaction.
        signal: Who wrote to whom, and when.
        text: What was written, masked.
        hold: How long the bot is silent after it was written.

    Returns:
        False when it is known: told before, or sent by ourselves.
    """
    conversation_id = await conversations.get_or_add(session, signal.channel, signal.account, signal.chat_id)
    mine = select(Message.id).where(Message.conversation_id == conversation_id, Message.provider_id == signal.event_id)
    if await session.scalar(mine.limit(1)) is not None:
        return False
    written = Message(
        conversation_id=conversation_id,
        direction="out",
        author="staff",
        key=f"staff:{signal.event_id}",
        text=text,
        payload=Reply(text).as_dict(),
        state="sent",
        provider_id=signal.event_id,
    )
    try:
        async with session.begin_nested():
            session.add(written)
    except IntegrityError:
        return False
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, (Conversation.handler == "bot") | Conversation.held_until.is_not(None))
        .values(handler="staff", held_until=signal.sent_at + hold)
        .execution_options(synchronize_session=False)
    )
    return True


async def release(session: AsyncSession, now: datetime) -> int:
    """Let the bot begin afresh where nobody wrote for long enough; returns in how many conversations."""
    due = await session.scalars(
        update(Conversation)
        .where(Conversation.held_until <= now)
        .values(handler="bot", held_until=None, dialogue=[])
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return len(due.all())

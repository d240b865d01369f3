"""Queries on replies that are to be sent, and on those that did not arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnClause,
    Connection,
    CursorResult,
    Row,
    Select,
    Table,
    bindparam,
    case,
    insert,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from core.messages import Reply
from core.storage import conversations
from core.storage.models import Conversation, Message

__all__ = ["DEAD", "Due", "drop", "get", "list_by_state", "next_queued", "record", "resend", "say", "with_due"]

DEAD = ("failed", "uncertain")
"""States of replies that nobody will send any more unless a person asks for it."""

_MESSAGES = cast(Table, Message.__table__)
_CONVERSATIONS = cast(Table, Conversation.__table__)
_QUEUED: ColumnClause[bool] = literal_column("messages.state = 'queued'")

# Made once: these run for every reply.
_NEXT = (
    select(
        _MESSAGES.c.id,
        _MESSAGES.c.payload,
        _MESSAGES.c.attempts,
        _MESSAGES.c.created_at,
        _MESSAGES.c.next_attempt_at,
        _MESSAGES.c.progress,
        _CONVERSATIONS.c.channel,
        _CONVERSATIONS.c.account,
        _CONVERSATIONS.c.chat_id,
        _CONVERSATIONS.c.unreachable_since,
    )
    .join_from(_MESSAGES, _CONVERSATIONS)
    .where(_MESSAGES.c.conversation_id == bindparam("conversation"), _QUEUED)
    .order_by(_MESSAGES.c.id)
    .limit(2)
)
_RECORD = update(_MESSAGES).where(_MESSAGES.c.id == bindparam("message"), _QUEUED)


@dataclass(frozen=True)
class Due:
    """The next reply of a conversation.

    Args:
        id: Of the message.
        payload: `Reply.as_dict`.
        attempts: How often it was tried.
        queued_at: Since when it waits.
        not_before: When it may be tried again.
        progress: How far an earlier attempt came (see bot.channels.parts).
        channel: Where to.
        account: Which bot of that channel.
        chat_id: Whom to.
        unreachable_since: Since when the citizen cannot be written to.
        more: Whether another reply is queued behind it.
    """

    id: int
    payload: dict[str, Any]
    attempts: int
    queued_at: datetime
    not_before: datetime | None
    progress: dict[str, Any] | None
    channel: str
    account: str
    chat_id: str
    unreachable_since: datetime | None
    more: bool


async def with_due(session: AsyncSession, now: datetime) -> list[int]:
    """Conversations with replies that are due to be sent."""
    rows = await session.scalars(
        select(Message.conversation_id)
        .where(_QUEUED, or_(Message.next_attempt_at.is_(None), Message.next_attempt_at <= now))
        .distinct()
    )
    return list(rows)


def next_queued(connection: Connection, conversation_id: int) -> Due | None:
    """The oldest queued reply of a conversation, due or not: replies do not overtake each other."""
    rows: Sequence[Any] = connection.execute(_NEXT, {"conversation": conversation_id}).all()
    return Due(*(*rows[0], len(rows) > 1)) if rows else None


def record(connection: Connection, message_id: int, delivery: Mapping[str, Any], unreachable_since: datetime | None) -> None:
    """Write down how a delivery went, unless the reply was deleted while it was under way.

    Args:
        connection: In a transaction, unless `unreachable_since` is None: then it is one statement.
        message_id: The reply.
        delivery: Columns of the message that change.
        unreachable_since: Since when the citizen cannot be written to, if that is what the delivery told.
    """
    connection.execute(_RECORD, {"message": message_id, **delivery})
    if unreachable_since is not None:
        conversation = select(_MESSAGES.c.conversation_id).where(_MESSAGES.c.id == message_id).scalar_subquery()
        change = update(_CONVERSATIONS).where(_CONVERSATIONS.c.id == conversation)
        connection.execute(change.values(unreachable_since=unreachable_since))


def say(connection: Connection, chat: tuple[str, str, str], key: str, reply: Reply) -> int | None:
    """Queue what the bot says of its own accord.

    Args:
        connection: In a transaction.
        chat: Channel, account and chat id.
        key: The same twice is said once.
        reply: What is said.

    Returns:
        The conversation, or None when it was said before.
    """
    conversation_id = conversations.known_or_added(connection, *chat)
    mine = select(_MESSAGES.c.id).where(_MESSAGES.c.conversation_id == conversation_id, _MESSAGES.c.direction == "out")
    if connection.scalar(mine.where(_MESSAGES.c.key == key)) is not None:
        return None
    row = {"direction": "out", "author": "bot", "state": "queued", "text": reply.text, "payload": reply.as_dict()}
    connection.execute(insert(_MESSAGES), {"conversation_id": conversation_id, "key": key, **row})
    return conversation_id


# for operators

Letter = Row[Message, Conversation]


def _letters() -> Select[Message, Conversation]:
    return select(Message, Conversation).join(Conversation).where(Message.direction == "out", Message.text != "")


async def list_by_state(session: AsyncSession, states: Sequence[str], limit: int) -> list[Letter]:
    """Replies in one of `states` with their conversations, newest first."""
    return list(await session.execute(_letters().where(Message.state.in_(states)).order_by(Message.id.desc()).limit(limit)))


async def get(session: AsyncSession, message_id: int) -> Letter | None:
    """One reply with its conversation."""
    return (await session.execute(_letters().where(Message.id == message_id))).one_or_none()


async def resend(session: AsyncSession, ids: Sequence[int] | None, states: Sequence[str] = DEAD) -> int:
    """Put dead replies back into the queue; `ids` None = all in `states`. Returns how many.

    One that failed goes on where it stopped; one that may not have arrived is sent as if new.
    """
    left_off = case((Message.state == "failed", Message.progress), else_=null())
    again = {"state": "queued", "attempts": 0, "error": None, "next_attempt_at": None, "progress": left_off}
    return await _change(session, ids, states, again)


async def drop(session: AsyncSession, ids: Sequence[int] | None, states: Sequence[str] = DEAD) -> int:
    """Let dead replies rest: they stay in the transcript and are no longer listed. Returns how many."""
    return await _change(session, ids, states, {"state": "dropped"})


async def _change(session: AsyncSession, ids: Sequence[int] | None, states: Sequence[str], values: dict[str, Any]) -> int:
    dead = update(Message).where(Message.direction == "out", Message.state.in_(states), Message.text != "")
    if ids is not None:
        dead = dead.where(Message.id.in_(ids))
    result = await session.execute(dead.values(**values).execution_options(synchronize_session=False))
    return cast(CursorResult[Any], result).rowcount

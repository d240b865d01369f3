"""Writing down a message, and what came of it.

Plain statements on the tables: they run for every message, and the ORM's unit of work spends as much time on these few
rows as Rasa on its predictions (docs/benchmarks.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, insert, inspect, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from core.messages import Reply
from core.storage.models import Conversation, Message, Turn

__all__ = ["add_inbound", "queue_replies", "record_turn"]

_CONVERSATIONS = cast(Table, Conversation.__table__)
_MESSAGES = cast(Table, Message.__table__)
_TURNS = cast(Table, Turn.__table__)


async def add_inbound(session: AsyncSession, conversation_id: int, event_id: str, text: str, payload: Mapping[str, Any]) -> int:
    """Store a citizen's message as received; returns its id.

    Raises:
        IntegrityError: The conversation has a message of that event already.
    """
    row = {
        "conversation_id": conversation_id,
        "direction": "in",
        "author": "citizen",
        "key": event_id,
        "text": text,
        "payload": payload,
        "state": "received",
    }

    def add(sync_session: Session) -> int:
        key = sync_session.connection().execute(insert(_MESSAGES), row).inserted_primary_key
        assert key is not None  # the table has one
        return int(key[0])

    return await session.run_sync(add)


async def record_turn(session: AsyncSession, turn: Turn, conversation: Mapping[str, Any], error: str | None = None) -> None:
    """Store the outcome of a message and close the message.

    Args:
        session: The turn's transaction.
        turn: A new row with the ids of its message and conversation.
        conversation: Columns of the conversation that change.
        error: Why the message could not be answered; None = it was.
    """
    outcome = {name: value for name, value in inspect(turn).dict.items() if name in _TURNS.c}
    closed = {"state": "done"} if error is None else {"state": "failed", "error": error}

    def record(sync_session: Session) -> None:
        connection = sync_session.connection()
        connection.execute(insert(_TURNS), outcome)
        connection.execute(update(_MESSAGES).where(_MESSAGES.c.id == turn.message_id).values(closed))
        if conversation:
            changed = _CONVERSATIONS.c.id == turn.conversation_id
            connection.execute(update(_CONVERSATIONS).where(changed).values(conversation))

    await session.run_sync(record)


async def queue_replies(session: AsyncSession, conversation_id: int, message_id: int, replies: Sequence[Reply]) -> None:
    """Put the replies to a message into the outbox, in order."""
    rows = [
        {
            "conversation_id": conversation_id,
            "direction": "out",
            "author": "bot",
            "key": f"{message_id}:{n}",
            "text": reply.text,
            "payload": reply.as_dict(),
            "state": "queued",
        }
        for n, reply in enumerate(replies)
    ]
    if rows:
        await session.run_sync(lambda sync_session: sync_session.connection().execute(insert(_MESSAGES), rows))

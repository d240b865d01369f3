"""The durable schedule of unsolicited messages: what is due, taken by one process at a time, queued into the outbox.

Synchronous, for `Database.transact`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from core.messages import Reply
from core.storage.models import Conversation, FollowUp, Message

__all__ = ["DueFollowUp", "close", "due", "move", "send"]


@dataclass(frozen=True)
class DueFollowUp:
    """Somebody may be asked about a guide now.

    Args:
        id: Of the plan.
        conversation_id: Whom to ask.
        guide: About what.
        step: The step last shown.
        due_at: When they were to be asked.
        channel: Platform of the conversation.
        handler: Who answers there; only while it is the bot may it ask.
        held_until: Until when a person answers in the platform's own tool.
        changed_at: When the conversation last had a turn.
        last_heard: When its last message of the citizen came in.
        aftercare: What the conversation remembers (see core.aftercare.memory).
    """

    id: int
    conversation_id: int
    guide: str
    step: int | None
    due_at: datetime
    channel: str
    handler: str
    held_until: datetime | None
    changed_at: datetime
    last_heard: datetime
    aftercare: dict[str, Any]


def due(connection: Connection, now: datetime, limit: int = 50) -> Sequence[DueFollowUp]:
    """What is due, longest first, where the citizen can be written to; nothing is taken yet."""
    heard = (
        select(func.max(Message.created_at, type_=Message.created_at.type))
        .where(Message.conversation_id == Conversation.id, Message.direction == "in")
        .scalar_subquery()
    )
    query = (
        select(
            FollowUp.id,
            FollowUp.conversation_id,
            FollowUp.guide,
            FollowUp.step,
            FollowUp.due_at,
            Conversation.channel,
            Conversation.handler,
            Conversation.held_until,
            Conversation.updated_at,
            func.coalesce(heard, Conversation.created_at, type_=Conversation.created_at.type),
            Conversation.aftercare,
        )
        .join(Conversation, FollowUp.conversation_id == Conversation.id)
        .where(FollowUp.state == "waiting", FollowUp.due_at <= now)
        .where(Conversation.quiet.is_(False), Conversation.unreachable_since.is_(None))
        .order_by(FollowUp.due_at)
        .limit(limit)
    )
    rows: Sequence[Any] = connection.execute(query).all()  # SQLAlchemy types ten columns of a row, not eleven
    return [DueFollowUp(*row) for row in rows]


def move(connection: Connection, conversation_id: int, until: datetime) -> None:
    """Let everything planned for a conversation wait until `until` at least."""
    waiting = (FollowUp.conversation_id == conversation_id, FollowUp.state == "waiting", FollowUp.due_at < until)
    connection.execute(update(FollowUp).where(*waiting).values(due_at=until))


def close(connection: Connection, follow_up_id: int) -> None:
    """Give up what cannot be asked any more."""
    waiting = (FollowUp.id == follow_up_id, FollowUp.state == "waiting")
    connection.execute(update(FollowUp).where(*waiting).values(state="late"))


def send(
    connection: Connection, item: DueFollowUp, reply: Reply, aftercare: dict[str, Any], now: datetime, pause: datetime
) -> bool:
    """Queue the question, unless another process did or the citizen wrote in the meantime.

    Args:
        connection: In a transaction.
        item: As `due` gave it.
        reply: The question.
        aftercare: What the conversation remembers from now on.
        now: Aware.
        pause: Until when everything else planned for this conversation waits.

    Returns:
        Whether it was queued.
    """
    waiting = (FollowUp.id == item.id, FollowUp.state == "waiting", FollowUp.due_at <= now)
    if not connection.execute(update(FollowUp).where(*waiting).values(state="sent", sent_at=now)).rowcount:
        return False
    unchanged = (
        Conversation.id == item.conversation_id,
        Conversation.updated_at == item.changed_at,
        Conversation.quiet.is_(False),
    )
    if not connection.execute(update(Conversation).where(*unchanged).values(aftercare=aftercare)).rowcount:
        connection.execute(update(FollowUp).where(FollowUp.id == item.id).values(state="waiting", sent_at=None))
        return False
    row = {"direction": "out", "author": "bot", "state": "queued", "key": f"follow-up:{item.id}"}
    message = {"conversation_id": item.conversation_id, "text": reply.text, "payload": reply.as_dict()}
    connection.execute(insert(Message), {**row, **message})
    move(connection, item.conversation_id, pause)
    return True

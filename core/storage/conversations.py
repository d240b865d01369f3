"""Queries on conversations and their messages."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import CaseState
from core.storage import aftercare, attachments, audit, incoming_files
from core.storage.case_models import CaseEvent
from core.storage.case_search import drop_words
from core.storage.models import Case, Conversation, Message, Turn
from core.storage.staff_models import Attachment

__all__ = [
    "empty_messages",
    "find",
    "forget",
    "forget_cases",
    "get_or_add",
    "has_event",
    "known_or_added",
    "transcript",
    "with_unanswered",
]

# Made once: putting a statement together costs as much as running it.
_FIND = select(Conversation.id).where(
    Conversation.channel == bindparam("channel"),
    Conversation.account == bindparam("account"),
    Conversation.chat_id == bindparam("chat_id"),
)
_ADD = insert(Conversation.__table__)  # type: ignore[arg-type]  # SQLAlchemy declares it wider than it is


async def find(session: AsyncSession, channel: str, account: str, chat_id: str) -> int | None:
    """Id of a conversation, or None when that chat never wrote."""
    found: int | None = await session.scalar(_FIND, {"channel": channel, "account": account, "chat_id": chat_id})
    return found


async def has_event(session: AsyncSession, conversation_id: int, key: str) -> bool:
    """Whether a message of this event is stored."""
    mine = Message.conversation_id == conversation_id, Message.direction == "in", Message.key == key
    return await session.scalar(select(Message.id).where(*mine)) is not None


async def get_or_add(session: AsyncSession, channel: str, account: str, chat_id: str) -> int:
    """Id of a conversation, added when it is new; two at once give one row."""
    return await (await session.connection()).run_sync(known_or_added, channel, account, chat_id)


def known_or_added(connection: Connection, channel: str, account: str, chat_id: str) -> int:
    """The same for a synchronous connection, as `Database.transact` gives."""
    chat = {"channel": channel, "account": account, "chat_id": chat_id}
    found: int | None = connection.scalar(_FIND, chat)
    if found is not None:
        return found
    try:
        with connection.begin_nested():
            key = connection.execute(_ADD, chat).inserted_primary_key
    except IntegrityError:
        found = connection.scalar(_FIND, chat)
        if found is None:
            raise
        return found
    assert key is not None  # the table has one
    return int(key[0])


async def with_unanswered(session: AsyncSession) -> list[int]:
    """Conversations with messages that have no answer yet, those that wait longest first."""
    waiting = select(Message.conversation_id).where(literal_column("state = 'received'"))
    return list(await session.scalars(waiting.group_by(Message.conversation_id).order_by(func.min(Message.id))))


async def transcript(session: AsyncSession, conversation_id: int, after: int = 0, limit: int = 200) -> list[Message]:
    """The last `limit` messages with an id above `after`, oldest first."""
    rows = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.id > after)
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return list(rows)[::-1]


async def forget_cases(session: AsyncSession, case_ids: Sequence[int]) -> None:
    """Leave of cases what can be counted."""
    await drop_words(session, list(case_ids))
    await session.execute(
        update(CaseEvent).where(CaseEvent.case_id.in_(case_ids)).values(note="").execution_options(synchronize_session=False)
    )
    emptied: dict[str, Any] = {
        "transcript": [],
        "intents": [],
        "detail": {},
        "owner_id": None,
        "due_at": None,
        "warn_at": None,
        "rise_at": None,
    }
    await session.execute(update(Case).where(Case.id.in_(case_ids)).values(state=CaseState.DELETED, **emptied))


async def empty_messages(session: AsyncSession, which: ColumnElement[bool]) -> int:
    """Leave of messages that they were there. A reply still queued is taken out of the queue: it would go out empty.

    Returns:
        How many there were.
    """
    emptied: dict[str, Any] = {
        "text": "",
        "payload": {},
        "provider_id": None,
        "key": literal("deleted:") + cast(Message.id, String),
    }
    queued = Message.state == "queued"
    done = await session.scalars(
        update(Message)
        .where(which, Message.state != "received")
        .values(
            **emptied,
            error=case((queued, "deleted"), else_=None),
            state=case((queued, "failed"), else_=Message.state),
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(done))


async def forget(session: AsyncSession, conversation: Conversation) -> Conversation:
    """Delete what a citizen wrote and was told; outcomes stay as numbers, tied to nobody.

    Returns:
        A fresh, empty conversation with the same chat, for the confirmation and whatever follows.

    The audit log keeps how much was deleted, as proof.
    """
    channel, account, chat_id = conversation.channel, conversation.account, conversation.chat_id
    mine = conversation.id
    emptied = await empty_messages(session, Message.conversation_id == mine)
    cases = list(await session.scalars(select(Case.id).where(Case.conversation_id == mine)))
    await forget_cases(session, cases)
    files = await attachments.mark_deleted(session, Attachment.conversation_id == mine)
    counts = {"messages": emptied, "cases": len(cases), "attachments": files}
    audit.record(session, audit.PROGRAM, "citizen.forget", f"conversation:{mine}", counts)
    await session.execute(update(Turn).where(Turn.conversation_id == mine).values(candidates=[]))
    connection = await session.connection()
    await connection.run_sync(aftercare.forget, mine)
    await connection.run_sync(incoming_files.drop, mine)
    conversation.chat_id = f"deleted:{uuid.uuid4()}"
    conversation.dialogue = []
    conversation.aftercare = {}
    conversation.updated_at = datetime.now(UTC)
    await session.flush()
    # Not wanting to be written to is a wish of its own; deleting does not take it back.
    fresh = Conversation(channel=channel, account=account, chat_id=chat_id, dialogue=[], quiet=conversation.quiet)
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

"""What runs for every message: storing it, reading it with its conversation, writing down what came of it.

Plain statements on the tables: the ORM's sessions and unit of work spend as much time on these few rows as Rasa on its
predictions (docs/benchmarks.md). `Database.transact` runs these functions; the rare rest of a turn uses the ORM, and
runs them in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, inspect, literal_column, select, update

from core.errors import HandlerChanged
from core.messages import Inbound, Reply
from core.storage import conversations, incoming_files
from core.storage.models import Conversation, Message, Turn

__all__ = [
    "LATE",
    "READ_AT_MOST",
    "Waiting",
    "add_files",
    "add_inbound",
    "add_to_known",
    "excused",
    "hold",
    "is_waiting",
    "join",
    "queue_replies",
    "read_waiting",
    "record_turn",
]

LATE = "late"
"""Intent of turns that answered with an apology what an outage had left lying."""

READ_AT_MOST = 20
"""Messages of a conversation that are read at a time."""

_CONVERSATIONS = cast(Table, Conversation.__table__)
_MESSAGES = cast(Table, Message.__table__)
_TURNS = cast(Table, Turn.__table__)

# Made once: putting a statement together costs as much as running it.

# The rows stay locked until the turn ends: another process passes the conversation over, and the webhook can still add to it.
_READ = (
    select(
        _MESSAGES.c.id,
        _MESSAGES.c.conversation_id,
        _MESSAGES.c.text,
        _MESSAGES.c.payload,
        _MESSAGES.c.created_at,
        func.coalesce(_MESSAGES.c.sent_at, _MESSAGES.c.created_at),
        _CONVERSATIONS.c.dialogue,
        _CONVERSATIONS.c.ward,
        _CONVERSATIONS.c.aftercare,
        _CONVERSATIONS.c.quiet,
        _CONVERSATIONS.c.handler,
        _CONVERSATIONS.c.case_id,
    )
    .join_from(_MESSAGES, _CONVERSATIONS)
    .where(_MESSAGES.c.conversation_id == bindparam("conversation"), literal_column("messages.state = 'received'"))
    .order_by(_MESSAGES.c.id)
    .limit(READ_AT_MOST)
    .with_for_update(key_share=True, skip_locked=True)
)
_IS_WAITING = (
    select(_MESSAGES.c.id)
    .where(_MESSAGES.c.conversation_id == bindparam("conversation"), literal_column("messages.state = 'received'"))
    .limit(1)
)
_ADD_MESSAGE = insert(_MESSAGES)
_ADD_TO_KNOWN = (
    insert(_MESSAGES)
    .from_select(
        ["conversation_id", "direction", "author", "key", "text", "payload", "state", "attempts", "created_at", "sent_at"],
        select(
            _CONVERSATIONS.c.id,
            literal_column("'in'"),
            literal_column("'citizen'"),
            bindparam("event", type_=_MESSAGES.c.key.type),
            bindparam("words", type_=_MESSAGES.c.text.type),
            bindparam("notes", type_=_MESSAGES.c.payload.type),
            literal_column("'received'"),
            literal_column("0"),
            bindparam("now", type_=_MESSAGES.c.created_at.type),
            bindparam("written", type_=_MESSAGES.c.sent_at.type),
        ).where(
            _CONVERSATIONS.c.channel == bindparam("channel"),
            _CONVERSATIONS.c.account == bindparam("account"),
            _CONVERSATIONS.c.chat_id == bindparam("chat"),
        ),
    )
    .returning(_MESSAGES.c.conversation_id, _MESSAGES.c.id)
)
_ADD_TURN = insert(_TURNS)
_CHANGE_MESSAGE = update(_MESSAGES).where(_MESSAGES.c.id == bindparam("message"))
_JOIN = update(_MESSAGES).where(_MESSAGES.c.id.in_(bindparam("messages", expanding=True)))
_CHANGE_CONVERSATION = update(_CONVERSATIONS).where(
    _CONVERSATIONS.c.id == bindparam("conversation"), _CONVERSATIONS.c.handler == bindparam("answers")
)


@dataclass(frozen=True)
class Waiting:
    """A stored message that is to be answered, with what its conversation remembers.

    Args:
        id: Of the message.
        conversation_id: Its conversation.
        text: Masked text.
        payload: Choice and notes stored with it.
        stored_at: When it came in.
        sent_at: When the citizen wrote it.
        dialogue: The dialogue's events so far.
        ward: Ward or commune known of the conversation.
        aftercare: What surrounds the answers (see core.aftercare.memory).
        quiet: Whether the citizen wants no unsolicited message.
        handler: Who answers: ``bot`` or ``staff``.
        case_id: The conversation's latest case, while it is open or may open again.
    """

    id: int
    conversation_id: int
    text: str
    payload: Mapping[str, Any]
    stored_at: datetime
    sent_at: datetime
    dialogue: list[Any]
    ward: str | None
    aftercare: Mapping[str, Any]
    quiet: bool
    handler: str
    case_id: int | None


def add_inbound(connection: Connection, inbound: Inbound, text: str, payload: Mapping[str, Any]) -> tuple[int, int]:
    """Store a citizen's message as received; returns the ids of its conversation and of itself.

    Args:
        connection: In a transaction.
        inbound: The message; its own text is not looked at.
        text: Masked text.
        payload: Choice and notes to store with it.

    Raises:
        IntegrityError: The conversation has a message of that event already.
    """
    conversation_id = conversations.known_or_added(connection, inbound.channel, inbound.account, inbound.chat_id)
    row = {
        "conversation_id": conversation_id,
        "direction": "in",
        "author": "citizen",
        "key": inbound.event_id,
        "text": text,
        "payload": payload,
        "state": "received",
        "sent_at": inbound.sent_at,
    }
    key = connection.execute(_ADD_MESSAGE, row).inserted_primary_key
    assert key is not None  # the table has one
    if inbound.attachments:
        incoming_files.add(connection, conversation_id, inbound.event_id, inbound.attachments, datetime.now(UTC))
    return conversation_id, key[0]


def add_to_known(connection: Connection, inbound: Inbound, text: str, payload: Mapping[str, Any]) -> tuple[int, int] | None:
    """As `add_inbound`, in one statement, for a message without files of somebody who wrote before; None = nobody did.

    Raises:
        IntegrityError: The conversation has a message of that event already.
    """
    message = {"event": inbound.event_id, "words": text, "notes": payload, "now": datetime.now(UTC), "written": inbound.sent_at}
    chat = {"channel": inbound.channel, "account": inbound.account, "chat": inbound.chat_id}
    stored = connection.execute(_ADD_TO_KNOWN, {**message, **chat}).one_or_none()
    return (stored[0], stored[1]) if stored else None


def add_files(connection: Connection, inbound: Inbound) -> str | None:
    """Add what came in a further piece of a message that is stored already: platforms deliver an album picture by picture.

    Returns:
        The text stored with the message, or None when it is not there any more.
    """
    conversation_id = conversations.known_or_added(connection, inbound.channel, inbound.account, inbound.chat_id)
    stored = select(_MESSAGES.c.text).where(
        _MESSAGES.c.conversation_id == conversation_id, _MESSAGES.c.direction == "in", _MESSAGES.c.key == inbound.event_id
    )
    text: str | None = connection.scalar(stored)
    if text is not None:
        incoming_files.add(connection, conversation_id, inbound.event_id, inbound.attachments, datetime.now(UTC))
    return text


def read_waiting(connection: Connection, conversation_id: int) -> list[Waiting]:
    """The messages of a conversation that wait for an answer, oldest first, at most `READ_AT_MOST`.

    Until the transaction ends they are this process's; empty when there are none, or another process has them.
    """
    rows: Sequence[Any] = connection.execute(_READ, {"conversation": conversation_id}).all()
    return [Waiting(*row) for row in rows]


def is_waiting(connection: Connection, conversation_id: int) -> bool:
    """Whether a conversation has messages that wait for an answer, also where somebody else has them."""
    return connection.execute(_IS_WAITING, {"conversation": conversation_id}).first() is not None


def hold(connection: Connection, message: Waiting) -> None:
    """Lock the conversation of a message for the rest of the transaction.

    Raises:
        HandlerChanged: Somebody else answers now than when the message was read.
    """
    change = {"updated_at": datetime.now(UTC), "conversation": message.conversation_id, "answers": message.handler}
    if connection.execute(_CHANGE_CONVERSATION, change).rowcount != 1:
        raise HandlerChanged


def excused(connection: Connection, conversation_id: int, written_at: datetime) -> int | None:
    """The message whose turn apologised after `written_at` for what had been left lying, if one did."""
    return connection.scalar(
        select(_TURNS.c.message_id)
        .where(_TURNS.c.conversation_id == conversation_id, _TURNS.c.intent == LATE, _TURNS.c.created_at >= written_at)
        .order_by(_TURNS.c.id.desc())
        .limit(1)
    )


def join(connection: Connection, messages: Sequence[int], to: int) -> None:
    """Close messages that the turn of the message `to` answers as well."""
    if messages:
        connection.execute(_JOIN, {"messages": list(messages), "state": "done", "joined_to": to})


def record_turn(
    connection: Connection,
    turn: Turn,
    conversation: Mapping[str, Any],
    handler: str,
    replies: Sequence[Reply] = (),
    error: str | None = None,
    writes: Sequence[Callable[[Connection], None]] = (),
    joined: Sequence[int] = (),
) -> None:
    """Store the outcome of a message, close the message, and put the replies into the outbox.

    Args:
        connection: The turn's transaction.
        turn: A new row with the ids of its message and conversation.
        conversation: Columns of the conversation that change.
        handler: Who answered when the message was read.
        replies: In order.
        error: Why the message could not be answered; None = it was.
        writes: What else this turn stores.
        joined: Messages that are answered by this turn as well.

    Raises:
        HandlerChanged: Somebody else answers now; nothing may be stored.
        IntegrityError: The message has a turn already.
    """
    now = {"updated_at": datetime.now(UTC), "unreachable_since": None}  # who writes can be written to again
    change = {**now, **conversation, "conversation": turn.conversation_id, "answers": handler}
    if connection.execute(_CHANGE_CONVERSATION, change).rowcount != 1:  # first of all: it locks the row against a claim
        raise HandlerChanged
    outcome = {name: value for name, value in inspect(turn).dict.items() if name in _TURNS.c}
    connection.execute(_ADD_TURN, outcome)
    connection.execute(_CHANGE_MESSAGE, {"message": turn.message_id, "state": "failed" if error else "done", "error": error})
    join(connection, joined, turn.message_id)
    queue_replies(connection, turn.conversation_id, turn.message_id, replies)
    for write in writes:
        write(connection)


def queue_replies(connection: Connection, conversation_id: int, message_id: int, replies: Sequence[Reply]) -> None:
    """Put the replies to a message into the outbox, in order."""
    common = {"conversation_id": conversation_id, "direction": "out", "author": "bot", "state": "queued"}
    rows = [
        {**common, "key": f"{message_id}:{n}", "text": reply.text, "payload": reply.as_dict()} for n, reply in enumerate(replies)
    ]
    if rows:
        connection.execute(_ADD_MESSAGE, rows)

"""Citizens whose messages the bot did not get right, for tests of the trainers' inbox."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from core.storage import conversations
from core.storage.database import Database
from core.storage.models import Case, Conversation, Feedback, Message, Turn

__all__ = ["NOW", "close_as_misread", "not_helped", "say"]

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_numbers = itertools.count(1)


async def say(
    database: Database,
    text: str,
    outcome: str = "fallback",
    *,
    chat: str | None = None,
    ago: timedelta = timedelta(hours=2),
    now: datetime = NOW,
    ward: str | None = None,
    **turn: Any,
) -> int:
    """A citizen's message with what came of it; returns the id of the message."""
    number = next(_numbers)
    async with database.session.begin() as session:
        conversation_id = await conversations.get_or_add(session, "thu", "bot", chat or f"chat {number}")
        (await session.get_one(Conversation, conversation_id)).ward = ward
        common = {"conversation_id": conversation_id, "created_at": now - ago}
        message = Message(**common, key=f"m{number}", direction="in", author="citizen", text=text, payload={}, state="done")
        reply = Message(
            **common, key=f"m{number}:0", direction="out", author="bot", text="Tôi chưa hiểu ý bà con.", payload={}, state="sent"
        )
        session.add_all([message, reply])
        await session.flush()
        known: dict[str, Any] = {"intent": "out_of_scope", "confidence": 0.5, "ms": 1.0}
        session.add(Turn(**common, message_id=message.id, outcome=outcome, **(known | turn)))
        return message.id


async def not_helped(database: Database, message_id: int, now: datetime = NOW) -> None:
    """The citizen says so of the answer to a message."""
    async with database.session.begin() as session:
        message = await session.get_one(Message, message_id)
        place = {"conversation_id": message.conversation_id, "guide": "dang_ky_tam_tru", "section": "fee"}
        session.add(
            Feedback(**place, message_id=message_id, helped=False, reason="wrong_topic", created_at=now - timedelta(hours=1))
        )


async def close_as_misread(database: Database, message_id: int, cause: str = "misunderstood", now: datetime = NOW) -> None:
    """The message led to a case, which staff closed for a cause."""
    async with database.session.begin() as session:
        message = await session.get_one(Message, message_id)
        code = f"TEST-{message_id:04}"
        opened = message.created_at + timedelta(minutes=1)
        case = Case(code=code, conversation_id=message.conversation_id, state="closed", reason="asked", cause=cause)
        case.created_at, case.closed_at = opened, now - timedelta(minutes=30)
        session.add(case)

"""What the tables refuse, and times that keep their zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, StatementError

from core.errors import ConfigurationError
from core.storage.database import Database
from core.storage.models import Conversation, Message, Turn


def _conversation(**values: object) -> Conversation:
    return Conversation(**{"channel": "thu", "account": "bot", "chat_id": "1", "dialogue": [], **values})


async def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    """Whatever zone they were given in; SQLite keeps none itself."""
    hue = timezone(timedelta(hours=7))
    given = datetime(2026, 3, 1, 6, 30, 15, 123456, tzinfo=hue)
    async with database.session() as session, session.begin():
        session.add(_conversation(created_at=given))
    async with database.session() as session:
        found = (await session.scalars(select(Conversation))).one().created_at
    assert found == given
    assert found.tzinfo is UTC or found.utcoffset() == timedelta(0)


async def test_times_are_compared_across_zones(database: Database) -> None:
    """A query with a local time finds what was stored in UTC."""
    hue = timezone(timedelta(hours=7))
    async with database.session() as session, session.begin():
        session.add(_conversation(created_at=datetime(2026, 3, 1, 0, 0, tzinfo=UTC)))
    async with database.session() as session:
        for limit, expected in ((datetime(2026, 3, 1, 6, 59, tzinfo=hue), 0), (datetime(2026, 3, 1, 7, 0, tzinfo=hue), 1)):
            assert len(list(await session.scalars(select(Conversation).where(Conversation.created_at <= limit)))) == expected


async def test_naive_time_is_refused(database: Database) -> None:
    """A time without a zone would be read as another hour on another machine."""
    async with database.session() as session:
        session.add(_conversation(created_at=datetime(2026, 3, 1)))  # the point of the test
        with pytest.raises(StatementError, match=r"datetime\.now\(UTC\)"):
            await session.flush()


async def test_new_rows_are_stamped_in_utc(database: Database) -> None:
    """Defaults are aware, too."""
    before = datetime.now(UTC)
    async with database.session() as session, session.begin():
        session.add(_conversation())
    async with database.session() as session:
        row = (await session.scalars(select(Conversation))).one()
    assert before <= row.created_at <= datetime.now(UTC)


async def test_one_chat_has_one_conversation(database: Database) -> None:
    """The database itself refuses a second."""
    async with database.session() as session:
        session.add_all([_conversation(), _conversation()])
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_one_message_has_one_turn(database: Database) -> None:
    """The last line against answering twice."""
    async with database.session() as session:
        conversation = _conversation()
        session.add(conversation)
        await session.flush()
        message = Message(
            conversation_id=conversation.id, direction="in", author="citizen", key="1", text="a", payload={}, state="received"
        )
        session.add(message)
        await session.flush()
        session.add_all(
            [Turn(conversation_id=conversation.id, message_id=message.id, outcome="answered", ms=1.0) for _ in range(2)]
        )
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_message_needs_its_conversation(database: Database) -> None:
    """Foreign keys are enforced, also on SQLite, which has them off by default."""
    async with database.session() as session:
        session.add(
            Message(conversation_id=4711, direction="in", author="citizen", key="1", text="a", payload={}, state="received")
        )
        with pytest.raises(IntegrityError):
            await session.flush()


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql://u:geheim@h/db", "mysql+aiomysql://u:geheim@h/db"])
def test_other_drivers_are_refused_without_showing_the_password(url: str) -> None:
    """The operator learns what to write instead."""
    with pytest.raises(ConfigurationError) as caught:
        Database(url)
    assert "TROLY_DATABASE_URL" in str(caught.value)
    assert "postgresql+asyncpg" in str(caught.value)
    assert "geheim" not in str(caught.value)

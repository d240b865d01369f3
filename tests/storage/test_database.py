"""Short transactions: committed as a whole or not at all, on both databases."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from core.storage.conversations import known_or_added
from core.storage.database import Database
from core.storage.models import Conversation


def _count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(Conversation)) or 0


def _add(connection: Connection, chat_id: str, *, then: Exception | None = None) -> int:
    """One conversation more, for certain; fails afterwards with `then`."""
    connection.execute(insert(Conversation), {"channel": "thu", "account": "bot", "chat_id": chat_id})
    if then is not None:
        raise then
    return _count(connection)


async def test_result_comes_back_and_the_change_stays(database: Database) -> None:
    """Also for the sessions of the same database."""
    assert await database.transact(_add, "1") == 1
    async with database.session() as session:
        assert await session.scalar(select(Conversation.chat_id)) == "1"


async def test_transactions_see_what_sessions_committed(database: Database) -> None:
    """The two ways in share one database."""
    async with database.session() as session, session.begin():
        session.add(Conversation(channel="thu", account="bot", chat_id="1", dialogue=[]))
    assert await database.transact(_count) == 1


@pytest.mark.parametrize("error", [ValueError("lỗi của bên gọi"), KeyError("x")])
async def test_error_undoes_everything_and_is_raised(database: Database, error: Exception) -> None:
    """The error of the work itself; the next transaction runs as if nothing had been."""
    with pytest.raises(type(error)):
        await database.transact(_add, "1", then=error)
    assert await database.transact(_count) == 0
    assert await database.transact(_add, "2") == 1


async def test_refused_row_leaves_the_database_usable(database: Database) -> None:
    """A row that breaks a constraint is told by its kind of error."""
    await database.transact(_add, "1")
    with pytest.raises(IntegrityError):
        await database.transact(_add, "1")
    assert await database.transact(_add, "2") == 2


async def test_many_at_once_are_all_done(database: Database) -> None:
    """None is lost, none done twice."""
    await asyncio.gather(*(database.transact(_add, str(n)) for n in range(40)))
    assert await database.transact(_count) == 40


async def test_two_adding_the_same_conversation_get_the_same(database: Database) -> None:
    """Beside sessions that add it as well."""
    ids = await asyncio.gather(*(database.transact(known_or_added, "thu", "bot", "1") for _ in range(10)))
    assert len(set(ids)) == 1
    assert await database.transact(_count) == 1


async def test_nameless_database_ends_with_its_object() -> None:
    """Nothing of it stays on the disk."""
    database = Database("sqlite+aiosqlite://")
    await database.migrate()
    await database.transact(_add, "1")
    file = Path(str(database.url.database))
    assert file.exists()
    await database.close()
    del database
    gc.collect()
    assert not file.parent.exists()

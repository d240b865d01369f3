"""The one-visit SQLite driver does what aiosqlite does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.storage.database import Database
from core.storage.sqlite import OneVisitConnection, open_connection


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """An engine over a table of three rows."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with database.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT UNIQUE)"))
        await connection.execute(
            text("INSERT INTO words (word) VALUES (:word)"), [{"word": word} for word in ("một", "hai", "ba")]
        )
    yield database.engine
    await database.close()


async def test_engine_uses_the_driver(engine: AsyncEngine) -> None:
    """Otherwise the other tests here would test nothing."""
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        assert isinstance(raw.driver_connection, OneVisitConnection)


async def test_rows_and_column_names_come_back(engine: AsyncEngine) -> None:
    """As one row, as many, and as none."""
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT id, word FROM words ORDER BY id"))).mappings().all()
        assert [dict(row) for row in rows] == [{"id": 1, "word": "một"}, {"id": 2, "word": "hai"}, {"id": 3, "word": "ba"}]
        assert (await connection.execute(text("SELECT word FROM words WHERE id = 2"))).scalar_one() == "hai"
        assert (await connection.execute(text("SELECT word FROM words WHERE id = 9"))).one_or_none() is None


async def test_changes_are_counted(engine: AsyncEngine) -> None:
    """Row counts and the id of a new row."""
    async with engine.begin() as connection:
        assert (await connection.execute(text("UPDATE words SET word = word || '!' WHERE id > 1"))).rowcount == 2
        added = await connection.execute(text("INSERT INTO words (word) VALUES ('bốn')"))
        assert (added.rowcount, added.lastrowid) == (1, 4)
        returned = await connection.execute(text("DELETE FROM words WHERE id > 2 RETURNING id"))
        assert sorted(returned.scalars()) == [3, 4]


async def test_rows_can_be_streamed(engine: AsyncEngine) -> None:
    """Row by row and in parts."""
    async with engine.connect() as connection:
        streamed = await connection.stream(text("SELECT word FROM words ORDER BY id"))
        assert [row.word async for row in streamed] == ["một", "hai", "ba"]
        streamed = await connection.stream(text("SELECT word FROM words ORDER BY id"))
        assert [len(part) async for part in streamed.partitions(2)] == [2, 1]


async def test_refused_statement_leaves_the_connection_usable(engine: AsyncEngine) -> None:
    """Errors keep their kind; what came before in the transaction stands."""
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO words (word) VALUES ('năm')"))
        with pytest.raises(IntegrityError):
            await connection.execute(text("INSERT INTO words (word) VALUES ('một')"))
        with pytest.raises(OperationalError):
            await connection.execute(text("SELECT nonsense FROM nowhere"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM words"))).scalar_one() == 4


async def test_unfinished_transaction_is_undone(engine: AsyncEngine) -> None:
    """Also when its connection goes back to the pool without a word."""
    async with engine.connect() as connection:
        await connection.execute(text("DELETE FROM words"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM words"))).scalar_one() == 3


async def test_forgotten_connection_does_not_keep_the_process_alive() -> None:
    """Its thread ends with the process."""
    connection = await open_connection(":memory:")
    assert connection._thread.daemon
    await connection.close()

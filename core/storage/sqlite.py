"""SQLite with one visit to its thread for each statement.

aiosqlite keeps a connection on a thread of its own, and SQLAlchemy goes there four times for one statement: to open a
cursor, to execute, to fetch, to close. Every visit waits for that thread to be scheduled, and for this one afterwards.
Here a statement is executed and its rows are read in a single visit; the rest of the driver stays as it is.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import aiosqlite

__all__ = ["OneVisitConnection", "OneVisitCursor", "open_connection"]


class _Outcome(NamedTuple):
    rows: list[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


class OneVisitConnection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors fetch while they execute."""

    def cursor(self) -> OneVisitCursor:  # type: ignore[override]  # SQLAlchemy asks for less than aiosqlite's cursor gives
        """A cursor that costs nothing until it executes."""
        return OneVisitCursor(self)

    async def rollback(self) -> None:
        """Undo the transaction under way; the pool asks for it each time it gets a connection back, mostly for nothing."""
        if self.in_transaction:
            await super().rollback()

    async def run(self, sql: str, parameters: Iterable[Any], *, many: bool) -> _Outcome:
        """Execute one statement on the connection's thread, and read all its rows there."""
        done: _Outcome = await self._execute(self._run, sql, parameters, many)  # type: ignore[no-untyped-call]  # untyped there
        return done

    def _run(self, sql: str, parameters: Any, many: bool) -> _Outcome:
        cursor = self._conn.executemany(sql, parameters) if many else self._conn.execute(sql, parameters)
        try:
            rows = cursor.fetchall() if cursor.description else []
            return _Outcome(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
        finally:
            cursor.close()


class OneVisitCursor:
    """What SQLAlchemy needs of a driver's cursor (its ``AsyncIODBAPICursor``)."""

    arraysize = 1

    def __init__(self, connection: OneVisitConnection) -> None:
        self._connection = connection
        self._rows: deque[Any] = deque()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> OneVisitCursor:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> OneVisitCursor:
        """Execute a statement and keep its rows."""
        return self._keep(await self._connection.run(sql, parameters, many=False))

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> OneVisitCursor:
        """Execute a statement once for each of `parameters`."""
        return self._keep(await self._connection.run(sql, parameters, many=True))

    def _keep(self, done: _Outcome) -> OneVisitCursor:
        self._rows = deque(done.rows)
        self.description, self.rowcount, self.lastrowid = done.description, done.rowcount, done.lastrowid
        return self

    async def fetchone(self) -> Any:
        """The next row, or None."""
        return self._rows.popleft() if self._rows else None

    async def fetchmany(self, size: int = 1) -> Sequence[Any]:
        """At most `size` of the rows that are left."""
        return [self._rows.popleft() for _ in range(min(size, len(self._rows)))]

    async def fetchall(self) -> Sequence[Any]:
        """The rows that are left."""
        return await self.fetchmany(len(self._rows))

    async def close(self) -> None:
        """Forget the rows."""
        self._rows.clear()


def open_connection(database: str, **options: Any) -> OneVisitConnection:
    """A connection, to be awaited; `options` are those of `sqlite3.connect`."""
    connection = OneVisitConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    # As SQLAlchemy does itself: an engine that nobody disposed of must not keep the process from ending.
    connection._thread.daemon = True
    return connection

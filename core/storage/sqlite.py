"""Whole transactions on SQLite's own thread.

The async engine goes to a thread and back for every statement, four times for one with rows, and each way waits for a
thread to be scheduled. A turn's transactions are short and known beforehand, so they go there once as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from core.storage.changes import Changes

__all__ = ["SqliteThread"]

P = ParamSpec("P")
T = TypeVar("T")


class SqliteThread:
    """One connection on one thread; transactions wait for each other, as SQLite's writers do anyway.

    Args:
        engine: A synchronous engine whose connections may be used on another thread than the one that made them.
        changes: Told of what is committed.
    """

    def __init__(self, engine: Engine, changes: Changes) -> None:
        self._engine = engine
        self._changes = changes
        changes.notice(engine)
        self._connection: Connection | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")

    async def run(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, …)`, committed; an error rolls back and is raised here."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: self._commit(work, *args, **kwargs))

    def _commit(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
        with self._connection.begin():
            result = work(self._connection, *args, **kwargs)
        self._changes.committed(self._connection)
        return result

    async def close(self) -> None:
        """Let the transactions under way end, then close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

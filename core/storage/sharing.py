"""How processes share one database: who sends for which conversation, and news of what another process stored.

Turns need nothing of this: a turn's own transaction locks its conversation (see core.storage.turns). Sending a reply takes
too long for a transaction, so a conversation's outbox is claimed with an advisory lock, which the server frees by itself
when the process that holds it dies. Both, and the listening, go over one connection kept for this purpose; a pooler that
hands connections out by transaction (PgBouncer in that mode) cannot carry it.

SQLite serves one process, which a lock on a file beside the database makes sure of.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.errors import ConfigurationError
from core.storage.database import Database

__all__ = ["Alone", "News", "Sharing", "sharing_of"]

log = structlog.get_logger(__name__)

_CHANNEL = "troly"
_OUTBOX = 7262002
"""First half of the advisory locks of outboxes; the second is the conversation's id."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


@dataclass(frozen=True)
class News:
    """Another process stored a message, or changed a case.

    Args:
        direction: ``in`` or ``out`` of a message; ``case`` of a case, and of how a person's reply is delivered.
        conversation_id: In which conversation.
        channel: Of the conversation.
        chat_id: Of the conversation.
    """

    direction: str
    conversation_id: int
    channel: str
    chat_id: str

    @classmethod
    def read(cls, announced: str) -> News:
        """What the triggers of migrations 0006 and 0013 wrote."""
        direction, conversation_id, channel, chat_id = announced.split(" ", 3)
        return cls(direction, int(conversation_id), channel, chat_id)


class Sharing(Protocol):
    """What a process needs to know of the others."""

    async def open(self, on_news: Callable[[News], None]) -> None:
        """Join; from now on hear of what others store.

        Raises:
            ConfigurationError: The database serves another process, and cannot serve two.
        """

    async def close(self) -> None:
        """Leave; everything claimed is free."""

    async def claim(self, conversation_id: int) -> bool:
        """Be the one process that sends in a conversation; False = another one does."""

    async def release(self, conversation_id: int) -> None:
        """Let others send in a conversation."""


def sharing_of(database: Database) -> Sharing:
    """What fits a database."""
    return _Together(database) if database.is_shared else Alone(database.url.database)


class Alone:
    """One process has the database to itself.

    Args:
        path: The database's file, to make sure of it.
    """

    def __init__(self, path: str | None = None) -> None:
        self._path = Path(f"{path}.lock") if path else None
        self._file: IO[str] | None = None

    async def open(self, on_news: Callable[[News], None]) -> None:
        """Lock the file beside the database; the system frees it when the process ends, however it ends."""
        if self._path is None:
            return
        self._file = self._path.open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise ConfigurationError(
                "TROLY_DATABASE_URL: another process serves this SQLite database already; stop it, or use PostgreSQL"
            ) from None

    async def close(self) -> None:
        """Unlock the file."""
        if self._file is not None:
            self._file.close()

    async def claim(self, conversation_id: int) -> bool:
        """Every conversation is this process's."""
        return True

    async def release(self, conversation_id: int) -> None:
        """There is nobody to release it to."""


class _Together:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection | None = None
        self._driver: Any = None  # asyncpg's connection: SQLAlchemy knows neither listening nor two statements at a time
        self._one_at_a_time = asyncio.Lock()
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def open(self, on_news: Callable[[News], None]) -> None:
        self._on_news = on_news
        await self._connect()
        self._keeper = asyncio.create_task(self._keep(), name="sharing")

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._drop()

    async def claim(self, conversation_id: int) -> bool:
        return bool(await self._ask("SELECT pg_try_advisory_lock($1, $2)", conversation_id))

    async def release(self, conversation_id: int) -> None:
        await self._ask("SELECT pg_advisory_unlock($1, $2)", conversation_id)

    async def _ask(self, sql: str, conversation_id: int) -> Any:
        """One question over the kept connection; without a connection nothing is claimed."""
        async with self._one_at_a_time:
            if self._lost.is_set() or self._driver is None:
                return None
            try:
                return await self._driver.fetchval(sql, _OUTBOX, conversation_id)
            except Exception as error:  # noqa: BLE001  # whatever the driver says, the connection is not to be relied on
                log.warning("sharing.connection_lost", error=type(error).__name__)
                self._lost.set()
                return None

    async def _connect(self) -> None:
        connection = await self._database.engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None  # just connected
        await driver.add_listener(_CHANNEL, self._hear)
        driver.add_termination_listener(self._on_end)
        self._connection, self._driver = connection, driver
        self._lost.clear()

    async def _keep(self) -> None:
        """Open the connection again whenever it is lost."""
        pause = _FIRST_PAUSE
        while True:
            await self._lost.wait()
            await self._drop()
            try:
                await self._connect()
                pause = _FIRST_PAUSE
            except (SQLAlchemyError, OSError) as error:
                log.warning("sharing.not_connected", error=type(error).__name__, pause_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)

    async def _drop(self) -> None:
        """Close the connection for good: what it claimed must not wait in the pool."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError, OSError):
                await connection.invalidate()
            with contextlib.suppress(SQLAlchemyError, OSError):
                await connection.close()

    def _on_end(self, driver: object) -> None:
        if driver is self._driver:  # not one that was dropped on purpose
            self._lost.set()

    def _hear(self, _driver: object, _pid: int, _channel: str, announced: str) -> None:
        process, _, what = announced.partition("|")
        if process != self._database.process:
            self._on_news(News.read(what))

"""Opening a database: SQLite in one file by default, PostgreSQL for more than one process."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from core.errors import ConfigurationError
from core.storage.changes import Changes
from core.storage.sqlite import SqliteThread

__all__ = ["Database", "Unit", "alembic_config"]

P = ParamSpec("P")
T = TypeVar("T")


_POSTGRES_CONNECTIONS = 15
_MIGRATING = 7262001
"""Any number that means this lock and no other."""


class Unit(Protocol):
    """Work in several pieces, see `Database.unit`."""

    async def run(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do one piece: the result of `work(connection, …)`."""

    def session(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session in a transaction, for a piece that needs the ORM."""


class _OneTransaction:
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def run(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._connection.run_sync(work, *args, **kwargs)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self._connection, expire_on_commit=False) as session:
            yield session
            await session.flush()


class _PieceByPiece:
    def __init__(self, database: Database) -> None:
        self.run = database.transact
        self.session = database.session.begin


class Database:
    """An engine and its sessions.

    Args:
        url: SQLAlchemy address with an async driver (``sqlite+aiosqlite://`` alone is a database that ends with this object).

    Raises:
        ConfigurationError: The address is of another driver.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
            raise ConfigurationError(
                f"TROLY_DATABASE_URL begins with {parsed.drivername}://; use sqlite+aiosqlite:// or postgresql+asyncpg://"
            )
        self.process = f"troly-{secrets.token_hex(6)}"
        """Name of this process's connections on PostgreSQL (see core.storage.sharing)."""
        self.changes = Changes()
        """Of cases and messages, for pages that show them."""
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._thread: SqliteThread | None = None
        options: dict[str, Any] = {"hide_parameters": True}  # errors are logged; what citizens wrote is not
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database:
                self._folder = tempfile.TemporaryDirectory(prefix="troly-")
                parsed = parsed.set(database=f"{self._folder.name}/troly.db")
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            synchronous = create_engine(parsed.set(drivername="sqlite"), connect_args={"check_same_thread": False}, **options)
            event.listen(synchronous, "connect", _tune_sqlite)
            self._thread = SqliteThread(synchronous, self.changes)
        else:
            options |= {"pool_size": _POSTGRES_CONNECTIONS, "connect_args": {"server_settings": self._server_settings()}}
        self.url = parsed
        self.engine: AsyncEngine = create_async_engine(parsed, **options)
        self._by_statement = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.changes.notice(self.engine.sync_engine)
        if self._thread is not None:
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
        self.session: async_sessionmaker[AsyncSession] = async_sessionmaker(self.engine, expire_on_commit=False)

    async def transact(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work(connection, …)` in a transaction of its own: the short way for what every message needs.

        Args:
            work: Synchronous, brief, and without effects outside the database.
            args: Handed to `work`.
            kwargs: Handed to `work`.
        """
        if self._thread is not None:
            return await self._thread.run(work, *args, **kwargs)
        async with self.engine.begin() as connection:
            return await connection.run_sync(work, *args, **kwargs)

    async def statement(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `transact`, for work that is one statement: PostgreSQL commits that by itself, in one way there and back, not three.

        Args:
            work: Synchronous, brief, and a single statement.
            args: Handed to `work`.
            kwargs: Handed to `work`.
        """
        if self._thread is not None:
            return await self._thread.run(work, *args, **kwargs)
        async with self._by_statement.begin() as connection:
            return await connection.run_sync(work, *args, **kwargs)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Unit]:
        """Read, do something else, and write what follows from both.

        On PostgreSQL it is one transaction: rows that the first piece locks stay locked. On SQLite, which one process has to
        itself, each piece is a transaction of its own, so all that must be kept together belongs into one piece.
        """
        if not self.is_shared:
            yield _PieceByPiece(self)
            return
        async with self.engine.begin() as connection:
            yield _OneTransaction(connection)

    @property
    def is_shared(self) -> bool:
        """Whether other processes can work on the same database."""
        return self._thread is None

    def _server_settings(self) -> dict[str, str]:
        # When this machine vanishes, the server must soon notice, and free what the process had claimed.
        alive = {"tcp_keepalives_idle": "20", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
        return {"application_name": self.process, **alive}

    async def migrate(self) -> None:
        """Bring the schema to the newest revision; processes that start together do it one after the other."""
        async with self.engine.begin() as connection:
            if self.is_shared:
                await connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
            await _run_alembic(connection)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        if self._thread is not None:
            await self._thread.close()
        if self._folder is not None:
            self._folder.cleanup()


def _tune_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")  # readers never wait for the writer
    cursor.execute("PRAGMA synchronous=NORMAL")  # a killed process loses nothing; a power cut at most the last commits
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.close()


def alembic_config() -> Config:
    """Alembic's configuration: the migrations beside this module."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


async def _run_alembic(connection: AsyncConnection) -> None:
    def upgrade(sync_connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = sync_connection
        command.upgrade(config, "head")

    await connection.run_sync(upgrade)

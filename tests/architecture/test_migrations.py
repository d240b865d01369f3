"""Migrations form one chain: two pieces of work that each added one must not meet unnoticed."""

from __future__ import annotations

from alembic.script import ScriptDirectory

from core.storage.database import alembic_config


def test_migrations_have_one_head() -> None:
    """Two branches would leave it to chance which schema is installed."""
    script = ScriptDirectory.from_config(alembic_config())
    assert len(script.get_heads()) == 1
    assert list(script.walk_revisions())

"""Alembic's entry point; the connection is handed over by core.storage.database."""

from __future__ import annotations

from alembic import context

from core.storage.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()

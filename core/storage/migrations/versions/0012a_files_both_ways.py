"""Files that citizens sent and are still to be fetched, and which files citizens may open themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012a"
down_revision = "0010"
branch_labels = None
depends_on = None

_OPEN = sa.text("state != 'done'")


def upgrade() -> None:
    """Apply."""
    op.add_column("attachments", sa.Column("shared", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "incoming_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("ref", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "key"),
    )
    op.create_index("ix_incoming_files_open", "incoming_files", ["conversation_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    """Take back."""
    op.drop_table("incoming_files")
    op.drop_column("attachments", "shared")

"""The imported national catalogue of procedures and its changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "catalogue_procedures",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("is_ward", sa.Boolean(), nullable=False),
        sa.Column("is_province", sa.Boolean(), nullable=False),
        sa.Column("is_ministry", sa.Boolean(), nullable=False),
        sa.Column("applies_to", sa.String(length=40), nullable=False),
        sa.Column("updated_at", sa.String(length=10), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "catalogue_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("catalogue_changes", schema=None) as batch_op:
        batch_op.create_index("ix_catalogue_changes_code", ["code", "id"], unique=False)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("catalogue_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_catalogue_changes_code")
    op.drop_table("catalogue_changes")
    op.drop_table("catalogue_procedures")

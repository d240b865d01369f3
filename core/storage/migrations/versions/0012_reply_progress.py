"""How far the messages that one reply was cut into have come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0004a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("messages", sa.Column("progress", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("messages", "progress")

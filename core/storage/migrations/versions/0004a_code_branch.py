"""Resume codes keep which case of a guide it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004a"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("walk_codes") as batch_op:
        batch_op.add_column(sa.Column("branch", sa.String(length=80), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("walk_codes") as batch_op:
        batch_op.drop_column("branch")

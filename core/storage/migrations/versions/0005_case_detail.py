"""Where the citizen was stuck when a case was opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("detail", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.alter_column("detail", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_column("detail")

"""How sure a turn was of the guide it answered with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0012a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply; nothing is known of the turns before."""
    op.add_column("turns", sa.Column("chance", sa.Double(), nullable=True))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("turns", recreate="never") as batch_op:
        batch_op.drop_column("chance")

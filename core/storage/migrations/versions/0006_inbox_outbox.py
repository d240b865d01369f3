"""Inbox and outbox that several processes share: unreachable chats, joined messages, indexes of waiting rows, announcements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0007a"
branch_labels = None
depends_on = None

# Every process listens (core.storage.sharing). A process knows by the name of the connection what it stored itself.
_ANNOUNCE = """
CREATE FUNCTION troly_announce() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    chat text;
BEGIN
    SELECT channel || ' ' || chat_id INTO chat FROM conversations WHERE id = NEW.conversation_id;
    PERFORM pg_notify('troly',
        current_setting('application_name') || '|' || NEW.direction || ' ' || NEW.conversation_id || ' ' || chat);
    RETURN NULL;
END
$$
"""
_TRIGGER = """
CREATE TRIGGER messages_announce AFTER INSERT ON messages
FOR EACH ROW WHEN (NEW.state IN ('received', 'queued', 'sent')) EXECUTE FUNCTION troly_announce()
"""


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unreachable_since", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("joined_to", sa.Integer(), nullable=True))
        batch_op.drop_index("ix_messages_pending")
        for state in ("received", "queued"):
            condition = sa.text(f"state = '{state}'")
            batch_op.create_index(
                f"ix_messages_{state}",
                ["conversation_id", "id"],
                unique=False,
                sqlite_where=condition,
                postgresql_where=condition,
            )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_ANNOUNCE)
        op.execute(_TRIGGER)


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER messages_announce ON messages")
        op.execute("DROP FUNCTION troly_announce()")
    condition = sa.text("state IN ('received','queued')")
    # Never by copying the table: SQLite would then delete the turns that refer to it.
    with op.batch_alter_table("messages", schema=None, recreate="never") as batch_op:
        batch_op.drop_index("ix_messages_queued")
        batch_op.drop_index("ix_messages_received")
        batch_op.create_index(
            "ix_messages_pending", ["state", "id"], unique=False, sqlite_where=condition, postgresql_where=condition
        )
        batch_op.drop_column("joined_to")
        batch_op.drop_column("sent_at")
    with op.batch_alter_table("conversations", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("unreachable_since")

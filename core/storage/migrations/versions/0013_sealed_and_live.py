"""Second factors are kept sealed; processes hear of cases and of how deliveries to citizens go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None

# Told to every process (core.storage.sharing), as messages are since migration 0006.
_ANNOUNCE = """
CREATE FUNCTION troly_announce_case() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    conversation text;
BEGIN
    IF TG_TABLE_NAME = 'case_events' THEN
        SELECT c.id || ' ' || c.channel || ' ' || c.chat_id INTO conversation
        FROM cases JOIN conversations c ON c.id = cases.conversation_id WHERE cases.id = NEW.case_id;
    ELSE
        SELECT id || ' ' || channel || ' ' || chat_id INTO conversation FROM conversations WHERE id = NEW.conversation_id;
    END IF;
    PERFORM pg_notify('troly', current_setting('application_name') || '|case ' || conversation);
    RETURN NULL;
END
$$
"""
_TRIGGERS = {
    "case_events": "AFTER INSERT ON case_events FOR EACH ROW",
    "messages": "AFTER UPDATE OF state ON messages FOR EACH ROW WHEN (NEW.author = 'staff' AND NEW.state <> OLD.state)",
}


def upgrade() -> None:
    """Apply. What is in clear text now is sealed at the next start: only the settings know the key."""
    # Never by copying the table: SQLite would then delete all that refers to the accounts.
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("totp_sealed", sa.String(length=255), nullable=True))
    op.execute("UPDATE staff SET totp_sealed = totp_secret")
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        batch_op.drop_column("totp_secret")
    with op.batch_alter_table("staff_sessions", recreate="never") as batch_op:
        batch_op.drop_column("pending_totp")
        batch_op.add_column(sa.Column("pending_totp", sa.String(length=255), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_ANNOUNCE)
        for table, when in _TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {table}_announce_case {when} EXECUTE FUNCTION troly_announce_case()")


def downgrade() -> None:
    """Take back. A sealed second factor cannot be opened here: whoever has one sets it up anew."""
    if op.get_bind().dialect.name == "postgresql":
        for table in _TRIGGERS:
            op.execute(f"DROP TRIGGER {table}_announce_case ON {table}")
        op.execute("DROP FUNCTION troly_announce_case()")
    with op.batch_alter_table("staff_sessions", recreate="never") as batch_op:
        batch_op.drop_column("pending_totp")
        batch_op.add_column(sa.Column("pending_totp", sa.String(length=64), nullable=True))
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("totp_secret", sa.String(length=64), nullable=True))
    op.execute("UPDATE staff SET totp_secret = totp_sealed WHERE length(totp_sealed) <= 64")
    with op.batch_alter_table("staff", recreate="never") as batch_op:
        batch_op.drop_column("totp_sealed")

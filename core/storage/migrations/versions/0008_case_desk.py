"""The case desk: owners, teams, routes, history, presence, canned replies, saved views, office rules, search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0003"
branch_labels = None
depends_on = None

_TIMES = ("due_at", "warn_at", "rise_at", "claimed_at", "answered_at", "closed_at")
_INDEXES = {
    "ix_cases_queue": ["state", "priority", "waiting_since"],
    "ix_cases_closed": ["state", "closed_at"],
    "ix_cases_closed_ward": ["ward", "state", "closed_at"],
    "ix_cases_conversation": ["conversation_id", "id"],
    "ix_cases_active": ["state", "owner_id", "team_id", "due_at", "ward", "priority", "waiting_since"],
    "ix_cases_answered": ["answered_at"],
}


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _new_tables() -> None:
    op.create_table(
        "teams",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=True),
        sa.Column("next_id", sa.Integer(), nullable=True),
        sa.Column("rise_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cover_id"], ["teams.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["next_id"], ["teams.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("team_id", "staff_id"),
    )
    op.create_index("ix_team_members_staff", "team_members", ["staff_id"])
    op.create_table(
        "routes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["teams.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ward", "area"),
    )
    op.create_table(
        "staff_presence",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        _time("until", nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "canned_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("title"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("query", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "name"),
    )
    op.create_table(
        "desk_settings",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "case_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _time("at"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_case_events_case", "case_events", ["case_id", "id"])


def _new_columns() -> None:
    op.add_column("conversations", sa.Column("case_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("priority", sa.Integer(), nullable=False, server_default="4"))
        batch_op.add_column(sa.Column("area", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("team_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cause", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(_time("waiting_since", nullable=True))
        batch_op.add_column(_time("updated_at", nullable=True))
        for name in _TIMES:
            batch_op.add_column(_time(name, nullable=True))
        batch_op.create_foreign_key("fk_cases_owner", "staff", ["owner_id"], ["id"], ondelete="SET NULL")
        batch_op.create_foreign_key("fk_cases_team", "teams", ["team_id"], ["id"], ondelete="SET NULL")
    op.execute(
        "UPDATE conversations SET case_id = "
        "(SELECT max(cases.id) FROM cases WHERE cases.conversation_id = conversations.id AND cases.state = 'new')"
    )
    op.execute("UPDATE cases SET waiting_since = created_at, updated_at = created_at")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.alter_column("waiting_since", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("updated_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("priority", existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column("reopened", existing_type=sa.Integer(), server_default=None)
        batch_op.drop_index("ix_cases_state")
        for name, columns in _INDEXES.items():
            batch_op.create_index(name, columns, unique=False)


def upgrade() -> None:
    """Apply."""
    _new_tables()
    _new_columns()
    undelivered = sa.text("author = 'staff' AND state = 'failed'")
    op.create_index("ix_messages_undelivered", "messages", ["id"], sqlite_where=undelivered, postgresql_where=undelivered)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE case_search "
            "(case_id INTEGER PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE, words TSVECTOR NOT NULL)"
        )
        op.execute("CREATE INDEX ix_case_search ON case_search USING GIN (words)")
    else:
        op.execute("CREATE VIRTUAL TABLE case_search USING fts5 (words, tokenize = 'unicode61')")
        op.execute(
            "CREATE TRIGGER case_search_gone AFTER DELETE ON cases BEGIN DELETE FROM case_search WHERE rowid = OLD.id; END"
        )


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TRIGGER IF EXISTS case_search_gone" if op.get_bind().dialect.name == "sqlite" else "SELECT 1")
    op.execute("DROP TABLE case_search")
    op.drop_index("ix_messages_undelivered", "messages")
    op.drop_table("case_events")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        for name in _INDEXES:
            batch_op.drop_index(name)
        batch_op.drop_constraint("fk_cases_owner", type_="foreignkey")
        batch_op.drop_constraint("fk_cases_team", type_="foreignkey")
        for name in ("priority", "area", "owner_id", "team_id", "cause", "reopened", "waiting_since", "updated_at", *_TIMES):
            batch_op.drop_column(name)
        batch_op.create_index("ix_cases_state", ["state", "created_at"], unique=False)
    with op.batch_alter_table("conversations", schema=None) as batch_op:
        batch_op.drop_column("case_id")
    for name in ("desk_settings", "saved_views", "canned_replies", "staff_presence", "routes", "team_members", "teams"):
        op.drop_table(name)

"""The trainer's loop: runs of the training process, candidates, releases, replayed messages, who serves what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _time(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _of_candidate(**options: bool) -> sa.Column[object]:
    return sa.Column("candidate_id", sa.String(length=16), nullable=False, **options)


def _goes_with_candidate() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"], ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "candidates",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("tree", sa.String(length=16), nullable=False),
        sa.Column("base", sa.String(length=16), nullable=True),
        sa.Column("model", sa.String(length=40), nullable=True),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("editors", sa.JSON(), nullable=False),
        _time("made_at"),
        _time("removed_at", True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_candidates_made", "candidates", ["made_at"])
    op.create_table(
        "candidate_archives",
        _of_candidate(),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        _goes_with_candidate(),
        sa.PrimaryKeyConstraint("candidate_id"),
    )
    op.create_table(
        "training_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(length=10), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        _of_candidate(),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        _time("ends_at", True),
        sa.Column("log", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("seconds", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("stop", sa.Boolean(), nullable=False),
        _time("started_at"),
        _time("beat_at"),
        _time("ended_at", True),
        _goes_with_candidate(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("slot"),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        _of_candidate(),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=32), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("commit", sa.String(length=40), nullable=True),
        _time("at"),
        sa.ForeignKeyConstraint(["candidate_id"], ["candidates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "serving_processes",
        sa.Column("process", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("release_id", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=True),
        _time("beat_at"),
        sa.PrimaryKeyConstraint("process"),
    )
    op.create_table(
        "replay_items",
        sa.Column("id", sa.Integer(), nullable=False),
        _of_candidate(),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("guess", sa.String(length=10), nullable=False),
        sa.Column("sampled", sa.Boolean(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("verdict_by", sa.String(length=32), nullable=True),
        _time("verdict_at", True),
        _goes_with_candidate(),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("candidate_id", "message_id"),
    )
    op.create_index("ix_replay_items_message", "replay_items", ["message_id"])


def downgrade() -> None:
    op.drop_table("replay_items")
    op.drop_table("serving_processes")
    op.drop_table("releases")
    op.drop_table("training_runs")
    op.drop_table("candidate_archives")
    op.drop_table("candidates")

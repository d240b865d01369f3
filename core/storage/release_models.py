"""Tables of the trainer's loop: runs of the training process, candidates, releases, replayed messages, who serves what."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.models import Base

__all__ = ["Candidate", "CandidateArchive", "Release", "ReplayItem", "ServingProcess", "TrainingRun"]


def _now() -> datetime:
    return datetime.now(UTC)


class TrainingRun(Base):
    """One run of the training process (states: ``running`` → ``done`` | ``failed`` | ``cancelled``)."""

    __tablename__ = "training_runs"
    __table_args__ = (UniqueConstraint("slot"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slot: Mapped[str | None] = mapped_column(String(10))
    """``only`` while it runs: the database lets no second one begin, whichever process or machine asks."""
    kind: Mapped[str] = mapped_column(String(10))
    """``train``, ``evaluate`` or ``replay``."""
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="running")
    step: Mapped[str] = mapped_column(String(20), default="start")
    share: Mapped[float] = mapped_column(default=0.0)
    """How much of the whole is done, 0–1."""
    ends_at: Mapped[datetime | None]
    """When it is expected to end."""
    log: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str | None] = mapped_column(Text)
    """Why it failed, for the trainer to read."""
    seconds: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What each step took; the next run's time left is reckoned from it."""
    by: Mapped[str] = mapped_column(String(32))
    host: Mapped[str] = mapped_column(String(80))
    pid: Mapped[int | None]
    stop: Mapped[bool] = mapped_column(default=False)
    """Somebody wants it to end."""
    started_at: Mapped[datetime] = mapped_column(default=_now)
    beat_at: Mapped[datetime] = mapped_column(default=_now)
    """When its process was last heard of."""
    ended_at: Mapped[datetime | None]


class Candidate(Base):
    """A frozen content tree with its model: what may become a release. Its files are in the training folder."""

    __tablename__ = "candidates"
    __table_args__ = (Index("ix_candidates_made", "made_at"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Hash of content and code (nlu.training.candidates)."""
    tree: Mapped[str] = mapped_column(String(16))
    """Hash of the content alone."""
    base: Mapped[str | None] = mapped_column(String(16))
    """Hash of the live content it was made upon."""
    model: Mapped[str | None] = mapped_column(String(40))
    """Name of the model once it is trained."""
    manifest: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was measured (nlu.training.judging); empty until then."""
    made_by: Mapped[str] = mapped_column(String(32))
    editors: Mapped[list[Any]] = mapped_column(default=list)
    """Who changed what it differs in from the release before; they may not promote it alone."""
    made_at: Mapped[datetime] = mapped_column(default=_now)
    removed_at: Mapped[datetime | None]
    """Its files were removed to make room."""


class CandidateArchive(Base):
    """The files of a candidate, for processes on other machines (PostgreSQL only)."""

    __tablename__ = "candidate_archives"

    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"), primary_key=True)
    files: Mapped[bytes] = mapped_column(LargeBinary)


class Release(Base):
    """A candidate that serves or served; the last row is the one in force."""

    __tablename__ = "releases"

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id"))
    kind: Mapped[str] = mapped_column(String(10))
    """``installed`` (the files that came with the program), ``promoted`` or ``rollback``."""
    by: Mapped[str] = mapped_column(String(32))
    note: Mapped[str | None] = mapped_column(Text)
    commit: Mapped[str | None] = mapped_column(String(40))
    """The commit that wrote it into the project's files, where that is a git checkout."""
    at: Mapped[datetime] = mapped_column(default=_now)


class ServingProcess(Base):
    """A running process and what it answers with."""

    __tablename__ = "serving_processes"

    process: Mapped[str] = mapped_column(String(40), primary_key=True)
    host: Mapped[str] = mapped_column(String(80))
    model: Mapped[str] = mapped_column(String(40))
    release_id: Mapped[int | None]
    """The release it settled on: the one in force, once it has exchanged its model."""
    error: Mapped[str | None] = mapped_column(String(300))
    """Why it does not serve the release in force."""
    seconds: Mapped[float | None]
    """What the last exchange took, from hearing of it to answering with it."""
    beat_at: Mapped[datetime] = mapped_column(default=_now)


class ReplayItem(Base):
    """A citizen's message that a candidate answers otherwise than the release in force; goes with the message."""

    __tablename__ = "replay_items"
    __table_args__ = (UniqueConstraint("candidate_id", "message_id"), Index("ix_replay_items_message", "message_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    candidate_id: Mapped[str] = mapped_column(ForeignKey("candidates.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    guess: Mapped[str] = mapped_column(String(10))
    """``better``, ``worse`` or ``unknown``, by what staff and citizens said of the answer they got."""
    sampled: Mapped[bool] = mapped_column(default=False)
    """Drawn for a person to look at."""
    verdict: Mapped[str | None] = mapped_column(String(10))
    """What a person said: ``better``, ``worse`` or ``same``."""
    verdict_by: Mapped[str | None] = mapped_column(String(32))
    verdict_at: Mapped[datetime | None]

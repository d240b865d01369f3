"""Tables of the trainers' work: what was changed in the draft of the content, and who approved which guide."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.models import Base

__all__ = ["DraftEdit", "GuideApproval"]


def _now() -> datetime:
    return datetime.now(UTC)


class DraftEdit(Base):
    """One change of the draft; never changed, taken back by another one."""

    __tablename__ = "draft_edits"
    __table_args__ = (Index("ix_draft_edits_subject", "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(40))
    """What was done, such as ``intent.add``."""
    subject: Mapped[str] = mapped_column(String(80))
    """What it was done to, such as ``intent:topic_lua_dao``."""
    why: Mapped[str] = mapped_column(Text, default="")
    hunks: Mapped[list[Any]] = mapped_column(JSON)
    """The lines that changed, with a few around them: ``{"path", "before", "after"}`` each; None = no such file."""
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("draft_edits.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(default=_now)


class GuideApproval(Base):
    """The version of a guide that somebody other than its last editor found right."""

    __tablename__ = "guide_approvals"

    guide: Mapped[str] = mapped_column(String(44), primary_key=True)
    version: Mapped[str] = mapped_column(String(16))
    username: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(default=_now)

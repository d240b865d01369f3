"""Tables of the trainers' inbox. No text of a citizen is in them: they point at messages, and end with them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.models import Base

__all__ = ["InboxItem", "InboxRuling"]


def _now() -> datetime:
    return datetime.now(UTC)


class InboxRuling(Base):
    """What a trainer decided about some messages (see `core.inbox.Kind`)."""

    __tablename__ = "inbox_rulings"
    __table_args__ = (Index("ix_inbox_rulings_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    target: Mapped[str | None] = mapped_column(String(80))
    """The intent or guide they belong to."""
    note: Mapped[str] = mapped_column(Text, default="")
    """Why; masked."""
    messages: Mapped[int]
    """How many it was about."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(default=_now)
    edit_id: Mapped[int | None]
    """The edit of the draft that it made, for taking it back; None = it changed nothing there."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))


class InboxItem(Base):
    """A message that a trainer should look at, or has looked at."""

    __tablename__ = "inbox_items"
    __table_args__ = (
        UniqueConstraint("message_id"),
        Index("ix_inbox_items_open", "ruling_id", "group_number"),
        Index("ix_inbox_items_said", "said_at"),
        Index("ix_inbox_items_gathered", "gathered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    reasons: Mapped[list[Any]] = mapped_column(JSON)
    """Values of `core.inbox.Reason`."""
    said_at: Mapped[datetime]
    gathered_at: Mapped[datetime] = mapped_column(default=_now)
    group_number: Mapped[int | None]
    """The group of like messages; None = not grouped yet."""
    fit: Mapped[float] = mapped_column(default=0.0)
    """How near to the middle of its group, 0 to 1."""
    ruling_id: Mapped[int | None] = mapped_column(ForeignKey("inbox_rulings.id", ondelete="SET NULL"))
    """What was decided; None = it waits."""

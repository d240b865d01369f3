"""Tables around cases: what happened to them, who is responsible for which, and what an office sets about its desk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.storage.models import Base

__all__ = ["CannedReply", "CaseEvent", "DeskSetting", "Route", "SavedView", "StaffPresence", "Team", "TeamMember"]


def _now() -> datetime:
    return datetime.now(UTC)


class CaseEvent(Base):
    """One change of a case; never changed, deleted with its case."""

    __tablename__ = "case_events"
    __table_args__ = (Index("ix_case_events_case", "case_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    """Who did it; None = the citizen or the product itself."""
    kind: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text, default="")
    """Masked."""
    at: Mapped[datetime] = mapped_column(default=_now)


class Team(Base):
    """People who answer cases together."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    """Who stands in while nobody of this team is there."""
    next_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    """Where a case goes that nobody took in time."""
    rise_minutes: Mapped[int] = mapped_column(default=60)
    """Working minutes after which it does."""


class TeamMember(Base):
    """Somebody in a team."""

    __tablename__ = "team_members"
    __table_args__ = (Index("ix_team_members_staff", "staff_id"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)


class Route(Base):
    """Ward × area → team; an empty ward or area stands for any."""

    __tablename__ = "routes"
    __table_args__ = (UniqueConstraint("ward", "area"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ward: Mapped[str] = mapped_column(String(64), default="")
    area: Mapped[str] = mapped_column(String(40), default="")
    team_id: Mapped[int] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))


class StaffPresence(Base):
    """Whether somebody can be given cases; without a row they are there."""

    __tablename__ = "staff_presence"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(8))
    until: Mapped[datetime | None]
    """When they are there again; None = until they say so."""


class CannedReply(Base):
    """A reply kept by leads, with ``{mã}``, ``{phường}``, ``{thủ tục}`` and ``{cán bộ}`` filled in."""

    __tablename__ = "canned_replies"
    __table_args__ = (UniqueConstraint("title"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    area: Mapped[str] = mapped_column(String(40), default="")
    """Offered first for cases of this area."""


class SavedView(Base):
    """A list of the queue somebody comes back to."""

    __tablename__ = "saved_views"
    __table_args__ = (UniqueConstraint("staff_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(String(300))


class DeskSetting(Base):
    """What the office set, one row per document (see core.desk_rules)."""

    __tablename__ = "desk_settings"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime] = mapped_column(default=_now)

"""Which team a case belongs to: ward × area, a team that stands in, the next team up."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import Presence
from core.storage.case_models import Route, StaffPresence, Team, TeamMember
from core.storage.staff_models import Staff

__all__ = ["is_away", "members", "team_for", "teams_of"]


def _present(now: datetime) -> object:
    """Somebody who is not away at that moment."""
    away = exists().where(
        StaffPresence.staff_id == Staff.id,
        StaffPresence.state == Presence.AWAY,
        or_(StaffPresence.until.is_(None), StaffPresence.until > now),
    )
    return Staff.disabled_at.is_(None) & ~away


async def team_for(session: AsyncSession, ward: str | None, area: str | None, now: datetime) -> Team | None:
    """The team of a ward and area; its stand-in while nobody of it is there; None where nothing is set.

    A route of the ward and the area wins over one of the ward, that over one of the area, that over the one for all.
    """
    wards, areas = {ward or "", ""}, {area or "", ""}
    routes = await session.scalars(select(Route).where(Route.ward.in_(wards), Route.area.in_(areas)))
    best = max(routes, key=lambda route: (bool(route.ward), bool(route.area)), default=None)
    if best is None:
        return None
    team = await session.get_one(Team, best.team_id)
    seen = {team.id}
    while team.cover_id and team.cover_id not in seen and not await _somebody_there(session, team.id, now):
        team = await session.get_one(Team, team.cover_id)
        seen.add(team.id)
    return team


async def _somebody_there(session: AsyncSession, team_id: int, now: datetime) -> bool:
    query = select(TeamMember.staff_id).join(Staff, Staff.id == TeamMember.staff_id)
    return await session.scalar(query.where(TeamMember.team_id == team_id, _present(now)).limit(1)) is not None  # type: ignore[arg-type]  # a condition


async def members(session: AsyncSession, team_id: int) -> list[Staff]:
    """Accounts of a team, by name."""
    query = select(Staff).join(TeamMember, TeamMember.staff_id == Staff.id).where(TeamMember.team_id == team_id)
    return list(await session.scalars(query.order_by(Staff.full_name)))


async def teams_of(session: AsyncSession, staff_id: int) -> list[int]:
    """Ids of the teams somebody is in."""
    return list(await session.scalars(select(TeamMember.team_id).where(TeamMember.staff_id == staff_id)))


async def is_away(session: AsyncSession, staff_id: int) -> bool:
    """Whether somebody has said that they are not there now."""
    row = await session.get(StaffPresence, staff_id)
    return row is not None and row.state == Presence.AWAY and (row.until is None or row.until > datetime.now(UTC))

"""Teams with their people, and which of them answers cases of which ward and area."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import case_texts
from bot.console.pages.forms import number_in, saved
from bot.console.rendering import page
from bot.console.visit import Visit, visit_of
from core.errors import UserFacingError
from core.staff import Role
from core.storage.case_models import Route, Team, TeamMember
from core.storage.staff_models import Staff

__all__ = ["route_drop", "route_save", "show", "team_drop", "team_save"]


async def show(request: web.Request) -> web.StreamResponse:
    """Teams with their people, and which of them answers what."""
    return await _routing(visit_of(request))


async def _routing(visit: Visit, error: str = "") -> web.StreamResponse:
    async with visit.console.database.session() as session:
        teams = list(await session.scalars(select(Team).order_by(Team.name)))
        routes = list(await session.scalars(select(Route).order_by(Route.ward, Route.area)))
        pairs = (await session.execute(select(TeamMember.team_id, TeamMember.staff_id))).all()
        staff = await session.scalars(
            select(Staff).where(Staff.disabled_at.is_(None), Staff.role.in_((Role.STAFF, Role.LEAD))).order_by(Staff.full_name)
        )
        people = list(staff)
    units = sorted(visit.console.places.units.values(), key=lambda unit: unit.name)
    inside = {team.id: {staff_id for team_id, staff_id in pairs if team_id == team.id} for team in teams}
    return page(
        visit,
        "routing.html",
        status=422 if error else 200,
        error=error,
        teams=teams,
        names={team.id: team.name for team in teams},
        routes=routes,
        inside=inside,
        people=people,
        units=units,
        words=case_texts,
    )


async def team_save(request: web.Request) -> web.StreamResponse:
    """Add a team, or change one."""
    visit = visit_of(request)
    form = await visit.form()
    name = " ".join(form.get("ten", "").split())[:80]
    minutes = number_in(form.get("phut", ""))
    try:
        if not name or not 1 <= minutes <= 10_000:
            raise UserFacingError("Cần tên nhóm và số phút (1–10000) chờ trước khi chuyển lên nhóm trên.")
        async with visit.change() as session:
            team = await session.get(Team, number_in(form.get("id", ""))) or Team()
            team.name, team.rise_minutes = name, minutes
            session.add(team)
            await session.flush()
            team.cover_id, team.next_id = await _other(session, team, form, "thay"), await _other(session, team, form, "tren")
            await session.execute(delete(TeamMember).where(TeamMember.team_id == team.id))
            for member in dict.fromkeys(await visit.form_list("nguoi")):
                if await session.get(Staff, number_in(member)) is not None:
                    session.add(TeamMember(team_id=team.id, staff_id=number_in(member)))
            visit.note(session, "desk.teams", f"team:{name}")
    except IntegrityError:
        return await _routing(visit, f"Đã có nhóm tên “{name}”.")
    except UserFacingError as error:
        return await _routing(visit, str(error))
    return saved("dieu-phoi")


async def _other(session: AsyncSession, team: Team, form: Mapping[str, str], field: str) -> int | None:
    """Another team chosen in a field."""
    found = await session.get(Team, number_in(form.get(field, "")))
    return found.id if found is not None and found.id != team.id else None


async def team_drop(request: web.Request) -> web.StreamResponse:
    """Remove a team; its cases wait without one."""
    visit = visit_of(request)
    async with visit.change() as session:
        await session.execute(delete(Team).where(Team.id == int(request.match_info["id"])))
        visit.note(session, "desk.teams", f"team:{request.match_info['id']}")
    return saved("dieu-phoi")


async def route_save(request: web.Request) -> web.StreamResponse:
    """Say which team answers a ward and area; one of both may be left open."""
    visit = visit_of(request)
    form = await visit.form()
    ward, area = form.get("xa", ""), form.get("mang", "")
    try:
        if (ward and ward not in visit.console.places.units) or (area and area not in case_texts.AREAS):
            raise UserFacingError("Phường, xã hoặc lĩnh vực này không có.")
        async with visit.change() as session:
            team = await session.get(Team, number_in(form.get("nhom", "")))
            if team is None:
                raise UserFacingError("Hãy chọn nhóm.")
            await session.execute(delete(Route).where(Route.ward == ward, Route.area == area))
            session.add(Route(ward=ward, area=area, team_id=team.id))
            visit.note(session, "desk.teams", f"team:{team.name}", ward=ward, area=area)
    except UserFacingError as error:
        return await _routing(visit, str(error))
    return saved("dieu-phoi")


async def route_drop(request: web.Request) -> web.StreamResponse:
    """Remove a route."""
    visit = visit_of(request)
    async with visit.change() as session:
        await session.execute(delete(Route).where(Route.id == int(request.match_info["id"])))
        visit.note(session, "desk.teams", f"route:{request.match_info['id']}")
    return saved("dieu-phoi")

"""The queue: lists of cases, searching them, closing many, saving a view, exporting all."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from aiohttp import hdrs, web
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from bot.console import case_texts
from bot.console.live import stream
from bot.console.rendering import VIETNAM, page, ward_name
from bot.console.visit import PREFIX, Visit, visit_of
from core.cases import CaseState, CaseView, Cause
from core.errors import CaseRefused, CaseUnknown, UserFacingError
from core.storage import case_moves
from core.storage.case_card import mark_of_queue
from core.storage.case_models import SavedView, StaffPresence
from core.storage.case_queue import Asked, Line, bell, counts, every_case, list_queue

__all__ = ["close_many", "drop_view", "export", "live", "ring", "save_view", "show"]

_MOST_VIEWS = 20
_COLUMNS = (
    "ma", "mo_luc", "trang_thai", "uu_tien", "ly_do", "phuong_xa", "linh_vuc", "huong_dan", "kenh", "nguoi_giu", "nhom",
    "tra_loi_dau_luc", "dong_luc", "nguyen_nhan", "so_lan_mo_lai",
)  # fmt: skip


def _asked(query: Mapping[str, str]) -> Asked:
    view = query.get("xem", CaseView.NEW.value)
    number = query.get("trang", "1")
    return Asked(
        view=CaseView(view) if view in set(CaseView) else CaseView.NEW,
        words=query.get("tim", "")[:100],
        ward=query.get("xa", "")[:64],
        area=query.get("mang", "")[:40],
        page=min(int(number), 2000) if number.isdecimal() and int(number) else 1,
    )


def _query(asked: Asked) -> dict[str, str]:
    """What of it stands in an address."""
    said = {"xem": asked.view.value, "tim": asked.words, "xa": asked.ward, "mang": asked.area}
    return {name: value for name, value in said.items() if value}


async def show(request: web.Request) -> web.StreamResponse:
    """A list of cases; for htmx only the list with its numbers."""
    visit = visit_of(request)
    asked = _asked(request.query)
    async with visit.console.database.session() as session:
        listing = await list_queue(session, visit.member, asked)
        numbers = await counts(session, visit.member)
        ringing = await bell(session, visit.member)
        views = await session.scalars(select(SavedView).where(SavedView.staff_id == visit.member.id).order_by(SavedView.name))
        saved = list(views)
        presence = await session.get(StaffPresence, visit.member.id)
    units = visit.console.places.units
    wards = sorted((unit for unit in units.values() if visit.member.covers(unit.id)), key=lambda unit: unit.name)
    return page(
        visit,
        "cases_list.html" if visit.wants_fragment else "cases.html",
        asked=asked,
        listing=listing,
        numbers=numbers,
        bell=ringing,
        saved=saved,
        presence=presence,
        wards=wards,
        now=datetime.now(UTC),
        address=lambda **changes: "?" + urlencode(_query(asked) | {name: str(value) for name, value in changes.items()}),
        words=case_texts,
        guides=visit.console.desk.guides,
    )


async def live(request: web.Request) -> web.StreamResponse:
    """Tells an open queue page that some case has changed."""
    visit = visit_of(request)
    database = visit.console.database

    async def mark() -> dict[str, str]:
        async with database.session() as session:
            return {"doi": await mark_of_queue(session, visit.member)}

    return await stream(request, database.changes, mark)


async def ring(request: web.Request) -> web.StreamResponse:
    """How many cases wait, for the title and the notices of a page that shows something else."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        return page(visit, "bell.html", bell=await bell(session, visit.member))


async def close_many(request: web.Request) -> web.StreamResponse:
    """Close the ticked cases for one cause; what cannot be closed stays, and is told."""
    visit = visit_of(request)
    form = await visit.form()
    codes = (await visit.form_list("ma"))[:200]
    cause = the_cause(form.get("nguyen_nhan", ""))
    if not codes:
        raise UserFacingError("Chưa chọn hồ sơ nào.")
    refused = []
    for code in codes:
        try:
            async with visit.change() as session:
                case = await case_moves.get_case(session, code, visit.member)
                await case_moves.close(session, case, visit.member, cause, form.get("ghi_chu", "")[:500])
                visit.note(session, "case.close", f"case:{code}", cause=cause.value)
            visit.console.desk.wake(case.conversation_id)
        except (CaseRefused, CaseUnknown) as error:
            refused.append(f"{code[:9]}: {error}")
    if refused:
        raise UserFacingError("Chưa đóng được: " + " ".join(refused))
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/ho-so?xong=dong"})


def the_cause(value: str) -> Cause:
    """The cause chosen.

    Raises:
        UserFacingError: None was.
    """
    if value not in set(Cause):
        raise UserFacingError("Hãy chọn nguyên nhân đóng hồ sơ.")
    return Cause(value)


async def save_view(request: web.Request) -> web.StreamResponse:
    """Keep the list one is looking at under a name."""
    visit = visit_of(request)
    form = await visit.form()
    name = " ".join(form.get("ten", "").split())[:40]
    if not name:
        raise UserFacingError("Hãy đặt tên cho cách xem này.")
    asked = _asked(form)
    try:
        async with visit.change() as session:
            mine = select(SavedView.id).where(SavedView.staff_id == visit.member.id)
            if len((await session.scalars(mine)).all()) >= _MOST_VIEWS:
                raise UserFacingError(f"Đã lưu {_MOST_VIEWS} cách xem. Hãy bỏ bớt trước.")
            session.add(SavedView(staff_id=visit.member.id, name=name, query=urlencode(_query(asked))[:300]))
    except IntegrityError:
        raise UserFacingError(f"Đã có cách xem tên “{name}”.") from None
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/ho-so?{urlencode(_query(asked))}&xong=luu"})


async def drop_view(request: web.Request) -> web.StreamResponse:
    """Forget a saved view of one's own."""
    visit = visit_of(request)
    async with visit.change() as session:
        found = int(request.match_info["id"])
        await session.execute(delete(SavedView).where(SavedView.id == found, SavedView.staff_id == visit.member.id))
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/ho-so?xong=luu"})


async def export(request: web.Request) -> web.StreamResponse:
    """Every case this member may see, as CSV, without what anybody wrote; sent while it is read."""
    visit = visit_of(request)
    async with visit.change() as session:
        visit.note(session, "case.export")
    name = f"ho-so-{datetime.now(VIETNAM):%Y-%m-%d}.csv"
    headers = {hdrs.CONTENT_TYPE: "text/csv; charset=utf-8", hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    await response.write("\ufeff".encode() + _csv([_COLUMNS]))  # the mark makes spreadsheets read UTF-8
    async with visit.console.database.session() as session:
        async for lines in every_case(session, visit.member):
            await response.write(_csv([_row(visit, line) for line in lines]))
            await asyncio.sleep(0)  # others are served in between
    return response


def _row(visit: Visit, line: Line) -> tuple[str, ...]:
    case = line.case
    guide = visit.console.desk.guides.get(case.guide or "")
    moments = [
        f"{at.astimezone(VIETNAM):%Y-%m-%d %H:%M}" if at else "" for at in (case.created_at, case.answered_at, case.closed_at)
    ]
    return (
        case.code,
        moments[0],
        case_texts.STATES[CaseState(case.state)],
        case_texts.PRIORITIES[case.priority],
        case_texts.REASONS.get(case.reason, case.reason),
        ward_name(visit.console.places, case.ward) if case.ward else "",
        case_texts.AREAS.get(case.area or "", ""),
        guide.title if guide else case.guide or "",
        case_texts.CHANNELS.get(line.channel, line.channel),
        line.owner or "",
        line.team or "",
        moments[1],
        moments[2],
        case_texts.CAUSES.get(case.cause or "", ""),
        str(case.reopened),
    )


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell

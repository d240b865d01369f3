"""Replies that leads keep for everybody."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from bot.console import case_texts
from bot.console.pages.forms import number_in, saved
from bot.console.rendering import page
from bot.console.visit import Visit, visit_of
from core.errors import UserFacingError
from core.staff_reply import checked
from core.storage.case_models import CannedReply

__all__ = ["drop", "save", "show"]


async def show(request: web.Request) -> web.StreamResponse:
    """Replies kept for everybody."""
    return await _canned(visit_of(request))


async def _canned(visit: Visit, error: str = "", draft: Mapping[str, str] | None = None) -> web.StreamResponse:
    async with visit.console.database.session() as session:
        replies = list(await session.scalars(select(CannedReply).order_by(CannedReply.title)))
    return page(
        visit, "canned.html", status=422 if error else 200, error=error, replies=replies, draft=draft or {}, words=case_texts
    )


async def save(request: web.Request) -> web.StreamResponse:
    """Add a reply, or change one; it is checked like one that is sent."""
    visit = visit_of(request)
    form = await visit.form()
    title, area = " ".join(form.get("ten", "").split())[:80], form.get("mang", "")
    try:
        if not title or (area and area not in case_texts.AREAS):
            raise UserFacingError("Cần tên cho câu trả lời.")
        text = checked(form.get("noi_dung", ""), visit.console.desk.link_hosts)
        async with visit.change() as session:
            reply = await session.get(CannedReply, number_in(form.get("id", ""))) or CannedReply()
            reply.title, reply.text, reply.area = title, text, area
            session.add(reply)
            visit.note(session, "desk.canned", f"canned:{title}")
    except IntegrityError:
        return await _canned(visit, f"Đã có câu trả lời tên “{title}”.", form)
    except UserFacingError as error:
        return await _canned(visit, str(error), form)
    return saved("cau-tra-loi")


async def drop(request: web.Request) -> web.StreamResponse:
    """Remove a reply."""
    visit = visit_of(request)
    async with visit.change() as session:
        await session.execute(delete(CannedReply).where(CannedReply.id == int(request.match_info["id"])))
        visit.note(session, "desk.canned", f"canned:{request.match_info['id']}")
    return saved("cau-tra-loi")

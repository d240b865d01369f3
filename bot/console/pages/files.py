"""Photos and documents of a case: seen by those whose business it is, added by staff; every look is in the audit log."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import hdrs, web

from bot.console.pages.case import the_case
from bot.console.pages.forms import upload
from bot.console.rendering import page
from bot.console.visit import Visit, visit_of
from core.errors import UserFacingError
from core.storage import attachments
from core.storage.staff_models import Attachment

__all__ = ["add", "show", "show_list"]


async def show_list(request: web.Request) -> web.StreamResponse:
    """The files of a case, and the form for one more; a part of its card."""
    return await _list(visit_of(request), None)


async def _list(visit: Visit, error: str | None) -> web.StreamResponse:
    async with visit.console.database.session() as session:
        case = await the_case(visit, session)
        found = await attachments.list_of(session, case.conversation_id)
    return page(
        visit,
        "case_files.html",
        status=422 if error else 200,
        case=case,
        files=found,
        error=error,
        megabytes=visit.console.attachments.max_bytes // 1_000_000,
    )


async def add(request: web.Request) -> web.StreamResponse:
    """Keep a file that somebody of the staff brings to the case."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        case = await the_case(visit, session)
    try:
        name, data = await upload(visit, visit.console.attachments.max_bytes)
        kept = await visit.console.attachments.add(case.conversation_id, name, data, visit.member.username)
    except UserFacingError as error:
        return await _list(visit, str(error))
    async with visit.change() as session:
        visit.note(session, "file.add", f"case:{case.code}", file=kept.id, bytes=kept.size)
    return await _list(visit, None)


async def show(request: web.Request) -> web.StreamResponse:
    """A file itself, for those who may see a case it belongs to; for everybody else it does not exist."""
    visit = visit_of(request)
    async with visit.change() as session:
        found = await session.get(Attachment, int(request.match_info["id"]))
        if found is None or found.deleted_at is not None or not await attachments.may_see(session, visit.member, found):
            raise web.HTTPNotFound
        visit.note(session, "file.view", f"file:{found.id}")
    try:
        body = await visit.console.attachments.read(found)
    except FileNotFoundError:
        raise web.HTTPNotFound from None
    shown = "inline" if found.media_type.startswith("image/") else "attachment"
    headers = {hdrs.CONTENT_DISPOSITION: f"{shown}; filename*=UTF-8''{quote(found.name, safe='')}"}
    return web.Response(body=body, content_type=found.media_type, headers=headers)

"""The first page after signing in, and the files of all pages."""

from __future__ import annotations

from aiohttp import web

from bot.console import case_texts
from bot.console.access import CASE_WORKERS
from bot.console.rendering import FILES, page
from bot.console.visit import visit_of
from core.storage.case_queue import counts

__all__ = ["show", "static"]


async def show(request: web.Request) -> web.Response:
    """What there is to do for this role; for who answers cases also how many there are."""
    visit = visit_of(request)
    numbers = {}
    if visit.member.role in CASE_WORKERS:
        async with visit.console.database.session() as session:
            numbers = await counts(session, visit.member)
    return page(visit, "home.html", numbers=numbers, words=case_texts)


async def static(request: web.Request) -> web.Response:
    """A style sheet, script or picture. They are held in memory: no path leads to anything else."""
    found = request.app[FILES].get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    return found.response(request)

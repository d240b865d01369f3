"""The first page after signing in, and the files of all pages."""

from __future__ import annotations

from aiohttp import web

from bot.console.rendering import FILES, page
from bot.console.visit import visit_of

__all__ = ["show", "static"]


async def show(request: web.Request) -> web.Response:
    """What there is to do for this role."""
    return page(visit_of(request), "home.html")


async def static(request: web.Request) -> web.Response:
    """A style sheet, script or picture. They are held in memory: no path leads to anything else."""
    found = request.app[FILES].get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    return found.response(request)

"""Who looked at or changed what."""

from __future__ import annotations

from aiohttp import web

from bot.console.rendering import page
from bot.console.visit import visit_of
from core.storage import audit

__all__ = ["show"]

_ON_A_PAGE = 50


async def show(request: web.Request) -> web.StreamResponse:
    """Entries, newest first, narrowed down by who, what and about what."""
    visit, asked = visit_of(request), request.query
    before = asked.get("truoc", "")
    wanted = {"actor": asked.get("ai", "").strip(), "action": asked.get("viec", ""), "subject": asked.get("ve", "").strip()}
    async with visit.console.database.session() as session:
        found = await audit.list_entries(
            session,
            **wanted,
            before=int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None,
            limit=_ON_A_PAGE + 1,
        )
    return page(visit, "audit.html", entries=found[:_ON_A_PAGE], more=len(found) > _ON_A_PAGE, wanted=wanted)

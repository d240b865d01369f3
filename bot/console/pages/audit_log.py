"""Who looked at or changed what."""

from __future__ import annotations

import re

from aiohttp import web

from bot.console.rendering import page
from bot.console.visit import visit_of
from core.storage import audit

__all__ = ["show"]

_ON_A_PAGE = 50
_CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


def _subject(typed: str) -> str:
    """What was typed, as entries have it: a case's code and a user name stand for themselves."""
    if not typed or ":" in typed:
        return typed
    return f"case:{typed.upper()}" if _CODE.fullmatch(typed.upper()) else f"staff:{typed.lower()}"


async def show(request: web.Request) -> web.StreamResponse:
    """Entries, newest first, narrowed down by who, what and about what."""
    visit, asked = visit_of(request), request.query
    before = asked.get("truoc", "")
    wanted = {"actor": asked.get("ai", "").strip(), "action": asked.get("viec", ""), "subject": asked.get("ve", "").strip()}
    async with visit.console.database.session() as session:
        found = await audit.list_entries(
            session,
            **wanted | {"subject": _subject(wanted["subject"])},
            before=int(before) if before.isascii() and before.isdecimal() and len(before) < 18 else None,
            limit=_ON_A_PAGE + 1,
        )
    return page(visit, "audit.html", entries=found[:_ON_A_PAGE], more=len(found) > _ON_A_PAGE, wanted=wanted)

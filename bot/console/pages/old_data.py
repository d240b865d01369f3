"""What was deleted because its time was over, or because a citizen asked for it; and when the next night's work begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

from bot.console import texts
from bot.console.rendering import page
from bot.console.visit import visit_of
from core.storage import audit
from core.storage.retention import list_runs

__all__ = ["show"]

_LATEST = 30
_TOO_LONG = timedelta(hours=1)


async def show(request: web.Request) -> web.StreamResponse:
    """Runs and wishes, newest first, in numbers; on request also how much the next run would delete."""
    visit, now = visit_of(request), datetime.now(UTC)
    retention = visit.console.retention
    async with visit.console.database.session() as session:
        runs = await list_runs(session, _LATEST)
        wishes = await audit.list_entries(session, action="citizen.forget", limit=_LATEST)
    next_run = await retention.next_run(now)
    return page(
        visit,
        "old_data.html",
        runs=runs,
        wishes=wishes,
        late={run.id for run in runs if run.finished_at is None and run.started_at < now - _TOO_LONG},
        next_run=next_run if next_run > now else None,
        ahead=await retention.run(dry=True) if "dem" in request.query else None,
        kinds=texts.AUDIT_DETAILS,
        periods=retention.periods,
    )

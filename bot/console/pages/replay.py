"""Citizens' messages that a candidate answers otherwise: looked at one by one, with one key each."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.console.rendering import page
from bot.console.visit import PREFIX, visit_of
from core.errors import UserFacingError
from core.storage import releases, replays
from nlu.training.report_page import OUTCOME_NAMES

__all__ = ["judge", "show"]

_GROUPS = {"worse": "Có thể kém đi", "unknown": "Chưa rõ", "better": "Có thể tốt lên"}
_VERDICTS = {"better": "Tốt hơn", "worse": "Kém đi", "same": "Như nhau"}
_SHOWN = 100
_WORDS = {"groups": _GROUPS, "verdicts": _VERDICTS, "outcomes": OUTCOME_NAMES}


async def show(request: web.Request) -> web.StreamResponse:
    """Those drawn for review, or all of one group, of one candidate (the latest measured one if none is named)."""
    visit, asked = visit_of(request), request.query
    group = asked.get("nhom") if asked.get("nhom") in _GROUPS else None
    async with visit.console.database.session() as session:
        measured = [row for row in await releases.candidates(session) if row.report]
        chosen = next((row for row in measured if row.id == asked.get("ban")), measured[0] if measured else None)
        numbers = await replays.counts(session, chosen.id) if chosen else {}
        items = await replays.list_items(session, chosen.id, group=group, sampled=group is None, limit=_SHOWN) if chosen else []
    return page(
        visit,
        "replay.html",
        candidates=measured,
        chosen=chosen,
        numbers=numbers,
        items=items,
        group=group,
        words=_WORDS,
    )


async def judge(request: web.Request) -> web.StreamResponse:
    """Note a verdict; htmx gets the row back, a browser without scripts the page."""
    visit = visit_of(request)
    verdict = (await visit.form()).get("ket_luan", "")
    if verdict and verdict not in replays.VERDICTS:
        raise UserFacingError("Hãy chọn tốt hơn, kém đi hoặc như nhau.")
    candidate, number = request.match_info["id"], int(request.match_info["item"])
    async with visit.change() as session:
        if not await replays.judge(session, candidate, number, verdict or None, visit.member.username):
            raise web.HTTPNotFound
        visit.note(session, "model.verdict", f"candidate:{candidate}", item=number, verdict=verdict or "–")
    if not visit.wants_fragment:
        return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/huan-luyen/phat-lai?ban={candidate}"})
    async with visit.console.database.session() as session:
        row = await releases.candidate(session, candidate)
        item = next(item for item in await replays.list_items(session, candidate) if item.id == number)
        numbers = await replays.counts(session, candidate)
    return page(
        visit,
        "replay_item.html",
        words=_WORDS,
        chosen=row,
        item=item,
        numbers=numbers,
        fresh=True,
    )

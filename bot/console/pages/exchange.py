"""Examples out as files for others, and in again after a look at what would change."""

from __future__ import annotations

import asyncio
from datetime import datetime

from aiohttp import hdrs, web

from bot.console.pages.forms import saved, upload
from bot.console.rendering import VIETNAM, page
from bot.console.visit import Visit, visit_of
from core.errors import UserFacingError
from nlu.training.content import ContentTree
from nlu.training.exchange import FORMATS, Plan, Row, bring_in, export, plan, read
from nlu.training.intents import said

__all__ = ["bring", "preview", "send", "show"]

_MOST_BYTES = 5_000_000
_MOST_NEW = 1500
"""Examples brought in at once: more are hardly looked at, and the form would be too large."""


async def show(request: web.Request) -> web.StreamResponse:
    """What can be taken out, and the form to bring a file in."""
    return _page(visit_of(request))


def _page(visit: Visit, error: str = "") -> web.Response:
    return page(visit, "exchange.html", status=422 if error else 200, error=error, formats=FORMATS)


async def send(request: web.Request) -> web.StreamResponse:
    """All examples of the draft in one file."""
    visit = visit_of(request)
    kind = request.match_info["kind"]
    if kind not in FORMATS:
        raise web.HTTPNotFound
    intents = await visit.console.draft.read(lambda tree: [intent for intent in tree.intents.all().values() if intent.is_learned])
    body = await asyncio.to_thread(export, intents, kind)
    async with visit.change() as session:
        visit.note(session, "content.export", None, format=kind)
    name = f"cau-vi-du-{datetime.now(VIETNAM):%Y-%m-%d}.{kind}"
    headers = {hdrs.CONTENT_TYPE: FORMATS[kind], hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"'}
    return web.Response(body=body, headers=headers)


async def preview(request: web.Request) -> web.StreamResponse:
    """What bringing a file in would do; nothing is changed yet."""
    visit = visit_of(request)
    found: Plan | None = None
    error = ""
    try:
        name, data = await upload(visit, _MOST_BYTES)
        if len(data) > _MOST_BYTES:
            raise UserFacingError("Tệp lớn quá 5 MB. Hãy chia nhỏ.")
        rows = await asyncio.to_thread(read, name, data)
        found = await visit.console.draft.read(lambda tree: plan(tree, rows))
        if len(found.new) > _MOST_NEW:
            raise UserFacingError(f"Có {len(found.new)} câu mới; mỗi lần nhập tối đa {_MOST_NEW}. Hãy chia nhỏ tệp.")
    except UserFacingError as wrong:
        found, error = None, str(wrong)
    return page(visit, "exchange_plan.html", status=422 if error else 200, error=error, plan=found, said=said)


async def bring(request: web.Request) -> web.StreamResponse:
    """Add the new examples that the preview showed, or have the file replace what its intents had."""
    visit = visit_of(request)
    form = await visit.form()
    replaces = form.get("viec") == "thay"
    rows = _rows(form.get("dong", "")) + (_rows(form.get("chuyen", "")) if replaces else [])
    gone = _rows(form.get("bo", "")) if replaces else []

    def change(tree: ContentTree) -> int:
        return bring_in(tree, rows, gone)

    try:
        if not rows and not gone:
            raise UserFacingError("Không có câu mới nào để nhập.")
        await visit.console.draft.edit(visit.member.username, "import", "file:data/nlu", change)
    except UserFacingError as error:
        return _page(visit, str(error))
    return saved("huan-luyen/ban-nhap")


def _rows(text: str) -> list[Row]:
    lines = [line.partition("\t") for line in text.splitlines() if line.strip()]
    return [Row(intent, example) for intent, _, example in lines]

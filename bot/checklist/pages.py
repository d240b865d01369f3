"""``/huong-dan/<guide>/in`` and ``…/in.pdf``: the sheet of a guide, for everybody, without cookies."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path

import segno
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.limits import RateLimit
from bot.origins import Origins
from core import texts
from core.checklist import CASE, Checklist, checklist_of, checklist_path, has_checklist
from core.knowledge import Knowledge

__all__ = ["ChecklistPages"]

_CACHED = 128
_PDFS_PER_MINUTE = 60
"""For one address, behind which a whole office may sit."""

_HEADERS = {"Cache-Control": "no-cache"}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class ChecklistPages:
    """The routes.

    Args:
        knowledge: The guides.
        origins: Where requests come from, and the address citizens reach our pages by; without that a sheet has no link and
            no QR code.
    """

    def __init__(self, knowledge: Knowledge, origins: Origins) -> None:
        self._knowledge = knowledge
        self._origins = origins
        self._public_url = (origins.public_url or "").rstrip("/")
        self._one_at_a_time = asyncio.Lock()
        self._limit = RateLimit(_PDFS_PER_MINUTE)

    def use(self, knowledge: Knowledge) -> None:
        """Print other guides from now on."""
        self._knowledge = knowledge

    def add_routes(self, app: web.Application) -> None:
        """Put the pages into `app`."""
        app.router.add_get("/huong-dan/{guide:[a-z0-9_]{2,64}}/in", self._page)
        app.router.add_get("/huong-dan/{guide:[a-z0-9_]{2,64}}/in.pdf", self._pdf)

    def _sheet(self, request: web.Request) -> tuple[Checklist, str, str]:
        """The sheet asked for, the address of its page ('' = not known), and the path of its PDF."""
        guide = self._knowledge.guide(request.match_info["guide"])
        if guide is None or not has_checklist(guide):
            raise web.HTTPNotFound
        option = guide.option(request.query.get(CASE))
        case = option.id if option else None
        address = self._public_url and self._public_url + checklist_path(guide.id, case)
        return checklist_of(guide, case), address, checklist_path(guide.id, case, ".pdf")

    async def _page(self, request: web.Request) -> web.Response:
        sheet, address, pdf = self._sheet(request)
        html = _TEMPLATES.get_template("page.html").render(
            sheet=sheet, address=address, qr=_qr_svg(address) if address else "", pdf=pdf, texts=texts
        )
        return web.Response(text=html, content_type="text/html", headers=_HEADERS)

    async def _pdf(self, request: web.Request) -> web.Response:
        sheet, address, _ = self._sheet(request)
        if not self._limit.allows(self._origins.address(request)):
            raise web.HTTPTooManyRequests
        async with self._one_at_a_time:  # each takes a thread and a good part of a second of one core
            body = await asyncio.to_thread(_pdf_of, sheet, address)
        name = f'inline; filename="{request.match_info["guide"]}.pdf"'
        return web.Response(body=body, content_type="application/pdf", headers={**_HEADERS, "Content-Disposition": name})


@lru_cache(_CACHED)
def _qr_svg(address: str) -> Markup:
    code = segno.make(address, error="m", micro=False)
    # Made by the library from our own address; it escapes the title.
    return Markup(code.svg_inline(scale=4, border=2, title=texts.CHECKLIST_QR, omitsize=True))  # noqa: S704  # see above


@lru_cache(_CACHED)
def _pdf_of(sheet: Checklist, address: str) -> bytes:
    from bot.checklist.pdf import render_pdf  # its library takes a while to import, and only who prints needs it

    return render_pdf(sheet, address)

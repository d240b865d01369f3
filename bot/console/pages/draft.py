"""The draft as a whole: what differs from the version in use, who changed what, taking it back."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.console.pages.forms import number_in, saved
from bot.console.pages.training_log import difference, logged
from bot.console.rendering import page
from bot.console.visit import Visit, local_path, visit_of
from core.errors import UserFacingError
from nlu.training.compare import GuideChange, IntentChange, compare_guides, compare_intents
from nlu.training.content import ContentTree

__all__ = ["catch_up", "discard", "show", "undo"]

_PAGE = 30


async def show(request: web.Request) -> web.StreamResponse:
    """What changed, by intent, guide and file, and the log."""
    return await _draft(visit_of(request))


async def _draft(visit: Visit, error: str = "") -> web.StreamResponse:
    draft = visit.console.draft

    def read(tree: ContentTree) -> tuple[list[IntentChange], list[GuideChange]]:
        live = ContentTree(draft.live_root)
        return compare_intents(live, tree), compare_guides(live, tree)

    intents, guides = await draft.read(read)
    changes = await draft.changes()
    before = number_in(visit.request.query.get("truoc", "")) or None
    async with visit.console.database.session() as session:
        log = await logged(session, before=before, limit=_PAGE)
    return page(
        visit,
        "draft.html",
        status=422 if error else 200,
        error=error,
        intents=intents,
        guides=guides,
        files=[(change, [line for line in difference(change.before, change.after) if line.sign != " "]) for change in changes],
        unapproved=set(await draft.unapproved()),
        behind=await draft.is_behind(),
        log=log,
        more=len(log) == _PAGE,
    )


async def undo(request: web.Request) -> web.StreamResponse:
    """Take one edit back."""
    visit = visit_of(request)
    form = await visit.form()
    try:
        await visit.console.draft.undo(visit.member.username, number_in(form.get("so", "")))
    except UserFacingError as error:
        return await _draft(visit, str(error))
    back = local_path(form.get("ve"), "/canbo/huan-luyen/ban-nhap")
    return web.Response(status=303, headers={hdrs.LOCATION: f"{back}?xong=hoan-tac"})


async def discard(request: web.Request) -> web.StreamResponse:
    """Make one file what it is in the version in use."""
    visit = visit_of(request)
    path = (await visit.form()).get("tep", "")
    try:
        await visit.console.draft.discard(visit.member.username, path)
    except UserFacingError as error:
        return await _draft(visit, str(error))
    return saved("huan-luyen/ban-nhap")


async def catch_up(request: web.Request) -> web.StreamResponse:
    """Bring in what changed in the version in use."""
    visit = visit_of(request)
    try:
        conflicts = await visit.console.draft.catch_up(visit.member.username)
    except UserFacingError as error:
        return await _draft(visit, str(error))
    if conflicts:
        told = ", ".join(conflicts)
        return await _draft(
            visit, f"Đã lấy thay đổi. Hai bên cùng sửa một chỗ trong {told}; bản nháp giữ lời của người huấn luyện."
        )
    return saved("huan-luyen/ban-nhap")

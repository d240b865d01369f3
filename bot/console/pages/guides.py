"""Guides, edited in the draft: their form, hints, how citizens see them, history, approval by a second person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import hdrs, web

from bot.console.pages.guide_form import PARAGRAPHS, guide_id_for, shown, typed
from bot.console.pages.training_log import Line, difference, logged
from bot.console.rendering import page
from bot.console.visit import PREFIX, Visit, visit_of
from bot.link_check import check_links
from core import texts
from core.answers import section_replies, step_replies
from core.errors import ContentError, DraftChanged, UserFacingError
from core.freshness import Freshness, freshness
from core.guides import Guide, GuideKind, Section
from core.storage import draft as stored
from core.text import fold
from core.worktime import ZONE
from nlu.training.content import ContentTree
from nlu.training.guide_hints import hints
from nlu.training.staged import StagedFiles

__all__ = ["approve", "links", "new", "save", "show", "show_list", "show_new"]


@dataclass(frozen=True)
class _Seen:
    """All that the page of a guide shows of the draft."""

    guide: Guide
    version: str
    raw: Mapping[str, Any]
    changed: list[Line]
    has_intent: bool


async def show_list(request: web.Request) -> web.StreamResponse:
    """All guides, those that need a look first where asked for."""
    visit = visit_of(request)
    words, area = request.query.get("tim", "").strip()[:100], request.query.get("mang", "")
    due = request.query.get("han") == "1"
    guides = await visit.console.draft.read(lambda tree: list(tree.guides.all().values()))
    state = {guide.id: freshness(guide) for guide in guides}
    wanted = fold(words)
    found = [
        guide
        for guide in guides
        if (not area or guide.area == area)
        and (not wanted or any(wanted in fold(text) for text in (guide.title, guide.id, *guide.aliases)))
        and (not due or state[guide.id] is not Freshness.FRESH)
    ]
    return page(
        visit, "guides.html", guides=sorted(found, key=lambda guide: (guide.area, fold(guide.title))), state=state, words=words,
        area=area, areas=texts.AREA_TITLES, due=due, overdue=sum(value is not Freshness.FRESH for value in state.values()),
        unapproved=set(await visit.console.draft.unapproved()),
    )  # fmt: skip


async def show(request: web.Request) -> web.StreamResponse:
    """One guide."""
    return await _guide(visit_of(request), request.match_info["guide"])


async def _guide(
    visit: Visit, guide_id: str, error: str = "", form: Mapping[str, str] | None = None, *, status: int = 200
) -> web.StreamResponse:
    draft = visit.console.draft

    def read(tree: ContentTree) -> _Seen | None:
        path = tree.guides.paths().get(guide_id)
        if path is None:
            return None
        text = tree.guides.text(guide_id)
        live = StagedFiles(draft.live_root).read(path)
        changed = [] if live == text else [line for line in difference(live, text) if line.sign != " "]
        has_intent = f"topic_{guide_id}" in tree.intents.names()
        return _Seen(tree.guides.get(guide_id), tree.version(f"guide:{guide_id}"), tree.guides.raw(guide_id), changed, has_intent)

    seen = await draft.read(read)
    if seen is None:
        raise web.HTTPNotFound
    raw = seen.raw
    if form is not None:
        try:
            raw = typed(form, seen.raw)
        except UserFacingError as wrong:
            error = str(wrong)
    subject = f"guide:{guide_id}"
    async with visit.console.database.session() as session:
        history = await logged(session, subject=subject, limit=10)
        editor = (await stored.editors(session, [subject])).get(subject)
        approval = (await stored.approvals(session)).get(guide_id)
    approved = approval is not None and approval.version == seen.version
    return page(
        visit, "guide.html", status=status, seen=seen, guide=seen.guide, fields=shown(raw), paragraphs=PARAGRAPHS, error=error,
        hints=hints(seen.guide), history=history, editor=editor, approval=approval if approved else None,
        may_approve=not approved and bool(seen.changed) and not (draft.second_person and editor == visit.member.username),
        preview=_preview(seen.guide), state=freshness(seen.guide),
    )  # fmt: skip


def _preview(guide: Guide) -> list[tuple[str, list[str]]]:
    """What citizens read, by section."""
    found = []
    for section in Section:
        if section is Section.STEPS:
            replies = [reply for n in range(1, len(guide.sections.steps) + 1) for reply in step_replies(guide, n)]
        elif guide.has(section):
            replies = list(section_replies(guide, section))
        else:
            continue
        found.append((texts.SECTION_TITLES[section], [reply.text for reply in replies]))
    return found


async def save(request: web.Request) -> web.StreamResponse:
    """Change a guide; a conflict shows what somebody else did, with what was typed still there."""
    visit = visit_of(request)
    guide_id = request.match_info["guide"]
    form = await visit.form()

    def change(tree: ContentTree) -> None:
        tree.guides.change(guide_id, typed(form, tree.guides.raw(guide_id)))

    try:
        await visit.console.draft.edit(
            visit.member.username,
            "guide.change",
            f"guide:{guide_id}",
            change,
            why=form.get("vi_sao", "").strip()[:300],
            seen=form.get("ban", ""),
        )
    except DraftChanged:
        message = (
            "Người khác vừa sửa hướng dẫn này; chưa có gì bị ghi đè. Các ô giữ chữ anh/chị đã gõ; "
            "xem mục Lịch sử để biết họ sửa gì, rồi lưu lại nếu vẫn cần."
        )
        return await _guide(visit, guide_id, message, form, status=409)
    except UserFacingError as error:
        return await _guide(visit, guide_id, str(error), form, status=422)
    return _to(guide_id)


async def approve(request: web.Request) -> web.StreamResponse:
    """Find a guide right, as somebody other than its last editor."""
    visit = visit_of(request)
    guide_id = request.match_info["guide"]
    try:
        await visit.console.draft.approve(visit.member.username, guide_id, (await visit.form()).get("ban", ""))
    except UserFacingError as error:
        return await _guide(visit, guide_id, str(error), status=409 if isinstance(error, DraftChanged) else 422)
    return _to(guide_id, "duyet")


async def show_new(request: web.Request) -> web.StreamResponse:
    """The form for a new guide."""
    return await _new(visit_of(request), {})


async def _new(visit: Visit, form: Mapping[str, str], error: str = "") -> web.StreamResponse:
    today = datetime.now(ZONE).date()
    return page(
        visit, "guide_new.html", status=422 if error else 200, error=error, form=form, areas=texts.AREA_TITLES, today=today
    )


async def new(request: web.Request) -> web.StreamResponse:
    """Add a guide with the least it must have; the rest is added on its own page."""
    visit = visit_of(request)
    form = await visit.form()
    title = " ".join(form.get("title", "").split())
    guide_id = form.get("id", "").strip() or guide_id_for(title)
    raw = {"id": guide_id, "kind": form.get("kind", ""), "area": form.get("area", ""), "confidence": "medium"}
    try:
        if raw["kind"] not in {GuideKind.PROCEDURE, GuideKind.TOPIC} or raw["area"] not in texts.AREA_TITLES:
            raise UserFacingError("Hãy chọn loại và lĩnh vực.")
        wanted = {
            **typed({**form, "confidence": "medium"}, raw),
            "short_title": form.get("short_title", "").strip() or title[:40],
        }
        await visit.console.draft.edit(
            visit.member.username, "guide.new", f"guide:{guide_id}", lambda tree: tree.guides.add(wanted)
        )
    except ContentError as error:
        return await _new(visit, form, "; ".join(error.problems))
    except UserFacingError as error:
        return await _new(visit, form, str(error))
    return _to(guide_id)


async def links(request: web.Request) -> web.StreamResponse:
    """Whether the guide's official links still lead somewhere; a part of its page."""
    visit = visit_of(request)
    guide_id = request.match_info["guide"]
    guide = await visit.console.draft.read(lambda tree: tree.guides.get(guide_id) if guide_id in tree.guides.paths() else None)
    if guide is None:
        raise web.HTTPNotFound
    return page(visit, "guide_links.html", links=await check_links([guide], visit.console.desk.link_hosts))


def _to(guide_id: str, done: str = "luu") -> web.StreamResponse:
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/huan-luyen/huong-dan/{guide_id}?xong={done}"})

"""The trainers' inbox: groups of messages the bot did not get right, one group at a time, what was decided, and undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from aiohttp import hdrs, web

from bot.console import case_texts, inbox_texts
from bot.console.pages.forms import number_in
from bot.console.rendering import page
from bot.console.training_texts import KINDS
from bot.console.visit import PREFIX, Visit, visit_of
from bot.services.inbox import Verdict
from bot.services.inbox_view import PAGE, Choices
from core.errors import UserFacingError
from core.inbox import Kind, Order, Reason
from core.storage import training_inbox

__all__ = ["decide", "done", "show", "show_group", "undo"]

_HOME = f"{PREFIX}/huan-luyen/hop-thu"
_MOST = 2000
_LONGEST_NOTE = 500
_LONGEST_SENTENCE = 2000
_ON_A_PAGE = 50


class _Asked:
    """Which part of the inbox a page shows, as its address says."""

    def __init__(self, query: Mapping[str, str]) -> None:
        order, reason = query.get("xep", ""), query.get("ly_do", "")
        self.order = Order(order) if order in set(Order) else Order.BOTH
        self.reason = Reason(reason) if reason in set(Reason) else None
        self.page = min(number_in(query.get("trang", "")) or 1, 1000)

    def address(self, **more: object) -> str:
        """The same part again, as a query; `more` is added, an empty value left out."""
        said = {"xep": self.order.value if self.order is not Order.BOTH else "", "ly_do": self.reason or "", **more}
        kept = {name: str(value) for name, value in said.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


async def show(request: web.Request) -> web.StreamResponse:
    """All groups that wait, the most pressing first."""
    visit, asked = visit_of(request), _Asked(request.query)
    inbox = visit.console.inbox
    await inbox.refresh()
    choices = await inbox.view.choices()
    listing = await inbox.view.listing(visit.member, choices, asked.order, asked.reason, asked.page)
    return page(
        visit,
        "inbox.html",
        asked=asked,
        listing=listing,
        choices=choices,
        more=asked.page * PAGE < listing.total,
        undoable=number_in(request.query.get("lai", "")),
        words=inbox_texts,
        kinds=KINDS,
        seen=max((line.item.id for view in listing.groups for line in view.lines), default=0),
    )


async def show_group(request: web.Request) -> web.StreamResponse:
    """The messages of a group, and what can be decided about them."""
    return await _group(visit_of(request), int(request.match_info["id"]), _Asked(request.query))


async def _group(
    visit: Visit,
    number: int,
    asked: _Asked,
    error: str = "",
    typed: Mapping[str, str] | None = None,
    ticked: Sequence[int] | None = None,
) -> web.StreamResponse:
    choices = await visit.console.inbox.view.choices()
    view, before, after = await visit.console.inbox.view.group(visit.member, choices, number, asked.order, asked.reason)
    return page(
        visit,
        "inbox_group.html",
        status=422 if error else 200,
        error=error,
        typed=typed or {},
        ticked=ticked,
        asked=asked,
        number=number,
        view=view,
        before=before,
        after=after,
        choices=choices,
        undoable=number_in(visit.request.query.get("lai", "")),
        words=inbox_texts,
        kinds=KINDS,
        outcomes=case_texts.OUTCOMES,
        channels=case_texts.CHANNELS,
    )


async def decide(request: web.Request) -> web.StreamResponse:
    """Decide about the ticked messages (or all messages of the ticked groups), and go on to what is next."""
    visit = visit_of(request)
    form, asked = await visit.form(), _Asked(request.query)
    number = number_in(form.get("nhom_dang_xem", ""))
    items = [number_in(value) for value in (await visit.form_list("cau"))[:_MOST]]
    try:
        if not number:
            items = await _of_groups(visit, asked, number_in(form.get("thay_den", "")))
        verdict = _verdict(form, items)
        ruling = await visit.console.inbox.decide(visit.member, verdict)
    except UserFacingError as error:
        if not number:
            raise
        return await _group(visit, number, asked, str(error), form, items)
    place = _HOME
    if number:
        choices = Choices({}, {})
        view, _, after = await visit.console.inbox.view.group(visit.member, choices, number, asked.order, asked.reason)
        following = number if view else number_in(form.get("nhom_sau", "")) or after
        place = f"{_HOME}/nhom/{following}" if following else _HOME
    return web.Response(status=303, headers={hdrs.LOCATION: place + asked.address(xong="quyet-dinh", lai=ruling.id)})


async def _of_groups(visit: Visit, asked: _Asked, seen: int) -> list[int]:
    """The messages of the ticked groups; those that came in after the page was made wait on."""
    numbers = [number_in(value) for value in (await visit.form_list("nhom"))[:PAGE]]
    async with visit.console.database.session() as session:
        lines = await training_inbox.list_lines(session, visit.member, numbers, asked.reason)
    return [line.item.id for mine in lines.values() for line in mine if line.item.id <= seen]


def _verdict(form: Mapping[str, str], items: Sequence[int]) -> Verdict:
    """What the form decides. A button names the kind, or a kind and what it leads to ("guide:dang_ky_tam_tru").

    Raises:
        UserFacingError: No button was pressed that we know.
    """
    kind, _, target = form.get("viec", "").partition(":")
    how = form.get("cach", "")
    if kind == "new":
        kind, target = Kind.INTENT, ""
    elif not target:
        target = form.get({Kind.INTENT: "y_dinh", Kind.GUIDE: "huong_dan"}.get(kind, ""), "")  # type: ignore[call-overload]  # a str enum's values are its keys
        if not target and kind in {Kind.INTENT, Kind.GUIDE}:
            raise UserFacingError("Hãy chọn ý định hoặc hướng dẫn trong danh sách.")
    if kind not in set(Kind):
        raise UserFacingError("Hãy chọn một việc cho các câu này.")
    worded = {item: text for item in items if (text := form.get(f"sua-{item}", "").strip()[:_LONGEST_SENTENCE])}
    return Verdict(
        items=tuple(items),
        kind=Kind(kind),
        target=target[:80],
        note=form.get("ghi_chu", "")[:_LONGEST_NOTE],
        worded=worded,
        title=form.get("ten", "").strip()[:80] if form.get("viec") == "new" else "",
        reply=form.get("tra_loi", "").strip()[:_LONGEST_SENTENCE],
        as_names=how == "ten_goi",
        own_intent=how == "y_dinh_rieng",
        hold_out=form.get("de_danh") == "1",
    )


async def done(request: web.Request) -> web.StreamResponse:
    """What was decided, by whom, when and why; each can be taken back."""
    visit = visit_of(request)
    before = number_in(request.query.get("truoc", "")) or None
    async with visit.console.database.session() as session:
        rulings = await training_inbox.list_rulings(session, before, _ON_A_PAGE + 1)
    choices = await visit.console.inbox.view.choices()
    return page(
        visit,
        "inbox_done.html",
        rulings=rulings[:_ON_A_PAGE],
        more=len(rulings) > _ON_A_PAGE,
        choices=choices,
        words=inbox_texts,
    )


async def undo(request: web.Request) -> web.StreamResponse:
    """Take a decision back, and return to where one was."""
    visit = visit_of(request)
    await visit.console.inbox.undo(visit.member, int(request.match_info["id"]))
    asked, group = _Asked(request.query), number_in(request.query.get("nhom", ""))
    place = f"{_HOME}/nhom/{group}" if group else _HOME + ("/da-xu-ly" if request.query.get("tu") == "da-xu-ly" else "")
    return web.Response(status=303, headers={hdrs.LOCATION: place + asked.address(xong="tra-lai")})

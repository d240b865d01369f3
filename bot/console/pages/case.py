"""The card of a case: all a person needs to help, live, and what they can do with it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import hdrs, web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console import case_texts
from bot.console.live import stream
from bot.console.pages.cases import the_cause
from bot.console.pages.forms import Upload, read_upload
from bot.console.rendering import page, ward_name
from bot.console.visit import PREFIX, Visit, visit_of
from bot.services.suggestions import Suggestion, suggest
from core.cases import ACTIVE, CaseState
from core.errors import CaseRefused, CaseUnknown, UserFacingError
from core.staff import Role
from core.staff_reply import checked
from core.storage import case_moves
from core.storage.case_card import Card, mark_of_card, mark_of_queue, read_card
from core.storage.case_models import CannedReply, Team
from core.storage.case_queue import bell
from core.storage.models import Case
from core.storage.staff_models import Attachment, Staff

__all__ = ["answer", "claim", "close", "forward", "give_back", "live", "release", "reopen", "show"]

_CASE_ROLES = (Role.STAFF, Role.LEAD)
_PARTS = {"tin": "case_thread.html", "doi": "case_side.html", "viec": "case_actions.html"}
_LONGEST_NOTE = 500


async def the_case(visit: Visit, session: AsyncSession) -> Case:
    """The case that the address names.

    Raises:
        HTTPNotFound: There is none, or it is none of this member's business.
    """
    try:
        return await case_moves.get_case(session, visit.request.match_info["code"], visit.member)
    except CaseUnknown:
        raise web.HTTPNotFound from None


async def show(request: web.Request) -> web.StreamResponse:
    """The card; for htmx the part of it that changed. Every look is noted."""
    return await _card(visit_of(request))


async def _card(visit: Visit, error: str = "", draft: str = "") -> web.StreamResponse:
    request = visit.request
    asked = "viec" if request.method == "POST" else request.query.get("phan", "")
    part = _PARTS.get(asked, "") if visit.wants_fragment else ""
    async with visit.change() as session:
        case = await the_case(visit, session)
        if not part:
            visit.note(session, "case.view", f"case:{case.code}")
        card = await read_card(session, case)
        marks = await _marks(session, case, visit)
        window = await visit.console.desk.window(session, case)
        canned = await _canned(session, visit, card)
        colleagues, teams = await _others(session, visit, case)
        giver = await case_moves.giver(session, case)
        ringing = await bell(session, visit.member)
        sends = await visit.console.desk.sends(session, case)
    guide = visit.console.desk.guides.get(case.detail.get("guide") or case.guide or "")
    mine = case.owner_id == visit.member.id or (case.owner_id is not None and visit.member.role is Role.LEAD)
    return page(
        visit,
        part or "case.html",
        status=422 if error else 200,
        error=error,
        draft=draft,
        card=card,
        case=case,
        guide=guide,
        suggested=suggest(guide, case.detail),
        canned=canned,
        colleagues=colleagues,
        teams=teams,
        window=window,
        sends=sends,
        megabytes=visit.console.attachments.max_bytes // 1_000_000,
        marks=marks,
        bell=ringing,
        mine=mine and case.state in {CaseState.OPEN, CaseState.WAITING},
        active=case.state in ACTIVE,
        returnable=giver is not None and case.owner_id in {visit.member.id, None} and case.state in ACTIVE,
        key=secrets.token_hex(8),
        words=case_texts,
        guides=visit.console.desk.guides,
    )


async def _marks(session: AsyncSession, case: Case, visit: Visit) -> dict[str, str]:
    thread, rest = await mark_of_card(session, case.id)
    return {"tin": thread, "doi": rest, "hang": await mark_of_queue(session, visit.member)}


async def _canned(session: AsyncSession, visit: Visit, card: Card) -> list[Suggestion]:
    """Replies kept by leads, those of the case's area first, filled in."""
    replies = list(await session.scalars(select(CannedReply).order_by(CannedReply.title)))
    replies.sort(key=lambda reply: reply.area != card.case.area)
    guide = visit.console.desk.guides.get(card.case.guide or "")
    values = {
        "{mã}": card.case.code,
        "{phường}": ward_name(visit.console.places, card.case.ward) if card.case.ward else "phường, xã của bà con",
        "{thủ tục}": guide.title if guide else "thủ tục này",
        "{cán bộ}": visit.member.display_name,
    }
    filled = []
    for reply in replies:
        text = reply.text
        for name, value in values.items():
            text = text.replace(name, value)
        filled.append(Suggestion(reply.title, text))
    return filled


async def _others(session: AsyncSession, visit: Visit, case: Case) -> tuple[Sequence[Staff], Sequence[Team]]:
    """To whom a case can be forwarded."""
    found = await session.scalars(
        select(Staff).where(Staff.disabled_at.is_(None), Staff.role.in_(_CASE_ROLES)).order_by(Staff.full_name)
    )
    colleagues = [staff for staff in found if staff.id != case.owner_id and staff.member.covers(case.ward)]
    return colleagues, list(await session.scalars(select(Team).order_by(Team.name)))


async def live(request: web.Request) -> web.StreamResponse:
    """Tells an open card which part of it has changed."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        case = await the_case(visit, session)

    async def marks() -> dict[str, str]:
        async with visit.console.database.session() as session:
            return await _marks(session, case, visit)

    return await stream(request, visit.console.database.changes, marks)


Move = Callable[[AsyncSession, Case, Visit], Awaitable[None]]


async def _move(request: web.Request, action: str, move: Move, *, away: bool = False, draft: str = "") -> web.StreamResponse:
    """Do something with the case of the address, note it, and show the case again (or the queue)."""
    visit = visit_of(request)
    try:
        async with visit.change() as session:
            case = await the_case(visit, session)
            await move(session, case, visit)
            visit.note(session, f"case.{action}", f"case:{case.code}")
    except UserFacingError as error:
        return await _card(visit, str(error), draft)
    visit.console.desk.wake(case.conversation_id)
    place = f"{PREFIX}/ho-so" if away else f"{PREFIX}/ho-so/{case.code}"
    if visit.wants_fragment:
        return web.Response(headers={"HX-Redirect": f"{place}?xong={action}"})
    return web.Response(status=303, headers={hdrs.LOCATION: f"{place}?xong={action}"})


async def _note(visit: Visit) -> str:
    return (await visit.form()).get("ghi_chu", "").strip()[:_LONGEST_NOTE]


async def claim(request: web.Request) -> web.StreamResponse:
    """Take the case over."""
    return await _move(request, "claim", lambda session, case, visit: case_moves.claim(session, case, visit.member))


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer the citizen, or ask for more; what may not be sent is stopped with the reason, and nothing of it is kept."""
    visit = visit_of(request)
    sent = await read_upload(visit, visit.console.attachments.max_bytes)
    form, draft = sent.fields, sent.fields.get("noi_dung", "")
    waits = form.get("kieu") == "hoi_them"
    try:
        file = await _enclosed(visit, sent) if sent.data else None
    except UserFacingError as error:
        return await _card(visit, str(error), draft)

    async def do(session: AsyncSession, case: Case, visit: Visit) -> None:
        text = checked(draft, visit.console.desk.link_hosts)
        await visit.console.desk.check_window(session, case)
        key = form.get("khoa", "")[:32] or secrets.token_hex(8)
        await case_moves.answer(session, case, visit.member, text, key, waits=waits, file=file)

    return await _move(request, "ask" if waits else "answer", do, draft=draft)


async def _enclosed(visit: Visit, sent: Upload) -> Attachment:
    """The file that goes along with an answer, harmless and fit for the citizen's channel; not stored yet.

    Raises:
        UserFacingError: It cannot be sent there; the message says why.
    """
    async with visit.console.database.session() as session:
        case = await the_case(visit, session)
        sends = await visit.console.desk.sends(session, case)
    if not sends:
        raise CaseRefused("Chưa gửi: kênh của bà con không nhận được tệp. Viết bằng chữ, hoặc hẹn bà con nhận cách khác.")
    file = await visit.console.attachments.prepare(case.conversation_id, sent.name, sent.data, visit.member.username)
    most = sends.get(file.media_type, 0)
    if file.size > most:
        raise CaseRefused(f"Chưa gửi: kênh của bà con chỉ nhận tệp loại này đến {most // 1_000_000} MB. Hãy gửi tệp nhỏ hơn.")
    return file


async def release(request: web.Request) -> web.StreamResponse:
    """Give the case back to the queue, and the conversation to the bot."""

    async def do(session: AsyncSession, case: Case, visit: Visit) -> None:
        await case_moves.release(session, case, visit.member, await _note(visit))

    return await _move(request, "release", do)


async def forward(request: web.Request) -> web.StreamResponse:
    """Give the case to a colleague or a team."""
    form = await visit_of(request).form()
    kind, _, number = form.get("den", "").partition(":")
    wanted = int(number) if number.isdecimal() and len(number) < 10 else 0

    async def do(session: AsyncSession, case: Case, visit: Visit) -> None:
        staff = await session.get(Staff, wanted) if kind == "nguoi" else None
        team = await session.get(Team, wanted) if kind == "nhom" else None
        if staff is not None and (staff.disabled_at is not None or staff.role not in _CASE_ROLES):
            raise CaseRefused("Người này không nhận hồ sơ.")
        await case_moves.forward(session, case, visit.member, await _note(visit), to=staff.member if staff else None, team=team)

    return await _move(request, "forward", do, away=True)


async def give_back(request: web.Request) -> web.StreamResponse:
    """Return a forwarded case, with a reason."""

    async def do(session: AsyncSession, case: Case, visit: Visit) -> None:
        await case_moves.give_back(session, case, visit.member, await _note(visit))

    return await _move(request, "give_back", do, away=True)


async def close(request: web.Request) -> web.StreamResponse:
    """End the case, for a cause."""

    async def do(session: AsyncSession, case: Case, visit: Visit) -> None:
        cause = the_cause((await visit.form()).get("nguyen_nhan", ""))
        await case_moves.close(session, case, visit.member, cause, await _note(visit))

    return await _move(request, "close", do)


async def reopen(request: web.Request) -> web.StreamResponse:
    """Put a closed case back into the queue."""

    async def do(session: AsyncSession, case: Case, visit: Visit) -> None:
        await case_moves.reopen(session, case, visit.member, await _note(visit))

    return await _move(request, "reopen", do)

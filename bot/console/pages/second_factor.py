"""Setting up the second factor, recovery codes, switching it off."""

from __future__ import annotations

from aiohttp import hdrs, web
from markupsafe import Markup

from bot.console import cookies
from bot.console.rendering import page
from bot.console.visit import PREFIX, Visit, visit_of
from bot.services.second_factor import qr_code, readable
from core.errors import UserFacingError
from core.storage import accounts, sessions
from core.storage.sessions import Stage
from core.storage.staff_models import Staff

__all__ = ["codes", "do", "off", "show"]


async def show(request: web.Request) -> web.StreamResponse:
    """The picture to scan, or what is set up already."""
    visit = visit_of(request)
    if visit.member.has_totp:
        return page(visit, "second_factor_on.html", error=None)
    return await _enrol_page(visit, None)


async def _enrol_page(visit: Visit, error: str | None) -> web.StreamResponse:
    factor, staff_id = visit.console.sign_in.second_factor, visit.member.id
    secret = factor.secret(staff_id, visit.pending_totp) if visit.pending_totp else None
    if secret is None:
        sealed = factor.new_secret(staff_id)
        secret = factor.secret(staff_id, sealed) or ""
        async with visit.change() as session:
            await sessions.remember_pending_totp(session, visit.token, sealed)
    return page(
        visit,
        "second_factor.html",
        status=422 if error else 200,
        qr=Markup(qr_code(secret, visit.member.username)),  # noqa: S704  # made here, of letters and digits
        secret=readable(secret),
        must=visit.stage is Stage.ENROL,
        error=error,
    )


async def do(request: web.Request) -> web.StreamResponse:
    """Confirm the first code; from now on it is asked for."""
    visit, form = visit_of(request), await visit_of(request).form()
    if visit.member.has_totp or visit.pending_totp is None:
        return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/bao-mat-hai-lop"})
    async with visit.change() as session:
        account = await session.get_one(Staff, visit.member.id)
        shown = await visit.console.sign_in.second_factor.enrol(session, account, visit.pending_totp, form.get("ma", ""))
        if shown is not None:
            visit.note(session, "staff.totp_on", f"staff:{visit.member.username}")
            await sessions.end_all(session, account.id, except_token=visit.token)
            token = await sessions.begin(session, account, visit.token, verified=True)
    if shown is None:
        return await _enrol_page(visit, "Mã chưa đúng. Hãy kiểm tra giờ trên điện thoại, chờ mã mới rồi gõ lại.")
    response = page(visit, "recovery_codes.html", codes=shown)
    cookies.give_session(visit.console.origins, request, response, token)
    return response


async def off(request: web.Request) -> web.StreamResponse:
    """Switch it off, with the password; the table keeps administrators from it."""
    visit = visit_of(request)
    if refusal := await _wrong_password(visit):
        return refusal
    async with visit.change() as session:
        await accounts.reset_totp(session, await session.get_one(Staff, visit.member.id))
        visit.note(session, "staff.totp_off", f"staff:{visit.member.username}")
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/ca-nhan?xong=tat-hai-lop"})


async def codes(request: web.Request) -> web.StreamResponse:
    """Ten new recovery codes, with the password; those before are void."""
    visit = visit_of(request)
    if not visit.member.has_totp:
        return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/bao-mat-hai-lop"})
    if refusal := await _wrong_password(visit):
        return refusal
    async with visit.change() as session:
        shown = await accounts.new_recovery_codes(session, await session.get_one(Staff, visit.member.id))
        visit.note(session, "staff.recovery_codes", f"staff:{visit.member.username}")
    return page(visit, "recovery_codes.html", codes=shown)


async def _wrong_password(visit: Visit) -> web.StreamResponse | None:
    form = await visit.form()
    try:
        await visit.console.sign_in.check_password(visit.member, form.get("mat_khau", ""), visit.address)
    except UserFacingError as error:
        return page(visit, "second_factor_on.html", status=422, error=str(error))
    return None

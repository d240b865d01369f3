"""One's own account: what is known of it, the password, other places where it is signed in."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.console.rendering import page
from bot.console.visit import PREFIX, visit_of
from bot.services.passwords import SHORTEST
from core.errors import UserFacingError
from core.storage import sessions

__all__ = ["do_password", "show", "show_password", "sign_out_elsewhere"]


async def show(request: web.Request) -> web.StreamResponse:
    """The account as it is."""
    return page(visit_of(request), "profile.html")


async def show_password(request: web.Request) -> web.StreamResponse:
    """The form for a new password."""
    return page(visit_of(request), "password.html", error=None, shortest=SHORTEST)


async def do_password(request: web.Request) -> web.StreamResponse:
    """Change the password."""
    visit, form = visit_of(request), await visit_of(request).form()
    try:
        if form.get("mat_khau", "") != form.get("mat_khau_2", ""):
            raise UserFacingError("Hai lần gõ mật khẩu mới chưa giống nhau.")
        await visit.console.sign_in.change_password(
            visit.member, form.get("hien_tai", ""), form.get("mat_khau", ""), visit.address, visit.token
        )
    except UserFacingError as error:
        return page(visit, "password.html", status=422, error=str(error), shortest=SHORTEST)
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/ca-nhan?xong=mat-khau"})


async def sign_out_elsewhere(request: web.Request) -> web.StreamResponse:
    """End every other session of this account."""
    visit = visit_of(request)
    async with visit.change() as session:
        ended = await sessions.end_all(session, visit.member.id, except_token=visit.token)
        visit.note(session, "sign_out.elsewhere", sessions=ended)
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/ca-nhan?xong=dang-xuat-noi-khac"})

"""Signing in and out, the second step, and one-time links."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.console import cookies
from bot.console.rendering import page
from bot.console.visit import PREFIX, Visit, local_path, visit_of
from bot.services.passwords import SHORTEST
from bot.services.sign_in import FirstAdmin
from core.errors import UserFacingError
from core.staff import clean_name, clean_username
from core.storage import accounts, audit, sessions

__all__ = ["do", "do_code", "do_set_up", "show", "show_code", "show_set_up", "sign_out"]


def _signed_in(visit: Visit, token: str, path: str) -> web.Response:
    response = web.Response(status=303, headers={hdrs.LOCATION: path})
    cookies.give_session(visit.console.origins, visit.request, response, token)
    return response


def _session_token(visit: Visit) -> str | None:
    return cookies.session_token(visit.console.origins, visit.request)


async def show(request: web.Request) -> web.StreamResponse:
    """The form for name and password."""
    visit = visit_of(request)
    wanted = local_path(request.query.get("tiep"))
    if visit.open_as is not None:
        return web.Response(status=303, headers={hdrs.LOCATION: wanted})
    async with visit.console.database.session() as session:
        nobody = not await accounts.anybody(session)
    return page(visit, "sign_in.html", wanted=wanted, username="", error=None, nobody=nobody)


async def do(request: web.Request) -> web.StreamResponse:
    """Check name and password."""
    visit, form = visit_of(request), await visit_of(request).form()
    wanted, username = local_path(form.get("tiep")), form.get("ten", "")
    try:
        token = await visit.console.sign_in.with_password(
            username, form.get("mat_khau", ""), visit.address, _session_token(visit)
        )
    except UserFacingError as error:
        return page(visit, "sign_in.html", status=422, wanted=wanted, username=username[:32], error=str(error), nobody=False)
    return _signed_in(visit, token, wanted)  # the guard leads to the second step first, where there is one


async def show_code(request: web.Request) -> web.StreamResponse:
    """The form for the second step."""
    return page(visit_of(request), "code.html", error=None)


async def do_code(request: web.Request) -> web.StreamResponse:
    """Check the second step."""
    visit, form = visit_of(request), await visit_of(request).form()
    try:
        token = await visit.console.sign_in.with_code(visit.member, form.get("ma", ""), visit.address, visit.token)
    except UserFacingError as error:
        return page(visit, "code.html", status=422, error=str(error))
    return _signed_in(visit, token, f"{PREFIX}/")


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session, here and in the database."""
    visit = visit_of(request)
    async with visit.change() as session:
        await sessions.end(session, visit.token)
        audit.record(session, visit.member.username, "sign_out")
    response = web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/dang-nhap?xong=dang-xuat"})
    cookies.take_session(visit.console.origins, request, response)
    return response


async def show_set_up(request: web.Request) -> web.StreamResponse:
    """The form behind a one-time link; looking at it does not use it up."""
    return await _set_up_page(visit_of(request), {}, None)


async def do_set_up(request: web.Request) -> web.StreamResponse:
    """Set the password, use the link up, and sign in."""
    visit, form = visit_of(request), await visit_of(request).form()
    try:
        if form.get("mat_khau", "") != form.get("mat_khau_2", ""):
            raise UserFacingError("Hai lần gõ mật khẩu chưa giống nhau.")
        async with visit.console.database.session() as session:
            _, account = await accounts.find_link(session, request.match_info["token"])
        first = None
        if account is None and "ten" in form:
            first = FirstAdmin(clean_username(form["ten"]), clean_name(form.get("ho_ten", ""), "Họ tên"))
        token, _ = await visit.console.sign_in.with_link(
            request.match_info["token"], form.get("mat_khau", ""), first, visit.address, _session_token(visit)
        )
    except UserFacingError as error:
        return await _set_up_page(visit, form, str(error))
    return _signed_in(visit, token, f"{PREFIX}/")


async def _set_up_page(visit: Visit, form: dict[str, str] | object, error: str | None) -> web.StreamResponse:
    async with visit.console.database.session() as session:
        usable, account = await accounts.find_link(session, visit.request.match_info["token"])
    if not usable:
        return page(visit, "link_used.html", status=410)
    return page(visit, "set_up.html", status=422 if error else 200, account=account, form=form, error=error, shortest=SHORTEST)

"""What an administrator does to an account with one button."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.console.pages.staff import link_page, the_account
from bot.console.visit import PREFIX, visit_of
from core.storage import accounts, attempts, sessions

__all__ = ["disable", "enable", "link", "totp_off"]


def _back(account_id: int, done: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/nhan-su/{account_id}?xong={done}"})


async def link(request: web.Request) -> web.StreamResponse:
    """A new set-up link: sets another password, ends a lock-out; the old password works until the link is used."""
    visit = visit_of(request)
    async with visit.change() as session:
        account = await the_account(visit, session)
        if account.disabled_at is not None:
            raise web.HTTPNotFound
        token = await accounts.make_link(session, account)
        for counted in (account.username, f"{account.username} code"):
            await attempts.forget(session, attempts.ACCOUNT, counted, all_of_them=True)
        visit.note(session, "staff.link", f"staff:{account.username}")
    return link_page(visit, account, token)


async def disable(request: web.Request) -> web.StreamResponse:
    """Let somebody in no more, from this moment."""
    visit = visit_of(request)
    async with visit.change() as session:
        account = await the_account(visit, session)
        await accounts.disable(session, account)
        visit.note(session, "staff.disable", f"staff:{account.username}")
    return _back(account.id, "khoa")


async def enable(request: web.Request) -> web.StreamResponse:
    """Let somebody in again, with the password as it was."""
    visit = visit_of(request)
    async with visit.change() as session:
        account = await the_account(visit, session)
        account.disabled_at = None
        visit.note(session, "staff.enable", f"staff:{account.username}")
    return _back(account.id, "mo")


async def totp_off(request: web.Request) -> web.StreamResponse:
    """Forget the second factor of who lost the phone and the recovery codes."""
    visit = visit_of(request)
    async with visit.change() as session:
        account = await the_account(visit, session)
        await accounts.reset_totp(session, account)
        await sessions.end_all(session, account.id)
        visit.note(session, "staff.totp_off", f"staff:{account.username}")
    return _back(account.id, "bo-hai-lop")

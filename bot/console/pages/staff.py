"""Accounts: the list, adding one, changing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import hdrs, web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.rendering import page
from bot.console.visit import PREFIX, Visit, visit_of
from core.errors import UserFacingError
from core.staff import Role, clean_name, clean_username
from core.storage import accounts, sessions
from core.storage.staff_models import Staff
from core.text import fold

__all__ = ["do_add", "do_edit", "link_page", "show_add", "show_edit", "show_list", "the_account"]


@dataclass(frozen=True)
class _Details:
    """What was typed into the form, checked."""

    full_name: str
    display_name: str
    role: Role
    wards: tuple[str, ...]


async def _details(visit: Visit) -> _Details:
    form = await visit.form()
    full_name = clean_name(form.get("ho_ten", ""), "Họ tên")
    display_name = clean_name(form.get("ten_hien_thi", "") or full_name, "Tên bà con thấy")
    try:
        role = Role(form.get("vai_tro", ""))
    except ValueError:
        raise UserFacingError("Hãy chọn một vai trò.") from None
    wards = tuple(dict.fromkeys(await visit.form_list("xa_phuong")))
    if unknown := [ward for ward in wards if ward not in visit.console.places.units]:
        raise UserFacingError(f"Không có xã, phường “{unknown[0][:40]}”.")
    if form.get("pham_vi") == "xa_phuong" and not wards:
        raise UserFacingError("Hãy chọn ít nhất một xã, phường, hoặc chọn “Toàn thành phố”.")
    return _Details(full_name, display_name, role, wards if form.get("pham_vi") == "xa_phuong" else ())


async def show_list(request: web.Request) -> web.StreamResponse:
    """Every account."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        found = await accounts.list_all(session)
    return page(visit, "staff.html", accounts=found, labels={role.value: role.label for role in Role})


def _form_page(visit: Visit, account: Staff | None, form: Mapping[str, Any], error: str | None) -> web.StreamResponse:
    units = sorted(visit.console.places.units.values(), key=lambda unit: (unit.kind, fold(unit.name).lower()))
    return page(
        visit,
        "staff_form.html",
        status=422 if error else 200,
        account=account,
        form=form,
        error=error,
        roles=list(Role),
        units=units,
    )


async def show_add(request: web.Request) -> web.StreamResponse:
    """The form for a new account."""
    return _form_page(visit_of(request), None, {"wards": (), "role": Role.STAFF.value}, None)


async def _typed(visit: Visit) -> dict[str, Any]:
    """The form as it was sent, to show it again."""
    form = await visit.form()
    wards = await visit.form_list("xa_phuong") if form.get("pham_vi") == "xa_phuong" else []
    names = {"username": "ten", "full_name": "ho_ten", "display_name": "ten_hien_thi", "role": "vai_tro"}
    return {"wards": wards, "scoped": form.get("pham_vi") == "xa_phuong"} | {
        key: form.get(name, "") for key, name in names.items()
    }


async def do_add(request: web.Request) -> web.StreamResponse:
    """Add an account and show its set-up link, once."""
    visit = visit_of(request)
    try:
        username = clean_username((await visit.form()).get("ten", ""))
        details = await _details(visit)
        async with visit.change() as session:
            account = await accounts.add(session, username, details.full_name, details.display_name, details.role, details.wards)
            token = await accounts.make_link(session, account)
            visit.note(session, "staff.add", f"staff:{username}", role=details.role.value, wards=list(details.wards))
    except UserFacingError as error:
        return _form_page(visit, None, await _typed(visit), str(error))
    return link_page(visit, account, token)


def link_page(visit: Visit, account: Staff, token: str) -> web.StreamResponse:
    """The one time the link is shown."""
    base = (visit.console.public_url or f"{visit.request.scheme}://{visit.request.host}").rstrip("/")
    return page(visit, "staff_link.html", account=account, link=f"{base}{PREFIX}/thiet-lap/{token}", hours=accounts.LINK_HOURS)


async def the_account(visit: Visit, session: AsyncSession) -> Staff:
    """The account that the address names.

    Raises:
        HTTPNotFound: There is none.
    """
    found = await session.get(Staff, int(visit.request.match_info["id"]))
    if found is None:
        raise web.HTTPNotFound
    return found


async def show_edit(request: web.Request) -> web.StreamResponse:
    """The form for an account."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        account = await the_account(visit, session)
    form = {
        "full_name": account.full_name,
        "display_name": account.display_name,
        "role": account.role,
        "wards": account.wards,
        "scoped": bool(account.wards),
    }
    return _form_page(visit, account, form, None)


async def do_edit(request: web.Request) -> web.StreamResponse:
    """Change an account; a changed role or scope counts from the next click."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        account = await the_account(visit, session)
    try:
        details = await _details(visit)
        async with visit.change() as session:
            changing = await the_account(visit, session)
            before = {"role": changing.role, "wards": list(changing.wards), "display_name": changing.display_name}
            await accounts.update_details(session, changing, details.full_name, details.display_name, details.role, details.wards)
            after = {"role": changing.role, "wards": list(changing.wards), "display_name": changing.display_name}
            changed = {key: {"from": before[key], "to": after[key]} for key in before if before[key] != after[key]}
            visit.note(session, "staff.change", f"staff:{changing.username}", **changed)
            if "role" in changed and changing.id != visit.member.id:
                await sessions.end_all(session, changing.id)  # a new administrator signs in with a second factor
    except UserFacingError as error:
        return _form_page(visit, account, await _typed(visit), str(error))
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/nhan-su?xong=luu"})

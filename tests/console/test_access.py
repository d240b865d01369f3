"""Who gets where: the authorization table holds for every route and role, whatever the address."""

from __future__ import annotations

import pytest

from bot.console.access import Route
from bot.console.routes import ROUTES
from core.staff import Role
from tests.console.office import Desk, Office

_SIGN_IN = "/canbo/dang-nhap"
_ENDS_THE_SESSION = {"sign_out"}
_NEEDS_CODE = {"code", "code_do"}
"""Only between the two steps of signing in; somebody who is through is sent home."""


def path_of(route: Route) -> str:
    """An address of the route; nothing has the ids in it."""
    return "/canbo" + (
        route.path.replace("{name:.+}", "console.css")
        .replace("{token}", "x" * 32)
        .replace("{id:[0-9]{1,9}}", "999999")
        .replace("{id:[0-9a-f]{16}}", "0" * 16)
        .replace("{item:[0-9]{1,9}}", "999999")
        .replace("{code:[0-9A-Z]{4}-[0-9A-Z]{4}}", "ABCD-2345")
        .replace("{kind:[a-z]{3,4}}", "csv")
        .replace("{intent:[a-z0-9_]{2,60}}", "khong_co")
        .replace("{guide:[a-z0-9_]{2,44}}", "khong_co")
    )


async def _try(desk: Desk, route: Route) -> tuple[int, str]:
    csrf = (await desk.get("/canbo/ca-nhan")).csrf or (await desk.get(_SIGN_IN)).csrf
    headers = {"Origin": desk.address, "X-CSRF-Token": csrf}
    options = {"headers": headers, "allow_redirects": False}
    async with desk.http.request(route.method, path_of(route), **options) as answer:  # not read: a live one has no end
        return answer.status, answer.headers.get("Location", "")


def test_table_names_each_route_once() -> None:
    """A name is a right; two routes of one name would share it by accident."""
    assert len(ROUTES) > 20
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


def test_every_change_is_a_post() -> None:
    """Nothing but GET and POST, and each POST passes the check of origin and token."""
    assert {route.method for route in ROUTES} == {"GET", "POST"}


@pytest.mark.parametrize("role", [None, *Role], ids=str)
async def test_every_route_lets_in_whom_the_table_names(staffed: Office, role: Role | None) -> None:
    """All routes × this role: refused (403, or the way to sign in) exactly where the table says so."""
    wrong = []
    async with staffed.desk(role.value if role else None) as desk:
        for route in ROUTES:
            if route.name in _ENDS_THE_SESSION | _NEEDS_CODE:
                continue
            status, to = await _try(desk, route)
            if route.roles is None:
                expected = status not in {401, 403}
            elif role is None:
                expected = status == 303 and to.startswith(_SIGN_IN)
            elif role in route.roles:
                expected = status not in {401, 403} and not to.startswith(_SIGN_IN)
            else:
                expected = status == 403
            if not expected:
                wrong.append((route.name, status, to))
    assert wrong == []


async def test_address_outside_the_table_does_not_exist(staffed: Office) -> None:
    """For nobody."""
    async with staffed.desk("quan_tri") as desk:
        for path in (
            "/canbo/khong-co",
            "/canbo/nhan-su/",
            "/canbo/nhan-su/1a",
            "/canbo/static/app.py",
            "/canbo/static/..%2fapp.py",
        ):
            assert (await desk.get(path)).status in {404, 303}, path
        assert (await desk.ask("PUT", "/canbo/nhan-su")).status == 405
        assert (await desk.get("/canbo")).to == "/canbo/"


async def test_menu_shows_what_the_role_may_open(staffed: Office) -> None:
    """And nothing else."""
    async with staffed.desk("nhan_vien") as desk:
        assert "/canbo/nhan-su" not in (await desk.get("/canbo/")).text
    async with staffed.desk("quan_tri") as desk:
        assert "/canbo/nhan-su" in (await desk.get("/canbo/")).text


async def test_half_signed_in_reaches_only_the_second_step(staffed: Office) -> None:
    """After the password and before the code every page leads to the code."""
    async with staffed.desk() as desk:
        assert (await desk.sign_in("quan_tri")).status == 303
        for route in ROUTES:
            if route.roles is not None and route.name not in {"code", "code_do", "sign_out"}:
                status, to = await _try(desk, route)
                assert (status, to) == (303, "/canbo/ma-xac-thuc"), route.name


async def test_admin_without_second_factor_reaches_only_its_set_up(office: Office) -> None:
    """Required means: before anything else."""
    await office.hire("moi", Role.ADMIN, totp=False)
    async with office.desk() as desk:
        assert (await desk.sign_in("moi")).status == 303
        assert (await desk.get("/canbo/nhan-su")).to == "/canbo/bao-mat-hai-lop"
        assert (await desk.get("/canbo/bao-mat-hai-lop")).status == 200

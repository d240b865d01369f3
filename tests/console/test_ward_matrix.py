"""All routes × roles × wards: who may ask for something of a ward gets it there, and nowhere else by any address."""

from __future__ import annotations

import re

import pytest

from bot.console.access import CASE_WORKERS, Route
from bot.console.routes import ROUTES
from core.staff import Role
from core.storage.models import Case
from tests.console.conftest import OTHER_WARD, WARD
from tests.console.office import PAGES, Desk, Office
from tests.services.files import photo
from tests.storage.desk import case_of, open_one

_CODE, _ID = re.compile(r"\{code:[^/]+\}(?=/|$)"), re.compile(r"\{id:[^/]+\}(?=/|$)")
_OF_A_CASE = [route for route in ROUTES if "{code" in route.path]
_FILE = "file"
_OWN_OR_OFFICE_WIDE = {"view_drop", "team_drop", "route_drop", "canned_drop"}
"""Routes for case workers with an id that is of no ward: one's own views, and what leads set for the whole office."""
_PLAIN = [route for route in PAGES if route.roles is not None]
_WARDS = {"city": (), "own": (WARD,), "other": (OTHER_WARD,)}


async def _office(office: Office) -> tuple[Case, int]:
    """A case of `WARD` with a file, and somebody of each role and ward."""
    for role in Role:
        for name, wards in _WARDS.items():
            await office.hire(f"{role.value}-{name}", role, *wards)
    code = await open_one(office.database, "mật thư của bà con", ward=WARD)
    case, _ = await case_of(office.database, code)
    kept = await office.console.attachments.add(case.conversation_id, "giấy.jpg", photo(), "citizen")
    return case, kept.id


async def _status(desk: Desk, route: Route, path: str) -> int:
    csrf = (await desk.get("/canbo/ca-nhan")).csrf
    headers = {"Origin": desk.address, "X-CSRF-Token": csrf}
    async with desk.http.request(route.method, path, headers=headers, allow_redirects=False) as answer:  # a live one has no end
        return answer.status


def test_every_address_of_a_ward_is_in_the_matrix() -> None:
    """A new route with an id that case workers may use has to be put into one of the lists here."""
    with_id = {route.name for route in ROUTES if "{id" in route.path and route.roles and route.roles & CASE_WORKERS}
    assert with_id == {_FILE} | _OWN_OR_OFFICE_WIDE
    assert {route.name for route in _OF_A_CASE} >= {"case", "case_live", "case_claim", "case_close", "files", "file_add"}
    assert all(route.roles == CASE_WORKERS for route in _OF_A_CASE)


@pytest.mark.parametrize("role", Role, ids=str)
async def test_what_belongs_to_a_ward_is_found_by_its_people_only(office: Office, role: Role) -> None:
    """403 for other roles, 404 for other wards, and neither on what is theirs; nothing of it in any list."""
    case, file_id = await _office(office)
    wrong = []
    for name in ("other", "city", "own"):
        covers = name != "other"
        async with office.desk(f"{role.value}-{name}") as desk:
            for route in [*_OF_A_CASE, next(route for route in ROUTES if route.name == _FILE)]:
                path = "/canbo" + _ID.sub(str(file_id), _CODE.sub(case.code, route.path))
                status = await _status(desk, route, path)
                assert route.roles is not None
                if role not in route.roles:
                    fits = status == 403
                elif not covers:
                    fits = status == 404
                else:
                    fits = status not in {403, 404, 500}
                if not fits:
                    wrong.append((name, route.name, status))
            for route in _PLAIN:
                for query in ("", "?xem=all", f"?xem=all&xa={WARD}", "?xem=all&tim=mat+thu", f"?xem=all&tim={case.code}"):
                    text = (await desk.get(f"/canbo{route.path}{query}")).text
                    mine = role in CASE_WORKERS and covers
                    if not mine and ("mật thư" in text or (case.code in text and "tim=" not in query)):
                        wrong.append((name, route.name, query))
    assert wrong == []


async def test_untouched_by_who_may_not(office: Office) -> None:
    """After everybody who may not tried everything, the case is as it was."""
    case, _ = await _office(office)
    for username in ("nhan_vien-other", "truong_nhom-other", "quan_tri-city", "huan_luyen-own", "quan_ly-city"):
        async with office.desk(username) as desk:
            for route in _OF_A_CASE:
                if route.method == "POST":
                    await _status(desk, route, "/canbo" + _CODE.sub(case.code, route.path))
            fields = {"ma": case.code, "nguyen_nhan": "other"}
            await desk.post("/canbo/ho-so/dong-nhieu", fields, form="/canbo/ca-nhan")
    now, conversation = await case_of(office.database, case.code)
    assert (now.state, now.owner_id, now.updated_at, conversation.handler) == ("new", None, case.updated_at, "bot")

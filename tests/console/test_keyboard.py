"""Every page with nothing but the Tab key: everything that can be used is reached, can be seen when it is, and lets go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from bot.console.routes import ROUTES
from core.staff import Role
from core.storage import case_moves
from core.storage.case_models import CannedReply, Route, Team
from tests.console.office import Office, serving
from tests.console.seat import DESKTOP, PHONE, Seat
from tests.storage.desk import moving, open_one
from tests.web.live import InThread, chromium

_NO_PAGES = {"cases_live", "cases_export", "models_live", "cases_bell", "code"}
_WATCH = """() => {
  document.querySelectorAll("details").forEach((part) => { part.open = true; });
  document.querySelector("[popover]:not(.top-menu)")?.hidePopover();
  document.activeElement?.blur();
  const usable = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const wanted = [...document.querySelectorAll(usable)].filter((element) =>
    element.checkVisibility({ visibilityProperty: true }) && !element.disabled && element.tabIndex >= 0);
  // Of a group of radio buttons the arrows reach the others.
  const groups = new Map();
  for (const element of wanted.filter((one) => one.type === "radio")) {
    if (!groups.has(element.name) || element.checked) groups.set(element.name, element);
  }
  window.unreached = new Set(wanted.filter((one) => one.type !== "radio" || groups.get(one.name) === one));
  window.unseen = new Set();
  document.addEventListener("focusin", ({ target }) => {
    window.unreached.delete(target);
    const look = getComputedStyle(target);
    const box = target.getBoundingClientRect();
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    if (look.outlineStyle === "none" || parseFloat(look.outlineWidth) < 2 || !inside) window.unseen.add(target);
  });
  // Fields of dates and times take several presses each.
  const parts = wanted.filter((one) => ["datetime-local", "time", "date"].includes(one.type)).length;
  return window.unreached.size + 6 * parts + 3;
}"""
_LEFT = """() => {
  const names = (found) => [...found].map((element) => element.outerHTML.slice(0, 120));
  return { unreached: names(window.unreached), unseen: names(window.unseen) };
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def server(sqlite_url: str) -> Iterator[InThread[Office]]:
    """An office at work: a lead who holds a case, cases that wait, a team with its route, a canned reply."""
    with InThread(lambda: serving(sqlite_url)) as started:
        office = started.product
        started.do(office.hire("sep", Role.ADMIN))
        started.do(office.hire("chi", Role.LEAD))
        started.do(office.hire("vo", Role.MANAGER))
        yield started


async def _at_work(office: Office) -> list[str]:
    """Codes of a case of the lead's, one that waits, and one that is closed."""
    codes = [await open_one(office.database, "kẹt", guide="dang_ky_tam_tru", ward="hue-vy-da") for _ in range(3)]
    member = (await office.account("chi")).member
    async with office.database.session.begin() as session:
        team = Team(name="Tổ số")
        session.add_all([team, CannedReply(title="Hẹn", text="Hẹn bác {mã}.")])
        await session.flush()
        session.add(Route(team_id=team.id))
    for code in (codes[0], codes[2]):
        async with moving(office.database, code, member) as (session, case):
            case.detail = {"guide": "dang_ky_tam_tru", "step": 2}
            await case_moves.claim(session, case, member)
            if code == codes[2]:
                await case_moves.close(session, case, member, "other")  # type: ignore[arg-type]  # its value
    return codes


def _pages(role: Role) -> list[str]:
    """Addresses of all pages of a role that need no id."""
    return [
        f"/canbo{route.path}"
        for route in ROUTES
        if route.method == "GET" and "{" not in route.path and route.name not in _NO_PAGES and route.roles and role in route.roles
    ]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_walked_with_tab_alone(browser: Browser, server: InThread[Office], size: dict[str, int]) -> None:
    """Reached, and seen when reached: with an outline, inside the window, under nothing."""
    codes = server.do(_at_work(server.product))
    tour = {
        "chi": [*_pages(Role.LEAD), *(f"/canbo/ho-so/{code}" for code in codes)],
        "sep": [*_pages(Role.ADMIN), "/canbo/nhan-su/1"],
        "vo": _pages(Role.MANAGER),
    }
    faults = []
    for username, paths in tour.items():
        with Seat.at(server, browser, size) as seat:
            seat.sign_in(username)
            expect(seat.page.locator(".tiles").first).to_be_visible()
            for path in paths:
                seat.open(path)
                seat.page.wait_for_load_state("load")
                if "/ho-so/" in path:
                    expect(seat.page.get_by_label("Thêm ảnh hoặc PDF")).to_be_visible()
                presses = int(seat.page.evaluate(_WATCH))
                assert presses > 5, path
                for _ in range(presses):
                    seat.page.keyboard.press("Tab")
                left = seat.page.evaluate(_LEFT)
                faults += [f"{path}: {how} {element}" for how, found in left.items() for element in found]
    assert faults == []

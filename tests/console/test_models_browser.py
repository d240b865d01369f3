"""The pages of models in a real browser: verdicts by key, live progress, and nothing that shuts anybody out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from core.staff import Role
from core.storage import runs
from core.storage.release_models import Candidate
from tests.console.office import serving
from tests.console.seat import DESKTOP, PHONE, Seat
from tests.console.test_models import CANDIDATE, add_candidate, add_replayed
from tests.web.live import InThread, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def seat(request: pytest.FixtureRequest, browser: Browser, sqlite_url: str) -> Iterator[Seat]:
    """A trainer's browser, with a measured candidate to look at."""
    with InThread(lambda: serving(sqlite_url)) as server, Seat.at(server, browser, request.param) as started:
        server.do(server.product.hire("lan", Role.TRAINER))
        server.do(add_candidate(server.product, safety={"n": 5, "missed": ["có người đòi mã otp"]}))
        started.sign_in("lan")
        yield started


def test_changed_answers_are_judged_with_one_key_each(seat: Seat) -> None:
    """The verdict is there at once, counts, and the next message has the focus."""
    office = seat.server.product
    for text in ("tui mất điện thoại", "mất sim rồi"):
        seat.server.do(add_replayed(office, text))
    seat.open("/canbo/huan-luyen/phat-lai")
    page = seat.page
    expect(page.locator("[data-item]")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("2")
    expect(page.get_by_role("button", name="Kém đi", pressed=True)).to_have_count(1)
    expect(page.locator("#reviewed")).to_contain_text("Đã xem 1/2 tin chọn mẫu, 1 tin kém đi")
    page.keyboard.press("1")
    expect(page.locator("#reviewed")).to_contain_text("Đã xem 2/2")
    assert seat.serious_violations() == []
    assert seat.overflows() <= 0


def test_the_page_follows_a_run_by_itself(seat: Seat) -> None:
    """Progress and end appear without a reload; the gate's page can be read by everybody."""
    office = seat.server.product

    async def begin() -> int:
        async with office.database.session.begin() as session:
            row = await session.get_one(Candidate, CANDIDATE)
            return (await runs.begin(session, "train", row, "lan", "another-machine")).id

    async def told(run: int) -> None:
        async with office.database.session.begin() as session:
            await runs.tell(session, run, "measure", 0.4, None, ["10:00:00 Đo"])

    async def ended(run: int) -> None:
        async with office.database.session.begin() as session:
            await runs.end(session, run, "failed", "Đĩa đầy trong lúc huấn luyện.")

    run = seat.server.do(begin())
    seat.open("/canbo/huan-luyen/mo-hinh")
    seat.server.do(told(run))
    expect(seat.page.locator("progress")).to_have_attribute("value", "40")
    assert seat.serious_violations() == []
    seat.server.do(ended(run))
    expect(seat.page.get_by_role("alert")).to_contain_text("Đĩa đầy")
    expect(seat.page.get_by_role("button", name="Huấn luyện bản nháp")).to_be_visible()
    assert seat.serious_violations() == []
    seat.open(f"/canbo/huan-luyen/mo-hinh/{CANDIDATE}")
    expect(seat.page.get_by_text("có người đòi mã otp")).to_be_visible()
    assert seat.serious_violations() == []
    assert seat.overflows() <= 0

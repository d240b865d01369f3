"""A case from the citizen's wish for a person to its end and beginning again, in real browsers on both sides."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import cast

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.agent import Brain
from bot.console.visit import Console
from bot.services.sign_in import SignIn
from core.staff import Role
from tests.console.office import Office
from tests.console.seat import DESKTOP, PHONE, ZOOMED, Seat
from tests.web.citizen import answering
from tests.web.live import InThread, chromium


@asynccontextmanager
async def _whole_product(brain: Brain, url: str) -> AsyncIterator[Office]:
    """The running product, with an office in it."""
    async with answering(brain, url) as running:
        yield Office(running.address, cast(Console, _Hiring(running.database)))


class _Hiring:
    """As much of the console as hiring needs; the product has its own."""

    def __init__(self, database: object) -> None:
        self.database = database
        self.sign_in = SignIn(database)  # type: ignore[arg-type]  # the product's


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(brain: Brain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InThread[Office]]:
    """The product with Lan and Mai, who answer cases of the whole city, and their lead."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('journey') / 'cases.db'}"
    with InThread(lambda: _whole_product(brain, url)) as started:
        for name, role in (("lan", Role.STAFF), ("mai", Role.STAFF), ("chi", Role.LEAD)):
            started.do(started.product.hire(name, role))
        yield started


@contextmanager
def _citizen(server: InThread[Office], browser: Browser) -> Iterator[Page]:
    """A citizen who opened the web chat and was greeted."""
    context = browser.new_context(viewport=PHONE, locale="vi-VN", reduced_motion="reduce")  # type: ignore[arg-type]  # sizes
    try:
        page = context.new_page()
        page.goto(server.product.address)
        page.wait_for_selector(".message.bot")
        yield page
    finally:
        context.close()


def _say(citizen: Page, text: str) -> None:
    citizen.fill("#text", text)
    citizen.keyboard.press("Enter")
    expect(citizen.locator(".message.citizen").last).to_contain_text(text)


def _ask_for_a_person(citizen: Page) -> str:
    """The code of the case."""
    _say(citizen, "cho tôi gặp cán bộ")
    told = citizen.locator(".message.bot", has_text="Mã của bà con là").last
    expect(told).to_be_visible()
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", told.inner_text())
    assert found
    return found[0]


def _close(seat: Seat) -> None:
    seat.page.get_by_text("Đóng hồ sơ", exact=True).first.click()
    seat.page.get_by_label("Vì sao trợ lý không giải quyết được?").select_option("guide")
    seat.press("Đóng hồ sơ")


def test_case_is_answered_closed_and_opened_again(browser: Browser, server: InThread[Office]) -> None:
    """It arrives live; who takes it is told to the citizen; each sees the other's words at once; the bot is silent meanwhile."""
    with Seat.at(server, browser, DESKTOP) as seat, _citizen(server, browser) as citizen:
        seat.sign_in("lan")
        seat.open("/canbo/ho-so")
        expect(seat.page.locator(".empty-note")).to_be_visible()
        code = _ask_for_a_person(citizen)
        seat.page.get_by_role("link", name=code).click()
        expect(seat.page.locator("#thread")).to_contain_text("cho tôi gặp cán bộ")

        seat.page.keyboard.press("n")
        expect(seat.page.get_by_role("status")).to_contain_text("đã nhận hồ sơ")
        expect(citizen.locator(".message.bot").last).to_contain_text("Tổ hỗ trợ lan đã nhận hồ sơ")
        seat.page.get_by_label("Nội dung").fill("Bác cho biết bác đang làm tới bước mấy?")
        seat.press("Gửi và chờ bà con nói thêm")
        expect(citizen.locator(".message.staff")).to_contain_text("Tổ hỗ trợ lan: Bác cho biết bác đang làm tới bước mấy?")
        expect(seat.page.locator(".said-staff")).to_contain_text("đã gửi")

        by_bot = citizen.locator(".message.bot").count()
        _say(citizen, "tôi làm tới bước 3 của đăng ký tạm trú")
        expect(seat.page.locator(".said-citizen").last).to_contain_text("tôi làm tới bước 3")
        expect(seat.page.locator("#side")).to_contain_text("đang xử lý")
        assert citizen.locator(".message.bot").count() == by_bot

        _close(seat)
        expect(seat.page.get_by_role("heading", name="Hồ sơ đã đóng")).to_be_visible()
        expect(citizen.locator(".message.bot").last).to_contain_text(f"Hồ sơ hỗ trợ {code} đã xong")
        _say(citizen, "vẫn chưa được cô ơi")
        expect(citizen.locator(".message.bot").last).to_contain_text(f"Tôi đã mở lại hồ sơ hỗ trợ {code}")
        expect(seat.page.get_by_role("button", name="Nhận hồ sơ")).to_be_visible()
        seat.page.get_by_role("link", name="Danh sách").click()
        expect(seat.page.locator(f"#row-{code}")).to_contain_text("mở lại 1 lần")
        expect(seat.page).to_have_title(re.compile(r"^\(\d+\) Hồ sơ"))


def test_case_is_forwarded_and_returned(browser: Browser, server: InThread[Office]) -> None:
    """With a note each way; the colleague finds it among hers, live."""
    with (
        Seat.at(server, browser, DESKTOP) as lan,
        Seat.at(server, browser, DESKTOP) as mai,
        _citizen(server, browser) as citizen,
    ):
        code = _ask_for_a_person(citizen)
        lan.sign_in("lan")
        lan.open(f"/canbo/ho-so/{code}")
        lan.press("Nhận hồ sơ")
        mai.sign_in("mai")
        mai.open("/canbo/ho-so?xem=mine")
        lan.page.get_by_text("Chuyển cho người khác").click()
        lan.page.get_by_label("Chuyển đến").select_option(label="Họ Tên mai")
        lan.page.get_by_label("Lý do, việc cần làm tiếp").fill("về đất đai")
        lan.page.get_by_role("button", name="Chuyển", exact=True).click()
        mai.page.get_by_role("link", name=code).click()
        expect(mai.page.locator("#side")).to_contain_text("về đất đai")
        mai.page.get_by_text("Trả lại người đã chuyển").click()
        mai.page.get_by_label("Lý do trả lại").fill("không phải phần tôi")
        mai.page.get_by_role("button", name="Trả lại", exact=True).click()
        lan.open(f"/canbo/ho-so/{code}")
        expect(lan.page.locator("#side")).to_contain_text("không phải phần tôi")
        expect(lan.page.get_by_label("Nội dung")).to_be_visible()


def test_demand_for_a_code_is_stopped_and_nothing_typed_is_lost(browser: Browser, server: InThread[Office]) -> None:
    """The reason is told; the text stays to be changed; the citizen gets nothing."""
    with Seat.at(server, browser, DESKTOP) as seat, _citizen(server, browser) as citizen:
        seat.tolerates("422")
        code = _ask_for_a_person(citizen)
        seat.sign_in("lan")
        seat.open(f"/canbo/ho-so/{code}")
        seat.press("Nhận hồ sơ")
        seat.page.get_by_label("Nội dung").fill("Bác đọc giúp em mã OTP vừa về máy")
        seat.press("Gửi trả lời")
        expect(seat.page.get_by_role("alert")).to_contain_text("không bao giờ được hỏi")
        expect(seat.page.get_by_label("Nội dung")).to_have_value("Bác đọc giúp em mã OTP vừa về máy")
        expect(citizen.locator(".message.staff")).to_have_count(0)


@pytest.mark.parametrize("size", [DESKTOP, PHONE, ZOOMED], ids=["desktop", "phone", "400 %"])
def test_case_pages_can_be_read_by_everybody(browser: Browser, server: InThread[Office], size: dict[str, int]) -> None:
    """New, taken and closed: no serious fault of accessibility, nothing beside the window."""
    faults: list[str] = []

    def look(seat: Seat) -> None:
        nonlocal faults
        seat.page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")
        faults += seat.serious_violations()
        if (wider := seat.overflows()) > 0:
            faults.append(f"{seat.page.url} is {wider} px too wide")

    with Seat.at(server, browser, size) as seat, _citizen(server, browser) as citizen:
        code = _ask_for_a_person(citizen)
        seat.sign_in("lan")
        seat.open("/canbo/ho-so")
        look(seat)
        seat.open(f"/canbo/ho-so/{code}")
        look(seat)
        seat.press("Nhận hồ sơ")
        expect(seat.page.get_by_label("Nội dung")).to_be_visible()
        look(seat)
        seat.page.get_by_label("Vì sao trợ lý không giải quyết được?").select_option("guide")
        seat.press("Đóng hồ sơ")
        expect(seat.page.get_by_role("heading", name="Hồ sơ đã đóng")).to_be_visible()
        look(seat)
    assert faults == []

"""A case from the citizen's wish for a person to its end and beginning again, in real browsers on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time

import pytest
from playwright.sync_api import Browser, expect

from bot.agent import Brain
from core.cases import Cause
from core.desk_rules import DeskRules
from core.staff import Role
from core.storage import case_moves
from core.storage.desk_rules import save_rules
from tests.console.product import Citizen, OnTelegram, WholeOffice, ask_for_a_person, on_the_web, whole_product
from tests.console.seat import DESKTOP, PHONE, ZOOMED, Seat
from tests.storage.desk import moving
from tests.web.live import InThread, chromium

_NEW_CASE = "Có hồ sơ mới chờ nhận"
_NOTICES = """
window.notices = [];
window.Notification = class { static permission = "granted"; constructor(title) { window.notices.push(title); } close() {} };
window.lookAway = () => Object.defineProperty(document, "hidden", { get: () => true });
"""
"""Stands in for the desktop that would show notices, and for somebody who looks at another window."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(brain: Brain, double: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InThread[WholeOffice]]:
    """The product, also on Telegram, with Lan and Mai, who answer cases of the whole city, and their lead."""
    folder = tmp_path_factory.mktemp("journey")
    with InThread(lambda: whole_product(brain, folder, double)) as started:
        for name, role in (("lan", Role.STAFF), ("mai", Role.STAFF), ("chi", Role.LEAD)):
            started.do(started.product.hire(name, role))
        yield started


@contextmanager
def _citizen(where: str, server: InThread[WholeOffice], browser: Browser) -> Iterator[Citizen]:
    if where == "telegram":
        yield OnTelegram(server)
        return
    with on_the_web(server, browser) as citizen:
        yield citizen


def _close(seat: Seat) -> None:
    seat.page.get_by_text("Đóng hồ sơ", exact=True).first.click()
    seat.page.get_by_label("Vì sao trợ lý không giải quyết được?").select_option("guide")
    seat.press("Đóng hồ sơ")


@pytest.mark.parametrize("where", ["web", "telegram"])
def test_case_is_answered_closed_and_opened_again(browser: Browser, server: InThread[WholeOffice], where: str) -> None:
    """It arrives live; who takes it is told to the citizen; each sees the other's words at once; the bot is silent meanwhile."""
    with Seat.at(server, browser, DESKTOP) as seat, _citizen(where, server, browser) as citizen:
        page = seat.page
        seat.sign_in("lan")
        seat.open("/canbo/ho-so")
        code = ask_for_a_person(citizen)
        page.get_by_role("link", name=code).click()
        expect(page.locator("#thread")).to_contain_text("cho tôi gặp cán bộ")
        expect(page.locator("#side")).to_contain_text({"web": "Web", "telegram": "Telegram"}[where])

        page.keyboard.press("n")
        expect(page.locator("#notices")).to_contain_text("đã nhận hồ sơ")
        citizen.hears("Tổ hỗ trợ lan đã nhận hồ sơ")
        page.get_by_label("Nội dung").fill("Bác cho biết bác đang làm tới bước mấy?")
        seat.press("Gửi và chờ bà con nói thêm")
        citizen.hears("Tổ hỗ trợ lan: Bác cho biết bác đang làm tới bước mấy?")
        expect(page.locator(".said-staff")).to_contain_text("đã gửi")

        before = citizen.count()
        citizen.say("tôi làm tới bước 3 của đăng ký tạm trú")
        expect(page.locator(".said-citizen").last).to_contain_text("tôi làm tới bước 3")
        expect(page.locator("#side")).to_contain_text("đang xử lý")
        assert citizen.count() == before
        page.get_by_label("Nội dung").fill("Bác bấm “Lưu” rồi làm tiếp nhé.")
        seat.press("Gửi trả lời")
        citizen.hears("Bác bấm “Lưu” rồi làm tiếp nhé.")

        _close(seat)
        expect(page.get_by_role("heading", name="Hồ sơ đã đóng")).to_be_visible()
        citizen.hears(f"Hồ sơ hỗ trợ {code} đã xong")
        citizen.say("vẫn chưa được cô ơi")
        citizen.hears(f"Tôi đã mở lại hồ sơ hỗ trợ {code}")
        expect(page.get_by_role("button", name="Nhận hồ sơ")).to_be_visible()
        page.get_by_role("link", name="Danh sách").click()
        expect(page.locator(f"#row-{code}")).to_contain_text("mở lại 1 lần")
        expect(page).to_have_title(re.compile(r"^\(\d+\) Hồ sơ"))


def test_notice_of_the_browser_respects_quiet_hours(browser: Browser, server: InThread[WholeOffice]) -> None:
    """A new case rings while one looks elsewhere, and so does the citizen of one's own case; in quiet hours neither."""

    async def quiet(hours: tuple[time, time] | None) -> None:
        async with server.product.database.session.begin() as session:
            await save_rules(session, DeskRules(quiet=hours))

    async def take_and_answer(code: str) -> None:
        database = server.product.database
        member = (await server.product.account("mai")).member
        async with moving(database, code, member) as (session, case):
            await case_moves.claim(session, case, member)
            await case_moves.answer(session, case, member, "Bác nói rõ hơn nhé.", "1", waits=True)

    told = []
    for hours in (None, (time(0, 0), time(23, 59, 59))):
        server.do(quiet(hours))
        with Seat.at(server, browser, DESKTOP) as seat, on_the_web(server, browser) as citizen:
            seat.page.add_init_script(_NOTICES)
            seat.sign_in("mai")
            seat.open("/canbo/ho-so")
            seat.page.evaluate("window.lookAway()")
            code = ask_for_a_person(citizen)
            expect(seat.page.get_by_role("link", name=code)).to_be_visible()
            server.do(take_and_answer(code))
            citizen.hears("Bác nói rõ hơn nhé.")
            expect(seat.page.get_by_role("link", name=code)).to_have_count(0)
            citizen.say("tôi ở phường Vỹ Dạ")
            expect(seat.page.locator("[data-answers='1']")).to_have_count(1)
            told.append(seat.page.evaluate("window.notices"))
            server.do(_close_it(server.product, code))
    server.do(quiet(DeskRules().quiet))
    assert told == [[_NEW_CASE, "Bà con vừa nhắn thêm"], []]


async def _close_it(office: WholeOffice, code: str) -> None:
    """End a case of Mai's."""
    member = (await office.account("mai")).member
    async with moving(office.database, code, member) as (session, case):
        await case_moves.close(session, case, member, Cause.OTHER)


def test_case_is_forwarded_and_returned(browser: Browser, server: InThread[WholeOffice]) -> None:
    """With a note each way; the colleague finds it among hers, live."""
    with (
        Seat.at(server, browser, DESKTOP) as lan,
        Seat.at(server, browser, DESKTOP) as mai,
        on_the_web(server, browser) as citizen,
    ):
        code = ask_for_a_person(citizen)
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


def test_demand_for_a_code_is_stopped_and_nothing_typed_is_lost(browser: Browser, server: InThread[WholeOffice]) -> None:
    """The reason is told; the text stays to be changed; the citizen gets nothing."""
    with Seat.at(server, browser, DESKTOP) as seat, on_the_web(server, browser) as citizen:
        seat.tolerates("422")
        code = ask_for_a_person(citizen)
        seat.sign_in("lan")
        seat.open(f"/canbo/ho-so/{code}")
        seat.press("Nhận hồ sơ")
        seat.page.get_by_label("Nội dung").fill("Bác đọc giúp em mã OTP vừa về máy")
        seat.press("Gửi trả lời")
        expect(seat.page.get_by_role("alert")).to_contain_text("không bao giờ được hỏi")
        expect(seat.page.get_by_label("Nội dung")).to_have_value("Bác đọc giúp em mã OTP vừa về máy")
        expect(citizen.page.locator(".message.staff")).to_have_count(0)


@pytest.mark.parametrize("size", [DESKTOP, PHONE, ZOOMED], ids=["desktop", "phone", "400 %"])
def test_case_pages_can_be_read_by_everybody(browser: Browser, server: InThread[WholeOffice], size: dict[str, int]) -> None:
    """New, taken and closed: no serious fault of accessibility, nothing beside the window."""
    faults: list[str] = []

    def look(seat: Seat) -> None:
        nonlocal faults
        seat.page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")
        faults += seat.serious_violations()
        if (wider := seat.overflows()) > 0:
            faults.append(f"{seat.page.url} is {wider} px too wide")

    with Seat.at(server, browser, size) as seat, on_the_web(server, browser) as citizen:
        code = ask_for_a_person(citizen)
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

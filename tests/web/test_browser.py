"""The page in a real Chromium: what citizens see, tap, type and hear, on a phone and on a desk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.agent import Brain
from core import texts
from tests.web.live import LiveServer, chromium
from tests.web.visit import DESKTOP, PHONE, Visit, staff_says

_LINKS = """Mở https://dichvucong.gov.vn/p/home, hoặc (hue.gov.vn/lien-he).
Đừng vào https://evil.example/x, https://dichvucong.gov.vn.evil.example, https://evilgov.vn, http://dichvucong.gov.vn,
https://ai@dichvucong.gov.vn, https://dichvucong.gov.vn:8443, javascript:alert(1), gov.vn, a@hue.gov.vn, data:text/html,x"""


@pytest.fixture(scope="module")
def server(brain: Brain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """One server for all tests here; every visit has its own cookie and so its own conversation."""
    with LiveServer(brain, f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('browser') / 'web.db'}") as started:
        yield started


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def visit(request: pytest.FixtureRequest, browser: Browser, server: LiveServer) -> Iterator[Visit]:
    """A citizen who opened the page; in the end the console must be clean and no other host asked for anything."""
    with Visit.to(server, browser, request.param) as started:
        yield started


@pytest.fixture
def phone(browser: Browser, server: LiveServer) -> Iterator[Visit]:
    """The same, on a phone only."""
    with Visit.to(server, browser, PHONE) as started:
        yield started


# asking and answering


def test_first_visit_is_greeted_and_offered_what_to_do(visit: Visit) -> None:
    expect(visit.last_answer).to_contain_text("không phải cán bộ")
    assert texts.HUMAN in visit.choices
    expect(visit.page.get_by_text("Không gửi mật khẩu, mã OTP vào đây")).to_be_in_viewport()


def test_question_gets_its_answer_with_source_and_check_date(visit: Visit) -> None:
    visit.ask("đăng ký tạm trú cần giấy tờ gì")
    expect(visit.page.locator(".message.citizen").last).to_be_in_viewport()
    fold = visit.last_answer.locator("details.basis")
    expect(fold.locator("summary")).to_have_text(re.compile(r"Nguồn và căn cứ đã kiểm tra ngày \d{2}/\d{2}/20\d{2}"))
    expect(fold.locator("li").first).to_be_hidden()
    fold.locator("summary").click()
    expect(fold.locator("li").first).to_be_visible()
    expect(fold.locator("a").first).to_have_attribute("href", re.compile(r"^https://"))


def test_quick_reply_is_a_message_and_all_of_them_go(visit: Visit) -> None:
    visit.ask("đăng ký tạm trú")
    label = visit.choices[1]
    visit.tap(label)
    expect(visit.page.locator(".message.citizen").last).to_contain_text(label)
    assert visit.page.locator(".choices").count() == 1


def test_steps_are_walked_there_and_back(visit: Visit) -> None:
    visit.ask("đăng ký tạm trú")
    for label, step in (("Chỉ tôi làm từng bước", 1), (texts.DONE, 2), (texts.DONE, 3), (texts.BACK, 2)):
        visit.tap(label)
        expect(visit.last_answer).to_contain_text(f"Bước {step}/")
    visit.tap(texts.STUCK)
    expect(visit.last_answer).to_contain_text("Bước 2: bà con vướng chỗ nào?")


def test_question_back_is_answered_by_its_number(visit: Visit, browser: Browser, server: LiveServer) -> None:
    """Of a car, of land, of the electricity bill? Typing "1" is tapping the first choice."""
    visit.ask("sang tên")
    expect(visit.last_answer).to_contain_text("việc nào")
    first = visit.choices[0]
    visit.ask("1")
    with Visit.to(server, browser, PHONE) as other:
        other.ask("sang tên")
        other.tap(first)
        assert other.answer_to_last_question() == visit.answer_to_last_question()


def test_header_buttons_open_topics_and_call_a_person(phone: Visit) -> None:
    phone.answered_after(lambda: phone.page.get_by_role("button", name="Chủ đề", exact=True).click())
    expect(phone.last_answer).to_contain_text(texts.MENU_TEXT)
    phone.answered_after(lambda: phone.page.get_by_role("banner").get_by_role("button", name="Gặp cán bộ").click())
    expect(phone.last_answer).to_contain_text(re.compile(r"Mã của bà con là \w{4}-\w{4}"))


def test_reload_keeps_the_conversation(visit: Visit) -> None:
    visit.ask("đăng ký tạm trú")
    before, choices = visit.transcript, visit.choices
    visit.page.reload()
    expect(visit.page.locator(".message")).to_have_count(len(before))
    assert (visit.transcript, visit.choices) == (before, choices)
    visit.ask("cảm ơn")


def test_two_pages_of_one_browser_show_the_same(phone: Visit) -> None:
    other = phone.another_page()
    phone.ask("cảm ơn")
    expect(other.locator(".message")).to_have_count(len(phone.transcript))
    assert other.locator(".message .text").all_inner_texts() == phone.transcript


def test_dots_show_while_an_answer_is_prepared(phone: Visit) -> None:
    channel = phone.server.product.channels["web"]
    phone.server.do(channel.typing(phone.chat_id))
    expect(phone.page.get_by_text("Đang soạn câu trả lời…")).to_be_visible()
    phone.ask("cảm ơn")
    expect(phone.page.get_by_text("Đang soạn câu trả lời…")).to_be_hidden()


def test_deleted_conversation_leaves_the_screen(phone: Visit) -> None:
    phone.ask("xóa tin nhắn của tôi")
    phone.page.get_by_role("button", name=texts.DELETE_YES).click()
    expect(phone.page.locator(".message")).to_have_count(1)
    expect(phone.last_answer).to_contain_text(texts.DELETED)


# text


def test_markup_is_shown_as_text(phone: Visit) -> None:
    typed = "<img src=x onerror=alert(1)><b>đậm</b>"
    phone.ask(typed)
    staff_says(phone, typed)
    expect(phone.page.locator(".message.citizen .text")).to_have_text(typed)
    expect(phone.page.locator(".message.staff .text")).to_have_text(typed)
    assert phone.page.locator("#log :is(img, b, script)").count() == 0


def test_only_links_on_the_list_can_be_tapped(phone: Visit) -> None:
    staff_says(phone, _LINKS)
    links = phone.page.locator(".message.staff a")
    expect(links).to_have_count(2)
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://dichvucong.gov.vn/p/home",
        "https://hue.gov.vn/lien-he",
    ]
    assert {(link.get_attribute("target"), link.get_attribute("rel")) for link in links.all()} == {
        ("_blank", "noopener noreferrer")
    }
    shown = phone.page.locator(".message.staff .text").inner_text().replace("(mở trang mới)", "")
    assert "".join(shown.split()) == "".join(_LINKS.split())


def test_secret_is_masked_on_the_screen_too(phone: Visit) -> None:
    phone.ask("otp là 482913")
    expect(phone.page.locator(".message.citizen")).not_to_contain_text("482913")
    expect(phone.page.locator("#log")).to_contain_text("Tôi đã che đi và không lưu")


def test_very_long_question_leaves_its_answer_in_view(phone: Visit) -> None:
    phone.ask("đăng ký tạm trú " * 120)
    expect(phone.page.locator(".message.bot").last.locator(".text")).to_be_in_viewport()


def test_too_long_text_stays_in_the_field(phone: Visit) -> None:
    phone.page.fill("#text", "a" * 2001)
    expect(phone.page.locator("#counter")).to_contain_text("quá 2000 ký tự")
    phone.page.keyboard.press("Enter")
    expect(phone.page.locator("#text")).to_have_value("a" * 2001)
    assert phone.page.locator(".message.citizen").count() == 0


# networks, restarts, cookies


def test_message_written_offline_is_sent_once_when_online(phone: Visit) -> None:
    phone.tolerates("ERR_INTERNET_DISCONNECTED")
    phone.page.context.set_offline(True)
    phone.page.fill("#text", "cảm ơn")
    phone.page.keyboard.press("Enter")
    expect(phone.page.get_by_text("Chưa gửi được. Hệ thống sẽ tự gửi lại.")).to_be_visible()
    expect(phone.page.locator("#offline")).to_contain_text("Mất kết nối")
    phone.answered_after(lambda: phone.page.context.set_offline(False))
    expect(phone.page.locator("#offline")).to_be_empty()
    assert phone.transcript[-2:] == ["cảm ơn", texts.THANKS]
    assert phone.transcript.count("cảm ơn") == 1


def test_message_written_offline_survives_a_reload(phone: Visit) -> None:
    phone.tolerates("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    phone.page.route("**/api/chat/messages", lambda route: route.abort())
    phone.page.fill("#text", "cảm ơn")
    phone.page.keyboard.press("Enter")
    expect(phone.page.get_by_role("button", name="Gửi lại")).to_be_visible()
    phone.page.unroute("**/api/chat/messages")
    phone.answered_after(phone.page.reload)
    assert phone.transcript[-2:] == ["cảm ơn", texts.THANKS]


def test_page_lives_through_a_restart_of_the_server(brain: Brain, browser: Browser, tmp_path: Path) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path / 'web.db'}"
    with LiveServer(brain, database) as first:
        port = int(first.address.rpartition(":")[2])
        with Visit.to(first, browser, PHONE) as visit:
            visit.tolerates("ERR_")
            visit.ask("đăng ký tạm trú")
            first.stop()
            visit.page.fill("#text", "cảm ơn")
            visit.page.keyboard.press("Enter")
            expect(visit.page.get_by_role("button", name="Gửi lại")).to_be_visible()
            with LiveServer(brain, database, port=port) as visit.server:
                visit.answered_after(lambda: None)
                assert visit.transcript[-2:] == ["cảm ơn", texts.THANKS]


def test_lost_cookie_begins_again_without_losing_the_message(phone: Visit) -> None:
    phone.page.context.clear_cookies()
    phone.page.fill("#text", "cảm ơn")
    phone.page.keyboard.press("Enter")
    expect(phone.page.locator(".message.bot").last).to_contain_text(texts.THANKS)
    assert phone.transcript.count("cảm ơn") == 1


def test_blocked_cookies_are_explained(server: LiveServer, browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.add_init_script("Object.defineProperty(navigator, 'cookieEnabled', { get: () => false })")
        page.goto(server.address)
        expect(page.get_by_text("Trình duyệt đang chặn cookie")).to_be_visible()
        expect(page.locator("#text")).to_be_disabled()


# reading and reaching


def test_large_type_is_remembered(visit: Visit) -> None:
    size = "parseFloat(getComputedStyle(document.querySelector('.message .text')).fontSize)"
    before = visit.page.evaluate(size)
    button = visit.page.get_by_role("button", name="Chữ to")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    visit.page.reload()
    expect(visit.page.locator(".message").first).to_be_visible()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert visit.page.evaluate(size) >= before * 1.3


def test_everything_works_from_the_keyboard(visit: Visit) -> None:
    keyboard, focused = visit.page.keyboard, visit.page.locator(":focus")
    keyboard.press("Tab")
    expect(focused).to_have_text("Đến ô nhập câu hỏi")
    keyboard.press("Enter")
    expect(focused).to_have_id("text")
    keyboard.type("đăng ký tạm trú")
    visit.answered_after(lambda: keyboard.press("Enter"))
    expect(focused).to_have_id("text")
    for _ in range(10):
        keyboard.press("Shift+Tab")
        if focused.get_attribute("data-choice") == "human":
            break
    else:
        pytest.fail("the choices cannot be reached backwards from the field")
    keyboard.press("Shift+Tab")
    label = focused.inner_text()
    visit.answered_after(lambda: keyboard.press("Enter"))
    expect(visit.page.locator(".message.citizen .text").last).to_have_text(label)
    expect(focused).to_have_class(re.compile("message citizen"))


@pytest.mark.parametrize("large", [False, True], ids=["plain", "large type"])
def test_narrowest_phone_needs_no_sideways_scrolling(server: LiveServer, browser: Browser, large: bool) -> None:
    with Visit.to(server, browser, {"width": 320, "height": 568}) as visit:
        if large:
            visit.page.get_by_role("button", name="Chữ to").click()
        visit.ask("đăng ký tạm trú cần giấy tờ gì " + "a" * 200)
        staff_says(visit, "https://dichvucong.gov.vn/" + "rat-dai-" * 40)
        visit.answered_after(lambda: visit.page.get_by_role("button", name="Chủ đề", exact=True).click())
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
        small = "[...document.querySelectorAll('button, summary, textarea')].filter(e => e.offsetHeight && e.offsetHeight < 44)"
        assert visit.page.evaluate(f"{small}.map(e => e.outerHTML)") == []


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop light", "phone dark"])
def test_page_breaks_no_serious_rule_of_accessibility(
    server: LiveServer, browser: Browser, size: dict[str, int], scheme: str
) -> None:
    """Checked by axe with everything on the screen: folds open, choices, a person's message, large type, a failed one."""
    with Visit.to(server, browser, size, color_scheme=scheme) as visit:
        visit.tolerates("ERR_FAILED")
        visit.page.get_by_role("button", name="Chữ to").click()
        staff_says(visit, "Chào bà con, xem https://dichvucong.gov.vn nhé.")
        visit.ask("đăng ký khai sinh cần giấy tờ gì")
        for summary in visit.last_answer.locator("summary").all():
            summary.click()
        assert visit.serious_violations() == []
        visit.page.route("**/api/chat/messages", lambda route: route.abort())
        visit.page.fill("#text", "a" * 1900)
        visit.page.keyboard.press("Enter")
        expect(visit.page.get_by_role("button", name="Gửi lại")).to_be_visible()
        visit.page.fill("#text", "a" * 2100)
        expect(visit.page.locator("#counter")).not_to_be_empty()
        assert visit.serious_violations() == []

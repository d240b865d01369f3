"""The page in a real Chromium: what it shows, to whom it can be read, and who can reach everything on it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.web.live import LiveServer
from tests.web.visit import DESKTOP, PHONE, Visit, staff_says

_LINKS = """Mở https://dichvucong.gov.vn/p/home, hoặc (hue.gov.vn/lien-he).
Đừng vào https://evil.example/x, https://dichvucong.gov.vn.evil.example, https://evilgov.vn, http://dichvucong.gov.vn,
https://ai@dichvucong.gov.vn, https://dichvucong.gov.vn:8443, javascript:alert(1), gov.vn, a@hue.gov.vn, data:text/html,x"""


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

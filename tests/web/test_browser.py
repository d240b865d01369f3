"""The page in a real Chromium: what citizens ask, tap and type, on a phone and on a desk, on good networks and bad."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from bot.agent import Brain
from core import texts
from core.messages import Chat
from tests.web.live import LiveServer
from tests.web.visit import PHONE, Visit


def test_first_visit_is_greeted_and_offered_what_to_do(visit: Visit) -> None:
    expect(visit.last_answer).to_contain_text("không phải cán bộ")
    assert texts.HUMAN in visit.choices
    expect(visit.page.get_by_text("Không gửi mật khẩu, mã OTP vào đây")).to_be_in_viewport()


def test_question_gets_its_answer_with_source_and_check_date(visit: Visit) -> None:
    visit.ask("tách hộ mất mấy ngày")
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


def test_guided_mode_is_made_for_thumbs(phone: Visit) -> None:
    """How far one is stands above the step; every way on is a large button inside the screen, and "Xong" is the largest."""
    phone.ask("chỉ tôi từng bước đăng ký tạm trú")
    for step in (1, 2):
        bar = phone.last_answer.get_by_role("progressbar", name=f"Bước {step} trên 7")
        expect(bar).to_be_visible()
        expect(phone.last_answer).to_contain_text(f"Bước {step}/7")
        assert phone.choices[0] == texts.DONE
        assert {texts.STUCK, texts.HUMAN} <= set(phone.choices)
        buttons = [button.bounding_box() for button in phone.page.locator(".choices .choice").all()]
        assert all(box and box["height"] >= 44 and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] for box in buttons)
        widths = [box["width"] for box in buttons if box]
        assert widths[0] == max(widths)
        phone.tap(texts.DONE)
    phone.tap(texts.STUCK)
    expect(phone.last_answer.get_by_role("progressbar")).to_have_count(0)
    phone.tap(phone.choices[0])
    expect(phone.last_answer).to_contain_text(":")
    phone.tap(texts.RESUME_STEP.format(n=3))
    expect(phone.last_answer.get_by_role("progressbar", name="Bước 3 trên 7")).to_be_visible()


def test_a_case_is_chosen_and_its_papers_shown(phone: Visit) -> None:
    """One question as buttons, then only that case."""
    phone.ask("làm hộ chiếu cần giấy tờ gì")
    phone.tap("Trẻ dưới 14 tuổi")
    expect(phone.last_answer).to_contain_text("Giấy khai sinh")
    assert texts.OTHER_CASE in phone.choices


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
    phone.server.do(channel.acknowledge(Chat("page", phone.chat_id), ""))
    expect(phone.page.get_by_text("Đang soạn câu trả lời…")).to_be_visible()
    phone.ask("cảm ơn")
    expect(phone.page.get_by_text("Đang soạn câu trả lời…")).to_be_hidden()


def test_deleted_conversation_leaves_the_screen(phone: Visit) -> None:
    phone.ask("xóa tin nhắn của tôi")
    phone.page.get_by_role("button", name=texts.DELETE_YES).click()
    expect(phone.page.locator(".message")).to_have_count(1)
    expect(phone.last_answer).to_contain_text(texts.DELETED)


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

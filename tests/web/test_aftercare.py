"""Feedback, resume codes, the question whether it is done, and reading aloud, on the page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from bot.follow_ups import FollowUps
from core import texts
from core.aftercare.codes import find_code
from core.knowledge import Knowledge
from core.storage.models import Message
from tests.web.live import LiveServer
from tests.web.visit import PHONE, Visit

_VOICES = """
window.spoken = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
const synthesis = Object.assign(new EventTarget(), {
  getVoices: () => [{ lang: 'en-US' }, { lang: 'vi_VN', name: 'Giọng thử' }],
  speak: (utterance) => window.spoken.push([utterance.text, utterance.lang, utterance.voice.name]),
  cancel: () => window.spoken.push(['-']),
});
Object.defineProperty(window, 'speechSynthesis', { value: synthesis });
"""
"""A browser with a Vietnamese voice, which headless Chromium lacks."""


@pytest.fixture
def speaking(browser: Browser, server: LiveServer) -> Iterator[Visit]:
    """A phone that can speak Vietnamese."""
    with Visit.to(server, browser, PHONE) as visit:
        visit.page.add_init_script(_VOICES)
        visit.page.reload()
        visit.page.wait_for_selector(".message.bot")
        yield visit


def _spoken(visit: Visit) -> list[str]:
    return [said[0] for said in visit.page.evaluate("window.spoken")]


# feedback


def test_feedback_stands_apart_and_is_asked_once(phone: Visit) -> None:
    """Below the next questions, under a question of its own; gone after it was given, with the next questions back."""
    phone.ask("lệ phí đăng ký kết hôn bao nhiêu")
    asked = phone.page.get_by_role("group", name="Câu trả lời này giúp được bà con không?")
    expect(asked.get_by_role("button")).to_have_text([texts.HELPED, texts.NOT_HELPED])
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert phone.serious_violations() == []
    before = phone.page.locator(".choices .choice").all_inner_texts()
    asked.get_by_role("button", name=texts.HELPED, exact=True).focus()
    phone.answered_after(lambda: phone.page.keyboard.press("Enter"))
    assert phone.answer_to_last_question() == [texts.FEEDBACK_THANKS]
    assert phone.page.locator(".choices .choice").all_inner_texts() == before
    phone.tap("Mấy ngày xong?")
    assert phone.page.locator(".verdict").count() == 0


def test_what_did_not_help_leads_to_reasons_topics_and_a_person(phone: Visit) -> None:
    """All of them as ordinary buttons."""
    phone.ask("đăng ký khai sinh mất mấy ngày")
    phone.tap(texts.NOT_HELPED)
    assert phone.choices[:4] == list(texts.FEEDBACK_REASONS)
    assert phone.choices[-1] == texts.HUMAN
    phone.tap(texts.FEEDBACK_REASONS[1])
    assert phone.choices[-1] == texts.HUMAN
    assert len(phone.choices) > 2


def test_the_end_of_a_long_answer_is_reached_and_stays(phone: Visit) -> None:
    """By its button and by scrolling: the page does not jump back to the question."""
    phone.ask("đăng ký kết hôn cần giấy tờ gì")
    at_end = "innerHeight + scrollY >= document.scrollingElement.scrollHeight - 2"
    for go in ("document.getElementById('newest').click()", "scrollTo(0, document.scrollingElement.scrollHeight)"):
        phone.page.evaluate("scrollTo(0, 0)")
        expect(phone.page.locator("#newest")).to_be_visible()
        phone.page.evaluate(go)
        expect(phone.page.locator("#newest")).to_be_hidden()
        phone.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")
        assert phone.page.evaluate(at_end)
        expect(phone.page.locator("#newest")).to_be_hidden()


# going on later, in another browser


def test_a_code_goes_on_in_another_browser(phone: Visit, browser: Browser, server: LiveServer) -> None:
    """Written down from the screen, typed in small letters."""
    phone.ask("chỉ tôi từng bước đăng ký kết hôn")
    phone.tap(texts.DONE)
    phone.tap(texts.SAVE_FOR_LATER)
    code = find_code(phone.answer_to_last_question()[0].partition(":")[2])
    assert code
    with Visit.to(server, browser, PHONE) as other:
        other.ask(code.lower().replace("-", " "))
        assert "Bước 2/" in other.answer_to_last_question()[0]


# is it done


def test_the_question_whether_it_is_done_waits_on_the_page(phone: Visit, server: LiveServer, knowledge: Knowledge) -> None:
    """It appears on an open page, is there at the next visit, and its answers are buttons."""
    phone.ask("chỉ tôi từng bước đăng ký kết hôn")
    product = server.product
    allowed = {name: channel.capabilities for name, channel in product.channels.items()}
    noon = (datetime.now(UTC) + timedelta(days=3)).replace(hour=5)

    async def ask() -> None:
        clock = FollowUps(product.database, knowledge, allowed)
        assert await clock.ask_due(noon) >= 1
        async with product.database.session() as session, session.begin():  # as if the day had come
            await session.execute(update(Message).where(Message.state == "queued").values(next_attempt_at=None))

    phone.answered_after(lambda: server.do(ask()))
    assert "đã làm xong chưa" in phone.last_answer.inner_text()
    phone.page.reload()
    expect(phone.last_answer).to_contain_text("đã làm xong chưa")
    assert phone.choices == [texts.DONE_YES, texts.DONE_NO, texts.STUCK, texts.BE_QUIET]
    phone.ask("kẹt rồi")
    assert "Bước 1" in phone.answer_to_last_question()[0]


# reading aloud


def test_reading_aloud_is_off_until_asked_for(speaking: Visit) -> None:
    """Also after a reload."""
    button = speaking.page.get_by_role("button", name="Đọc to")
    expect(button).to_have_attribute("aria-pressed", "false")
    speaking.ask("xin chào")
    assert _spoken(speaking) == []


def test_answers_are_read_with_their_choices(speaking: Visit) -> None:
    """Switched on by keyboard: the last answer at once, then each new one, in Vietnamese, without addresses."""
    button = speaking.page.get_by_role("button", name="Đọc to")
    button.focus()
    speaking.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    assert any(text.startswith("Chào bà con") for text in _spoken(speaking))
    speaking.ask("chỉ tôi từng bước đăng ký kết hôn")
    said = _spoken(speaking)
    assert any("Bước 1 trên 7" in text for text in said)
    assert any(text.startswith("Bà con chọn") for text in said)
    assert not any("http" in text or "•" in text for text in said)
    languages = {tuple(entry[1:]) for entry in speaking.page.evaluate("window.spoken") if len(entry) > 1}
    assert languages == {("vi-VN", "Giọng thử")}


def test_reading_stops_when_the_citizen_writes_or_switches_it_off(speaking: Visit) -> None:
    """Nobody talks over them."""
    button = speaking.page.get_by_role("button", name="Đọc to")
    button.click()
    speaking.page.evaluate("window.spoken.length = 0")
    speaking.ask("cảm ơn")
    assert _spoken(speaking)[0] == "-"
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert _spoken(speaking)[-1] == "-"
    speaking.page.evaluate("window.spoken.length = 0")
    speaking.ask("xin chào")
    assert _spoken(speaking) == []


def test_without_a_vietnamese_voice_it_says_so_in_writing(phone: Visit) -> None:
    """And stays off; nothing is read in a wrong language."""
    button = phone.page.get_by_role("button", name="Đọc to")
    button.click()
    expect(phone.page.locator("#voice")).to_contain_text("chưa có giọng đọc tiếng Việt")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert phone.serious_violations() == []
    phone.ask("xin chào")
    expect(phone.page.locator("#voice")).to_be_empty()


def test_the_header_holds_its_buttons_in_large_type(phone: Visit) -> None:
    """Four of them on a narrow phone, none cut off."""
    phone.page.get_by_role("button", name="Chữ to").click()
    for name in ("Chủ đề", "Gặp cán bộ", "Chữ to", "Đọc to"):
        box = phone.page.locator("#tools").get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["height"] >= 44

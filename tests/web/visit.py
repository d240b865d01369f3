"""A visit to the page in a real browser, watched for errors and for requests to anyone else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect
from sqlalchemy import select

from core.messages import Chat, Reply
from core.storage.models import Conversation, Message
from tests.web.live import PATIENCE_MS, LiveServer

__all__ = ["DESKTOP", "PHONE", "Visit", "staff_says"]

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}

_AT_REST = """() => new Promise(tell => {
  const layout = () => [scrollY, document.body.scrollHeight, document.getElementById('dock').offsetHeight].join();
  const before = layout();
  requestAnimationFrame(() => requestAnimationFrame(() => tell(
    layout() === before && !document.querySelector('.status:not(.failed)'))));
})"""
"""Nothing on the page is about to move: a button that moves under the pointer is not pressed."""


class Visit:
    """One citizen on the page.

    Args:
        server: What the page talks to.
        page: The page, not yet opened.
    """

    def __init__(self, server: LiveServer, page: Page) -> None:
        self.server = server
        self.page = page
        self.problems: list[str] = []
        self._tolerated: tuple[str, ...] = ()
        self._watch(page)

    @classmethod
    @contextmanager
    def to(cls, server: LiveServer, browser: Browser, size: dict[str, int], **options: Any) -> Iterator[Self]:
        """Open the page in a fresh browser profile, be greeted; at the end there must have been no problem."""
        context = browser.new_context(viewport=size, locale="vi-VN", reduced_motion="reduce", **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        try:
            visit = cls(server, context.new_page())
            visit.page.goto(server.address)
            visit.page.wait_for_selector(".message.bot")
            yield visit
            assert visit.problems == []
        finally:
            context.close()

    def _watch(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._on_request(request.url))

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(word in message.text for word in self._tolerated):
            self.problems.append(message.text)

    def _on_request(self, url: str) -> None:
        if not url.startswith(self.server.address):
            self.problems.append(f"asked for {url}")

    def tolerates(self, *words: str) -> None:
        """Console errors with one of these words belong to the test."""
        self._tolerated += words

    def another_page(self) -> Page:
        """The page once more in the same browser."""
        page = self.page.context.new_page()
        self._watch(page)
        page.goto(self.server.address)
        page.wait_for_selector(".message.bot")
        return page

    @property
    def chat_id(self) -> str:
        """The browser's cookie."""
        return next(cookie["value"] for cookie in self.page.context.cookies() if cookie.get("name") == "troly_chat")

    # what is on the screen

    @property
    def last_answer(self) -> Locator:
        """The newest message of the bot."""
        return self.page.locator(".message.bot").last

    @property
    def choices(self) -> list[str]:
        """Labels of the quick replies."""
        return self.page.locator(".choice").all_inner_texts()

    @property
    def transcript(self) -> list[str]:
        """Every message's text, in order."""
        return self.page.locator(".message .text").all_inner_texts()

    def answer_to_last_question(self) -> list[str]:
        """Texts after the citizen's newest message."""
        return self.page.locator(".message.citizen").last.locator("xpath=following-sibling::*").locator(".text").all_inner_texts()

    def serious_violations(self) -> list[str]:
        """Rules of accessibility that are broken badly, with the elements that break them."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{rule['id']}: {[node['html'] for node in rule['nodes']]}"
            for rule in found
            if rule["impact"] in {"serious", "critical"}
        ]

    # what a citizen does

    def answered_after(self, step: Callable[[], object]) -> None:
        """Do something that is answered, and wait until the page shows all of the answer."""
        before = self.page.locator(".message.bot").count()
        step()
        self.page.wait_for_function("n => document.querySelectorAll('.message.bot').length > n", arg=before)
        self.server.do(self.server.product.engine.drain())
        said = self.page.evaluate("async () => (await (await fetch('/api/chat/history')).json()).messages.length")
        self.page.wait_for_function("n => document.querySelectorAll('.message').length === n", arg=said)
        self.page.wait_for_function(_AT_REST)

    def ask(self, text: str) -> None:
        """Type a question, send it with Enter and wait for the answer."""
        self.page.fill("#text", text)
        self.answered_after(lambda: self.page.keyboard.press("Enter"))

    def tap(self, label: str) -> None:
        """Tap a quick reply and wait for the answer."""
        said = self.page.locator(".message.citizen")
        count = said.count()

        def press() -> None:
            self.page.locator(".choice").get_by_text(label, exact=True).click()
            expect(said).to_have_count(count + 1)

        self.answered_after(press)


def staff_says(visit: Visit, text: str) -> None:
    """A person of the support staff writes into the conversation."""
    product, chat_id, reply = visit.server.product, visit.chat_id, Reply(text)

    async def write() -> None:
        async with product.database.session() as session, session.begin():
            conversation = await session.scalar(select(Conversation.id).where(Conversation.chat_id == chat_id))
            written = {"direction": "out", "author": "staff", "state": "sent", "text": text, "payload": reply.as_dict()}
            session.add(Message(conversation_id=conversation, key=text[:160], **written))
        await product.channels["web"].send(Chat("page", chat_id), reply)

    shown = visit.page.locator(".message.staff").count()
    visit.server.do(write())
    expect(visit.page.locator(".message.staff")).to_have_count(shown + 1)

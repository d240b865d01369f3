"""The whole running product with an office in it: people to sign in, citizens on the web and on Telegram to write to it."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

from playwright.sync_api import Browser, Page, expect

from bot.agent import Brain
from bot.app import Running
from bot.console.visit import Console
from bot.sealing import Seal, key_lines
from bot.services.second_factor import SecondFactor
from bot.services.sign_in import SignIn
from tests.channels.telegram_double import Place, Telegram, a_telegram
from tests.console.office import Office
from tests.console.seat import PHONE
from tests.web.citizen import answering
from tests.web.live import PATIENCE_MS, InThread

__all__ = ["Citizen", "OnTelegram", "OnTheWeb", "WholeOffice", "ask_for_a_person", "on_the_web", "whole_product"]


class _Hiring:
    """As much of the console as hiring needs; the product has its own."""

    def __init__(self, database: object, keys: Path) -> None:
        self.database = database
        factor = SecondFactor(Seal(key_lines(keys)[0], "second factors"))
        self.sign_in = SignIn(database, factor)  # type: ignore[arg-type]  # the product's


class WholeOffice(Office):
    """The product's address and accounts, and the Telegram it is connected to, if any.

    Args:
        product: What runs.
        keys: File of its keys.
    """

    telegram: Telegram | None = None

    def __init__(self, product: Running, keys: Path) -> None:
        super().__init__(product.address, cast(Console, _Hiring(product.database, keys)))
        self.product = product


@asynccontextmanager
async def whole_product(brain: Brain, folder: Path, double: str | None = None, **changes: Any) -> AsyncIterator[WholeOffice]:
    """The running product.

    Args:
        brain: What answers.
        folder: For its database and its keys.
        double: Address of the Telegram double, for a product that is on Telegram.
        changes: Settings.
    """
    url, keys = f"sqlite+aiosqlite:///{folder / 'cases.db'}", folder / "keys.txt"
    async with AsyncExitStack() as stack:
        made: list[WholeOffice] = []

        @asynccontextmanager
        async def run(place: Place | None) -> AsyncIterator[str]:
            on_telegram = place and {
                "public_url": place.public_url,
                "telegram_token": place.token,
                "telegram_mode": "webhook",
                "telegram_webhook_secret": place.secret,
                "telegram_api_url": place.api_url,
            }
            async with answering(
                brain, url, key_file=keys, **({"attachments_dir": folder / "files"} | (on_telegram or {}) | changes)
            ) as running:
                made.append(WholeOffice(running, keys))
                yield running.address

        if double is None:
            await stack.enter_async_context(run(None))
        else:
            telegram = await stack.enter_async_context(a_telegram(double))
            await stack.enter_async_context(telegram.open(run))
            made[0].telegram = telegram
        yield made[0]


class Citizen(Protocol):
    """Somebody who writes to the bot, wherever."""

    def say(self, text: str) -> None:
        """Write a message."""

    def hears(self, text: str) -> str:
        """Wait until the newest message to the citizen holds a text; returns the message."""

    def count(self) -> int:
        """How many messages the citizen has got."""


class OnTheWeb:
    """A citizen at the web chat.

    Args:
        page: The open chat.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    def say(self, text: str) -> None:
        """Type and send."""
        self.page.fill("#text", text)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".message.citizen").last).to_contain_text(text)

    def hears(self, text: str) -> str:
        """The newest message of bot or staff."""
        last = self.page.locator(".message.bot, .message.staff").last
        expect(last).to_contain_text(text)
        return last.inner_text()

    def count(self) -> int:
        """Messages on the page that the citizen did not write."""
        return self.page.locator(".message.bot, .message.staff").count()


class OnTelegram:
    """A citizen in a Telegram chat.

    Args:
        server: The product, connected to the double.
    """

    def __init__(self, server: InThread[WholeOffice]) -> None:
        self._server = server
        telegram = server.product.telegram
        assert telegram is not None
        self._telegram = telegram

    def say(self, text: str) -> None:
        """Send an update."""
        self._server.do(self._telegram.does(text=text))

    def _got(self) -> list[str]:
        return [str(call["text"]) for call in self._server.do(self._telegram.calls("sendMessage"))]

    def hears(self, text: str) -> str:
        """The newest message the bot sent."""
        give_up = time.monotonic() + PATIENCE_MS / 1000
        while not (got := self._got()) or text not in got[-1]:
            assert time.monotonic() < give_up, f"{text!r} did not come; the last was {got[-1:]}"
            time.sleep(0.05)
        return got[-1]

    def count(self) -> int:
        """Messages the bot sent."""
        return len(self._got())


@contextmanager
def on_the_web(server: InThread[WholeOffice], browser: Browser) -> Iterator[OnTheWeb]:
    """A citizen who opened the web chat and was greeted."""
    context = browser.new_context(viewport=PHONE, locale="vi-VN", reduced_motion="reduce")  # type: ignore[arg-type]  # sizes
    try:
        page = context.new_page()
        page.goto(server.product.address)
        page.wait_for_selector(".message.bot")
        yield OnTheWeb(page)
    finally:
        context.close()


def ask_for_a_person(citizen: Citizen) -> str:
    """The code of the case that this opens."""
    citizen.say("cho tôi gặp cán bộ")
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", citizen.hears("Mã của bà con là"))
    assert found
    return found[0]

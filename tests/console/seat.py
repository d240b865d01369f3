"""A member of staff in a real browser, watched for errors and for requests to anyone else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.console.office import PASSWORD, Office
from tests.web.live import PATIENCE_MS, InThread

__all__ = ["DESKTOP", "PHONE", "ZOOMED", "Seat"]

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
ZOOMED = {"width": 320, "height": 256}
"""What is left of a window of 1280 × 1024 at 400 %."""


class Seat:
    """One browser profile with one page.

    Args:
        server: What the page talks to.
        page: The page, not yet opened.
    """

    def __init__(self, server: InThread[Office], page: Page) -> None:
        self.server = server
        self.page = page
        self.problems: list[str] = []
        self._tolerated: tuple[str, ...] = ()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("request", lambda request: self._on_request(request.url))

    @classmethod
    @contextmanager
    def at(cls, server: InThread[Office], browser: Browser, size: dict[str, int]) -> Iterator[Self]:
        """A fresh profile; at the end there must have been no problem."""
        context = browser.new_context(viewport=size, locale="vi-VN", reduced_motion="reduce")  # type: ignore[arg-type]  # sizes
        context.set_default_timeout(PATIENCE_MS)
        try:
            seat = cls(server, context.new_page())
            yield seat
            assert seat.problems == []
        finally:
            context.close()

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(word in message.text for word in self._tolerated):
            self.problems.append(message.text)

    def _on_request(self, url: str) -> None:
        if not url.startswith((self.server.product.address, "data:image/svg+xml")):
            self.problems.append(f"asked for {url}")

    def tolerates(self, *words: str) -> None:
        """Console errors with one of these words belong to the test."""
        self._tolerated += words

    def open(self, path: str) -> None:
        """Go to a path of the console."""
        self.page.goto(self.server.product.address + path)

    def press(self, label: str) -> None:
        """Click a button by its label."""
        self.page.get_by_role("button", name=label).click()

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Type name, password and, where it is asked for, the code of the phone."""
        self.open("/canbo/dang-nhap")
        self.page.get_by_label("Tên đăng nhập").fill(username)
        self.page.get_by_label("Mật khẩu").fill(password)
        self.press("Đăng nhập")
        secret = self.server.product.secrets.get(username)
        if secret:
            self.page.get_by_label("Mã", exact=True).fill(pyotp.TOTP(secret).now())
            self.press("Xác nhận")

    def serious_violations(self) -> list[str]:
        """Rules of accessibility that are broken badly, with the elements that break them."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{self.page.url} {rule['id']}: {[node['html'] for node in rule['nodes']]}"
            for rule in found
            if rule["impact"] in {"serious", "critical"}
        ]

    def overflows(self) -> int:
        """Pixels by which the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

"""The running product, and citizens who opened its page: by program, or in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.sync_api import Browser

from bot.agent import Brain
from bot.app import Running
from tests.web.citizen import Citizen, answering
from tests.web.live import LiveServer, chromium
from tests.web.visit import DESKTOP, PHONE, Visit


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty database file."""
    return f"sqlite+aiosqlite:///{tmp_path / 'web.db'}"


@pytest_asyncio.fixture
async def product(brain: Brain, sqlite_url: str) -> AsyncIterator[Running]:
    """The whole product on a free port, over SQLite."""
    async with answering(brain, sqlite_url) as started:
        yield started


@pytest_asyncio.fixture
async def citizen(product: Running) -> AsyncIterator[Citizen]:
    """A browser that opened the page and was greeted."""
    async with Citizen(product) as browser:
        await browser.open()
        yield browser


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

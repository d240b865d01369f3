"""The running product, and a citizen who opened its page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.agent import Brain
from bot.app import Running
from tests.web.citizen import Citizen, answering


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

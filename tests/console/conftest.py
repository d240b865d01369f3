"""The console on a free port, with an account of each role: user name = role, password = `PASSWORD`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.staff import Role
from tests.console.office import Office, serving

WARD, OTHER_WARD = "hue-thuan-hoa", "hue-phu-xuan"


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An empty database file."""
    return f"sqlite+aiosqlite:///{tmp_path / 'console.db'}"


@pytest_asyncio.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    """The console, without any account."""
    async with serving(sqlite_url) as started:
        yield started


@pytest_asyncio.fixture
async def staffed(office: Office) -> Office:
    """The console with one account of each role for the whole city, and ``phuong``, staff of one ward."""
    for role in Role:
        await office.hire(role.value, role)
    await office.hire("phuong", Role.STAFF, WARD)
    return office

"""Who is held back when too much is sent, and who is not."""

from __future__ import annotations

import pytest

from bot.agent import Brain
from tests.web.citizen import Citizen, answering


async def test_browser_that_writes_too_fast_is_held_back_alone(brain: Brain, sqlite_url: str) -> None:
    async with answering(brain, sqlite_url, messages_per_minute=5) as product:
        async with Citizen(product) as hasty, Citizen(product) as calm:
            await hasty.open()
            await calm.open()
            statuses = [(await hasty.post("chào")).status for _ in range(8)]
            assert statuses == [202] * 5 + [429] * 3
            assert (await hasty.post("chào")).headers["Retry-After"] == "5"
            assert (await calm.post("chào")).status == 202


async def test_flood_without_cookies_locks_out_no_known_browser(brain: Brain, sqlite_url: str) -> None:
    """All from one address, as in an office: the flood is held back, who was there before goes on."""
    async with answering(brain, sqlite_url, messages_per_minute=2) as product, Citizen(product) as known:
        await known.open()
        statuses = []
        for _ in range(20):
            async with Citizen(product) as nobody:
                statuses.append((await nobody.post("chào")).status)
        assert statuses[:9] == [202] * 9
        assert statuses[9:] == [429] * 11
        assert (await known.post("chào")).status == 202
        async with Citizen(product) as late:
            assert (await late.history())["messages"] == []
            await product.engine.drain()
            assert await late.said() == []


@pytest.mark.parametrize(("trusted", "status"), [(True, 202), (False, 429)])
async def test_forwarded_address_counts_only_behind_a_trusted_proxy(
    brain: Brain, sqlite_url: str, trusted: bool, status: int
) -> None:
    async with answering(brain, sqlite_url, messages_per_minute=1, trust_proxy=trusted) as product:
        statuses = []
        for n in range(8):
            async with Citizen(product) as nobody:
                statuses.append((await nobody.post("chào", X_Forwarded_For=f"10.0.0.{n}")).status)
        assert statuses == [202] * 5 + [status] * 3


@pytest.mark.parametrize(
    "written", ["203.0.113.{n}, 10.9.9.9", "unknown{n}", "2001:db8:1:2::{n}", "2001:db8:1:2:{n}::1", "[2001:db8::{n}]:443"]
)
async def test_sender_cannot_choose_its_own_address(brain: Brain, sqlite_url: str, written: str) -> None:
    """What stands before our proxy's entry, nonsense, and the many addresses of one IPv6 subscriber change nothing."""
    async with answering(brain, sqlite_url, messages_per_minute=1, trust_proxy=True) as product:
        statuses = []
        for n in range(8):
            async with Citizen(product) as nobody:
                statuses.append((await nobody.post("chào", X_Forwarded_For=written.format(n=n))).status)
        assert statuses == [202] * 5 + [429] * 3

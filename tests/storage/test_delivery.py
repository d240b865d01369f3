"""Processes die, platforms deliver again and answer badly: every message is answered once, every reply sent.

Small; bench/kill.py and bench/webhooks.py do it in full.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from sqlalchemy import select

from bench.kill import Plan, run
from bot.turns import TurnEngine
from core.storage.database import Database
from core.storage.models import Turn
from tests.storage.making import EchoBrain, inbound, messages


def test_killed_processes_lose_and_repeat_nothing(database_url: str) -> None:
    """SIGKILL at random moments, messages by the real webhook with redelivery, a platform in trouble."""
    result = asyncio.run(run(Plan(database_url, kills=2, messages=24, conversations=8, trouble=0.3, longest_life=1.0)))
    assert result["wrong"] == []
    assert (result["messages"], result["turns"], result["replies"], result["kills"]) == (24, 24, 24, 2)


async def test_events_delivered_ten_times_in_any_order_are_one_turn_each(database: Database) -> None:
    """Many at once."""
    engine = TurnEngine(database, EchoBrain(), link_hosts=())
    deliveries = [inbound(f"câu {n}", f"chat {n % 10}", event_id=str(n)) for n in range(100)] * 10
    random.Random(1).shuffle(deliveries)
    new = Counter(await asyncio.gather(*(engine.receive(delivery) for delivery in deliveries)))
    await engine.drain()
    assert new == {True: 100, False: 900}
    assert {message.state for message in await messages(database, "in")} == {"done"}
    async with database.session() as session:
        assert len(set(await session.scalars(select(Turn.message_id)))) == 100

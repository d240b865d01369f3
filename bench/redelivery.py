"""Events that a platform delivers again and again, in any order: each is one turn.

    python -m bench.redelivery [--platform zalo_oa] [--database postgresql --processes 2] [--events 1000] [--times 10]

They are posted to the real webhook, many at once, and shuffled as a whole. Status 1 when an event did not get exactly one
turn, or when a reply is missing, was sent again or went to another chat. A delivery answered with 503, because it could not be
stored in time, is one that the platform makes again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from sqlalchemy import select

from bench.bots import Bot, settled
from bench.citizens import PLATFORMS, Platform
from bench.databases import KINDS, empty_database
from bench.machine import describe_machine, end_on_signals
from core.storage.database import Database
from core.storage.models import Conversation, Message, Turn

__all__ = ["Plan", "run"]

_CHATS = 200
_FIRST_CHAT = 5_000_000
_AT_ONCE = 40


@dataclass(frozen=True)
class Plan:
    """One run.

    Args:
        database_url: An empty database.
        platform: Over whose webhook events arrive.
        events: How many.
        times: How often each is delivered.
        processes: Bot processes that take them, in turn.
        seed: Of the order.
    """

    database_url: str
    platform: str = "telegram"
    events: int = 1000
    times: int = 10
    processes: int = 1
    seed: int = 1


async def run(plan: Plan) -> dict[str, Any]:
    """Let a plan happen; what was counted, with a list of everything that should not be."""
    async with PLATFORMS[plan.platform](repeats=0.0, seed=plan.seed) as platform:
        await platform.introduce(plan.database_url)
        bots = [Bot(plan.database_url, platform.settings()) for _ in range(plan.processes)]
        platform.targets = [bot.address for bot in bots]
        try:
            for bot in bots:
                await bot.start()
                await bot.listens()
            asked = {f"sự kiện {n}": _FIRST_CHAT + n % _CHATS for n in range(plan.events)}
            started = time.monotonic()
            statuses = await _deliver(plan, platform, [platform.update(chat, text) for text, chat in asked.items()])
            delivered = time.monotonic() - started
            async with settled(plan.database_url) as database:
                turns, wrong = await _judge(database, platform, asked)
        finally:
            for bot in bots:
                await bot.stop()
    if set(statuses) - {200, 503}:
        wrong.append("answers that no platform takes for an acknowledgement, nor for a wish to deliver again")
    counts = {"deliveries": sum(statuses.values()), "answers": dict(statuses)}
    counts |= {"events": plan.events, "turns": turns, "replies_sent": len(platform.sent)}
    return {"wrong": wrong, **counts, "seconds": round(delivered, 1)}


async def _deliver(plan: Plan, platform: Platform, updates: list[dict[str, Any]]) -> Counter[int]:
    """Post each update as often as planned; how often which status was the answer."""
    deliveries = updates * plan.times
    random.Random(plan.seed).shuffle(deliveries)
    left = iter(deliveries)
    statuses: Counter[int] = Counter()

    async def connection() -> None:
        for update in left:
            statuses[await platform.post(update)] += 1

    await asyncio.gather(*(connection() for _ in range(_AT_ONCE)))
    return statuses


async def _judge(database: Database, platform: Platform, asked: dict[str, int]) -> tuple[int, list[str]]:
    async with database.session() as session:
        rows = list(await session.execute(select(Message.id, Message.text, Conversation.chat_id, Message.state).join(Conversation)
                                          .where(Message.direction == "in")))  # fmt: skip
        turns = Counter(await session.scalars(select(Turn.message_id)))
    wrong = []
    if Counter((text, int(chat)) for _, text, chat, _ in rows) != Counter(asked.items()):
        wrong.append("events were lost, stored more than once, or in another chat")
    wrong += [f"message {id_}: {turns[id_]} turns, {state}" for id_, *_, state in rows if turns[id_] != 1 or state != "done"]
    answers = Counter((sent.text.partition(" | ")[2], sent.chat) for sent in platform.sent)
    if answers != Counter(asked.items()):
        wrong.append("replies were lost, sent more than once, or to another chat")
    return sum(turns.values()), wrong


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--platform", choices=PLATFORMS, default="telegram")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--times", type=int, default=10, help="deliveries of each event")
    parser.add_argument("--processes", type=int, default=1, help="bot processes (PostgreSQL)")
    options = parser.parse_args()
    end_on_signals()
    with empty_database(options.database) as url:
        plan = Plan(url, options.platform, options.events, options.times, options.processes)
        result = asyncio.run(run(plan))
    named = {"platform": options.platform, "database": options.database, "processes": options.processes}
    print(json.dumps({**named, **result, **describe_machine()}, ensure_ascii=False, indent=1))
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast webhooks are acknowledged, idle and while turns run; repeated and shuffled deliveries; a queue with a slow chat.

python bench/webhooks.py --json [--database postgresql] [--model]

A bot process with a real database is called over HTTP as Telegram calls it. Status 1 when a message was lost or answered
twice, or a slow chat held others up.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from bench.citizens import Platform
from bench.databases import KINDS, empty_database
from bench.kill import Bot, Plan, settled
from bench.machine import describe_machine, end_on_signals, percentile
from bench.machine import model as trained_model

_CHATS = 200
_EVERY_SECONDS = 0.02
_CONNECTIONS = 40


async def _paced(platform: Platform, count: int, first_chat: int) -> list[float]:
    """Milliseconds until each of `count` calls, made at a steady pace, was acknowledged."""

    async def one(number: int) -> float:
        await asyncio.sleep(number * _EVERY_SECONDS)
        update = platform.update(first_chat + number, f"câu {number}")
        started = time.perf_counter()
        status = await platform.post(update)
        assert status == 200, status
        return (time.perf_counter() - started) * 1000

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def _flood(platform: Platform, first_chat: int, messages: int) -> None:
    """Messages as fast as they are acknowledged, over as many connections as Telegram opens to a busy bot."""
    left = iter(range(messages))

    async def connection() -> None:
        for number in left:
            await platform.deliver(platform.update(first_chat + number % _CHATS, f"câu {number}"))

    await asyncio.gather(*(connection() for _ in range(_CONNECTIONS)))


async def measure(url: str, options: argparse.Namespace) -> dict[str, Any]:
    """All of it over one database; the document that ``--json`` prints."""
    plan = Plan(url, model=trained_model() if options.model else None)
    async with Platform(repeats=0.0) as platform:
        bot = Bot(plan, platform)
        platform.targets = [bot.address]
        await bot.start()
        try:
            await bot.listens()
            await _paced(platform, 20, 1_000_000)
            idle = await _paced(platform, options.calls, 2_000_000)
            async with settled(plan):
                pass
            flood = asyncio.create_task(_flood(platform, 3_000_000, options.backlog))
            busy = await _paced(platform, options.calls, 4_000_000)
            await flood
            async with settled(plan):
                pass
            repeated = await _repeated(platform, options.events, plan)
            queue = await _with_slow_chat(platform, options.queue, plan)
        finally:
            await bot.stop()
    return {
        "idle_p50_ms": round(percentile(idle, 0.5), 1),
        "idle_p99_ms": round(percentile(idle, 0.99), 1),
        "busy_p50_ms": round(percentile(busy, 0.5), 1),
        "busy_p99_ms": round(percentile(busy, 0.99), 1),
        "ratio_p99": round(percentile(busy, 0.99) / percentile(idle, 0.99), 2),
        **repeated,
        **queue,
        **describe_machine(),
    }


async def _repeated(platform: Platform, events: int, plan: Plan) -> dict[str, Any]:
    """Ten deliveries of each event, shuffled; replies are counted."""
    before = len(platform.sent)
    updates = [platform.update(6_000_000 + n % _CHATS, f"sự kiện {n}") for n in range(events)] * 10
    random.Random(1).shuffle(updates)
    at_once = asyncio.Semaphore(_CONNECTIONS)

    async def post(update: dict[str, Any]) -> int:
        async with at_once:
            return await platform.post(update)

    statuses = Counter(await asyncio.gather(*(post(update) for update in updates)))
    async with settled(plan):
        return {"deliveries": len(updates), "events": events, "statuses": dict(statuses), "replies": len(platform.sent) - before}


async def _with_slow_chat(platform: Platform, messages: int, plan: Plan) -> dict[str, Any]:
    """A queue of messages in many chats, one of which takes ten seconds for each reply."""
    slow = 7_000_000
    platform.slow_chats = frozenset({slow})
    before, started = len(platform.sent), time.monotonic()
    deliveries = [platform.deliver(platform.update(slow + n % _CHATS, f"câu {n}")) for n in range(messages)]
    await asyncio.gather(*deliveries)
    others = messages - len(range(0, messages, _CHATS))
    while sum(sent.chat != slow for sent in platform.sent[before:]) < others:
        platform.changed.clear()
        await platform.changed.wait()
    drained = time.monotonic() - started
    platform.slow_chats = frozenset()
    still = sum(sent.chat == slow for sent in platform.sent[before:])
    async with settled(plan):
        return {"queued": messages, "others_drained_s": round(drained, 1), "slow_chat_sent_meanwhile": still}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--calls", type=int, default=500, help="measured calls, idle and busy each")
    parser.add_argument("--backlog", type=int, default=2000, help="messages that keep the turns busy")
    parser.add_argument("--events", type=int, default=1000, help="events delivered ten times each")
    parser.add_argument("--queue", type=int, default=5000, help="messages queued with one slow chat")
    parser.add_argument("--model", action="store_true", help="answer with the trained model")
    parser.add_argument("--json", action="store_true", help="print one line of JSON only")
    options = parser.parse_args()
    end_on_signals()
    with empty_database(options.database) as url:
        result = {"database": options.database, **asyncio.run(measure(url, options))}
    print(json.dumps(result, ensure_ascii=False, indent=None if options.json else 1))
    return 0 if result["replies"] == result["events"] else 1


if __name__ == "__main__":
    sys.exit(main())

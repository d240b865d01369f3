"""A queue that drains although the platform takes one chat's messages badly: what that costs everybody else.

    python -m bench.slow_chat [--platform zalo_oa] [--database postgresql] [--messages 5000]

A bot starts on a database in which messages wait, and answers them over the real outbox; it is timed until everybody but that
chat has all their replies. Three times, each on a database of its own: all is well (the baseline); every send to that chat
hangs for ten seconds; every send to it is refused with "too many requests". Status 1 when a reply is missing or was sent twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from bench.bots import Bot
from bench.citizens import PLATFORMS, TELEGRAM_ACCOUNT, Platform
from bench.databases import KINDS, empty_database
from bench.machine import describe_machine, end_on_signals
from bot.received import Received
from core.messages import Inbound
from core.storage.database import Database
from tests.fakes.zalo_oa import OA

__all__ = ["Plan", "run"]

_FIRST_CHAT = 5_000_000
_ACCOUNTS = {"telegram": TELEGRAM_ACCOUNT, "zalo_oa": OA}
_TROUBLES = ("none", "hangs", "refused")


@dataclass(frozen=True)
class Plan:
    """One run.

    Args:
        database_url: An empty database.
        trouble: What becomes of sends to the first chat: ``none``, ``hangs`` or ``refused``.
        messages: How many wait.
        chats: In how many chats, as many in each.
        platform: On which they came.
    """

    database_url: str
    trouble: str = "none"
    messages: int = 5000
    chats: int = 200
    platform: str = "telegram"


async def run(plan: Plan) -> dict[str, Any]:
    """Let a plan happen; the seconds the others took, and a list of everything that should not be."""
    async with PLATFORMS[plan.platform](repeats=0.0) as platform:
        await platform.introduce(plan.database_url)
        asked = [_FIRST_CHAT + n % plan.chats for n in range(plan.messages)]
        await _fill(plan, asked)
        platform.hanging = frozenset({_FIRST_CHAT} if plan.trouble == "hangs" else ())
        platform.refusing = frozenset({_FIRST_CHAT} if plan.trouble == "refused" else ())
        others = Counter(chat for chat in asked if chat != _FIRST_CHAT)
        bot = Bot(plan.database_url, platform.settings())
        await bot.start()
        try:
            await bot.listens()
            started = time.monotonic()
            await _all_told(platform, others)
            seconds = time.monotonic() - started
        finally:
            await bot.kill()  # that chat's replies would hold up an orderly end
            await bot.stop()
    told = Counter(sent.chat for sent in platform.sent if sent.chat != _FIRST_CHAT)
    wrong = [] if told == others else ["replies were lost or sent more than once"]
    return {"seconds": round(seconds, 1), "sent_to_that_chat": len(platform.sent) - told.total(), "wrong": wrong}


async def _fill(plan: Plan, chats: list[int]) -> None:
    """Messages that came while no bot was there."""
    database = Database(plan.database_url)
    try:
        await database.migrate()
        received = Received(database, 2000)
        now = datetime.now(UTC)
        for number, chat in enumerate(chats):
            account = _ACCOUNTS[plan.platform]
            await received.store(Inbound(plan.platform, account, str(chat), f"e{number}", f"câu {number}", now))
    finally:
        await database.close()


async def _all_told(platform: Platform, chats: Counter[int]) -> None:
    """Return when everybody in `chats` was sent as many replies as messages."""
    while sum(sent.chat in chats for sent in platform.sent) < chats.total():
        platform.changed.clear()
        await platform.changed.wait()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--platform", choices=PLATFORMS, default="telegram")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--messages", type=int, default=5000)
    options = parser.parse_args()
    end_on_signals()
    results = {}
    for trouble in _TROUBLES:
        with empty_database(options.database) as url:
            results[trouble] = asyncio.run(run(Plan(url, trouble, options.messages, platform=options.platform)))
        results[trouble]["ratio"] = round(results[trouble]["seconds"] / results["none"]["seconds"], 2)
    named = {"platform": options.platform, "database": options.database, "messages": options.messages}
    print(json.dumps({**named, **results, **describe_machine()}, ensure_ascii=False, indent=1))
    return 1 if any(result["wrong"] for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

"""How fast webhooks are acknowledged while turns run: messages over Telegram and Zalo OA at fixed rates, each a turn.

    python -m bench.webhooks [--database postgresql] [--model] [--rates 20,50,100] [--seconds 20]

A bot process with a real database is called over HTTP as the platforms call it, and sends its answers to them. Every message
is due at its own time whatever became of those before, so waiting counts. The baseline is a bot at rest: one message, its
answer sent, then the next. Status 1 when a message was not acknowledged at once, or did not get exactly one turn.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from sqlalchemy import func, select

from bench.bots import Bot, settled
from bench.citizens import Platform, ZaloPlatform
from bench.databases import KINDS, empty_database
from bench.machine import describe_machine, end_on_signals, percentile
from bench.machine import model as trained_model
from bench.questions import make_conversations
from bot.settings import ROOT
from core.guides import load_guides
from core.storage.models import Turn

_CHATS = 200
_FIRST_CHAT = 5_000_000
_AT_REST = 100
_SHARES = (0.5, 0.95, 0.99, 1.0)


class Citizens:
    """People who write on either platform, each question of the guides in its turn.

    Args:
        platforms: What they write on.
    """

    def __init__(self, platforms: Sequence[Platform]) -> None:
        self._platforms = platforms
        guides = list(load_guides(ROOT / "data" / "guides").values())
        self._texts = [text for dialogue in make_conversations(guides, 500) for text in dialogue]
        self.asked = 0

    async def ask(self, wait: float = 0.0) -> tuple[int, float]:
        """One message after `wait` seconds; the status it was answered with, and after how many milliseconds."""
        number, self.asked = self.asked, self.asked + 1
        platform = self._platforms[number % len(self._platforms)]
        update = platform.update(_FIRST_CHAT + number % _CHATS, self._texts[number % len(self._texts)])
        await asyncio.sleep(wait)
        started = time.perf_counter()
        status = await platform.post(update)
        return status, (time.perf_counter() - started) * 1000


async def measure(url: str, rates: Sequence[float], seconds: float, model: Path | None) -> dict[str, Any]:
    """All rates over one database; the document that is printed."""
    async with Platform(repeats=0.0) as telegram, ZaloPlatform(repeats=0.0) as zalo:
        await zalo.introduce(url)
        bot = Bot(url, telegram.settings() | zalo.settings(), model)
        telegram.targets = zalo.targets = [bot.address]
        citizens = Citizens((telegram, zalo))
        phases: dict[str, list[tuple[int, float]]] = {}
        await bot.start()
        try:
            await bot.listens()
            for name, count in (("warming up", 20), ("at rest", _AT_REST)):
                phases[name] = []
                for _ in range(count):
                    phases[name].append(await citizens.ask())
                    async with settled(url, look_every=0.02):
                        pass
            for rate in rates:
                asked = [citizens.ask(number / rate) for number in range(round(rate * seconds))]
                phases[f"{rate:g} a second"] = list(await asyncio.gather(*asked))
                async with settled(url) as database, database.session() as session:
                    turns = await session.scalar(select(func.count()).select_from(Turn))
        finally:
            await bot.stop()
    del phases["warming up"]
    return {
        "acknowledged": {name: _figures([ms for _, ms in calls]) for name, calls in phases.items()},
        "refused": sum(status != 200 for calls in phases.values() for status, _ in calls),
        "messages": citizens.asked,
        "turns": turns,
        **describe_machine(),
    }


def _figures(milliseconds: Sequence[float]) -> dict[str, float]:
    named = {f"p{share * 100:g}_ms": round(percentile(milliseconds, share), 1) for share in _SHARES}
    return {"calls": len(milliseconds), **named}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--rates", default="20,50", help="messages a second, one measurement each")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each rate is kept up")
    parser.add_argument("--model", action="store_true", help="answer with the trained model")
    options = parser.parse_args()
    end_on_signals()
    rates = [float(rate) for rate in options.rates.split(",")]
    with empty_database(options.database) as url:
        result = asyncio.run(measure(url, rates, options.seconds, trained_model() if options.model else None))
    print(json.dumps({"database": options.database, **result}, ensure_ascii=False, indent=1))
    return 0 if not result["refused"] and result["turns"] == result["messages"] else 1


if __name__ == "__main__":
    sys.exit(main())

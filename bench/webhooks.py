"""How fast webhooks are acknowledged while turns run: messages over Telegram and Zalo OA at fixed rates, each a turn.

    python -m bench.webhooks [--database postgresql] [--processes 2] [--model] [--rates 20,50,100] [--seconds 20]

Bot processes with a real database are called over HTTP as the platforms call them, and send their answers to them. Every message
is due at its own time whatever became of those before, so waiting counts. The baseline is a bot at rest: one message, its
answer sent, then the next. Beside that it tells how long a message waited for its answer to be stored, and what a message cost
of the processors' time, in bots, database server and platforms with their citizens. Status 1 when a message was not acknowledged
at once, or did not get exactly one turn.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

import psutil  # type: ignore[import-untyped]  # brings no types
from sqlalchemy import func, select

from bench.bots import Bot, settled
from bench.citizens import Platform, ZaloPlatform
from bench.databases import KINDS, empty_database, server_of
from bench.machine import describe_machine, end_on_signals, percentile, tree_seconds
from bench.machine import model as trained_model
from bench.questions import make_conversations
from bot.settings import ROOT
from core.guides import load_guides
from core.storage.models import Message, Turn

_CHATS = 200
_FIRST_CHAT = 5_000_000
_WARM_UP = 20
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


async def measure(url: str, rates: Sequence[float], seconds: float, model: Path | None, processes: int) -> dict[str, Any]:
    """All rates over one database; the document that is printed."""
    async with Platform(repeats=0.0) as telegram, ZaloPlatform(repeats=0.0) as zalo:
        await zalo.introduce(url)
        bots = [Bot(url, telegram.settings() | zalo.settings(), model) for _ in range(processes)]
        telegram.targets = zalo.targets = [bot.address for bot in bots]
        citizens = Citizens((telegram, zalo))
        phases: dict[str, dict[str, Any]] = {}
        try:
            for bot in bots:
                await bot.start()
                await bot.listens()
            await _at_rest(url, citizens, _WARM_UP * processes)
            async with _measured(url, bots, citizens) as phases["at rest"]:
                phases["at rest"]["calls"] = await _at_rest(url, citizens, _AT_REST)
            for rate in rates:
                async with _measured(url, bots, citizens) as phases[f"{rate:g} a second"]:
                    asked = [citizens.ask(number / rate) for number in range(round(rate * seconds))]
                    phases[f"{rate:g} a second"]["calls"] = await asyncio.gather(*asked)
            async with settled(url) as database, database.session() as session:
                turns = await session.scalar(select(func.count()).select_from(Turn))
        finally:
            for bot in bots:
                await bot.stop()
    refused = sum(status != 200 for phase in phases.values() for status, _ in phase.pop("calls"))
    return {"phases": phases, "refused": refused, "messages": citizens.asked, "turns": turns, **describe_machine()}


async def _at_rest(url: str, citizens: Citizens, count: int) -> list[tuple[int, float]]:
    """Messages one after the other, each when the one before was answered and the answer sent."""
    calls = []
    for _ in range(count):
        calls.append(await citizens.ask())
        async with settled(url, look_every=0.02):
            pass
    return calls


@contextlib.asynccontextmanager
async def _measured(url: str, bots: Sequence[Bot], citizens: Citizens) -> AsyncIterator[dict[str, Any]]:
    """A phase, whose caller puts the calls into what this gives, and this the figures, when all is answered and sent."""
    phase: dict[str, Any] = {}
    async with settled(url) as database, database.session() as session:
        last = await session.scalar(select(func.max(Turn.id))) or 0
        server = await server_of(database)
    before, asked = _seconds(bots, server), citizens.asked
    yield phase
    async with settled(url) as database, database.session() as session:
        rows = await session.execute(select(Message.created_at, Turn.created_at).join(Turn).where(Turn.id > last))
        waited = [(turn - message).total_seconds() * 1000 for message, turn in rows]
    phase["acknowledged"] = _figures([ms for _, ms in phase["calls"]])
    phase["answer_stored"] = _figures(waited)
    spent = _seconds(bots, server)
    phase["busy_ms"] = {part: round((spent[part] - before[part]) * 1000 / (citizens.asked - asked), 1) for part in spent}


def _seconds(bots: Sequence[Bot], server: psutil.Process | None) -> dict[str, float]:
    """Processor time spent so far, by who spent it."""
    return {
        "bots": sum(tree_seconds(bot.process) for bot in bots),
        "database": tree_seconds(server) if server else 0.0,
        "platforms": time.process_time(),
    }


def _figures(milliseconds: Sequence[float]) -> dict[str, float]:
    named = {f"p{share * 100:g}_ms": round(percentile(milliseconds, share), 1) for share in _SHARES}
    return {"calls": len(milliseconds), **named}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--processes", type=int, default=1, help="bot processes (PostgreSQL)")
    parser.add_argument("--rates", default="20,50", help="messages a second, one measurement each")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long each rate is kept up")
    parser.add_argument("--model", action="store_true", help="answer with the trained model")
    options = parser.parse_args()
    end_on_signals()
    rates = [float(rate) for rate in options.rates.split(",")]
    with empty_database(options.database) as url:
        result = asyncio.run(measure(url, rates, options.seconds, trained_model() if options.model else None, options.processes))
    print(json.dumps({"database": options.database, "processes": options.processes, **result}, ensure_ascii=False, indent=1))
    return 0 if not result["refused"] and result["turns"] == result["messages"] else 1


if __name__ == "__main__":
    sys.exit(main())

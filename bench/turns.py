"""How long a turn takes: this project in one process against a stock Rasa deployment over HTTP.

Both answer the same conversations with the same model, in alternating blocks, so that a busy machine disturbs both.
A turn of ours is everything from a message to its stored replies; a turn of stock Rasa is one POST and its answer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from bench.machine import describe_machine, end_on_signals, model, percentile
from bench.questions import Dialogue, make_conversations

_BLOCKS = 6
_WARM_UP = 20
_CASE_CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")

Ask = Callable[[str, str], Awaitable[list[str]]]
"""Answers one text in a named conversation."""


@dataclass
class Side:
    """One of the two that are compared, and what was measured of it."""

    ask: Ask
    milliseconds: list[float] = field(default_factory=list)
    answers: list[list[str]] = field(default_factory=list)

    async def take(self, label: str, conversations: Sequence[Dialogue], *, measured: bool = True) -> None:
        """Answer `conversations`, one message after the other."""
        for number, dialogue in enumerate(conversations):
            for text in dialogue:
                started = time.perf_counter()
                answer = await self.ask(f"{label}-{number}", text)
                if measured:
                    self.milliseconds.append((time.perf_counter() - started) * 1000)
                    self.answers.append([_CASE_CODE.sub("CODE", part).strip() for part in answer])

    def figures(self) -> dict[str, float]:
        """Percentiles in milliseconds, turns a second, and how many messages got an answer."""
        times = self.milliseconds
        return {
            "p50_ms": round(percentile(times, 0.50), 2),
            "p95_ms": round(percentile(times, 0.95), 2),
            "p99_ms": round(percentile(times, 0.99), 2),
            "mean_ms": round(sum(times) / len(times), 2),
            "turns_per_second": round(1000 * len(times) / sum(times), 1),
            "answered": sum(any(answer) for answer in self.answers),
        }


@contextlib.asynccontextmanager
async def our_turns(model_path: Path) -> Any:
    """A function that takes one turn: stored message in, stored replies out, on SQLite in a file.

    Knows the guides and not the imported catalogue, as the stock deployment does.
    """
    from bot.agent import Brain, quiet_rasa
    from bot.settings import Settings
    from bot.turns import TurnEngine, TurnReport
    from core.dialogue import Dialogue as Answering
    from core.knowledge import Knowledge
    from core.messages import Inbound
    from core.storage.database import Database

    quiet_rasa("WARNING")
    settings = Settings.load()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{folder}/bench.db")
        await database.migrate()
        brain = Brain(model_path, Answering(Knowledge.load(settings.data_dir)))
        engine = TurnEngine(database, brain, link_hosts=settings.allowed_hosts)
        asked = 0

        async def ask(conversation: str, text: str) -> list[str]:
            nonlocal asked
            asked += 1
            stored = await engine.store(Inbound("bench", "bench", conversation, str(asked), text, datetime.now(UTC)))
            assert stored is not None  # the event id is new
            report = await engine.take_turn(stored[0])
            assert isinstance(report, TurnReport)
            return [reply.text for reply in report.replies]

        try:
            yield ask
        finally:
            await database.close()


async def measure(questions: int, path: Path) -> dict[str, Any]:
    """Both sides over `questions` messages with the model in `path`; the document that ``--json`` prints."""
    from bench.stock import stock_rasa
    from bot.settings import Settings
    from core.guides import load_guides

    guides = list(load_guides(Settings.load().data_dir / "guides").values())
    conversations = make_conversations(guides, questions)
    machine = describe_machine()
    async with stock_rasa(path) as stock_server, our_turns(path) as ask_ours:
        ours, stock = Side(ask_ours), Side(stock_server.ask)
        for side in (ours, stock):
            await side.take("warm", make_conversations(guides[::-1], _WARM_UP), measured=False)
        for block in range(_BLOCKS):
            part = conversations[block::_BLOCKS]
            for side in (ours, stock) if block % 2 == 0 else (stock, ours):
                await side.take(f"block{block}", part)
    mine, theirs = ours.figures(), stock.figures()
    return {
        "ratio": round(mine["turns_per_second"] / theirs["turns_per_second"], 2),
        "ours": mine,
        "stock": theirs,
        "questions": questions,
        "mismatches": sum(a != b for a, b in zip(ours.answers, stock.answers, strict=True)),
        "model": path.name,
        **machine,
    }


def _print_table(result: dict[str, Any]) -> None:
    rows = (
        ("p50", "p50_ms", "ms"),
        ("p95", "p95_ms", "ms"),
        ("p99", "p99_ms", "ms"),
        ("mean", "mean_ms", "ms"),
        ("turns a second", "turns_per_second", ""),
        ("messages answered", "answered", ""),
    )
    print(f"{result['questions']} messages; {result['cpu']}, load {result['load']}; Python {result['python']}; {result['model']}")
    print(f"{'':20}{'this project':>16}{'stock over HTTP':>18}")
    for title, name, unit in rows:
        print(f"{title:20}{result['ours'][name]:>13} {unit:2}{result['stock'][name]:>15} {unit:2}")
    print(f"ratio of turns a second: {result['ratio']}")
    print(f"messages with different answers: {result['mismatches']}")


def main() -> int:
    """Command line; 1 when a message went unanswered."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--questions", type=int, default=300, metavar="N", help="messages to measure (default: 300)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    if options.questions < _BLOCKS:
        parser.error(f"--questions: at least {_BLOCKS}, one for each block")
    end_on_signals()
    result = asyncio.run(measure(options.questions, model()))
    _print_table(result)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    return 0 if result["ours"]["answered"] == result["stock"]["answered"] == options.questions else 1


if __name__ == "__main__":
    sys.exit(main())

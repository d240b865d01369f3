"""What citizens notice of the trainers' work: turns under a steady load, in quiet, during training, during an exchange of models.

    python -m bench.swap                 about two minutes; a copy of the project's content, nothing of the project is changed
    python -m bench.swap --rate 50 --seconds 10 --database postgresql

The product runs as always, with the model of the present data; messages come at a fixed rate, each in a conversation of its own,
and a turn's time runs from when it was due, so waiting counts. Baseline is the quiet part of the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from pydantic import SecretStr
from sqlalchemy import func, select

from bench.databases import KINDS, empty_database
from bench.machine import describe_machine, end_on_signals, model, percentile
from bench.questions import make_conversations
from bot.agent import Brain, quiet_rasa
from bot.app import Running, releasing_of, running, training_of
from bot.settings import ROOT, Settings
from bot.turns import TurnReport
from core.dialogue import Dialogue
from core.guides import load_guides
from core.knowledge import Knowledge
from core.messages import Inbound
from core.storage import releases
from core.storage.models import Message
from core.storage.release_models import Candidate
from nlu.training.candidates import freeze
from nlu.training.staged import content_files

_SHARE_OF_CAPACITY = 0.5
_MOST = 200.0
_WARM_UP = 100


@dataclass
class Load:
    """Messages at a fixed rate.

    Args:
        product: What answers them.
        texts: What is asked, over and over.
        rate: Messages a second.
    """

    product: Running
    texts: list[str]
    rate: float = 0.0
    asked: int = 0
    failed: int = 0
    milliseconds: dict[str, list[float]] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def one(self, phase: str, due: float) -> None:
        """One message, from when it was due to its stored answer."""
        self.asked += 1
        inbound = Inbound(
            "bench", "bench", f"c{self.asked}", str(self.asked), self.texts[self.asked % len(self.texts)], datetime.now(UTC)
        )
        try:
            stored = await self.product.engine.store(inbound)
            report = await self.product.engine.take_turn(stored[0]) if stored else None
            self.failed += not isinstance(report, TurnReport)
        except Exception:  # noqa: BLE001  # whatever it is, a message was not answered
            self.failed += 1
        self.milliseconds.setdefault(phase, []).append((time.perf_counter() - due) * 1000)

    async def during(self, phase: str, over: Callable[[], bool]) -> None:
        """Keep asking until `over`."""
        due = time.perf_counter()
        while not over():
            task = asyncio.create_task(self.one(phase, due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            due += 1 / self.rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await asyncio.gather(*self._tasks)

    async def settle(self, most: float | None) -> None:
        """Find a rate that this machine can answer with room to spare, or take the one asked for."""
        started = time.perf_counter()
        for _ in range(_WARM_UP):
            await self.one("warm", time.perf_counter())
        self.rate = most or min(_MOST, _SHARE_OF_CAPACITY * _WARM_UP / (time.perf_counter() - started))

    def figures(self, phase: str) -> dict[str, float]:
        """What a phase was like."""
        times = self.milliseconds[phase]
        named = {f"p{round(100 * share)}_ms": round(percentile(times, share), 1) for share in (0.5, 0.95, 0.99)}
        return {"turns": len(times), **named, "slowest_ms": round(max(times), 1)}


def _for(seconds: float) -> Callable[[], bool]:
    end = time.perf_counter() + seconds
    return lambda: time.perf_counter() > end


async def measure(url: str, rate: float | None, seconds: float) -> dict[str, Any]:
    """All phases over an empty database; the document that ``--json`` prints."""
    quiet_rasa("ERROR")
    made = model()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for path in content_files(ROOT):
            (folder / "live" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, folder / "live" / path)
        settings = Settings(
            _env_file=None,
            database_url=SecretStr(url),
            data_dir=folder / "live" / "data",
            models_dir=made.parent,
            training_dir=folder / "training",
            port=0,
            log_level="ERROR",
        )
        knowledge = Knowledge.load(settings.data_dir)
        brain = Brain(made, Dialogue(knowledge), settings.content_dir)
        async with running(settings, brain) as product:
            guides = list(load_guides(settings.data_dir / "guides").values())
            load = Load(product, [text for dialogue in make_conversations(guides, 300) for text in dialogue[:1]])
            await load.settle(rate)
            await load.during("quiet", _for(seconds))
            await load.during("training", await _training(settings, product, seconds))
            exchanges = [await _exchange(settings, product, load, made, number) for number in (1, 2)]
            await load.during("after", _for(seconds / 2))
            async with product.database.session() as session:
                lost = await session.scalar(select(func.count()).where(Message.direction == "in", Message.state != "done"))
    phases = {name: load.figures(name) for name in ("quiet", "training", "exchange", "after")}
    return {
        "rate": round(load.rate, 1),
        "lost": (lost or 0) + load.failed,
        "phases": phases,
        "slower_while_training": {
            name: round(phases["training"][f"{name}_ms"] / phases["quiet"][f"{name}_ms"], 2) for name in ("p50", "p95")
        },
        "exchange_seconds": exchanges,
        "model": made.name,
        **describe_machine(),
    }


async def _training(settings: Settings, product: Running, seconds: float) -> Callable[[], bool]:
    """Begin a training of the whole content; over after a while, when it is stopped, wherever it has come to."""
    training = training_of(settings, product.database)
    path = settings.data_dir / "nlu" / "dialogue.yml"
    path.write_text(path.read_text("utf-8") + "\n# one more line\n", encoding="utf-8")
    run = await training.train(settings.content_dir, "bench", [])
    while True:  # what is measured is training, not the start of a process
        async with product.database.session() as session:
            now = await session.get_one(type(run), run.id)
        if now.step == "train" or now.slot is None:
            break
        await asyncio.sleep(0.2)
    over = _for(2 * seconds)
    asyncio.get_running_loop().call_later(2 * seconds, lambda: asyncio.ensure_future(training.stop("bench")))
    return over


async def _exchange(settings: Settings, product: Running, load: Load, made: Path, number: int) -> float:
    """Put other content with the same model into force under load; returns the seconds until it answers."""
    path = settings.data_dir / "talk" / "emergency.yml"
    path.write_text(path.read_text("utf-8") + f"\n# {number}\n", encoding="utf-8")
    files = await asyncio.to_thread(freeze, settings.content_dir, settings.training_dir)
    manifest = await asyncio.to_thread(files.take_model, made, 0.0)
    assert releasing_of(settings, product.database).files(manifest.id).is_there
    async with product.database.session.begin() as session:
        session.add(Candidate(id=manifest.id, tree=manifest.tree, model=manifest.model, made_by="bench"))
        await session.flush()
        release = await releases.add(session, manifest.id, "promoted", "bench", None, after=None)
    started = time.perf_counter()
    done: list[float] = []

    async def watch() -> None:
        while not done:
            async with product.database.session() as session:
                rows = await releases.serving(session)
            if any(row.release_id == release.id for row in rows):
                done.append(time.perf_counter() - started)
            await asyncio.sleep(0.1)

    watching: Awaitable[None] = asyncio.ensure_future(watch())
    await load.during("exchange", lambda: bool(done))
    await watching
    return round(done[0], 1)


def _print_table(result: dict[str, Any]) -> None:
    print(f"{result['rate']} turns a second; {result['cpu']}, load {result['load']}; {result['model']}")
    print(f"{'':12}{'turns':>8}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}{'slowest':>10}")
    for name, row in result["phases"].items():
        print(f"{name:12}" + "".join(f"{row[key]:>{width}}" for key, width in zip(row, (8, 10, 10, 10, 10), strict=True)))
    slower = ", ".join(f"{value} times at {name}" for name, value in result["slower_while_training"].items())
    print(f"while training, a turn takes {slower} as long")
    print(f"exchanges took {result['exchange_seconds']} s; messages lost or failed: {result['lost']}")


def main() -> int:
    """Command line; 1 when a message went unanswered or waited longer than a second for an exchange."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rate", type=float, help="turns a second (default: half of what this machine can, at most 200)")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of the quiet part (default: 15)")
    parser.add_argument("--database", choices=KINDS, default="sqlite", help="a real PostgreSQL is started for the second kind")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    end_on_signals()
    with empty_database(options.database) as url:
        result = asyncio.run(measure(url, options.rate, options.seconds))
    _print_table(result)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    return 0 if not result["lost"] and result["phases"]["exchange"]["slowest_ms"] < 1000 else 1


if __name__ == "__main__":
    sys.exit(main())

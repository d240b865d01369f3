"""A bot process for measurements of delivery: the real product, answering with a counter instead of a trained model.

python bench/bot_process.py [--model]    settings as for ``troly serve``

Loads what takes seconds once; each line on its input then starts a process that serves (``started``, ``listening``), and ends
when that one does (``ended``). So a hundred can be killed in minutes, each with nothing but the database to go by.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

import structlog

from bot.app import load_brain, running
from bot.brain import Answering, BrainResult
from bot.settings import Settings
from core.dialogue import Dialogue
from core.handoff import new_case_code
from core.knowledge import Knowledge
from core.messages import Reply

__all__ = ["PERSON", "Counter"]

PERSON = "gặp cán bộ"
"""Opens a case."""


class Counter:
    """Answers with the message and how many its conversation has had, which only the stored memory tells; opens cases."""

    model_name = "counter"

    def __init__(self, knowledge: Knowledge) -> None:
        self.dialogue = Dialogue(knowledge)

    async def answer(self, sender_id: str, events: list[Any], text: str, choice: str | None) -> BrainResult:
        """The message, counted."""
        number = (events[-1]["count"] if events else 0) + 1
        decision = dict.fromkeys(("guide", "code", "section", "case", "forget")) | {"outcome": "answered", "candidates": []}
        if text == PERSON:
            decision["case"] = {"code": new_case_code(), "reason": "asked"}
        return BrainResult(decision, [Reply(f"{number} | {text}")], "counter", 1.0, [], [{"count": number}], None)


async def _serve(settings: Settings, brain: Answering) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with running(settings, brain):
        print(f"listening {os.getpid()}", flush=True)
        await stop.wait()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", type=Path, help="answer with this trained model")
    options = parser.parse_args()
    settings = Settings.load()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
    brain = load_brain(settings, options.model) if options.model else Counter(Knowledge.load(settings.data_dir))
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(_serve(settings, brain))
            os._exit(0)
        print(f"started {child}", flush=True)
        os.waitpid(child, 0)
        print(f"ended {child}", flush=True)


if __name__ == "__main__":
    main()

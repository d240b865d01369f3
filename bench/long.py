"""Whether a turn costs more the longer its conversation is: a conversation of 1,000 turns against fresh ones at their tenth.

Both are taken in turns, message by message, so that a busy machine disturbs both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from bench.machine import end_on_signals, model
from bench.turns import Ask, our_turns

_SAID = (
    "chỉ từng bước đăng ký tạm trú", "xong rồi", "lệ phí bao nhiêu", "làm tiếp", "kẹt rồi", "1", "tiếp", "quay lại",
    "cần giấy tờ gì", "mấy ngày xong", "sang tên xe cần gì", "tôi bán xe", "cảm ơn", "bước 3 làm lại", "nộp ở đâu",
)  # fmt: skip
_COMPARED = 40
_TENTH = 10


async def measure(path: Path, turns: int) -> dict[str, Any]:
    """Milliseconds of late turns of a long conversation and of tenth turns of fresh ones, with the same messages."""
    async with our_turns(path) as ask:
        said = itertools.cycle(_SAID)
        for _ in range(turns - _COMPARED):
            await ask("long", next(said))
        late: list[float] = []
        tenth: list[float] = []
        for number in range(_COMPARED):
            text = next(said)
            await _first_turns(ask, f"fresh-{number}", itertools.cycle(_SAID))
            late.append(await _timed(ask, "long", text))
            tenth.append(await _timed(ask, f"fresh-{number}", text))
    return {
        "turns": turns,
        "tenth_ms": round(statistics.median(tenth), 2),
        "last_ms": round(statistics.median(late), 2),
        "ratio": round(statistics.median(late) / statistics.median(tenth), 2),
    }


async def _first_turns(ask: Ask, conversation: str, said: Iterator[str]) -> None:
    for _ in range(_TENTH - 1):
        await ask(conversation, next(said))


async def _timed(ask: Ask, conversation: str, text: str) -> float:
    started = time.perf_counter()
    await ask(conversation, text)
    return (time.perf_counter() - started) * 1000


def main() -> None:
    """Print both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=1000)
    arguments = parser.parse_args()
    end_on_signals()
    figures = asyncio.run(measure(model(), arguments.turns))
    print(
        f"turn {_TENTH}: {figures['tenth_ms']} ms   turn {figures['turns']}: {figures['last_ms']} ms   ratio {figures['ratio']}"
    )


if __name__ == "__main__":
    main()

"""Posts damaged bodies to every webhook of the real web server: no 5xx, no exception, no forged call taken.

    .venv/bin/python bench/fuzz_webhooks.py --bodies 100000

Bodies are the captured ones of tests/fixtures/channels with parts replaced, left out or repeated, random JSON, and random
bytes; every tenth is posted without a genuine signature. The seed is printed: the same seed makes the same bodies. Exit status
1 when something went wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.channels.benches import BENCHES, Bench
from tests.channels.damage import damaged, random_json


def raw_body(captured: list[Any], chance: random.Random) -> bytes:
    """One body as bytes; rarely over the server's limit."""
    kind = chance.random()
    if kind < 0.75:
        return json.dumps(damaged(chance.choice(captured), chance)).encode()
    if kind < 0.9:
        return json.dumps(random_json(chance)).encode()
    if kind < 0.999:
        return chance.randbytes(chance.randrange(400))
    return b"[" * 300_000


async def fuzz(bench: Bench, bodies: int, seed: int) -> Counter[str]:
    """Post them; counts of answers, with ``wrong`` for what must not be."""
    chance = random.Random(seed)
    captured = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(bench.folder.glob("*.json"))]
    seen: Counter[str] = Counter()
    gate = asyncio.Semaphore(20)

    async def one(raw: bytes, forged: bool) -> None:
        async with gate:
            status = await bench.post(raw, chance.choice(bench.forged) if forged else None)
        allowed = (
            {413, 403} if len(raw) > 256 * 1024 else {403} if forged and raw.strip() != b"{}" else {bench.accepted, 400, 403, 413}
        )
        seen[str(status)] += 1
        if status not in allowed:
            seen["wrong"] += 1
            print(f"wrong: {status} for {raw[:200]!r}")

    for start in range(0, bodies, 1000):
        batch = [(raw_body(captured, chance), number % 10 == 0) for number in range(min(1000, bodies - start))]
        await asyncio.gather(*(one(raw, forged) for raw, forged in batch))
    return seen


async def main(bodies: int, seed: int) -> bool:
    """Run over every adapter; False when something went wrong."""
    right = True
    for name, open_bench in BENCHES.items():
        with tempfile.TemporaryDirectory() as folder:
            async with open_bench(Path(folder)) as bench:
                bench.keep = False
                started = time.perf_counter()
                seen = await fuzz(bench, bodies // len(BENCHES), seed)
                print(json.dumps({"channel": name, "seconds": round(time.perf_counter() - started, 1), **seen}))
                right = right and not seen["wrong"] and not any(status.startswith("5") for status in seen)
    return right


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--bodies", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print(json.dumps({"bodies": chosen.bodies, "seed": chosen.seed}))
    sys.exit(0 if asyncio.run(main(chosen.bodies, chosen.seed)) else 1)

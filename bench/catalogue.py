"""How long importing, loading, searching and condensing the national catalogue takes, and how often a name is found.

``python -m bench.catalogue [FILE] [--times N] [--json]``: FILE is a catalogue in the format of docs/catalogue.md; without one,
the sample repeated N times under other codes. Importing is told as a multiple of parsing the same lines as JSON, which depends
less on the machine than seconds do. Seconds are processor seconds, which other programs on the machine do not change. The
database is a new SQLite file, removed afterwards.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # brings no types
from sqlalchemy import text

from bench.machine import ROOT, describe_machine, percentile
from core.catalogue import Catalogue, CatalogueRecord, as_guide
from core.catalogue_record import numbered_lines
from core.knowledge import Knowledge
from core.search import words_of
from core.storage.catalogue import import_records, load_catalogue
from core.storage.database import Database

__all__ = ["main", "measure", "repeated"]

_SAMPLE = ROOT / "data" / "samples" / "catalogue.jsonl"
_FIRST_CODE = 8_000_000
_SEED = 20261123
_ASKED = 600
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_FORMAL = (
    "{name} cần những giấy tờ gì?",
    "Cho tôi hỏi thủ tục {name} nộp hồ sơ ở đâu?",
    "Lệ phí {name} là bao nhiêu?",
    "Thời hạn giải quyết {name} mấy ngày?",
    "{name}",
)


def repeated(file: Path, times: int) -> Iterator[bytes]:
    """The records of `file` again and again, each under a code of its own."""
    records = [json.loads(line) for _, line in numbered_lines(file)]
    for n in range(times * len(records)):
        number = _FIRST_CODE + n
        record = records[n % len(records)] | {"code": f"{number // 1_000_000}.{number % 1_000_000:06d}"}
        yield json.dumps(record, ensure_ascii=False).encode()


async def measure(file: Path, url: str) -> dict[str, Any]:
    """Seconds and milliseconds of every part, for one file in one empty database."""
    lines = list(numbered_lines(file))
    started = time.process_time()
    for _, line in lines:
        json.loads(line)
    parse = time.process_time() - started
    database = Database(url)
    try:
        await database.migrate()
        first, imported = await _import(database, lines)
        again, _ = await _import(database, lines)
        async with database.session() as session:
            started = time.process_time()
            catalogue = await load_catalogue(session)
            load = time.process_time() - started
    finally:
        await database.close()
    return {
        "lines": len(lines),
        "imported": imported,
        "json_parse_s": round(parse, 2),
        "import_s": round(first, 2),
        "import_per_json_parse": round(first / parse, 1),
        "import_unchanged_s": round(again, 2),
        "load_s": round(load, 3),
        **_finding(catalogue),
        **_condensing(catalogue),
    }


async def _import(database: Database, lines: list[tuple[int, bytes]]) -> tuple[float, int]:
    started = time.process_time()
    async with database.session.begin() as session:
        report = await import_records(session, lines)
    return time.process_time() - started, report.added


def _finding(catalogue: Catalogue) -> dict[str, float]:
    """Seconds to build the index, milliseconds of a look-up over catalogue and guides, and how often it is right.

    Questions are patterns around official names, without what stands in brackets; names that differ only there count as one.
    """
    known = Knowledge.load(ROOT / "data")
    started = time.process_time()
    known = known.with_catalogue(catalogue)
    build = time.process_time() - started
    index = known.catalogue_index
    assert index is not None  # made just now
    dice = random.Random(_SEED)
    listed = [entry for entry in catalogue.entries if entry.code in index.place]
    names = {entry.code: _BRACKETS.sub("", entry.name).lower() for entry in listed}
    places: list[int] = []
    taken: list[float] = []
    for entry in dice.sample(listed, min(_ASKED, len(listed))):
        words = words_of(dice.choice(_FORMAL).format(name=names[entry.code]), known.lexicon)
        started = time.process_time()
        hits = index.search(words)
        known.index.search(words)
        taken.append((time.process_time() - started) * 1000)
        places.append(next((n for n, hit in enumerate(hits) if names[hit.code] == names[entry.code]), _ASKED))
    return {
        "index_s": round(build, 2),
        "lookup_ms_p50": round(percentile(taken, 0.5), 2),
        "lookup_ms_p99": round(percentile(taken, 0.99), 2),
        "found_first": round(sum(place == 0 for place in places) / len(places), 3),
        "found_in_three": round(sum(place < 3 for place in places) / len(places), 3),
    }


def _condensing(catalogue: Catalogue) -> dict[str, float]:
    """Milliseconds to make one guide, from the packed record on."""
    taken: list[float] = []
    for entry in catalogue.entries:
        started = time.process_time()
        as_guide(CatalogueRecord.unpack(entry.packed))
        taken.append((time.process_time() - started) * 1000)
    return {"guide_ms_p50": round(percentile(taken, 0.5), 2), "guide_ms_p99": round(percentile(taken, 0.99), 2)}


def _memory(url: str) -> float:
    """Megabytes that loading adds to a process that does nothing else, what the driver keeps for itself included."""
    command = [sys.executable, "-m", "bench.catalogue", "--only-load", url]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


async def _grown_by_loading(url: str) -> float:
    database = Database(url)
    async with database.session() as session:
        await session.execute(text("SELECT 1"))  # what the first query imports is not the catalogue's
        before = psutil.Process(os.getpid()).memory_info().rss
        catalogue = await load_catalogue(session)
        after = psutil.Process(os.getpid()).memory_info().rss
    await database.close()
    return float(after - before) / 1e6 if catalogue.entries else 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, help="a catalogue; default: the sample, repeated")
    parser.add_argument("--times", type=int, default=190, help="how often the sample is repeated (190: about the real size)")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of lines")
    parser.add_argument("--only-load", metavar="URL", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only_load:
        print(asyncio.run(_grown_by_loading(options.only_load)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = options.file or Path(folder) / "repeated.jsonl"
        if options.file is None:
            file.write_bytes(b"\n".join(repeated(_SAMPLE, options.times)))
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        found = {"machine": describe_machine(), **asyncio.run(measure(file, url)), "memory_mb": round(_memory(url), 1)}
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(f"{name:>22}  {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()

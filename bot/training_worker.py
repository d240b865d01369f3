"""The training process: freeze is done, here a model is trained, measured beside the live one, and citizens' messages replayed.

Started by `bot.services.training`, one at a time; tells its progress, and that it lives, in the database, and ends when it is
told to stop. What fails is told to the trainer in a sentence; the candidate's files stay whole or are removed.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import OperationalError

from bot.measuring import Side, answer_again, measure
from bot.settings import Settings
from core.errors import ContentError, ProjectError, UserFacingError
from core.storage import releases, replays, runs
from core.storage.database import Database
from core.storage.release_models import Candidate, TrainingRun
from nlu.training.candidates import Files
from nlu.training.gate import Limits
from nlu.training.train import find_model, train_model

__all__ = ["work"]

log = structlog.get_logger(__name__)

_NICE = 15
_BEAT_SECONDS = 1.0
_EXPECTED = {"train": {"train": 90.0, "measure": 60.0, "replay": 15.0}, "evaluate": {"measure": 60.0}, "replay": {"replay": 15.0}}
"""Seconds of each step before there was a run to learn from."""
_LONGEST = 1000
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


async def work(settings: Settings, run_id: int, live_root: Path) -> bool:
    """Do the work of a run that was begun, and close it.

    Returns:
        Whether it went well.
    """
    os.nice(_NICE)
    database = Database(settings.database_url.get_secret_value())
    try:
        worker = _Worker(settings, database, run_id, live_root)
        return await worker.run()
    finally:
        await database.close()


class _Worker:
    def __init__(self, settings: Settings, database: Database, run_id: int, live_root: Path) -> None:
        self._settings = settings
        self._database = database
        self._run_id = run_id
        self._live_root = live_root
        self._lines: list[str] = []
        self._step, self._within = "start", 0.0
        self._expected: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._started = time.monotonic()

    async def run(self) -> bool:
        async with self._database.session() as session:
            run = await session.get_one(TrainingRun, self._run_id)
            self._expected = await runs.step_seconds(session, run.kind) or _EXPECTED[run.kind]
        self._files = Files.of(self._settings.training_dir, run.candidate_id)
        beat = asyncio.create_task(self._beat())
        try:
            await self._steps(run.kind)
        except Exception as error:  # whatever failed, the trainer must hear of it
            log.warning("training.failed", run=self._run_id, exc_info=error)
            self._clear()
            await self._end("failed", _plainly(error))
            return False
        finally:
            beat.cancel()
        await self._end("done", None)
        return True

    async def _steps(self, kind: str) -> None:
        if kind == "train":
            await self._in_step("train", self._train)
        async with self._database.session() as session:
            in_force = await releases.current(session)
        candidate, live = await asyncio.to_thread(self._load, in_force.candidate_id if in_force else None)
        limits = Limits.load()
        if kind in {"train", "evaluate"}:
            self._begin("measure")
            started = time.monotonic()
            report = await measure(
                candidate, live, limits, self._live_root / "tests" / "nlu", self._settings.allowed_hosts, self._progress
            )
            self._took["measure"] = time.monotonic() - started
            await self._keep_report(report)
        if kind in {"train", "replay"}:
            self._begin("replay")
            started = time.monotonic()
            await self._replay(candidate, live, limits)
            self._took["replay"] = time.monotonic() - started

    def _begin(self, step: str) -> None:
        self._step, self._within = step, 0.0
        self._say({"train": "Huấn luyện mô hình", "measure": "Đo cạnh bản đang dùng", "replay": "Phát lại tin nhắn"}[step])

    def _say(self, line: str) -> None:
        self._lines.append(f"{datetime.now(UTC) + timedelta(hours=7):%H:%M:%S} {line}")

    def _progress(self, within: float) -> None:
        self._within = within

    async def _in_step(self, step: str, work: Callable[[], None]) -> None:
        self._begin(step)
        started = time.monotonic()
        await asyncio.to_thread(work)
        self._took[step] = time.monotonic() - started
        async with self._database.session.begin() as session:
            row = await session.get_one(Candidate, self._files.folder.name)
            manifest = self._files.manifest
            row.model, row.manifest = manifest.model, {**vars(manifest), "config": manifest.config}

    def _train(self) -> None:
        """Make the model, or take the one that was made of the same content before."""
        if self._files.manifest.model_sha256 is not None:
            self._say("Nội dung này đã huấn luyện rồi")
            return
        found = find_model(self._files.tree, self._settings.models_dir)
        if found is not None:
            self._say("Đã có mô hình của đúng nội dung này")
            self._files.take_model(found, 0.0)
            return
        logger = logging.getLogger("rasa.engine.training.hooks")
        handler = _Steps(self._say)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            made = train_model(self._files.tree, self._files.folder)
        finally:
            logger.removeHandler(handler)
        self._files.take_model(made.path, made.seconds)

    def _load(self, in_force: str | None) -> tuple[Side, Side]:
        """The candidate, and what serves: the release in force, or the project's own files before the first."""
        candidate = Side.load(self._files.tree, self._files.model)
        live = Files.of(self._settings.training_dir, in_force) if in_force else None
        if live is not None and live.is_there and live.folder != self._files.folder:
            return candidate, Side.load(live.tree, live.model)
        model = find_model(self._live_root, self._settings.models_dir)
        if model is None:
            self._say("Chưa có bản đang dùng để so; đo riêng bản mới")
            return candidate, candidate
        return candidate, Side.load(self._live_root, model)

    async def _keep_report(self, report: dict[str, object]) -> None:
        async with self._database.session.begin() as session:
            row = await session.get_one(Candidate, self._files.folder.name)
            row.report = {**report, "replay": row.report.get("replay", {"asked": 0, "changed": 0})}
            if self._database.is_shared:
                packed = await asyncio.to_thread(self._files.pack)
                await releases.archive(session, row.id, packed)

    async def _replay(self, candidate: Side, live: Side, limits: Limits) -> None:
        since = datetime.now(UTC) - timedelta(days=limits.replay_days)
        async with self._database.session() as session:
            asked = await replays.asked_since(session, since, limits.replay_messages)
        self._say(f"{len(asked)} tin nhắn trong {limits.replay_days} ngày")
        count, rows = await answer_again(
            asked, candidate.brain, live.brain, self._settings.allowed_hosts, limits.replay_sample, self._progress
        )
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
                self._clear()
                await self._end("cancelled", None)
                os._exit(0)  # the thread that trains cannot be interrupted
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
        for attempt in range(30):
            try:
                await self._tell()
                async with self._database.session.begin() as session:
                    await runs.end(session, self._run_id, state, error, {k: round(v, 1) for k, v in self._took.items()})
                return
            except OperationalError:
                log.warning("training.database_locked", attempt=attempt)
                await asyncio.sleep(1)


class _Steps(logging.Handler):
    """Hands on which component Rasa trains."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Interface of logging."""
        self._say(record.getMessage())


def _plainly(error: BaseException | None) -> str:
    """What went wrong, for a trainer: the first cause that says so."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    for one in chain:
        if isinstance(one, ContentError):
            return "Nội dung chưa đúng: " + "; ".join(one.problems[:5])[:_LONGEST]
        if isinstance(one, OSError) and one.errno in _NO_ROOM:
            return "Đĩa đầy trong lúc huấn luyện. Hãy dọn bớt rồi chạy lại; bản đang dùng không bị ảnh hưởng."
        if isinstance(one, UserFacingError | ProjectError):
            return str(one)
        if isinstance(one, MemoryError):
            return "Máy hết bộ nhớ trong lúc huấn luyện. Hãy đóng bớt việc khác rồi chạy lại."
    return f"Huấn luyện hỏng ({type(chain[0]).__name__}). Xem nhật ký của máy chủ; bản đang dùng không bị ảnh hưởng."

"""Runs of the training process: one at a time, in a process of its own with little priority, watched and stopped here."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from core.errors import UserFacingError
from core.storage import audit, releases, runs
from core.storage.database import Database
from core.storage.release_models import Candidate, TrainingRun
from nlu.training.candidates import Files, freeze, room_for_training, tree_hash

__all__ = ["HOST", "KINDS", "Training"]

log = structlog.get_logger(__name__)

HOST = socket.gethostname()[:80]
KINDS = ("train", "evaluate", "replay")
_PROGRAM = Path(__file__).resolve().parents[2]
_DIED = "Tiến trình huấn luyện dừng đột ngột (máy khởi động lại, hết bộ nhớ hoặc bị tắt). Không có gì thay đổi; hãy chạy lại."


@dataclass(frozen=True)
class Training:
    """Starts and ends runs.

    Args:
        database: Keeps them.
        live_root: The project's content.
        training_dir: Where candidates lie.
        environment: Settings of the started process, as environment variables.
    """

    database: Database
    live_root: Path
    training_dir: Path
    environment: Mapping[str, str]

    async def train(self, tree: Path, by: str, editors: list[str]) -> TrainingRun:
        """Freeze a content tree and have a model made of it, measured and replayed.

        Args:
            tree: The draft, or any content tree.
            by: User name.
            editors: Who changed what is new in it.

        Raises:
            Busy: A run is under way.
            UserFacingError: There is no room, or the tree cannot be read.
        """
        await self.recover()
        async with self.database.session() as session:
            if await runs.active(session) is not None:
                raise runs.Busy
        room_for_training(self.training_dir)
        try:
            files = await asyncio.to_thread(freeze, tree, self.training_dir)
            manifest = files.manifest
            base = await asyncio.to_thread(tree_hash, self.live_root)
        except OSError as error:
            raise UserFacingError(f"Không đọc được nội dung: {error.strerror or type(error).__name__}") from error
        async with self.database.session.begin() as session:
            row = await session.get(Candidate, manifest.id)
            if row is None:
                row = Candidate(id=manifest.id, tree=manifest.tree, made_by=by, editors=editors)
                session.add(row)
            row.removed_at, row.base = None, base
            row.editors = sorted({*row.editors, *editors})
            await session.flush()
            run = await runs.begin(session, "train", row, by, HOST)
            audit.record(session, by, "model.train", f"candidate:{row.id}")
        return await self._start(run)

    async def again(self, kind: str, candidate_id: str, by: str) -> TrainingRun:
        """Measure a trained candidate anew (``evaluate``), or answer the latest messages with it (``replay``).

        Raises:
            Busy: A run is under way.
            UserFacingError: There is no such candidate, or its files are not on this machine.
        """
        await self.recover()
        async with self.database.session.begin() as session:
            row = await releases.candidate(session, candidate_id)
            if row.model is None or not Files.of(self.training_dir, row.id).is_there:
                raise UserFacingError("Bản này chưa có mô hình trên máy này. Hãy huấn luyện lại.")
            run = await runs.begin(session, kind, row, by, HOST)
            audit.record(session, by, f"model.{kind}", f"candidate:{row.id}")
        return await self._start(run)

    async def _start(self, run: TrainingRun) -> TrainingRun:
        """Start the process of a run that was noted; a run whose process cannot start is closed at once."""
        work = self.training_dir / "work"
        shutil.rmtree(work, ignore_errors=True)
        try:
            work.mkdir(parents=True)
            command = [sys.executable, "-m", "bot", "models", "work", str(run.id), "--live", str(self.live_root)]
            own = {"TMPDIR": str(work), "RASA_CACHE_DIRECTORY": str(work / "cache"), "RASA_MAX_CACHE_SIZE": "0"}
            with (work / "output.txt").open("wb") as output:
                process = subprocess.Popen(  # noqa: S603  # our own program, with a number
                    command,
                    cwd=_PROGRAM,
                    env={**os.environ, **self.environment, **own},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # goes on when the server is started anew
                )
        except OSError as error:
            async with self.database.session.begin() as session:
                await runs.end(session, run.id, "failed", f"Không khởi động được: {error.strerror}. Kiểm tra dung lượng đĩa.")
            raise UserFacingError(f"Không khởi động được huấn luyện: {error.strerror}.") from error
        _reap_later(process)
        async with self.database.session.begin() as session:
            stored = await session.get_one(TrainingRun, run.id)
            stored.pid = process.pid
        log.info("training.started", run=run.id, kind=run.kind)
        return stored

    async def stop(self, by: str) -> None:
        """End the run under way; what it made is removed.

        Raises:
            UserFacingError: None is.
        """
        async with self.database.session.begin() as session:
            run = await runs.active(session)
            if run is None:
                raise UserFacingError("Không có lượt huấn luyện nào đang chạy.")
            run.stop = True  # a process on another machine sees it within a second
            audit.record(session, by, "model.stop", f"candidate:{run.candidate_id}")
        if run.host == HOST:
            _kill(run)
            await self._close(run, "cancelled", None)

    async def recover(self) -> TrainingRun | None:
        """Close a run whose process is gone, however it went; returns it."""
        async with self.database.session() as session:
            run = await runs.active(session)
        if run is None:
            return None
        if run.host == HOST and run.pid is not None:
            gone = not _is_alive(run)  # one that lives may be silent for long: it gets what others leave of the machine
        else:
            gone = runs.silent(run, datetime.now(UTC))
        if not gone:
            return None
        async with self.database.session() as session:  # it may have ended by itself just now
            if await runs.active(session) is None:
                return None
        log.warning("training.died", run=run.id)
        await self._close(run, "failed", _DIED)
        return run

    async def _close(self, run: TrainingRun, state: str, error: str | None) -> None:
        async with self.database.session.begin() as session:
            await runs.end(session, run.id, state, error)
            row = await session.get_one(Candidate, run.candidate_id)
        files = Files.of(self.training_dir, run.candidate_id)
        if row.model is None and run.host == HOST:
            files.remove()
        shutil.rmtree(self.training_dir / "work", ignore_errors=True)


def _is_alive(run: TrainingRun) -> bool:
    """Whether the process of a run of this machine still runs, and is no other that got its number."""
    try:
        command = Path(f"/proc/{run.pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"work" in command and str(run.id).encode() in command


def _kill(run: TrainingRun) -> None:
    if run.pid is not None and _is_alive(run):
        os.killpg(run.pid, signal.SIGKILL)


def _reap_later(process: subprocess.Popen[bytes]) -> None:
    """Let the system forget the process once it ends."""
    import threading

    threading.Thread(target=process.wait, name="training", daemon=True).start()

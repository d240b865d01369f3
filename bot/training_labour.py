"""The heavy part of a training, in a process of its own that never touches the installation's database.

It runs on what others leave of the machine (bot.step_aside), so it may stand still for long at any point; a transaction that it
had begun would then hold up every citizen. What it finds goes through a pipe to `bot.training_worker`, which stores it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.step_aside import lead_own_session, step_aside
from core.errors import NO_ROOM, ContentError, ProjectError, UserFacingError
from core.storage.replays import Asked
from nlu.training.candidates import Files
from nlu.training.gate import Limits
from nlu.training.train import find_model, train_model

__all__ = ["Task", "labour", "plainly"]

_LONGEST = 1000
_BEGINS = re.compile(r"Starting to train component '(\w+)'")
_PARTS = {
    "RulePolicy": "luật hội thoại",
    "ViSpeller": "chính tả, cách gõ",
    "ViLinearIntentClassifier": "ý định",
    "ViAspectClassifier": "mục được hỏi (giấy tờ, lệ phí…)",
    "ViEntityExtractor": "tên thủ tục trong câu",
    "ViGuideRanker": "xếp hạng hướng dẫn",
}


@dataclass(frozen=True)
class Task:
    """What is to be done.

    Args:
        kind: One of `bot.services.training.KINDS`.
        candidate: Its files.
        in_force: Files of the release in force, where they are on this machine.
        live_root: The project's content.
        models_dir: Where models of the project's content lie.
        hosts: Hosts the bot may link to.
        log_level: Of this process.
        yields: Whether to use only what others leave of the machine.
    """

    kind: str
    candidate: Files
    in_force: Files | None
    live_root: Path
    models_dir: Path
    hosts: tuple[str, ...]
    log_level: str
    yields: bool


def labour(task: Task, pipe: Connection) -> None:
    """Do it all; each thing found goes into `pipe` as a pair of its name and itself.

    ``begin`` (a step), ``progress`` (0–1 of it), ``say`` (a line for the log), ``trained``, ``measured`` (the report), ``asks``
    (for the messages to replay, which come back), ``replayed`` (count and rows), ``failed`` (why, for a
    trainer), ``done``.
    """
    lead_own_session()
    if task.yields:
        step_aside()
    from bot.agent import quiet_rasa

    quiet_rasa(task.log_level)
    try:
        _Labour(task, pipe).run()
        pipe.send(("done", None))
    except Exception as error:  # whatever failed, the trainer must hear of it
        logging.getLogger(__name__).warning("training failed", exc_info=error)
        pipe.send(("failed", plainly(error)))


class _Labour:
    def __init__(self, task: Task, pipe: Connection) -> None:
        self._task = task
        self._pipe = pipe

    def run(self) -> None:
        from bot.measuring import measure
        from bot.replaying import answer_again

        task = self._task
        if task.kind == "train":
            self._tell("begin", "train")
            self._train()
            self._tell("trained", None)
        candidate, live = self._load()
        limits = Limits.load()
        if task.kind in {"train", "evaluate"}:
            self._tell("begin", "measure")
            held_out = task.live_root / "tests" / "nlu"
            self._tell("measured", asyncio.run(measure(candidate, live, limits, held_out, task.hosts, self._progress)))
        if task.kind in {"train", "replay"}:
            self._tell("begin", "replay")
            self._tell("asks", None)
            asked: list[Asked] = self._pipe.recv()
            again = answer_again(asked, candidate.brain, live.brain, task.hosts, limits.replay_sample, self._progress)
            self._tell("replayed", asyncio.run(again))

    def _tell(self, name: str, value: Any) -> None:
        self._pipe.send((name, value))

    def _progress(self, share: float) -> None:
        self._tell("progress", share)

    def _train(self) -> None:
        """Make the model, or take the one that was made of the same content before."""
        files = self._task.candidate
        if files.manifest.model_sha256 is not None:
            self._tell("say", "Nội dung này đã huấn luyện rồi")
            return
        found = find_model(files.tree, self._task.models_dir)
        if found is not None:
            self._tell("say", "Đã có mô hình của đúng nội dung này")
            files.take_model(found, 0.0)
            return
        logger = logging.getLogger("rasa.engine.training.hooks")
        handler = _Steps(lambda line: self._tell("say", line))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        try:
            made = train_model(files.tree, files.folder)
        finally:
            logger.removeHandler(handler)
        files.take_model(made.path, made.seconds)

    def _load(self) -> tuple[Any, Any]:
        """The candidate, and what serves: the release in force, or the project's own files before the first."""
        from bot.measuring import Side

        task = self._task
        candidate = Side.load(task.candidate.tree, task.candidate.model)
        live = task.in_force
        if live is not None and live.is_there and live.folder != task.candidate.folder:
            return candidate, Side.load(live.tree, live.model)
        model = find_model(task.live_root, task.models_dir)
        if model is None:
            self._tell("say", "Chưa có bản đang dùng để so; đo riêng bản mới")
            return candidate, candidate
        return candidate, Side.load(task.live_root, model)


class _Steps(logging.Handler):
    """Hands on which part of the model Rasa begins to train, as a trainer reads it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        """Interface of logging."""
        if found := _BEGINS.search(record.getMessage()):
            self._say("Đang học " + _PARTS.get(found[1], found[1]))


def plainly(error: BaseException | None) -> str:
    """What went wrong, for a trainer: the first cause that says so."""
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    for one in chain:
        if isinstance(one, ContentError):
            return "Nội dung chưa đúng: " + "; ".join(one.problems[:5])[:_LONGEST]
        if isinstance(one, OSError) and one.errno in NO_ROOM:
            return "Đĩa đầy trong lúc huấn luyện. Hãy dọn bớt rồi chạy lại; bản đang dùng không bị ảnh hưởng."
        if isinstance(one, UserFacingError | ProjectError):
            return str(one)
        if isinstance(one, MemoryError):
            return "Máy hết bộ nhớ trong lúc huấn luyện. Hãy đóng bớt việc khác rồi chạy lại."
    return f"Huấn luyện hỏng ({type(chain[0]).__name__}). Xem nhật ký của máy chủ; bản đang dùng không bị ảnh hưởng."

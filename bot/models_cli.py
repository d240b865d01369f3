"""``troly models``: train, measure, promote and roll back from the shell of the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.settings import ROOT, Settings
from core.errors import UserFacingError
from core.storage.audit import PROGRAM
from core.worktime import ZONE

if TYPE_CHECKING:
    from bot.services.releasing import Releasing
    from bot.services.training import Training
    from core.storage.database import Database
    from core.storage.release_models import Candidate, TrainingRun
    from nlu.training.gate import Check

__all__ = ["models_app"]

T = TypeVar("T")

models_app = typer.Typer(no_args_is_help=True, help="Models: train, measure, promote, roll back.")
out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

_STEPS = {"start": "Khởi động", "train": "Huấn luyện", "measure": "Đo cạnh bản đang dùng", "replay": "Phát lại tin nhắn"}
_SERVED_WITHIN = 60.0

Id = Annotated[str, typer.Argument(help="Candidate, as `troly models list` shows it; its first letters will do.")]
Note = Annotated[str, typer.Option("--note", help="Why, for the history.")]


class _Tools:
    """What the commands work with."""

    def __init__(self, database: Database) -> None:
        from bot.app import releasing_of, training_of

        self.settings = Settings.load()
        self.database = database
        self.training: Training = training_of(self.settings, database)
        self.releasing: Releasing = releasing_of(self.settings, database)


def _run(work: Callable[[_Tools], Awaitable[T]]) -> T:
    async def run() -> T:
        from core.storage.database import Database

        database = Database(Settings.load().database_url.get_secret_value())
        try:
            await database.migrate()
            return await work(_Tools(database))
        finally:
            await database.close()

    return asyncio.run(run())


@models_app.command("train")
def train(
    tree: Annotated[Path | None, typer.Option("--tree", help="Any content tree; without, the trainers' draft.")] = None,
) -> None:
    """Freeze the draft, train a model of it in a process of its own, measure it, replay messages."""

    async def work(tools: _Tools) -> str:
        editors: list[str] = []
        folder = tree
        if folder is None:
            folder, editors = await tools.releasing.draft.ready(PROGRAM)
        run = await tools.training.train(folder.resolve(), PROGRAM, editors)
        await _follow(tools, run)
        return run.candidate_id

    candidate = _run(work)
    out.print(f"Đã huấn luyện và đo: {candidate}. Xem kết quả: troly models evaluate {candidate[:6]}")


async def _follow(tools: _Tools, run: TrainingRun) -> None:
    """Show how a run goes until it ends; Ctrl-C leaves it running.

    Raises:
        UserFacingError: It did not end well.
    """
    from core.storage import runs

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(_STEPS["start"], total=1.0)
        while True:
            await tools.training.recover()
            async with tools.database.session() as session:
                now = (await runs.history(session, 1))[0]
            progress.update(task, completed=now.share, description=_STEPS.get(now.step, now.step))
            if now.id != run.id or now.slot is None:
                break
            await asyncio.sleep(0.5)
    if now.state != "done":
        raise UserFacingError(now.error or "Lượt huấn luyện đã bị dừng.")


@models_app.command("stop")
def stop() -> None:
    """End the training under way."""
    _run(lambda tools: tools.training.stop(PROGRAM))
    out.print("Đã dừng.")


@models_app.command("list")
def list_models() -> None:
    """Candidates, what is in force, and what each running process answers with."""

    async def work(tools: _Tools) -> None:
        from core.storage import releases

        async with tools.database.session() as session:
            rows = await releases.candidates(session)
            history = await releases.list_releases(session)
            serving = await releases.serving(session)
        table = Table("bản", "làm lúc", "người làm", "mô hình", "trạng thái", box=None)
        for row in rows:
            state = "đang dùng" if history and history[0].candidate_id == row.id else ""
            state = state or ("đã đo" if row.report else "có mô hình" if row.model else "chưa có mô hình")
            state = "đã dọn tệp" if row.removed_at else state
            table.add_row(row.id, f"{row.made_at.astimezone(ZONE):%d/%m/%Y %H:%M}", row.made_by, row.model or "–", state)
        out.print(table)
        if not history:
            out.print("Chưa đưa bản nào vào dùng: trợ lý chạy bằng tệp của dự án.")
        for one in serving:
            said = f"lỗi: {one.error}" if one.error else f"bản phát hành {one.release_id or 'của dự án'}"
            out.print(f"{one.host} {one.process}: {one.model}, {said}", markup=False)

    _run(work)


@models_app.command("evaluate")
def evaluate(
    candidate: Id,
    again: Annotated[bool, typer.Option("--again", help="Measure anew, beside what is in force now.")] = False,
) -> None:
    """What the gate says of a candidate, with the sentences that fail it. Exit code 1: it may not serve."""

    async def work(tools: _Tools) -> list[Check]:
        if again:
            await _follow(tools, await tools.training.again("evaluate", candidate, PROGRAM))
        return await tools.releasing.checks(await _candidate(tools, candidate))

    checks = _run(work)
    _show(checks)
    if any(not check.passed for check in checks):
        raise typer.Exit(1)


async def _candidate(tools: _Tools, candidate: str) -> Candidate:
    from core.storage import releases

    async with tools.database.session() as session:
        return await releases.candidate(session, candidate)


def _show(checks: list[Check]) -> None:
    for check in checks:
        out.print(f"{'ĐẠT ' if check.passed else 'HỎNG'} {check.title}: {check.told}", markup=False)
        for sentence in () if check.passed else check.sentences:
            out.print(f"       {sentence}", markup=False)


@models_app.command("replay")
def replay(candidate: Id) -> None:
    """Answer the last days' messages with a candidate and list what changes."""

    async def work(tools: _Tools) -> tuple[dict[str, int], list[Any]]:
        from core.storage import replays

        run = await tools.training.again("replay", candidate, PROGRAM)
        await _follow(tools, run)
        async with tools.database.session() as session:
            return await replays.counts(session, run.candidate_id), list(
                await replays.list_items(session, run.candidate_id, limit=50)
            )

    numbers, items = _run(work)
    out.print(
        f"{numbers['changed']} tin có câu trả lời khác: {numbers['worse']} có thể kém đi, {numbers['better']} có thể tốt lên, "
        f"{numbers['unknown']} chưa rõ; đã xem {numbers['reviewed']}/{numbers['sampled']} tin chọn mẫu."
    )
    for item in items:
        told = f"“{item.text}”: {_answer(item.before)} → {_answer(item.after)}"
        out.print(told + (f" [{item.verdict}]" if item.verdict else ""), markup=False)


def _answer(kept: dict[str, Any]) -> str:
    return str(kept["guide"] or kept["outcome"])


@models_app.command("promote")
def promote(candidate: Id, note: Note = "") -> None:
    """Put a candidate into force, if it passes the gate; every running process changes over. Exit code 1: it does not pass."""
    from bot.services.releasing import GateRefused

    async def work(tools: _Tools) -> None:
        started = time.monotonic()
        made = await tools.releasing.promote(candidate, PROGRAM, note, alone=True)
        await _tell_served(tools, made.id, started)

    try:
        _run(work)
    except GateRefused as refused:
        _show(refused.checks)
        raise typer.Exit(1) from None


@models_app.command("rollback")
def rollback(note: Note = "") -> None:
    """Go back to what was in force before."""

    async def work(tools: _Tools) -> None:
        started = time.monotonic()
        made = await tools.releasing.rollback(PROGRAM, note)
        await _tell_served(tools, made.id, started)

    _run(work)


async def _tell_served(tools: _Tools, release_id: int, started: float) -> None:
    """Wait until every running process answers with a release.

    Raises:
        UserFacingError: One does not.
    """
    from core.storage import releases

    while True:
        async with tools.database.session() as session:
            serving = await releases.serving(session)
        late = [one for one in serving if one.release_id != release_id]
        if not late or time.monotonic() - started > _SERVED_WITHIN:
            break
        await asyncio.sleep(0.25)
    if late:
        told = "; ".join(f"{one.host} {one.process}: {one.error or 'chưa đổi'}" for one in late)
        raise UserFacingError(f"Bản phát hành {release_id} đã có hiệu lực nhưng có tiến trình chưa đổi sang: {told}")
    out.print(f"Bản phát hành {release_id} đã có hiệu lực ở {len(serving)} tiến trình sau {time.monotonic() - started:.1f} giây.")


@models_app.command("work", hidden=True)
def work_command(run: int, live: Annotated[Path, typer.Option("--live")] = ROOT) -> None:
    """The training process itself; started by the other commands."""
    from bot.training_worker import work

    if not asyncio.run(work(Settings.load(), run, live)):
        raise typer.Exit(1)

"""Runs of the training process in the database: one at a time, whoever asks and from whichever machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import UserFacingError
from core.storage.release_models import Candidate, TrainingRun

__all__ = ["SILENT_AFTER", "Busy", "active", "begin", "end", "history", "silent", "step_seconds", "tell"]

_ONLY = "only"
_LOG_CHARS = 20_000
SILENT_AFTER = timedelta(seconds=90)
"""A process that was not heard of for so long is taken for dead."""


class Busy(UserFacingError):
    """Something is being trained already."""

    def __init__(self) -> None:
        super().__init__("Đang có một lượt huấn luyện khác chạy. Hãy chờ lượt ấy xong, hoặc dừng nó trước.")


async def active(session: AsyncSession) -> TrainingRun | None:
    """The run under way."""
    return (await session.scalars(select(TrainingRun).where(TrainingRun.slot == _ONLY))).one_or_none()


async def begin(session: AsyncSession, kind: str, candidate: Candidate, by: str, host: str) -> TrainingRun:
    """Note that a run begins; its process is started once this is committed.

    Raises:
        Busy: Another one is under way.
    """
    run = TrainingRun(slot=_ONLY, kind=kind, candidate_id=candidate.id, by=by, host=host)
    session.add(run)
    try:
        await session.flush()
    except IntegrityError:
        raise Busy from None
    return run


async def tell(session: AsyncSession, run_id: int, step: str, share: float, ends_at: datetime | None, lines: list[str]) -> bool:
    """Note how far a run has come, and that its process lives.

    Returns:
        Whether it is to go on.
    """
    run = await session.get_one(TrainingRun, run_id, with_for_update=True)
    run.step, run.share, run.ends_at, run.beat_at = step, share, ends_at, datetime.now(UTC)
    if lines:
        run.log = (run.log + "".join(f"{line}\n" for line in lines))[-_LOG_CHARS:]
    return run.slot is not None and not run.stop


async def end(
    session: AsyncSession, run_id: int, state: str, error: str | None = None, seconds: dict[str, float] | None = None
) -> bool:
    """Close a run that is under way and let the next one begin; False when it was closed already."""
    closed = await session.scalars(
        update(TrainingRun)
        .where(TrainingRun.id == run_id, TrainingRun.slot == _ONLY)
        .values(slot=None, state=state, error=error, seconds=seconds or {}, ended_at=datetime.now(UTC), ends_at=None)
        .returning(TrainingRun.id)
        .execution_options(synchronize_session=False)
    )
    return closed.first() is not None


def silent(run: TrainingRun, now: datetime) -> bool:
    """Whether a run's process was not heard of for too long."""
    return now - run.beat_at > SILENT_AFTER


async def history(session: AsyncSession, limit: int = 10) -> list[TrainingRun]:
    """The last runs, newest first."""
    return list(await session.scalars(select(TrainingRun).order_by(TrainingRun.id.desc()).limit(limit)))


async def step_seconds(session: AsyncSession, kind: str) -> dict[str, float]:
    """What each step of the last finished run of this kind took; nothing before the first."""
    done = select(TrainingRun.seconds).where(TrainingRun.kind == kind, TrainingRun.state == "done")
    return dict(await session.scalar(done.order_by(TrainingRun.id.desc()).limit(1)) or {})

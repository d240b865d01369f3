"""Candidates and releases in the database: which content and model serve, since when, by whose decision."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import UserFacingError
from core.storage.release_models import Candidate, CandidateArchive, Release, ServingProcess, TrainingRun

__all__ = [
    "add",
    "archive",
    "before",
    "candidate",
    "candidates",
    "current",
    "files_of",
    "forget_files",
    "get",
    "known_trees",
    "latest_id",
    "list_releases",
    "served_before",
    "serving",
    "tell_serving",
]

_GONE_AFTER = timedelta(seconds=30)
_ONE_AT_A_TIME = 7262010
"""Advisory lock on PostgreSQL: two promotions never cross."""


async def current(session: AsyncSession) -> Release | None:
    """The release in force; None before the first."""
    return (await session.scalars(select(Release).order_by(Release.id.desc()).limit(1))).first()


async def latest_id(session: AsyncSession) -> int:
    """Id of the release in force; 0 before the first. Cheap: running processes ask every second."""
    return await session.scalar(select(func.max(Release.id))) or 0


async def get(session: AsyncSession, release_id: int) -> Release:
    """A release that is known to be there."""
    return await session.get_one(Release, release_id)


async def before(session: AsyncSession) -> Release | None:
    """What a rollback goes back to: the last release with other content than the one in force that was not rolled back from."""
    rows = list(await session.scalars(select(Release).order_by(Release.id.desc()).limit(50)))
    if not rows:
        return None
    left = {rows[0].candidate_id}
    for n, row in enumerate(rows[:-1]):
        if row.kind == "rollback":
            left.add(rows[n + 1].candidate_id)  # it was put back from there for a reason
    return next((row for row in rows if row.candidate_id not in left), None)


async def served_before(session: AsyncSession, release_id: int, served: int, model: str) -> str | None:
    """The candidate of what a process served until `release_id`; None where that is not certain.

    Args:
        session: Any.
        release_id: What it serves from now on.
        served: The release it served; 0 = the project's files, which a promotion keeps as a release just before its own.
        model: What it answered with.
    """
    query = select(Release.candidate_id)
    if served:
        return await session.scalar(query.where(Release.id == served))
    kept = select(func.max(Release.id)).where(Release.id < release_id, Release.kind == "installed").scalar_subquery()
    return await session.scalar(
        query.join(Candidate, Candidate.id == Release.candidate_id).where(Release.id == kept, Candidate.model == model)
    )


async def list_releases(session: AsyncSession, limit: int = 20) -> list[Release]:
    """The last releases, the one in force first."""
    return list(await session.scalars(select(Release).order_by(Release.id.desc()).limit(limit)))


async def known_trees(session: AsyncSession) -> set[str]:
    """Content hashes of everything that ever served."""
    return set(await session.scalars(select(Candidate.tree).join(Release, Release.candidate_id == Candidate.id)))


async def add(session: AsyncSession, candidate_id: str, kind: str, by: str, note: str | None, *, after: int | None) -> Release:
    """Put a candidate into force.

    Args:
        session: In a transaction.
        candidate_id: Which.
        kind: ``installed``, ``promoted`` or ``rollback``.
        by: Who decided it.
        note: Why.
        after: The release this was decided upon; None = whatever is in force.

    Raises:
        UserFacingError: Somebody else was faster.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_ONE_AT_A_TIME})"))
    if after is not None and await latest_id(session) != after:
        raise UserFacingError("Vừa có người khác đổi bản đang dùng. Hãy tải lại trang rồi xem lại trước khi làm tiếp.")
    made = Release(candidate_id=candidate_id, kind=kind, by=by, note=note)
    session.add(made)
    await session.flush()
    return made


async def candidate(session: AsyncSession, candidate_id: str) -> Candidate:
    """A candidate by its id, or by the beginning of one.

    Raises:
        UserFacingError: There is none, or more than one.
    """
    if not candidate_id.isalnum():
        raise UserFacingError("Không có bản này.")
    found = list(await session.scalars(select(Candidate).where(Candidate.id.startswith(candidate_id)).limit(2)))
    if len(found) != 1:
        raise UserFacingError("Không có bản này." if not found else "Có nhiều bản bắt đầu như vậy; hãy gõ dài hơn.")
    return found[0]


async def candidates(session: AsyncSession, limit: int = 20) -> list[Candidate]:
    """The last candidates, newest first."""
    return list(await session.scalars(select(Candidate).order_by(Candidate.made_at.desc()).limit(limit)))


async def archive(session: AsyncSession, candidate_id: str, files: bytes) -> None:
    """Keep a candidate's files where processes on other machines find them."""
    await session.merge(CandidateArchive(candidate_id=candidate_id, files=files))


async def files_of(session: AsyncSession, candidate_id: str) -> bytes | None:
    """What `archive` kept."""
    return await session.scalar(select(CandidateArchive.files).where(CandidateArchive.candidate_id == candidate_id))


async def tell_serving(session: AsyncSession, row: ServingProcess) -> None:
    """Note what a process serves; those not heard of for long are forgotten."""
    row.beat_at = datetime.now(UTC)
    await session.merge(row)
    await session.execute(delete(ServingProcess).where(ServingProcess.beat_at < datetime.now(UTC) - _GONE_AFTER))


async def serving(session: AsyncSession) -> Sequence[ServingProcess]:
    """The processes that were heard of lately."""
    lately = ServingProcess.beat_at > datetime.now(UTC) - _GONE_AFTER
    return list(await session.scalars(select(ServingProcess).where(lately).order_by(ServingProcess.process)))


async def forget_files(session: AsyncSession, kept: set[str]) -> list[str]:
    """Note that the files of all candidates but `kept`, and of those under way, are removed; returns which."""
    busy = set(await session.scalars(select(TrainingRun.candidate_id).where(TrainingRun.slot.is_not(None))))
    gone = [
        row for row in await session.scalars(select(Candidate).where(Candidate.removed_at.is_(None))) if row.id not in kept | busy
    ]
    for row in gone:
        row.removed_at = datetime.now(UTC)
        await session.execute(delete(CandidateArchive).where(CandidateArchive.candidate_id == row.id))
    return [row.id for row in gone]

"""The log of the draft: its edits, newest first, and the approvals of its guides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.storage.release_models import Release
from core.storage.training_models import DraftEdit, GuideApproval

__all__ = ["approvals", "approve", "authors", "editors", "edits", "undone"]


async def edits(
    session: AsyncSession, *, subject: str | None = None, before: int | None = None, limit: int = 50
) -> list[DraftEdit]:
    """Edits, newest first.

    Args:
        session: Any.
        subject: Only of this intent, guide or file.
        before: Only with an id below; for the next page.
        limit: How many at most.
    """
    query = select(DraftEdit).order_by(DraftEdit.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(DraftEdit.subject == subject)
    if before is not None:
        query = query.where(DraftEdit.id < before)
    return list(await session.scalars(query))


async def undone(session: AsyncSession, ids: Collection[int]) -> set[int]:
    """Which of these edits were taken back."""
    found = await session.scalars(select(DraftEdit.undoes_id).where(DraftEdit.undoes_id.in_(ids)))
    return {number for number in found if number is not None}


async def editors(session: AsyncSession, subjects: Sequence[str]) -> dict[str, str]:
    """Who changed each of these last, by subject; what nobody changed is left out."""
    latest = select(func.max(DraftEdit.id)).where(DraftEdit.subject.in_(subjects)).group_by(DraftEdit.subject)
    found = await session.execute(select(DraftEdit.subject, DraftEdit.username).where(DraftEdit.id.in_(latest)))
    return {subject: username for subject, username in found}


async def authors(session: AsyncSession, paths: Collection[str]) -> list[str]:
    """Who changed these files since what is in force was promoted; all who ever did, before the first promotion."""
    in_force = select(Release.candidate_id).order_by(Release.id.desc()).limit(1).scalar_subquery()
    since = await session.scalar(select(func.min(Release.at)).where(Release.candidate_id == in_force, Release.kind == "promoted"))
    query = select(DraftEdit.username, DraftEdit.hunks)
    if since is not None:
        query = query.where(DraftEdit.at > since)
    touched = {name for name, hunks in await session.execute(query) if any(hunk["path"] in paths for hunk in hunks)}
    return sorted(touched)


async def approvals(session: AsyncSession) -> dict[str, GuideApproval]:
    """The approved version of each guide that has one."""
    return {approval.guide: approval for approval in await session.scalars(select(GuideApproval))}


async def approve(session: AsyncSession, guide: str, version: str, username: str) -> None:
    """Note that somebody found this version of a guide right."""
    await session.execute(delete(GuideApproval).where(GuideApproval.guide == guide))
    session.add(GuideApproval(guide=guide, version=version, username=username, at=datetime.now(UTC)))

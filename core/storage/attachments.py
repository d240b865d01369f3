"""What is written down about photos and documents; the files are the business of bot.services.attachments.

Deleting is two steps, so that a crash between database and disk leaves nothing behind: the row is emptied and marked in the
transaction that deletes, the file goes next, then the row.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.staff import Member
from core.storage.models import Case
from core.storage.staff_models import Attachment

__all__ = ["drop_rows", "known_names", "list_of", "mark_deleted", "marked", "may_see"]


async def list_of(session: AsyncSession, conversation_id: int) -> list[Attachment]:
    """Files of a conversation, oldest first."""
    mine = (Attachment.conversation_id == conversation_id) & Attachment.deleted_at.is_(None)
    return list(await session.scalars(select(Attachment).where(mine).order_by(Attachment.id)))


async def may_see(session: AsyncSession, member: Member, attachment: Attachment) -> bool:
    """Whether a file belongs to a case that is this member's business."""
    wards = await session.scalars(select(Case.ward).where(Case.conversation_id == attachment.conversation_id))
    return any(member.covers(ward) for ward in wards)


async def mark_deleted(session: AsyncSession, which: ColumnElement[bool]) -> int:
    """Nobody sees these files any more, and they are deleted next; returns how many."""
    done = await session.scalars(
        update(Attachment)
        .where(which, Attachment.deleted_at.is_(None))
        .values(name="", sent_by="", deleted_at=datetime.now(UTC))
        .returning(Attachment.id)
        .execution_options(synchronize_session=False)
    )
    return len(list(done))


async def marked(session: AsyncSession, limit: int = 500) -> list[str]:
    """Names of files that are to be deleted."""
    return list(await session.scalars(select(Attachment.stored_as).where(Attachment.deleted_at.is_not(None)).limit(limit)))


async def drop_rows(session: AsyncSession, names: Collection[str]) -> None:
    """The files are gone."""
    await session.execute(delete(Attachment).where(Attachment.stored_as.in_(names), Attachment.deleted_at.is_not(None)))


async def known_names(session: AsyncSession, names: Collection[str]) -> set[str]:
    """Those of `names` that belong to a row."""
    return set(await session.scalars(select(Attachment.stored_as).where(Attachment.stored_as.in_(names)))) if names else set()

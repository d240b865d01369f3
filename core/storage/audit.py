"""The audit log: written in the transaction of what it tells about, read by administrators, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.storage.staff_models import AuditEntry

__all__ = ["PROGRAM", "list_entries", "record"]

PROGRAM = "troly"
"""Stands for the command line and for what the server does by itself."""


def record(
    session: AsyncSession, actor: str, action: str, subject: str | None = None, detail: Mapping[str, Any] | None = None
) -> None:
    """Note that `actor` did something; nothing a citizen wrote belongs into `detail`.

    Args:
        session: The transaction that does it, so that neither is without the other.
        actor: User name, or `PROGRAM`.
        action: Area and verb, such as ``case.view``.
        subject: Kind and name, such as ``case:ABCD-2345``.
        detail: What else helps to understand it later.
    """
    session.add(AuditEntry(actor=actor, action=action, subject=subject, detail=dict(detail or {})))


async def list_entries(
    session: AsyncSession, *, actor: str = "", action: str = "", subject: str = "", before: int | None = None, limit: int = 50
) -> list[AuditEntry]:
    """Entries, newest first.

    Args:
        session: Any.
        actor: Only of this user name.
        action: Only actions of this area, such as ``staff``, or this very action.
        subject: Only about what begins so.
        before: Only with an id below; for the next page.
        limit: How many at most.
    """
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if action:
        query = query.where((AuditEntry.action == action) | AuditEntry.action.startswith(f"{action}.", autoescape=True))
    if subject:
        query = query.where(AuditEntry.subject.startswith(subject, autoescape=True))
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(await session.scalars(query))

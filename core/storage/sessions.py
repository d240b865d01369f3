"""Sessions of the console: a random token in a cookie, its hash here.

A session ends after an hour without a request and after twelve hours in any case; one that waits for the second factor
lives ten minutes. Every step of signing in makes a new token, so one that somebody else planted is worth nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.staff import Member, Role
from core.storage.accounts import token_hash
from core.storage.staff_models import Staff, StaffSession

__all__ = ["ABSOLUTE", "IDLE", "Open", "Stage", "begin", "end", "end_all", "find", "remember_pending_totp"]

IDLE = timedelta(hours=1)
ABSOLUTE = timedelta(hours=12)
_HALF_WAY = timedelta(minutes=10)
_TOUCH_EVERY = timedelta(minutes=1)


class Stage(StrEnum):
    """How far somebody has come with signing in."""

    CODE = "code"
    ENROL = "enrol"
    FULL = "full"


@dataclass(frozen=True)
class Open:
    """A session that is open now.

    Args:
        member: Whose it is.
        stage: How far signing in has come.
        pending_totp: A secret that is being set up, sealed.
    """

    member: Member
    stage: Stage
    pending_totp: str | None


def _first_stage(account: Staff) -> Stage:
    if account.totp_sealed:
        return Stage.CODE
    return Stage.ENROL if account.role == Role.ADMIN else Stage.FULL


async def begin(session: AsyncSession, account: Staff, old_token: str | None, *, verified: bool = False) -> str:
    """Open a session and close the one the browser had.

    Args:
        session: A transaction.
        account: Whose password was right.
        old_token: The browser's token so far, if it has one.
        verified: The second factor was right, too, or was just set up.

    Returns:
        The new token.
    """
    if old_token:
        await end(session, old_token)
    now = datetime.now(UTC)
    stage = Stage.FULL if verified else _first_stage(account)
    if stage is Stage.FULL:
        account.signed_in_at = now
    token = secrets.token_urlsafe(32)
    lasts = _HALF_WAY if stage is Stage.CODE else ABSOLUTE
    session.add(StaffSession(token_hash=token_hash(token), staff_id=account.id, stage=stage.value, expires_at=now + lasts))
    return token


async def find(session: AsyncSession, token: str) -> Open | None:
    """The open session of a token, which counts as used now; None when there is none, or not any more."""
    now = datetime.now(UTC)
    row = (
        await session.execute(
            select(StaffSession, Staff)
            .join(Staff, Staff.id == StaffSession.staff_id)
            .where(
                StaffSession.token_hash == token_hash(token),
                StaffSession.expires_at > now,
                StaffSession.seen_at > now - IDLE,
                Staff.disabled_at.is_(None),
            )
        )
    ).one_or_none()
    if row is None:
        return None
    found, account = row
    if found.seen_at < now - _TOUCH_EVERY:
        await session.execute(update(StaffSession).where(StaffSession.token_hash == found.token_hash).values(seen_at=now))
    return Open(account.member, Stage(found.stage), found.pending_totp)


async def remember_pending_totp(session: AsyncSession, token: str, sealed: str) -> None:
    """Keep the sealed secret that is being set up in this session."""
    await session.execute(update(StaffSession).where(StaffSession.token_hash == token_hash(token)).values(pending_totp=sealed))


async def end(session: AsyncSession, token: str) -> None:
    """Sign out."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == token_hash(token)))


async def end_all(session: AsyncSession, staff_id: int, except_token: str | None = None) -> int:
    """Sign somebody out everywhere (but here); returns in how many places."""
    query = delete(StaffSession).where(StaffSession.staff_id == staff_id).returning(StaffSession.token_hash)
    if except_token:
        query = query.where(StaffSession.token_hash != token_hash(except_token))
    return len(list(await session.scalars(query)))

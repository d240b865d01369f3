"""Tokens that a platform renews from time to time, one row an account; only sealed ones reach this module."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.storage.models import ChannelToken

__all__ = ["accounts", "find", "keep", "lease", "note_failure"]


async def accounts(session: AsyncSession, channel: str) -> list[ChannelToken]:
    """Every account of a channel that somebody logged in for."""
    rows = await session.scalars(select(ChannelToken).where(ChannelToken.channel == channel).order_by(ChannelToken.account))
    return list(rows)


async def find(session: AsyncSession, channel: str, account: str) -> ChannelToken | None:
    """The row of one account, read anew."""
    return await session.get(ChannelToken, (channel, account), populate_existing=True)


async def lease(session: AsyncSession, channel: str, account: str, now: datetime, until: datetime) -> bool:
    """Claim the right to renew the pair; False when another process holds it."""
    taken = await session.scalars(
        update(ChannelToken)
        .where(
            ChannelToken.channel == channel,
            ChannelToken.account == account,
            (ChannelToken.leased_until.is_(None)) | (ChannelToken.leased_until <= now),
        )
        .values(leased_until=until)
        .returning(ChannelToken.account)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


async def keep(
    session: AsyncSession, channel: str, account: str, sealed: bytes, renewed_at: datetime, expires_at: datetime
) -> None:
    """Store a new pair, and end the lease."""
    row = ChannelToken(channel=channel, account=account, sealed=sealed, renewed_at=renewed_at, expires_at=expires_at)
    row.leased_until, row.failure = None, None
    await session.merge(row)


async def note_failure(session: AsyncSession, channel: str, account: str, reason: str | None) -> None:
    """End the lease without a new pair; the old one stays.

    Args:
        session: In a transaction.
        channel: Of the account.
        account: Whose renewal it was.
        reason: Why the platform refused; None = it was not reached, and what was known stays.
    """
    values = {"leased_until": None} if reason is None else {"leased_until": None, "failure": reason[:200]}
    await session.execute(
        update(ChannelToken)
        .where(ChannelToken.channel == channel, ChannelToken.account == account)
        .values(values)
        .execution_options(synchronize_session=False)
    )

"""Failed sign-ins, counted before a password is looked at, so that a hundred at once count as a hundred.

After a few in a row, each further one doubles the wait. Names that do not exist are counted like those that do: the
answer must not tell them apart.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import case, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.storage.staff_models import SignInAttempts

__all__ = ["ACCOUNT", "ADDRESS", "Patience", "forget", "reserve"]

_FIRST_LOCK = timedelta(minutes=1)
_LONGEST_LOCK = timedelta(minutes=30)
_FORGOTTEN_AFTER = timedelta(hours=2)


@dataclass(frozen=True)
class Patience:
    """How many failures in a row are free.

    Args:
        kind: What is counted.
        free: Failures before the first wait.
    """

    kind: str
    free: int


ACCOUNT = Patience("account", 5)
ADDRESS = Patience("address", 30)
"""More than for an account: a whole office may share one address."""


def _key(patience: Patience, name: str) -> str:
    return hashlib.sha256(f"{patience.kind}:{name}".encode()).hexdigest()


async def reserve(session: AsyncSession, patience: Patience, name: str) -> timedelta | None:
    """Count one attempt as failed until `forget` says otherwise.

    Args:
        session: A transaction, to be committed before the password is looked at.
        patience: What is counted.
        name: Of which account or address.

    Returns:
        None when the attempt may go on, else how long to wait.
    """
    key, now = _key(patience, name), datetime.now(UTC)
    while True:
        failures = await _count(session, key, now)
        if failures is not None:
            break
        locked_until = await session.scalar(select(SignInAttempts.locked_until).where(SignInAttempts.key == key))
        if locked_until:
            return max(locked_until - now, timedelta(seconds=1))
        try:
            async with session.begin_nested():
                session.add(SignInAttempts(key=key, failures=0, last_at=now))
        except IntegrityError:
            continue  # somebody else was first; count on theirs
    if (over := failures - patience.free) >= 0:
        wait = min(_LONGEST_LOCK, _FIRST_LOCK * 2.0 ** min(over, 10))
        await session.execute(update(SignInAttempts).where(SignInAttempts.key == key).values(locked_until=now + wait))
    return None


async def _count(session: AsyncSession, key: str, now: datetime) -> int | None:
    """Failures with this one; None when there is no row, or it is locked. One statement, so that none is lost."""
    fresh = SignInAttempts.last_at < now - _FORGOTTEN_AFTER
    return await session.scalar(
        update(SignInAttempts)
        .where(SignInAttempts.key == key, SignInAttempts.locked_until.is_(None) | (SignInAttempts.locked_until <= now))
        .values(failures=case((fresh, 1), else_=SignInAttempts.failures + 1), last_at=now)
        .returning(SignInAttempts.failures)
        .execution_options(synchronize_session=False)
    )


async def forget(session: AsyncSession, patience: Patience, name: str, *, all_of_them: bool) -> None:
    """The attempt was right: forget it, or every one before it as well.

    Args:
        session: A transaction.
        patience: What is counted.
        name: Of which account or address.
        all_of_them: False for an address: whoever has one account must not buy attempts at others with it.
    """
    key = _key(patience, name)
    if all_of_them:
        await session.execute(delete(SignInAttempts).where(SignInAttempts.key == key))
        return
    await session.execute(
        update(SignInAttempts)
        .where(SignInAttempts.key == key, SignInAttempts.failures > 0)
        .values(failures=SignInAttempts.failures - 1, locked_until=None)  # a lock can only be this attempt's own
        .execution_options(synchronize_session=False)
    )

"""Accounts of the console, the one-time links that set their passwords, and recovery codes.

Secrets that are drawn at random are stored as plain SHA-256: nobody can try out 80 bits and more. What people choose is
hashed with argon2id by the caller.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import UserFacingError
from core.staff import Role
from core.storage.staff_models import RecoveryCode, Staff, StaffLink, StaffSession

__all__ = [
    "LINK_HOURS",
    "add",
    "anybody",
    "disable",
    "find",
    "find_link",
    "get",
    "list_all",
    "make_link",
    "new_recovery_codes",
    "reset_totp",
    "take_link",
    "take_recovery_code",
    "take_totp_step",
    "token_hash",
    "update_details",
]

LINK_HOURS = 72
_CODES = 10


def token_hash(token: str) -> str:
    """What is stored of a random secret."""
    return hashlib.sha256(token.encode()).hexdigest()


async def anybody(session: AsyncSession) -> bool:
    """Whether there is any account at all."""
    return bool(await session.scalar(select(func.count()).select_from(Staff)))


async def find(session: AsyncSession, username: str) -> Staff | None:
    """The account of a user name (see `core.staff.clean_username`), or None."""
    return await session.scalar(select(Staff).where(Staff.username == username))


async def get(session: AsyncSession, username: str) -> Staff:
    """The account of a user name.

    Raises:
        UserFacingError: There is none.
    """
    found = await find(session, username)
    if found is None:
        raise UserFacingError(f"Không có tài khoản “{username}”.")
    return found


async def list_all(session: AsyncSession) -> list[Staff]:
    """Every account, by name; disabled ones last."""
    return list(await session.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.username)))


async def add(
    session: AsyncSession, username: str, full_name: str, display_name: str, role: Role, wards: Collection[str] = ()
) -> Staff:
    """A new account, without a password.

    Raises:
        UserFacingError: The user name is taken.
    """
    account = Staff(
        username=username, full_name=full_name, display_name=display_name, role=role.value, wards=sorted(wards), totp_step=0
    )
    session.add(account)
    try:
        await session.flush()
    except IntegrityError:
        raise UserFacingError(f"Tên đăng nhập “{username}” đã có người dùng.") from None
    return account


async def update_details(
    session: AsyncSession, account: Staff, full_name: str, display_name: str, role: Role, wards: Collection[str]
) -> None:
    """Change what an administrator may change.

    Raises:
        UserFacingError: Nobody would be left to administer.
    """
    if account.role == Role.ADMIN and role is not Role.ADMIN:
        await _keep_an_admin(session, account)
    account.full_name, account.display_name, account.role, account.wards = full_name, display_name, role.value, sorted(wards)


async def disable(session: AsyncSession, account: Staff) -> None:
    """Sign somebody out everywhere and let them in no more; open links are void.

    Raises:
        UserFacingError: Nobody would be left to administer.
    """
    if account.role == Role.ADMIN:
        await _keep_an_admin(session, account)
    account.disabled_at = account.disabled_at or datetime.now(UTC)
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == account.id))
    await session.execute(delete(StaffLink).where(StaffLink.staff_id == account.id))


async def _keep_an_admin(session: AsyncSession, leaving: Staff) -> None:
    # Locked, so that two administrators cannot remove each other at the same moment.
    others = await session.scalars(
        select(Staff.id)
        .where(Staff.role == Role.ADMIN.value, Staff.disabled_at.is_(None), Staff.password.is_not(None))
        .order_by(Staff.id)
        .with_for_update()
    )
    if not [other for other in others if other != leaving.id]:
        raise UserFacingError("Đây là người quản trị cuối cùng. Hãy thêm một người quản trị khác trước.")


async def make_link(session: AsyncSession, account: Staff | None) -> str:
    """The token of a new one-time link; those made before for the same account are void.

    Args:
        session: A transaction.
        account: Whose password it will set; None for the link that makes the first account.
    """
    mine = StaffLink.staff_id.is_(None) if account is None else StaffLink.staff_id == account.id
    await session.execute(delete(StaffLink).where(mine))
    token = secrets.token_urlsafe(24)
    expires = datetime.now(UTC) + timedelta(hours=LINK_HOURS)
    session.add(StaffLink(token_hash=token_hash(token), staff_id=account.id if account else None, expires_at=expires))
    return token


def _usable(token: str) -> tuple[object, ...]:
    now = datetime.now(UTC)
    return (StaffLink.token_hash == token_hash(token), StaffLink.used_at.is_(None), StaffLink.expires_at > now)


async def find_link(session: AsyncSession, token: str) -> tuple[bool, Staff | None]:
    """Whether a link can be used, and for which account (None: for the first one)."""
    link = await session.scalar(select(StaffLink).where(*_usable(token)))  # type: ignore[arg-type]  # conditions, whatever their kind
    if link is None:
        return False, None
    if link.staff_id is None:
        return not await anybody(session), None
    account = await session.get_one(Staff, link.staff_id)
    return account.disabled_at is None, account


async def take_link(session: AsyncSession, token: str) -> bool:
    """Use a link up; of several at once one gets it."""
    taken = await session.scalar(
        update(StaffLink).where(*_usable(token)).values(used_at=datetime.now(UTC)).returning(StaffLink.id)  # type: ignore[arg-type]  # the same
    )
    return taken is not None


async def take_totp_step(session: AsyncSession, account: Staff, step: int) -> bool:
    """Note that the code of a time step was used; False when it, or a later one, was already."""
    taken = await session.scalar(
        update(Staff)
        .where(Staff.id == account.id, Staff.totp_step < step)
        .values(totp_step=step)
        .returning(Staff.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


async def reset_totp(session: AsyncSession, account: Staff) -> None:
    """Forget the second factor and its recovery codes."""
    account.totp_sealed, account.totp_step = None, 0
    await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))


async def new_recovery_codes(session: AsyncSession, account: Staff) -> list[str]:
    """Ten fresh codes in place of those before, to be shown once."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == account.id))
    codes = [_recovery_code() for _ in range(_CODES)]
    session.add_all(RecoveryCode(staff_id=account.id, code_hash=token_hash(_plain(code))) for code in codes)
    return codes


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[n : n + 4] for n in range(0, 16, 4))


def _plain(code: str) -> str:
    return "".join(ch for ch in code.lower() if ch.isalnum())


async def take_recovery_code(session: AsyncSession, account: Staff, typed: str) -> bool:
    """Use a recovery code up; False when it is none or was used."""
    taken = await session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.staff_id == account.id,
            RecoveryCode.code_hash == token_hash(_plain(typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=datetime.now(UTC))
        .returning(RecoveryCode.id)
    )
    return taken is not None

"""The second factor: six digits that an app on the phone shows (TOTP, RFC 6238), and recovery codes."""

from __future__ import annotations

import time

import pyotp
import segno
from sqlalchemy.ext.asyncio import AsyncSession

from core.storage import accounts
from core.storage.staff_models import Staff

__all__ = ["confirm", "enrol", "new_secret", "qr_code", "readable"]

_ISSUER = "Trợ lý dịch vụ công"
_SECONDS = 30


def new_secret() -> str:
    """A random secret, in base32."""
    return pyotp.random_base32()


def readable(secret: str) -> str:
    """In groups of four, for typing it instead of scanning."""
    return " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))


def qr_code(secret: str, username: str) -> str:
    """What an authenticator app scans, as an SVG element without styles or scripts."""
    address = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)
    return segno.make(address, error="m").svg_inline(
        scale=5, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )


def _matching_step(secret: str, typed: str) -> int | None:
    """The time step whose code was typed: this one, or the one before or after, since phones' clocks differ."""
    digits = "".join(typed.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdecimal():
        return None
    now = int(time.time()) // _SECONDS
    totp = pyotp.TOTP(secret)
    return next((step for step in (now, now - 1, now + 1) if pyotp.utils.strings_equal(totp.generate_otp(step), digits)), None)


async def confirm(session: AsyncSession, account: Staff, typed: str) -> str | None:
    """Take a code of the app or a recovery code, each once.

    Returns:
        ``"totp"`` or ``"recovery"``, or None when it is neither.
    """
    if account.totp_secret is None:
        return None
    step = _matching_step(account.totp_secret, typed)
    if step is not None:
        return "totp" if await accounts.take_totp_step(session, account, step) else None
    return "recovery" if await accounts.take_recovery_code(session, account, typed) else None


async def enrol(session: AsyncSession, account: Staff, secret: str, typed: str) -> list[str] | None:
    """Set the second factor up once its first code is right.

    Returns:
        Recovery codes to show once, or None when the code is wrong.
    """
    step = _matching_step(secret, typed)
    if step is None:
        return None
    account.totp_secret, account.totp_step = secret, step
    return await accounts.new_recovery_codes(session, account)

"""The second factor: six digits that an app on the phone shows (TOTP, RFC 6238), and recovery codes."""

from __future__ import annotations

import re
import time

import pyotp
import segno
import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.sealing import Seal
from core.errors import ConfigurationError
from core.storage import accounts
from core.storage.database import Database
from core.storage.staff_models import Staff

__all__ = ["SecondFactor", "qr_code", "readable"]

log = structlog.get_logger(__name__)

_ISSUER = "Trợ lý dịch vụ công"
_SECONDS = 30
_PLAIN = re.compile(r"[A-Z2-7]{16,64}")
"""A secret in base32; what is sealed has small letters."""


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


class SecondFactor:
    """Sets second factors up and checks them; the database holds them sealed, each for its account only.

    Args:
        seal: With the installation's keys.
    """

    def __init__(self, seal: Seal) -> None:
        self._seal = seal

    def new_secret(self, staff_id: int) -> str:
        """A random secret in base32, sealed for an account."""
        return self.sealed(staff_id, pyotp.random_base32())

    def sealed(self, staff_id: int, secret: str) -> str:
        """A secret in the form in which it is kept."""
        return self._seal.close({"staff": staff_id, "totp": secret}).decode()

    def secret(self, staff_id: int, sealed: str) -> str | None:
        """The secret again; None when it was sealed with a key that is not known here, or for somebody else."""
        try:
            content = self._seal.open(sealed.encode())
        except ConfigurationError:
            return None
        return str(content["totp"]) if content.get("staff") == staff_id else None

    async def confirm(self, session: AsyncSession, account: Staff, typed: str) -> str | None:
        """Take a code of the app or a recovery code, each once.

        A recovery code counts also when the secret cannot be opened: it is the way in after the key was lost.

        Returns:
            ``"totp"`` or ``"recovery"``, or None when it is neither.
        """
        if account.totp_sealed is None:
            return None
        secret = self.secret(account.id, account.totp_sealed)
        if secret is None:
            log.error("second_factor.not_opened", hint="TROLY_KEY_FILE lacks the key it was sealed with")
        step = _matching_step(secret, typed) if secret else None
        if step is not None:
            return "totp" if await accounts.take_totp_step(session, account, step) else None
        return "recovery" if await accounts.take_recovery_code(session, account, typed) else None

    async def enrol(self, session: AsyncSession, account: Staff, sealed: str, typed: str) -> list[str] | None:
        """Set the second factor up once its first code is right.

        Returns:
            Recovery codes to show once, or None when the code is wrong.
        """
        secret = self.secret(account.id, sealed)
        step = _matching_step(secret, typed) if secret else None
        if step is None:
            return None
        account.totp_sealed, account.totp_step = sealed, step
        return await accounts.new_recovery_codes(session, account)

    async def seal_all(self, database: Database) -> int:
        """Seal with the newest key what is kept in clear text (before migration 0013) or under an older key.

        Returns:
            How many secrets no key opens: those people sign in with a recovery code, or have it reset.
        """
        async with database.session() as session:
            kept = (await session.execute(select(Staff.id, Staff.totp_sealed).where(Staff.totp_sealed.is_not(None)))).all()
        lost = 0
        for staff_id, found in kept:
            assert found is not None  # asked for
            if self._seal.is_newest(found.encode()):
                continue
            secret = found if _PLAIN.fullmatch(found) else self.secret(staff_id, found)
            if secret is None:
                lost += 1
                continue
            same = update(Staff).where(Staff.id == staff_id, Staff.totp_sealed == found)
            async with database.session.begin() as session:  # whoever set up another one meanwhile keeps it
                await session.execute(same.values(totp_sealed=self.sealed(staff_id, secret)))
        if lost:
            log.error("second_factor.not_opened", accounts=lost, hint="TROLY_KEY_FILE lacks the key they were sealed with")
        return lost

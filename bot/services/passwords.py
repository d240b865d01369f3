"""Passwords of the console: what is accepted, and how they are hashed (argon2id, RFC 9106)."""

from __future__ import annotations

import asyncio
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import UserFacingError
from core.text import fold

__all__ = ["SHORTEST", "Passwords", "check_new"]

SHORTEST = 12
_LONGEST = 200
_FEWEST_DIFFERENT = 6
_SIDE_BY_SIDE = 2
_EASY = ("matkhau", "password", "123456", "abcdef", "qwerty", "dichvucong", "troly", "admin")


def check_new(password: str, username: str) -> None:
    """Accept or refuse a new password.

    Length counts, not the mixture of signs (NIST SP 800-63B); refused is what is tried first.

    Raises:
        UserFacingError: Says what is wrong with it.
    """
    if not SHORTEST <= len(password) <= _LONGEST:
        raise UserFacingError(f"Mật khẩu dài ít nhất {SHORTEST} ký tự. Một câu dễ nhớ với mình là tốt nhất.")
    bare = fold(password).replace(" ", "").lower()
    left = bare
    for easy in (*_EASY, username):
        left = left.replace(easy, "")
    if len(set(bare)) < _FEWEST_DIFFERENT or len(left) < SHORTEST // 2:
        raise UserFacingError("Mật khẩu này dễ đoán. Hãy chọn một câu không liên quan đến tên mình và nơi làm việc.")


class Passwords:
    """Hashes and checks, away from the event loop and never many at a time: each takes 64 MiB for a moment.

    Args:
        hasher: With the cost of one hash; None = the library's, which follows RFC 9106.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._decoy: str | None = None

    async def hash(self, password: str) -> str:
        """The hash to store."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; without a stored hash it takes as long and is not."""
        if stored is None:
            self._decoy = self._decoy or await self.hash("không ai dùng mật khẩu này")
        async with self._turns:
            return await asyncio.to_thread(self._verify, stored or self._decoy or "", password) and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, _normal(password))
        except (VerificationError, InvalidHashError):
            return False


def _normal(password: str) -> str:
    """One form for the same letters: phones and computers type accents differently."""
    return unicodedata.normalize("NFC", password)

"""Keeps small secrets in the database in a form that is of no use without a secret of the settings (ADR 9, ADR 13)."""

from __future__ import annotations

import base64
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import ConfigurationError

__all__ = ["Seal", "key_lines"]

_SHORTEST_KEY = 32


class Seal:
    """Encrypts and authenticates with a key derived from a secret.

    Args:
        secret: One that is in the settings anyhow.
        purpose: Seals of another purpose do not open these.
        older: Secrets used before: they open, but seal no more.
    """

    def __init__(self, secret: str, purpose: str, older: tuple[str, ...] = ()) -> None:
        self._newest, *rest = (_fernet(known, purpose) for known in (secret, *older))
        self._all = MultiFernet([self._newest, *rest])

    def close(self, content: dict[str, Any]) -> bytes:
        """Seal a JSON object."""
        return self._newest.encrypt(json.dumps(content).encode())

    def open(self, sealed: bytes) -> dict[str, Any]:
        """The object again.

        Raises:
            ConfigurationError: It was sealed with another secret, or damaged.
        """
        try:
            content: dict[str, Any] = json.loads(self._all.decrypt(sealed))
        except InvalidToken:
            raise ConfigurationError("what is kept in the database was sealed with another secret") from None
        return content

    def is_newest(self, sealed: bytes) -> bool:
        """Whether it was sealed with the newest secret."""
        with suppress(InvalidToken):
            self._newest.decrypt(sealed)
            return True
        return False


def _fernet(secret: str, purpose: str) -> Fernet:
    key = HKDF(SHA256(), 32, salt=None, info=f"troly {purpose}".encode()).derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))


def key_lines(path: Path) -> tuple[str, ...]:
    """The keys in a key file, newest first; a file that is not there is made, with one random key, for its owner only.

    Raises:
        ConfigurationError: The file cannot be read or made, or holds a key that can be guessed.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _make(path)
        keys = tuple(line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not plain text"
        raise ConfigurationError(f"TROLY_KEY_FILE: cannot use {path} ({reason})") from error
    if not keys or min(map(len, keys)) < _SHORTEST_KEY:
        raise ConfigurationError(f"TROLY_KEY_FILE: {path} needs keys of {_SHORTEST_KEY} signs or more, one a line, newest first")
    return keys


def _make(path: Path) -> None:
    """Written under another name and linked, so that of several processes one makes it and none reads half of it."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(f"{secrets.token_hex(32)}\n", encoding="ascii")
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()

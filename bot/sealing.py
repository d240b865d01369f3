"""Keeps small secrets in the database in a form that is of no use without a secret of the settings (docs/adr)."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import ConfigurationError

__all__ = ["Seal"]


class Seal:
    """Encrypts and authenticates with a key derived from a secret.

    Args:
        secret: One that is in the settings anyhow.
        purpose: Seals of another purpose do not open these.
    """

    def __init__(self, secret: str, purpose: str) -> None:
        key = HKDF(SHA256(), 32, salt=None, info=f"troly {purpose}".encode()).derive(secret.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(key))

    def close(self, content: dict[str, Any]) -> bytes:
        """Seal a JSON object."""
        return self._fernet.encrypt(json.dumps(content).encode())

    def open(self, sealed: bytes) -> dict[str, Any]:
        """The object again.

        Raises:
            ConfigurationError: It was sealed with another secret, or damaged.
        """
        try:
            content: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise ConfigurationError("what is kept in the database was sealed with another secret") from None
        return content

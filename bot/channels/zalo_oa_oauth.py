"""Zalo's consent page and token endpoint (OAuth v4).

A refresh token works once and lives three months, an access token 25 hours. A failure comes with HTTP 200 as often as not:
an answer without ``access_token`` is one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bot.channels.http import JsonApi
from core.errors import UpstreamError, UserFacingError

__all__ = ["Consent", "OAuth", "Pair", "TokenRefused"]

_DEFAULT_LIFE = 90_000
_LONGEST_LIFE = 90 * 24 * 3600


class TokenRefused(UpstreamError):
    """Zalo answered and gave no token: trying the same again cannot help, a person must log in."""


@dataclass(frozen=True)
class Pair:
    """An access token, and the one refresh token that renews it."""

    access_token: str
    refresh_token: str
    renewed_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Consent:
    """One attempt to log in: what is sent along to the consent page, and must come back or be known afterwards.

    Args:
        state: Random; a callback without it belongs to another attempt.
        verifier: PKCE secret, 43 characters.
    """

    state: str
    verifier: str

    @classmethod
    def begin(cls, verifier: str | None = None) -> Consent:
        """A fresh attempt.

        Args:
            verifier: The one fixed in Zalo's console, where the app was set up with one.
        """
        return cls(secrets.token_urlsafe(24), verifier or secrets.token_urlsafe(32))

    def code_from(self, callback: str) -> tuple[str, str]:
        """The code and the account's id in the address that the browser ended at.

        Raises:
            UserFacingError: Says in Vietnamese what is wrong with it.
        """
        found = parse_qs(urlsplit(callback.strip()).query)
        code, state, account = (found.get(name, [""])[0] for name in ("code", "state", "oa_id"))
        if not code:
            raise UserFacingError(
                "Địa chỉ vừa dán không có phần “code=…”. Hãy chép trọn địa chỉ trên thanh địa chỉ của trình duyệt."
            )
        if not hmac.compare_digest(state.encode(), self.state.encode()):
            raise UserFacingError("Địa chỉ vừa dán thuộc về một lần đăng nhập khác. Hãy mở đúng đường dẫn vừa in ra và làm lại.")
        if not account.isascii() or not account.isalnum():
            raise UserFacingError("Địa chỉ vừa dán không có phần “oa_id=…”. Hãy chọn một Official Account rồi bấm đồng ý.")
        return code, account


class OAuth:
    """The calls of one app.

    Args:
        base_url: ``https://oauth.zaloapp.com``, or a fake.
        app_id: Number of the app.
        app_secret: "Khóa bí mật" of the app; not the OA secret key of the webhook.
    """

    def __init__(self, base_url: str, app_id: str, app_secret: str) -> None:
        self._api = JsonApi(base_url)
        self._base_url = base_url.rstrip("/")
        self._app_id = app_id
        self._secret = app_secret

    def consent_url(self, consent: Consent, callback_url: str) -> str:
        """Where an administrator of the OA agrees."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(consent.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "app_id": self._app_id,
            "redirect_uri": callback_url,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "state": consent.state,
        }
        return f"{self._base_url}/v4/oa/permission?{urlencode(asked)}"

    async def exchange(self, code: str, consent: Consent) -> Pair:
        """The first pair; the code works once, within ten minutes.

        Raises:
            TokenRefused: Zalo gave none.
            UpstreamError: Zalo was not reached, or its answer was lost.
        """
        return await self._ask({"code": code, "grant_type": "authorization_code", "code_verifier": consent.verifier})

    async def renew(self, refresh_token: str) -> Pair:
        """The next pair; the one before is dead with the answer.

        Raises:
            TokenRefused: Zalo gave none.
            UpstreamError: Zalo was not reached, or its answer was lost.
        """
        return await self._ask({"refresh_token": refresh_token, "grant_type": "refresh_token"})

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _ask(self, what: Mapping[str, str]) -> Pair:
        now = datetime.now(UTC)
        form = {"app_id": self._app_id, **what}
        answer = await self._api.call("POST", "/v4/oa/access_token", form=form, headers={"secret_key": self._secret})
        access, refresh = answer.body.get("access_token"), answer.body.get("refresh_token")
        if not (isinstance(access, str) and access and isinstance(refresh, str) and refresh):
            raise TokenRefused(_reason(answer.body, answer.status))
        return Pair(access, refresh, now, now + timedelta(seconds=_life(answer.body.get("expires_in"))))


def _life(value: object) -> int:
    """Seconds, which Zalo writes as text; 25 hours when it does not say."""
    written = str(value)
    seconds = int(written) if written.isascii() and written.isdecimal() and len(written) < 10 else 0
    return min(seconds, _LONGEST_LIFE) or _DEFAULT_LIFE


def _reason(body: Mapping[str, Any], status: int) -> str:
    """What Zalo says of it: number and name only, for its sentences can quote what was sent."""
    told = [str(body[name])[:60] for name in ("error", "error_name") if isinstance(body.get(name), str | int)]
    return f"Zalo gave no token ({', '.join(told) or f'HTTP {status}'})"

"""Calls to a platform's HTTP interface, with what went wrong told as whether the request may have been carried out.

==========================================================  ===========================================
what happened                                               meaning
==========================================================  ===========================================
no connection (refused, DNS, TLS, connect timeout)          failed: the request never left
429, 500, 502, 503                                          failed: the platform, or what stands before it, refused
504, timeout or broken line after the request left          uncertain
an answer that is no JSON object                            uncertain when it says 200, else failed
any other JSON object                                       the caller's business, whatever its status
==========================================================  ===========================================

Addresses are never logged: Zalo Bot has its token in them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from core.errors import SendFailed, SendUncertain

__all__ = ["Answer", "JsonApi"]

_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=8, sock_connect=5)
_MAX_ANSWER = 1_000_000
_NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)


@dataclass(frozen=True)
class Answer:
    """A platform's JSON object, with its HTTP status."""

    status: int
    body: Mapping[str, Any]


class JsonApi:
    """One platform's interface; opens its connections with the first call.

    Args:
        base_url: What paths are appended to.
    """

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        form: Mapping[str, str] | aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Make one call; the module docstring says what its failures mean.

        Args:
            method: ``GET`` or ``POST``.
            path: Begins with a slash.
            json_body: Sent as JSON, if given.
            form: Sent as a form, if given.
            headers: Sent along.
            timeout: Seconds for the whole call, where the platform takes its time on purpose.

        Raises:
            SendFailed: It was not carried out.
            SendUncertain: It may have been.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        limits = aiohttp.ClientTimeout(total=timeout, connect=8, sock_connect=5) if timeout else _TIMEOUT
        url = self._base_url + path
        try:
            async with self._session.request(method, url, json=json_body, data=form, headers=headers, timeout=limits) as response:
                return _read(response.status, await response.content.read(_MAX_ANSWER), response.headers.get("Retry-After"))
        except _NEVER_LEFT as error:
            raise SendFailed(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SendUncertain(type(error).__name__) from None

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _read(status: int, raw: bytes, retry_after: str | None) -> Answer:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict) and status < 500 and status != 429:
        return Answer(status, body)
    if status == 504 or status < 300:
        raise SendUncertain(f"an answer that cannot be read, HTTP {status}")
    wait = float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdecimal() else None
    raise SendFailed(f"HTTP {status}", retry_after=wait)

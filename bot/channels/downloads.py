"""Fetches what citizens sent from where their platform keeps it: known hosts only, so many bytes, so much time."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import aiohttp
import structlog

from bot.services.attachments import too_large
from core.errors import FetchFailed
from core.links import allowed

__all__ = ["Downloads"]

_TIMEOUT = aiohttp.ClientTimeout(total=60, connect=8, sock_connect=5, sock_read=20)
_MOST_REDIRECTS = 3
_CHUNK = 65536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({400, 401, 403, 404, 410})
log = structlog.get_logger(__name__)


class Downloads:
    """One platform's files.

    Args:
        hosts: Hosts, with their subdomains, that its files may be on; addresses in an event are not to be trusted further.
        api_url: The platform's interface; whatever it serves itself may be fetched, so that a fake can serve files too.
    """

    def __init__(self, hosts: tuple[str, ...], api_url: str) -> None:
        self._hosts = hosts
        parts = urlsplit(api_url)
        self._own = (parts.scheme, parts.netloc)
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, url: str | None, most: int) -> bytes:
        """The bytes at an address.

        Args:
            url: As the platform told it.
            most: Bytes that may be fetched.

        Raises:
            UserFacingError: It has more than `most` bytes.
            FetchFailed: It cannot be had, or not now.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        for _ in range(_MOST_REDIRECTS + 1):
            self._check(url)
            assert url is not None  # checked
            try:
                async with self._session.get(url, allow_redirects=False) as answer:
                    if answer.status in _REDIRECTS:
                        url = urljoin(url, answer.headers.get("Location", ""))
                        continue
                    return await _read(answer, most)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise FetchFailed(type(error).__name__) from None
        raise FetchFailed("too many redirects", permanent=True)

    async def close(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _check(self, url: str | None) -> None:
        parts = urlsplit(url or "")
        if url and (allowed(url, self._hosts) or (parts.scheme, parts.netloc) == self._own):
            return
        log.error("files.host_not_allowed", host=parts.hostname, cure="if it is the platform's, add it to TROLY_ZALO_FILE_HOSTS")
        raise FetchFailed("host not allowed", permanent=True)


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    if answer.status != 200:
        raise FetchFailed(f"HTTP {answer.status}", permanent=answer.status in _GONE)
    data = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > most:
            raise too_large(most)
    return bytes(data)

"""Whether the official links of guides still lead somewhere. Without a network it says so, and nothing fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin

import aiohttp

from core.guides import Guide
from core.links import allowed

__all__ = ["LinkFinding", "LinkState", "check_links", "links_of", "status_of"]

_TIMEOUT = aiohttp.ClientTimeout(total=15)
_AT_ONCE = 4
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WORKS = range(200, 300)
_GUARDED = frozenset({401, 403, 405, 429, 503})
"""What portals answer to programs though the page is there for people."""


class LinkState(StrEnum):
    """What became of a link."""

    WORKS = "works"
    GONE = "gone"
    UNSURE = "unsure"
    UNREACHABLE = "unreachable"
    NOT_OFFICIAL = "not_official"


@dataclass(frozen=True)
class LinkFinding:
    """One link and its state.

    Args:
        guide: Id of the guide that has it.
        url: As written.
        state: What became of it.
        status: What its server answered, if it did.
    """

    guide: str
    url: str
    state: LinkState
    status: int | None = None


Ask = Callable[[str], Awaitable[tuple[int, str | None]]]
"""Status of a page, and where it redirects to."""


def links_of(guide: Guide) -> list[str]:
    """Addresses a guide names, each once."""
    return list(dict.fromkeys(url for url in (guide.portal_url, *(source.url for source in guide.sources)) if url))


async def check_links(guides: Iterable[Guide], hosts: Sequence[str], ask: Ask | None = None) -> list[LinkFinding]:
    """Ask for each link on `hosts`; others are named, not asked for.

    Args:
        guides: Whose links.
        hosts: Those the bot may link to.
        ask: Asks for one address; the network where none is given.

    Returns:
        A finding for each link, in order.
    """
    wanted = [(guide.id, url) for guide in guides for url in links_of(guide)]
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:

        async def over_network(url: str) -> tuple[int, str | None]:
            return await status_of(session, url)

        turn = asyncio.Semaphore(_AT_ONCE)

        async def one(guide: str, url: str) -> LinkFinding:
            async with turn:
                return await _finding(guide, url, hosts, ask or over_network)

        return list(await asyncio.gather(*(one(guide, url) for guide, url in wanted)))


async def _finding(guide: str, url: str, hosts: Sequence[str], ask: Ask) -> LinkFinding:
    at = url
    for _ in range(_MOST_REDIRECTS):
        if not allowed(at, hosts):  # also where a redirect leaves official pages
            return LinkFinding(guide, url, LinkState.NOT_OFFICIAL if at == url else LinkState.UNSURE)
        try:
            status, onward = await ask(at)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return LinkFinding(guide, url, LinkState.UNREACHABLE)
        if status in _REDIRECTS and onward:
            at = urljoin(at, onward)
            continue
        if status in _WORKS:
            return LinkFinding(guide, url, LinkState.WORKS, status)
        return LinkFinding(guide, url, LinkState.UNSURE if status in _GUARDED else LinkState.GONE, status)
    return LinkFinding(guide, url, LinkState.UNSURE)


async def status_of(session: aiohttp.ClientSession, url: str) -> tuple[int, str | None]:
    """The status of a page, and where it redirects to; its content is not read.

    Raises:
        aiohttp.ClientError: No answer came.
    """
    async with session.get(url, allow_redirects=False) as response:
        return response.status, response.headers.get("Location")

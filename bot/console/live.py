"""Server-sent events: a page is told that something changed, and fetches the part that did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web

from core.storage.changes import Changes

__all__ = ["stream"]

_LOOK_AT_LEAST_EVERY = 15.0
"""Seconds; for a change that was not heard of, because another process's news were lost with their connection."""
_GATHER = 0.2
"""Seconds between two looks, so that many changes at once are one look."""
_ENDS_AFTER = 600.0
"""Seconds after which the browser has to ask again, so that who signed out or lost a right hears no more."""


async def stream(
    request: web.Request,
    changes: Changes,
    marks: Callable[[], Awaitable[Mapping[str, str]]],
    at_least_every: float = _LOOK_AT_LEAST_EVERY,
) -> web.StreamResponse:
    """Send the name of each mark whose value changes.

    Args:
        request: Of the page; its query says which marks the page shows, so that nothing in between is missed.
        changes: When to look.
        marks: What can change, by event name.
        at_least_every: Seconds; shorter for what a process changes that tells nobody.
    """
    seen = changes.now()
    before = {name: request.query.get(name, mark) for name, mark in (await marks()).items()}
    headers = {hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store, no-transform", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    try:
        await response.write(b"retry: 1000\n\n")
        end = time.monotonic() + _ENDS_AFTER
        while time.monotonic() < end:
            now = dict(await marks())
            changed = [name for name, mark in now.items() if mark != before.get(name)]
            before = now
            if changed:
                await response.write("".join(f"event: {name}\ndata: {now[name]}\n\n" for name in changed).encode())
            if not await changes.after(seen, at_least_every):
                await response.write(b": still here\n\n")
            await asyncio.sleep(_GATHER)
            seen = changes.now()
    except ConnectionResetError:
        pass  # the page was closed
    return response

"""Server-sent events: a page is told that something changed, and fetches the part that did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web

__all__ = ["stream"]

_LOOK_EVERY = 1.0
_HEARTBEAT_AFTER = 20
_ENDS_AFTER = 600
"""Looks after which the browser has to ask again, so that who signed out or lost a right hears no more."""


async def stream(request: web.Request, marks: Callable[[], Awaitable[Mapping[str, str]]]) -> web.StreamResponse:
    """Send the name of each mark whose value changes.

    Args:
        request: Of the page; its query says which marks the page shows, so that nothing in between is missed.
        marks: What can change, by event name; read again every second, whichever process changed it.
    """
    before = {name: request.query.get(name, mark) for name, mark in (await marks()).items()}
    headers = {hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store, no-transform", "X-Accel-Buffering": "no"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    try:
        await response.write(b"retry: 1000\n\n")
        for look in range(1, _ENDS_AFTER):
            now = dict(await marks())
            changed = [name for name, mark in now.items() if mark != before.get(name)]
            before = now
            if changed:
                await response.write("".join(f"event: {name}\ndata: {now[name]}\n\n" for name in changed).encode())
            elif look % _HEARTBEAT_AFTER == 0:
                await response.write(b": still here\n\n")
            await asyncio.sleep(_LOOK_EVERY)
    except ConnectionResetError:
        pass  # the page was closed
    return response

"""What the forms of several pages share."""

from __future__ import annotations

from aiohttp import BodyPartReader, hdrs, web

from bot.console.visit import PREFIX, Visit

__all__ = ["number_in", "saved", "upload"]

_CHUNK = 65536


def saved(path: str) -> web.Response:
    """Back to a page below ``/canbo/``, which says that it was saved."""
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/{path}?xong=luu"})


def number_in(typed: str) -> int:
    """A whole number from a form; 0 for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


async def upload(visit: Visit, most: int) -> tuple[str, bytes]:
    """Name and bytes of the file ``tep`` in a form; hardly more than `most` bytes are read."""
    if not visit.request.content_type.startswith("multipart/"):
        raise web.HTTPUnsupportedMediaType
    data = bytearray()
    try:
        async for part in await visit.request.multipart():
            if not isinstance(part, BodyPartReader) or part.name != "tep":
                continue
            while len(data) <= most and (chunk := await part.read_chunk(_CHUNK)):
                data += chunk
            return part.filename or "", bytes(data)
    except (ValueError, AssertionError):  # what aiohttp raises over a body that is no form
        raise web.HTTPBadRequest from None
    return "", b""

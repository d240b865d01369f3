"""What the forms of several pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import BodyPartReader, hdrs, web

from bot.console.visit import PREFIX, Visit

__all__ = ["Upload", "number_in", "read_upload", "saved", "upload"]

_CHUNK = 65536
_LONGEST_FIELD = 20_000


@dataclass(frozen=True)
class Upload:
    """A form that can have a file in its field ``tep``.

    Args:
        fields: What was typed.
        name: Of the file; empty without one.
        data: Its bytes.
    """

    fields: Mapping[str, str]
    name: str = ""
    data: bytes = b""


async def read_upload(visit: Visit, most: int) -> Upload:
    """A form as it was sent, with or without a file; hardly more is read than a file may have.

    Args:
        visit: The request.
        most: Bytes of a file; one with more comes back cut off, one byte too long.
    """
    if not visit.request.content_type.startswith("multipart/"):
        return Upload(await visit.form())
    fields: dict[str, str] = {}
    name, data = "", bytearray()
    try:
        async for part in await visit.request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            limit = most if part.name == "tep" else _LONGEST_FIELD
            read = bytearray()
            while len(read) <= limit and (chunk := await part.read_chunk(_CHUNK)):
                read += chunk
            if part.name == "tep":
                name, data = part.filename or "", read
                if len(read) > limit:
                    break  # what comes behind it need not be read any more
            else:
                fields[part.name] = read[:limit].decode("utf-8", "replace")
    except (ValueError, AssertionError):  # what aiohttp raises over a body that is no form
        raise web.HTTPBadRequest from None
    return Upload(fields, name, bytes(data))


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
    sent = await read_upload(visit, most)
    return sent.name, sent.data

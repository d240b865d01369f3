"""Files on Zalo Official Account: they are uploaded first, then sent by what the upload gave back.

The upload takes JPEG and PNG of at most 1 MB and documents of at most 5 MB; what it gave back is good for seven days, so a
file is uploaded anew in every attempt rather than kept track of.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from PIL import Image

from bot.channels.reading import as_text, part
from core.errors import SendFailed, SendUncertain
from core.messages import SentFile

__all__ = ["SENDS", "file_message"]

SENDS = {"image/jpeg": 20_000_000, "image/png": 20_000_000, "application/pdf": 5_000_000}
"""Media types with the most bytes of one; larger photos than the upload takes are made smaller here."""

_LARGEST_PHOTO = 1_000_000
_SIDES = (2400, 1600, 1100, 800)

Upload = Callable[[str, aiohttp.FormData], Awaitable[Mapping[str, Any]]]
"""Posts a form to a path; the answer without an error."""


async def file_message(file: SentFile, data: bytes, upload: Upload) -> dict[str, Any]:
    """Upload a file; the ``message`` that shows it.

    Raises:
        SendFailed: It was not taken.
    """
    is_photo, name, media_type = file.media_type.startswith("image/"), file.name, file.media_type
    if is_photo and len(data) > _LARGEST_PHOTO:
        data = await asyncio.to_thread(_smaller, data)
        name, media_type = f"{name.rpartition('.')[0]}.jpg", "image/jpeg"
    form = aiohttp.FormData(quote_fields=False)  # names as browsers write them: the citizen sees this one
    form.add_field("file", data, filename=name, content_type=media_type)
    try:
        answer = part(await upload(f"/v2.0/oa/upload/{'image' if is_photo else 'file'}", form), "data")
    except SendUncertain as error:  # nothing was said to anybody yet
        raise SendFailed(str(error)) from None
    known = as_text(answer.get("attachment_id" if is_photo else "token"))
    if not known:
        raise SendFailed("the upload gave nothing back")
    if not is_photo:
        return {"attachment": {"type": "file", "payload": {"token": known}}}
    shown = {"media_type": "image", "attachment_id": known}
    return {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": [shown]}}}


def _smaller(data: bytes) -> bytes:
    """The same picture as a JPEG that the upload takes; it was decoded and encoded by us before, so decoding it is safe."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    out = io.BytesIO()
    for side in _SIDES:
        picture.thumbnail((side, side))
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=80)
        if out.tell() <= _LARGEST_PHOTO:
            break
    return out.getvalue()

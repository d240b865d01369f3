"""Files of pages, held in memory: packed once, with an ETag."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ETag, web

__all__ = ["PageFile"]

_TYPES = {".js": "text/javascript", ".json": "application/manifest+json"}


@dataclass(frozen=True)
class PageFile:
    """One file as it is sent.

    Args:
        body: Its bytes.
        packed: The same, compressed for browsers that take gzip.
        content_type: MIME type.
        etag: Changes with the content only, so several processes agree on it.
    """

    body: bytes
    packed: bytes
    content_type: str
    etag: str

    @classmethod
    def of(cls, name: str, body: bytes) -> PageFile:
        """Pack `body`; the type follows from `name`."""
        suffix = Path(name).suffix
        content_type = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        return cls(body, gzip.compress(body, mtime=0), content_type, hashlib.sha256(body).hexdigest()[:20])

    def response(self, request: web.Request) -> web.Response:
        """The file, or 304 when the browser has it already."""
        # no-cache: ask whether it changed, then use the copy. An address that names the content need not ask.
        kept = "public, max-age=31536000, immutable" if request.query.get("v") == self.etag else "no-cache"
        headers = {"Cache-Control": kept, "Vary": "Accept-Encoding"}
        if any(known.value in {self.etag, "*"} for known in request.if_none_match or ()):
            response = web.Response(status=304, headers=headers)
        elif "gzip" in request.headers.get("Accept-Encoding", ""):
            response = web.Response(body=self.packed, headers={**headers, "Content-Encoding": "gzip"})
        else:
            response = web.Response(body=self.body, headers=headers)
        response.etag = ETag(self.etag, is_weak=True)  # weak: one mark for the packed and the plain form
        if response.status != 304:
            response.content_type = self.content_type
            if self.content_type.startswith("text/"):
                response.charset = "utf-8"
        return response

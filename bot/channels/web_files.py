"""The files of the chat page, held in memory: packed once, with an ETag, and nothing outside the folder can be asked for."""

from __future__ import annotations

import gzip
import hashlib
import html
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ETag, web

__all__ = ["STATIC", "PageFile", "read_page_files"]

STATIC = Path(__file__).parent / "web_static"
_TYPES = {".js": "text/javascript", ".json": "application/manifest+json"}
_PAGE = "index.html"


@dataclass(frozen=True)
class PageFile:
    """One file as it is sent.

    Args:
        body: Its bytes.
        packed: The same, compressed for browsers that take gzip.
        content_type: MIME type.
    """

    body: bytes
    packed: bytes
    content_type: str

    @classmethod
    def of(cls, name: str, body: bytes) -> PageFile:
        """Pack `body`; the type follows from `name`."""
        suffix = Path(name).suffix
        content_type = _TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        return cls(body, gzip.compress(body, mtime=0), content_type)

    @property
    def etag(self) -> str:
        """Changes with the content only, so several processes agree on it."""
        return hashlib.sha256(self.body).hexdigest()[:20]

    def response(self, request: web.Request) -> web.Response:
        """The file, or 304 when the browser has it already."""
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}  # no-cache: ask whether it changed, then use the copy
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


def read_page_files(page_data: Mapping[str, str]) -> dict[str, PageFile]:
    """Every file of the page, by name.

    Args:
        page_data: ``data-…`` attributes of the page's body, by name, in place of those in the file.
    """
    files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.is_file()}
    attributes = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in page_data.items())
    head, body_tag, rest = files[_PAGE].decode().partition("<body ")
    files[_PAGE] = f"{head}{body_tag}{attributes}>{rest.partition('>')[2]}".encode()
    return {name: PageFile.of(name, body) for name, body in files.items()}

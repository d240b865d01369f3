"""Files on the page: what citizens upload into their case, and what staff sent them."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aiohttp import hdrs, web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.web_requests import CLIENT_ID, Refused
from bot.services.attachments import Attachments, too_large
from core import texts
from core.errors import UpstreamError, UserFacingError
from core.messages import Attachment, AttachmentKind, Inbound
from core.storage import conversations, incoming_files
from core.storage.database import Database
from core.storage.staff_models import Attachment as KeptFile

__all__ = ["WebUploads"]

_TAKEN = re.compile(r"image/(?:jpeg|png|webp|gif)|application/pdf")
_UPLOAD_SECONDS = 120.0
"""A photo over a slow mobile line."""
_CHUNK = 65536


class WebUploads:
    """Takes files in and gives them out.

    Args:
        database: Where it is written down what there is.
        files: Where they are kept.
    """

    def __init__(self, database: Database, files: Attachments) -> None:
        self._database = database
        self._files = files

    async def read(self, request: web.Request, chat_id: str) -> Inbound:
        """Keep the file in a request's body; the message that it is.

        Raises:
            Refused: It is not taken, and why.
        """
        client_id, name = request.query.get("id", ""), request.query.get("name", "")
        if not CLIENT_ID.fullmatch(client_id):
            raise Refused(400, texts.WEB_BAD_MESSAGE)
        if not _TAKEN.fullmatch(request.content_type):  # nor can a form on another site send these
            raise Refused(415, texts.WEB_FILE_TYPE)
        kind = AttachmentKind.IMAGE if request.content_type.startswith("image/") else AttachmentKind.FILE
        async with self._database.session() as session:
            conversation_id = await self._case_of(session, chat_id)
            known = await conversations.has_event(session, conversation_id, client_id)
        if known:
            return Inbound("web", "page", chat_id, client_id, "", datetime.now(UTC))
        try:
            kept = await self._files.add(conversation_id, name, await self._body(request), "citizen")
        except UserFacingError as error:
            raise Refused(422, str(error)) from None
        except UpstreamError:
            raise Refused(503, texts.TRY_LATER) from None
        sent = Attachment(kind, name=kept.name, size=kept.size, kept=kept.id)
        return Inbound("web", "page", chat_id, client_id, "", datetime.now(UTC), attachments=(sent,))

    async def give(self, request: web.Request, chat_id: str) -> web.Response:
        """A file that staff sent into this browser's conversation; for everybody else it does not exist.

        Raises:
            HTTPNotFound: There is none for this browser.
        """
        async with self._database.session() as session:
            conversation_id = await conversations.find(session, "web", "page", chat_id)
            found = await session.get(KeptFile, int(request.match_info["id"]))
        if found is None or found.conversation_id != conversation_id:
            raise web.HTTPNotFound
        try:
            body = await self._files.read_shared(found.id)
        except FileNotFoundError:
            raise web.HTTPNotFound from None
        shown = "inline" if found.media_type.startswith("image/") else "attachment"
        headers = {
            hdrs.CONTENT_DISPOSITION: f"{shown}; filename*=UTF-8''{quote(found.name, safe='')}",
            hdrs.CACHE_CONTROL: "private, no-store",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        }
        return web.Response(body=body, content_type=found.media_type, headers=headers)

    async def _case_of(self, session: AsyncSession, chat_id: str) -> int:
        """The conversation, which has an open case and not too many files."""
        conversation_id = await conversations.find(session, "web", "page", chat_id)
        if conversation_id is None or await session.scalar(incoming_files.active_case(conversation_id)) is None:
            raise Refused(409, texts.WEB_FILE_NEEDS_CASE)
        day = datetime.now(UTC) - timedelta(days=1)
        if await incoming_files.count_recent(session, conversation_id, day) >= incoming_files.MOST_A_DAY:
            raise Refused(409, texts.FILE_TOO_MANY)
        return conversation_id

    async def _body(self, request: web.Request) -> bytes:
        """All of it; hardly more is read than may be sent."""
        most = self._files.max_bytes
        if (request.content_length or 0) > most:
            raise too_large(most)
        data = bytearray()
        try:
            async with asyncio.timeout(_UPLOAD_SECONDS):
                async for chunk in request.content.iter_chunked(_CHUNK):
                    data += chunk
                    if len(data) > most:
                        raise too_large(most)
        except TimeoutError:
            raise Refused(408, texts.TRY_LATER) from None
        except web.RequestPayloadError:
            raise Refused(400, texts.WEB_BAD_MESSAGE) from None
        return bytes(data)

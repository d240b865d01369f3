"""The web chat: a page, a POST for what is typed, and a stream for what is said.

A browser is known by a random cookie only. The messages table is the outbox of this channel: a reply is delivered when
it is stored, and every stream and every reload reads it from there, so nothing is lost between them.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from aiohttp import web

from bot.channels.base import Capabilities, Receive
from bot.channels.checking import Finding
from bot.channels.parts import Progress
from bot.channels.web_check import check_page
from bot.channels.web_files import read_page_files
from bot.channels.web_requests import COOKIE, Admission, Refused, known_browser, last_seen, new_browser, read_message
from bot.channels.web_uploads import WebUploads
from bot.origins import Origins
from bot.services.attachments import Attachments
from core import texts
from core.errors import FetchFailed
from core.messages import Attachment, Chat, Inbound, Reply
from core.storage import conversations
from core.storage.database import Database
from core.storage.models import Message

__all__ = ["WebChannel"]

_Read = Callable[[web.Request, str], Awaitable[Inbound]]
log = structlog.get_logger(__name__)

_COOKIE_AGE = 90 * 24 * 3600
_HISTORY = 100
_HEARTBEAT_SECONDS = 20.0
_SENDS = dict.fromkeys(("image/jpeg", "image/png", "application/pdf"), 50_000_000)
_STREAMS_OF_ONE_BROWSER = 4
"""Browsers open six connections to a server that speaks HTTP/1.1; pages beyond these wait until they are looked at."""


class _Listener:
    """An open stream: rung when there may be news."""

    def __init__(self) -> None:
        self.bell = asyncio.Event()
        self.parked = False

    def park(self) -> None:
        """Make room for another page of the same browser."""
        self.parked = True
        self.bell.set()


class WebChannel:
    """The citizen's page and its interface (``/``, ``/static/…``, ``/api/chat/…``).

    Args:
        database: Where conversations are kept.
        link_hosts: Hosts the page may turn into links.
        per_minute: Messages of one browser taken per minute.
        max_chars: Characters of a message that are kept.
        origins: What to believe of where requests come from.
        files: Photos and documents.
    """

    name = "web"
    capabilities = Capabilities(max_text=4000, max_choices=12, typing=True, edits=True, sends=_SENDS)

    def __init__(
        self,
        database: Database,
        *,
        link_hosts: tuple[str, ...],
        per_minute: int,
        max_chars: int,
        origins: Origins,
        files: Attachments,
    ) -> None:
        self._database = database
        told = {"link-hosts": ",".join(link_hosts), "longest-text": str(max_chars), "largest-file": str(files.max_bytes)}
        self._page = read_page_files(told)
        self._uploads = WebUploads(database, files)
        self._admission = Admission(per_minute)
        self._origins = origins
        self._receive: Receive | None = None
        self._streams: dict[str, list[_Listener]] = defaultdict(list)
        self._busy: set[str] = set()
        self._closing = False

    # the contract of every channel

    async def start(self, receive: Receive) -> None:
        """Begin to take messages."""
        self._receive, self._closing = receive, False

    async def stop(self) -> None:
        """Take no more messages and end every open stream."""
        self._receive, self._closing = None, True
        for chat_id in list(self._streams):
            self._ring(chat_id)

    async def send(self, chat: Chat, reply: Reply, progress: Progress | None = None) -> str | None:
        """The reply is stored already; tell the open streams to fetch it, and hide the dots."""
        self._busy.discard(chat.chat_id)
        self._ring(chat.chat_id)
        return None

    async def fetch(self, attachment: Attachment, most: int) -> bytes:
        """Nothing is to be fetched: the page sends its files to us (bot.channels.web_uploads)."""
        raise FetchFailed("files of the page come with the request", permanent=True)

    async def acknowledge(self, chat: Chat, event_id: str) -> None:
        """Show the dots in the open pages of this chat."""
        self._busy.add(chat.chat_id)
        self._ring(chat.chat_id)

    async def check(self) -> list[Finding]:
        """Whether citizens can open the page over the public address."""
        return await check_page(self._origins.public_url)

    def on_news(self, chat_id: str, *, answered: bool) -> None:
        """Another process stored something in this chat, perhaps an answer."""
        if answered:
            self._busy.discard(chat_id)
        self._ring(chat_id)

    def _ring(self, chat_id: str) -> None:
        for listener in self._streams.get(chat_id, ()):
            listener.bell.set()

    # routes

    def add_routes(self, app: web.Application) -> None:
        """Put the page and its interface into `app`."""
        app.router.add_get("/", self._file)
        app.router.add_get("/static/{name}", self._file)
        app.router.add_get("/api/chat/history", self._history, allow_head=False)
        app.router.add_get("/api/chat/stream", self._stream, allow_head=False)
        app.router.add_post("/api/chat/messages", self._post)
        app.router.add_post("/api/chat/files", self._upload)
        app.router.add_get("/api/chat/files/{id:[0-9]{1,9}}", self._give, allow_head=False)

    async def _file(self, request: web.Request) -> web.Response:
        found = self._page.get(request.match_info.get("name", "index.html"))
        if found is None:
            raise web.HTTPNotFound
        return found.response(request)

    def _remember(self, request: web.Request, response: web.Response, chat_id: str) -> None:
        """Give the browser its id, or make it keep the one it has for another while.

        Strict, and set by the page's own requests only: a visitor who comes over a link from elsewhere does not send it
        with that first request, and must not be given a new one then.
        """
        secure = self._origins.is_https(request)
        response.set_cookie(COOKIE, chat_id, max_age=_COOKIE_AGE, httponly=True, samesite="Strict", secure=secure, path="/")

    async def _history(self, request: web.Request) -> web.Response:
        chat_id = known_browser(request) or new_browser()
        conversation, messages = await self._messages(chat_id, limit=_HISTORY)
        if conversation is None and self._admission.takes_new(self._origins.address(request)):
            await self._greet(chat_id)
        last = messages[-1].id if messages else 0
        body = {"messages": [_as_json(message) for message in messages], "last": last, "busy": chat_id in self._busy}
        response = _json(body)
        self._remember(request, response, chat_id)
        return response

    async def _greet(self, chat_id: str) -> None:
        """A browser that never wrote is greeted, once, by the same rules as "/start" elsewhere."""
        if self._receive is not None:
            await self._receive(Inbound(self.name, "page", chat_id, "start", "", datetime.now(UTC), choice="start"))

    async def _messages(self, chat_id: str, after: int = 0, limit: int = 200) -> tuple[int | None, list[Message]]:
        """The chat's conversation, and what was said in it."""
        async with self._database.session() as session:
            conversation_id = await conversations.find(session, self.name, "page", chat_id)
            if conversation_id is None:
                return None, []
            found = await conversations.transcript(session, conversation_id, after, limit)
        return conversation_id, [message for message in found if message.text]

    async def _post(self, request: web.Request) -> web.Response:
        return await self._answer(request, read_message)

    async def _upload(self, request: web.Request) -> web.Response:
        return await self._answer(request, self._uploads.read)

    async def _give(self, request: web.Request) -> web.Response:
        if (chat_id := known_browser(request)) is None:
            raise web.HTTPNotFound
        return await self._uploads.give(request, chat_id)

    async def _answer(self, request: web.Request, read: _Read) -> web.Response:
        try:
            return await self._take(request, read)
        except Refused as refusal:
            headers = {"Retry-After": "5"} if refusal.status == 429 else {}
            return _json({"error": str(refusal)}, refusal.status, headers)

    async def _take(self, request: web.Request, read: _Read) -> web.Response:
        if not self._origins.is_ours(request):
            raise Refused(403, texts.WEB_WRONG_ORIGIN)
        known = known_browser(request)
        await self._admit(known, self._origins.address(request))
        chat_id = known or new_browser()
        inbound = await read(request, chat_id)
        if self._receive is None:
            raise Refused(503, texts.TRY_LATER)
        try:
            await self._receive(inbound)
        except Exception:  # the page keeps the message and sends it again
            log.exception("web.receive_failed")
            raise Refused(503, texts.TRY_LATER) from None
        self._ring(chat_id)
        response = _json({"accepted": True, "new_session": known is None}, 202)
        if known is None:
            self._remember(request, response, chat_id)
        return response

    async def _admit(self, browser: str | None, address: str) -> None:
        known = False
        if browser is not None:
            async with self._database.session() as session:
                known = await conversations.find(session, self.name, "page", browser) is not None
        if not (self._admission.takes_known(browser, address) if browser and known else self._admission.takes_new(address)):
            raise Refused(429, texts.TOO_MANY)

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        chat_id = known_browser(request)
        if chat_id is None:
            return _json({"error": texts.WEB_NO_COOKIE}, 400)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        listener = _Listener()
        listeners = self._streams[chat_id]
        listeners.append(listener)
        if len(listeners) > _STREAMS_OF_ONE_BROWSER:
            listeners[0].park()
        try:
            await self._feed(response, chat_id, listener, last_seen(request))
        except ConnectionResetError:
            pass  # the page was closed
        finally:
            listeners.remove(listener)
            if not listeners:
                self._streams.pop(chat_id, None)
        return response

    async def _feed(self, response: web.StreamResponse, chat_id: str, listener: _Listener, last: int) -> None:
        """Send what is said, and whether an answer is being prepared, until the page, another page or the server ends it."""
        conversation: int | None = None
        typing: bool | None = None
        await response.write(b"retry: 1000\n\n")
        while not self._closing:
            listener.bell.clear()
            if listener.parked:
                await response.write(_event("parked", {}))
                return
            before = conversation
            conversation, messages = await self._messages(chat_id, last)
            if before not in (None, conversation):  # the citizen had everything deleted
                await response.write(_event("forgotten", {}))
            for message in messages:
                last = message.id
                await response.write(_event("message", _as_json(message), message.id))
            if typing is not (chat_id in self._busy):
                typing = chat_id in self._busy
                await response.write(_event("typing", {"on": typing}))
            try:
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    await listener.bell.wait()
            except TimeoutError:
                await response.write(b": still here\n\n")


def _as_json(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "from": message.author,
        "text": message.text,
        "choices": message.payload.get("choices", []) if message.direction == "out" else [],
        "footer": message.payload.get("footer") if message.direction == "out" else None,
        "links": message.payload.get("links", []) if message.direction == "out" else [],
        "progress": message.payload.get("progress") if message.direction == "out" else None,
        "file": message.payload.get("file") if message.direction == "out" else None,
        "at": message.created_at.isoformat(),
        "client_id": message.key if message.direction == "in" else None,
    }


def _event(name: str, data: dict[str, Any], event_id: int | None = None) -> bytes:
    identity = f"id: {event_id}\n" if event_id else ""
    return f"{identity}event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _json(body: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    all_headers = {"Cache-Control": "no-store", **(headers or {})}
    return web.Response(text=text, status=status, content_type="application/json", headers=all_headers)

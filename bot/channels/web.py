"""The web chat: a page, a POST for what is typed, and a stream for what is answered.

A browser is known by a random cookie only. The messages table is the outbox of this channel: a reply is delivered when
it is stored, and every stream and every reload reads it from there, so nothing is lost between them.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.channels.base import Capabilities, Receive
from bot.limits import RateLimit
from core import texts
from core.messages import Inbound, Reply
from core.storage import conversations
from core.storage.database import Database
from core.storage.models import Message

__all__ = ["WebChannel"]

log = structlog.get_logger(__name__)

STATIC = Path(__file__).parent / "web_static"
_LINK_HOSTS = 'data-link-hosts="gov.vn"'
_COOKIE = "troly_chat"
_COOKIE_AGE = 90 * 24 * 3600
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
_CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_CHOICE = re.compile(r"[a-z0-9_:?]{1,60}")
_BODY_LIMIT = 128 * 1024
_HEARTBEAT_SECONDS = 20.0

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebChannel:
    """The citizen's page and its interface (``/``, ``/static/…``, ``/api/chat/…``).

    Args:
        database: Where conversations are kept.
        link_hosts: Hosts the page may turn into links.
        per_minute: Messages of one browser taken per minute.
        secure_cookie: Send the cookie over https only.
    """

    name = "web"
    capabilities = Capabilities(max_text=4000, max_choices=12, typing=True)

    def __init__(
        self, database: Database, *, link_hosts: tuple[str, ...], per_minute: int, secure_cookie: bool
    ) -> None:
        self._database = database
        self._link_hosts = link_hosts
        self._limit = RateLimit(per_minute)
        self._secure = secure_cookie
        self._receive: Receive | None = None
        self._streams: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._busy: set[str] = set()
        self._closing = asyncio.Event()

    # the contract of every channel

    async def start(self, receive: Receive) -> None:
        """Begin to take messages."""
        self._receive = receive

    async def stop(self) -> None:
        """End every open stream."""
        self._closing.set()
        for chat_id in list(self._streams):
            self._ring(chat_id)

    async def send(self, chat_id: str, reply: Reply) -> str | None:
        """The reply is stored already; tell the open streams to fetch it, and hide the dots."""
        self._busy.discard(chat_id)
        self._ring(chat_id)
        return None

    async def typing(self, chat_id: str) -> None:
        """Show the dots in the open pages of this chat."""
        self._busy.add(chat_id)
        self._ring(chat_id)

    def _ring(self, chat_id: str) -> None:
        for bell in self._streams.get(chat_id, ()):
            bell.set()

    # routes

    def add_routes(self, app: web.Application) -> None:
        """Put the page and its interface into `app`."""
        app.router.add_get("/", self._page)
        app.router.add_get("/api/chat/history", self._history)
        app.router.add_get("/api/chat/stream", self._stream)
        app.router.add_post("/api/chat/messages", self._post)
        app.router.add_static("/static/", STATIC)

    async def _page(self, request: web.Request) -> web.Response:
        page = (STATIC / "index.html").read_text(encoding="utf-8")
        page = page.replace(_LINK_HOSTS, f'data-link-hosts="{",".join(self._link_hosts)}"')
        response = web.Response(text=page, content_type="text/html")
        response.headers["Cache-Control"] = "no-cache"
        self._chat_id(request, response)
        return response

    def _chat_id(self, request: web.Request, response: web.StreamResponse) -> str:
        """The browser's own random id; given on its first request."""
        known = request.cookies.get(_COOKIE, "")
        if _KEY.fullmatch(known):
            return known
        made = secrets.token_urlsafe(24)
        response.set_cookie(_COOKIE, made, max_age=_COOKIE_AGE, httponly=True, samesite="Strict", secure=self._secure, path="/")
        return made

    async def _history(self, request: web.Request) -> web.Response:
        response = web.Response(content_type="application/json", headers={"Cache-Control": "no-store"})
        chat_id = self._chat_id(request, response)
        messages = await self._messages(chat_id)
        if not messages:
            await self._greet(chat_id)
        last = messages[-1].id if messages else 0
        body = {"messages": [_as_json(message) for message in messages], "last": last, "busy": chat_id in self._busy}
        response.text = json.dumps(body, ensure_ascii=False)
        return response

    async def _greet(self, chat_id: str) -> None:
        """A browser that never wrote is greeted, once, by the same rules as "/start" elsewhere."""
        if self._receive is not None:
            await self._receive(Inbound(self.name, "page", chat_id, "start", "", datetime.now(UTC), choice="start"))

    async def _messages(self, chat_id: str, after: int = 0) -> list[Message]:
        async with self._database.session() as session:
            conversation_id = await conversations.find(session, self.name, "page", chat_id)
            if conversation_id is None:
                return []
            found = await conversations.transcript(session, conversation_id, after)
        return [message for message in found if message.text]

    async def _post(self, request: web.Request) -> web.Response:
        if not _same_origin(request):
            return _refuse(403, texts.WEB_WRONG_ORIGIN)
        chat_id = request.cookies.get(_COOKIE, "")
        if not _KEY.fullmatch(chat_id):
            return _refuse(400, texts.WEB_NO_COOKIE)
        if not self._limit.allows(chat_id):
            return _refuse(429, texts.WEB_TOO_MANY)
        body = await self._body(request)
        inbound = _inbound(body, chat_id) if body is not None else None
        if inbound is None:
            return _refuse(413 if body is None and (request.content_length or 0) > _BODY_LIMIT else 400, texts.WEB_BAD_MESSAGE)
        if self._receive is None:
            return _refuse(503, texts.TRY_LATER)
        try:
            await self._receive(inbound)
        except Exception:  # noqa: BLE001  # the page keeps the message and sends it again
            log.exception("web.receive_failed")
            return _refuse(503, texts.TRY_LATER)
        return web.json_response({"accepted": True}, status=202)

    async def _body(self, request: web.Request) -> Any:
        if (request.content_length or 0) > _BODY_LIMIT:
            return None
        try:
            return await request.json()
        except (ValueError, web.HTTPRequestEntityTooLarge):
            return None

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        chat_id = request.cookies.get(_COOKIE, "")
        if not _KEY.fullmatch(chat_id):
            return _refuse(400, texts.WEB_NO_COOKIE)
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        await response.prepare(request)
        bell = asyncio.Event()
        self._streams[chat_id].add(bell)
        try:
            await self._feed(response, chat_id, bell, _last_seen(request))
        except ConnectionResetError:
            pass  # the page was closed
        finally:
            self._streams[chat_id].discard(bell)
            if not self._streams[chat_id]:
                del self._streams[chat_id]
        return response

    async def _feed(self, response: web.StreamResponse, chat_id: str, bell: asyncio.Event, last: int) -> None:
        typing = False
        await response.write(b"retry: 1000\n\n")
        while not self._closing.is_set():
            bell.clear()
            for message in await self._messages(chat_id, last):
                last = message.id
                if message.direction == "out":
                    data = json.dumps(_as_json(message), ensure_ascii=False)
                    await response.write(f"id: {message.id}\nevent: message\ndata: {data}\n\n".encode())
            if typing != (chat_id in self._busy):
                typing = not typing
                await response.write(f"event: typing\ndata: {json.dumps({'on': typing})}\n\n".encode())
            try:
                async with asyncio.timeout(_HEARTBEAT_SECONDS):
                    await bell.wait()
            except TimeoutError:
                await response.write(b": still here\n\n")


def _as_json(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "from": message.author,
        "text": message.text,
        "choices": message.payload.get("choices", []) if message.direction == "out" else [],
        "footer": message.payload.get("footer") if message.direction == "out" else None,
        "at": message.created_at.isoformat(),
        "client_id": message.key if message.direction == "in" else None,
    }


def _inbound(body: Any, chat_id: str) -> Inbound | None:
    """The message in a request body, or None when the body is not one."""
    if not isinstance(body, dict):
        return None
    client_id, text, choice = body.get("id"), body.get("text", ""), body.get("choice")
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id) or not isinstance(text, str):
        return None
    if choice is not None and not (isinstance(choice, str) and _CHOICE.fullmatch(choice)):
        return None
    return Inbound("web", "page", chat_id, client_id, text, datetime.now(UTC), choice)


def _last_seen(request: web.Request) -> int:
    for value in (request.headers.get("Last-Event-ID"), request.query.get("after")):
        if value and value.isdecimal() and len(value) < 19:
            return int(value)
    return 0


def _same_origin(request: web.Request) -> bool:
    """Browsers name the page a POST came from; another site's is refused (besides the strict cookie)."""
    origin = request.headers.get("Origin")
    return origin is None or origin.split("//")[-1] == request.host


def _refuse(status: int, message: str) -> web.Response:
    return web.json_response({"error": message}, status=status)


"""The platforms' side in measurements of delivery: they redeliver like the real ones, and can be in trouble.

Tests of the channels themselves use a double that nobody here wrote (tests/channels/telegram_double.py), which knows no
trouble, and fakes that are stricter about what they take (tests/fakes).
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

import aiohttp
from aiohttp import web
from PIL import Image

from bot.channels.zalo_oa_oauth import OAuth, Pair
from bot.channels.zalo_oa_tokens import ZaloTokens
from bot.sealing import Seal
from core.storage.database import Database
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, OA, WEBHOOK_KEY, sign

__all__ = ["PLATFORMS", "SECRET", "TELEGRAM_ACCOUNT", "TOKEN", "Platform", "Sent", "ZaloPlatform"]

TELEGRAM_ACCOUNT = "123456789"
TOKEN = f"{TELEGRAM_ACCOUNT}:BENCH"
SECRET = "bench-secret"  # noqa: S105  # of the platform below
_REDELIVERY = (0.02, 0.25)
"""Seconds between deliveries of the same update; the real platform takes longer, which only makes a run longer."""
_TROUBLES = ("429", "500", "slow", "cut", "garbage")


@dataclass(frozen=True)
class Sent:
    """One reply that reached the platform.

    Args:
        chat: Whom to.
        text: As sent.
        message_id: What the platform answered, or would have.
        delivered: Whether the citizen sees it.
    """

    chat: int
    text: str
    message_id: str
    delivered: bool


@dataclass
class Platform:
    """Telegram, its citizens, and the Bot API they are reached by.

    Args:
        trouble: Share (0–1) of sends that are answered with 429, 500, late, not at all, or with garbage.
        repeats: Share of deliveries that are made twice at once.
        seed: Makes a run repeatable.
        hanging: Chats to which every send takes ten seconds.
        refusing: Chats to which every send is one too many.
    """

    trouble: float = 0.0
    repeats: float = 0.1
    seed: int = 1
    sent: list[Sent] = field(default_factory=list)
    troubles: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deliveries: int = 0
    acknowledged: int = 0
    hanging: frozenset[int] = frozenset()
    refusing: frozenset[int] = frozenset()

    name: ClassVar[str] = "telegram"
    webhook_path: ClassVar[str] = "/hooks/telegram"

    def __post_init__(self) -> None:
        """Number what is sent."""
        self._random = random.Random(self.seed)
        self._ids = itertools.count(1)
        self._updates = itertools.count(1)
        self.targets: Sequence[str] = ()
        self.changed = asyncio.Event()

    # what the bot calls

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._api)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.api_url = f"http://{host}:{port}"
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=10))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        await self._runner.cleanup()

    def settings(self) -> dict[str, str]:
        """Environment of a bot that is to talk on this platform."""
        return {
            "TROLY_TELEGRAM_TOKEN": TOKEN,
            "TROLY_TELEGRAM_MODE": "webhook",
            "TROLY_TELEGRAM_WEBHOOK_SECRET": SECRET,
            "TROLY_TELEGRAM_API_URL": self.api_url,
        }

    async def introduce(self, database_url: str) -> None:
        """Leave in an empty database what an operator would have set up before the first start."""

    async def _api(self, request: web.Request) -> web.StreamResponse:
        try:
            method, body = request.path.rpartition("/")[2], await request.post()
        except ConnectionResetError:  # the bot was killed in the middle of its request
            raise web.HTTPBadRequest from None
        if method == "getMe":
            return _ok({"id": int(TELEGRAM_ACCOUNT), "is_bot": True, "first_name": "Trợ lý", "username": "bench_bot"})
        if method == "getFile":
            if self._random.random() < self.trouble:
                return self._refuse(500)
            known = str(body["file_id"])
            return _ok({"file_id": known, "file_unique_id": known, "file_path": f"photos/{known}.jpg"})
        if method.endswith(".jpg"):
            return web.Response(body=picture(*map(int, method.removesuffix(".jpg").split("x"))), content_type="image/jpeg")
        if method != "sendMessage":
            return _ok(True)
        return await self._send(request, int(str(body["chat_id"])), str(body["text"]))

    async def _send(self, request: web.Request, chat: int, text: str) -> web.StreamResponse:
        kind = self._random.choice(_TROUBLES) if self._random.random() < self.trouble else ""
        if chat in self.refusing:
            kind = "429"
        if kind:
            self.troubles[kind] += 1
        message_id = str(next(self._ids))
        self.sent.append(Sent(chat, text, message_id, kind not in {"429", "500"}))
        self.changed.set()
        if chat in self.hanging:
            await asyncio.sleep(10)
        if kind in {"429", "500"}:
            return self._refuse(int(kind))
        if kind == "cut" and request.transport is not None:
            request.transport.close()
        if kind == "garbage":
            return web.Response(text="<html>hệ thống bận", content_type="text/html")
        if kind == "slow":
            await asyncio.sleep(self._random.uniform(0.2, 1.0))
        return self._take(chat, message_id)

    def _refuse(self, status: int) -> web.Response:
        refusal: dict[str, Any] = {"ok": False, "error_code": status, "description": "refused"}
        return web.json_response(refusal | ({"parameters": {"retry_after": 1}} if status == 429 else {}), status=status)

    def _take(self, chat: int, message_id: str) -> web.Response:
        where = {"id": chat, "type": "private"}
        return _ok({"message_id": int(message_id), "date": 1794999600, "chat": where, "text": "x"})

    # the citizens

    def update(self, chat: int, text: str) -> dict[str, Any]:
        """What the platform posts when a citizen writes."""
        citizen = {"id": chat, "is_bot": False, "first_name": "Bà con"}
        number = next(self._updates)
        where = {"id": chat, "type": "private", "first_name": "Bà con"}
        message = {"message_id": number, "date": int(time.time()), "chat": where, "from": citizen, "text": text}
        return {"update_id": number, "message": message}

    def photo(self, chat: int, width: int, height: int) -> dict[str, Any]:
        """What the platform posts when a citizen sends a photo, which is known by its size."""
        update = self.update(chat, "")
        del update["message"]["text"]
        known = f"{width}x{height}"
        update["message"]["photo"] = [{"file_id": known, "file_unique_id": known, "width": width, "height": height}]
        return update

    async def deliver(self, update: dict[str, Any]) -> None:
        """Post an update until it is acknowledged, as the platform does; some of them twice at once."""
        while True:
            copies = 2 if self._random.random() < self.repeats else 1
            statuses = await asyncio.gather(*(self.post(update) for _ in range(copies)))
            if 200 in statuses:
                self.acknowledged += 1
                self.changed.set()
                return
            await asyncio.sleep(self._random.uniform(*_REDELIVERY))

    async def post(self, update: dict[str, Any]) -> int:
        """Post an update once; the status of the answer, 0 when there was none."""
        self.deliveries += 1
        target = self._random.choice(self.targets) if self.targets else ""
        raw = json.dumps(update).encode()
        try:
            async with self._http.post(target + self.webhook_path, data=raw, headers=self._headers(raw, update)) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    def _headers(self, raw: bytes, update: dict[str, Any]) -> dict[str, str]:
        return {"X-Telegram-Bot-Api-Secret-Token": SECRET}


class ZaloPlatform(Platform):
    """The same for a Zalo Official Account: signed events, failures as error numbers in answers that say HTTP 200."""

    name = "zalo_oa"
    webhook_path = "/hooks/zalo-oa"

    def settings(self) -> dict[str, str]:
        """Environment of a bot that is to talk on this platform."""
        return {
            "TROLY_ZALO_OA_APP_ID": APP_ID,
            "TROLY_ZALO_OA_APP_SECRET": APP_SECRET,
            "TROLY_ZALO_OA_WEBHOOK_KEY": WEBHOOK_KEY,
            "TROLY_ZALO_OA_API_URL": self.api_url,
            "TROLY_ZALO_OA_OAUTH_URL": self.api_url,
        }

    async def introduce(self, database_url: str) -> None:
        """Leave in an empty database what ``troly zalo login`` would have: a pair of tokens."""
        database = Database(database_url)
        oauth = OAuth(self.api_url, APP_ID, APP_SECRET)
        try:
            await database.migrate()
            now = datetime.now(UTC)
            pair = Pair("access", "refresh", now, now + timedelta(hours=25))
            await ZaloTokens(database, oauth, Seal(APP_SECRET, "zalo_oa tokens")).keep(OA, pair)
        finally:
            await oauth.close()
            await database.close()

    async def _api(self, request: web.Request) -> web.StreamResponse:
        if not request.path.endswith("/message/cs"):
            return web.json_response({"error": 0, "message": "Success", "data": {}})
        try:
            body = await request.json()
        except (ConnectionResetError, ValueError):  # the bot was killed in the middle of its request
            raise web.HTTPBadRequest from None
        return await self._send(request, int(body["recipient"]["user_id"]), str(body["message"]["text"]))

    def _refuse(self, status: int) -> web.Response:
        return web.json_response({"error": -32 if status == 429 else -200, "message": "refused"})

    def _take(self, chat: int, message_id: str) -> web.Response:
        return web.json_response({"error": 0, "message": "Success", "data": {"message_id": message_id, "user_id": str(chat)}})

    def update(self, chat: int, text: str) -> dict[str, Any]:
        """What the platform posts when a citizen writes."""
        return {
            "app_id": APP_ID,
            "event_name": "user_send_text",
            "timestamp": str(int(time.time() * 1000)),
            "sender": {"id": str(chat)},
            "recipient": {"id": OA},
            "message": {"text": text, "msg_id": f"u{next(self._updates)}"},
        }

    def _headers(self, raw: bytes, update: dict[str, Any]) -> dict[str, str]:
        return {"X-ZEvent-Signature": sign(raw, update["timestamp"])}


PLATFORMS = {platform.name: platform for platform in (Platform, ZaloPlatform)}
"""By name."""


def picture(width: int, height: int) -> bytes:
    """A JPEG of that size."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#7a3b9d").save(out, "JPEG")
    return out.getvalue()


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})

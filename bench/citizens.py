"""The platform's side in measurements of delivery: a Telegram that redelivers like the real one, and can be in trouble.

Tests of the channel itself use a double that nobody here wrote (tests/channels/telegram_double.py); it knows no trouble.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

__all__ = ["SECRET", "TOKEN", "Platform", "Sent"]

TOKEN = "123456789:BENCH"  # noqa: S105  # of the platform below
SECRET = "bench-secret"  # noqa: S105
_REDELIVERY = (0.02, 0.25)
"""Seconds between deliveries of the same update; the real platform takes longer, which only makes a run longer."""
_TROUBLES = ("429", "500", "slow", "cut", "garbage")


@dataclass(frozen=True)
class Sent:
    """One sendMessage that reached the platform.

    Args:
        chat: Whom to.
        text: As sent.
        message_id: What the platform answered, or would have.
        delivered: Whether the citizen sees it.
    """

    chat: int
    text: str
    message_id: int
    delivered: bool


@dataclass
class Platform:
    """Telegram, its citizens, and the Bot API they are reached by.

    Args:
        trouble: Share (0–1) of sends that are answered with 429, 500, late, not at all, or with garbage.
        repeats: Share of deliveries that are made twice at once.
        seed: Makes a run repeatable.
    """

    trouble: float = 0.0
    repeats: float = 0.1
    seed: int = 1
    sent: list[Sent] = field(default_factory=list)
    troubles: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deliveries: int = 0
    acknowledged: int = 0
    slow_chats: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        """Number what is sent."""
        self._random = random.Random(self.seed)
        self._ids = itertools.count(1)
        self._updates = itertools.count(1)
        self.targets: Sequence[str] = ()
        self.changed = asyncio.Event()

    # the Bot API

    async def __aenter__(self) -> Platform:
        app = web.Application()
        app.router.add_post(f"/bot{TOKEN}/{{method}}", self._api)
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

    async def _api(self, request: web.Request) -> web.StreamResponse:
        try:
            method, body = request.match_info["method"], await request.post()
        except ConnectionResetError:  # the bot was killed in the middle of its request
            raise web.HTTPBadRequest from None
        if method == "getMe":
            return _ok({"id": 123456789, "is_bot": True, "first_name": "Trợ lý", "username": "bench_bot"})
        if method != "sendMessage":
            return _ok(True)
        return await self._send(request, int(str(body["chat_id"])), str(body["text"]))

    async def _send(self, request: web.Request, chat: int, text: str) -> web.StreamResponse:
        kind = self._random.choice(_TROUBLES) if self._random.random() < self.trouble else ""
        if kind:
            self.troubles[kind] += 1
        message_id = next(self._ids)
        self.sent.append(Sent(chat, text, message_id, kind not in {"429", "500"}))
        self.changed.set()
        if chat in self.slow_chats:
            await asyncio.sleep(10)
        if kind == "429":
            refusal = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 1}}
            return web.json_response(refusal, status=429)
        if kind == "500":
            return web.json_response({"ok": False, "error_code": 500, "description": "Internal Server Error"}, status=500)
        if kind == "cut" and request.transport is not None:
            request.transport.close()
        if kind == "garbage":
            return web.Response(text="<html>hệ thống bận", content_type="text/html")
        if kind == "slow":
            await asyncio.sleep(self._random.uniform(0.2, 1.0))
        return _ok({"message_id": message_id, "date": 1794999600, "chat": {"id": chat, "type": "private"}, "text": "x"})

    # the citizens

    def update(self, chat: int, text: str) -> dict[str, Any]:
        """What the platform posts when a citizen writes."""
        citizen = {"id": chat, "is_bot": False, "first_name": "Bà con"}
        number = next(self._updates)
        where = {"id": chat, "type": "private", "first_name": "Bà con"}
        message = {"message_id": number, "date": int(time.time()), "chat": where, "from": citizen, "text": text}
        return {"update_id": number, "message": message}

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
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        target = self._random.choice(self.targets) if self.targets else ""
        try:
            async with self._http.post(f"{target}/hooks/telegram", data=json.dumps(update), headers=headers) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})

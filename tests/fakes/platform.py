"""What the fakes of platforms have in common: calls to the bot, files that citizens sent, and waiting for what they get."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

__all__ = ["FakePlatform", "now_ms"]


def now_ms() -> int:
    """Milliseconds since 1970."""
    return int(time.time() * 1000)


class FakePlatform:
    """A platform whose messages to citizens are in `sent`, served at `address` once whoever serves it says where.

    `faults` is what the next calls are answered with instead; each platform says which it knows.
    """

    sent: Any
    faults: deque[int | str]
    address = ""

    def _prepare(self) -> None:
        self._ids = itertools.count(int(time.time()))
        self._arrived = asyncio.Event()
        self._client: aiohttp.ClientSession | None = None
        self._files: dict[str, tuple[bytes, str]] = {}
        self.fetched: list[str] = []

    def _serve(self, app: web.Application) -> web.Application:
        """Add what every fake serves: files of citizens, and what citizens got so far."""
        app.router.add_get("/files/{name}", self._file)
        app.router.add_get("/sim/seen", self._seen)
        app.router.add_post("/sim/fault", self._fail_next)
        app.on_cleanup.append(self._close)
        return app

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession()
        return self._client

    async def _close(self, _app: web.Application) -> None:
        if self._client:
            await self._client.close()

    async def _seen(self, _request: web.Request) -> web.Response:
        return web.json_response(self.sent, dumps=lambda value: json.dumps(value, ensure_ascii=False, indent=1))

    async def _fail_next(self, request: web.Request) -> web.Response:
        self.faults.append((await request.json())["fault"])
        return web.json_response({"waiting": list(self.faults)})

    def keep(self, name: str, data: bytes, media_type: str) -> str:
        """Hold a file of a citizen as the platform would; returns the path it is fetched from."""
        self._files[name] = data, media_type
        return f"/files/{name}"

    async def _file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._files:
            raise web.HTTPNotFound
        self.fetched.append(name)
        data, media_type = self._files[name]
        return web.Response(body=data, content_type=media_type)

    async def _wait(self, found: Callable[[], list[dict[str, Any]]], count: int) -> list[dict[str, Any]]:
        """Return what was found once there is so much of it."""
        async with asyncio.timeout(60):
            while len(found()) < count:
                self._arrived.clear()
                await self._arrived.wait()
        return found()

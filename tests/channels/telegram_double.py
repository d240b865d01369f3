"""The Telegram that citizens use in end-to-end tests: telemelya, a Bot API double that nobody here wrote, over real HTTP.

A test opens a bot with `telegram.open(bot)`, where `bot` is anything that serves Telegram's webhook at a `Place`;
`from_app` makes one of an aiohttp application. What the double lacks, a relay in front of the bot adds: the secret
header that Telegram sends with every update.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, chdir, contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
import uvicorn
from aiohttp import web
from aiohttp.test_utils import TestServer
from fakeredis import TcpFakeServer

from bot.channels.telegram import WEBHOOK_PATH

SECRET = "bi_mat-2026"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
CHAT = 5550001


@dataclass(frozen=True)
class Place:
    """Where a bot is to run: with which token and secret, on which Bot API, reachable by which address."""

    token: str
    secret: str
    api_url: str
    public_url: str


Bot = Callable[[Place], AbstractAsyncContextManager[str]]
"""Runs a bot at a place and yields the address it listens on."""


def from_app(make_app: Callable[[Place], web.Application]) -> Bot:
    """Make a bot of an aiohttp application."""

    @asynccontextmanager
    async def run(place: Place) -> AsyncIterator[str]:
        async with TestServer(make_app(place), host="127.0.0.1") as server:
            yield str(server.make_url("/"))

    return run


@dataclass
class Telegram:
    """The citizen's side of the double: what a phone would do, and what it would see."""

    url: str
    http: aiohttp.ClientSession
    place: Place
    session: str = field(default_factory=lambda: uuid4().hex)
    relay_target: str = ""

    @asynccontextmanager
    async def open(self, bot: Bot) -> AsyncIterator[None]:
        """Run a bot and lead the double's calls to it."""
        async with bot(self.place) as address:
            self.relay_target = address.rstrip("/")
            yield

    async def deliver(self, update: dict[str, Any], secret: str = SECRET) -> int:
        """Post an update as Telegram would; returns the status it gets."""
        headers = {SECRET_HEADER: secret}
        async with self.http.post(self.relay_target + WEBHOOK_PATH, json=update, headers=headers) as answer:
            return answer.status

    async def does(self, **update: Any) -> dict[str, Any]:
        """Let the citizen write (`text`), send a `command` or photo, or tap (`callback_data`); returns the delivery."""
        where = f"{self.url}/api/v1/test/send_update"
        query = {"bot_token": self.place.token, "session_id": self.session}
        async with self.http.post(where, params=query, json={"chat_id": CHAT} | update) as answer:
            result: dict[str, Any] = await answer.json()
            assert answer.status == 200, result
            return result

    async def has(self, photo: bytes) -> str:
        """Let the citizen have a photo on the phone; returns what `does` sends it by (`photo_file_id`)."""
        form = aiohttp.FormData()
        form.add_field("file", photo, filename="anh.jpg", content_type="image/jpeg")
        async with self.http.post(
            f"{self.url}/api/v1/test/upload_media", params={"session_id": self.session}, data=form
        ) as answer:
            return str((await answer.json())["file_id"])

    async def picture(self, file_id: str) -> bytes:
        """A picture the bot sent."""
        async with self.http.post(f"{self.url}/bot{self.place.token}/getFile", json={"file_id": file_id}) as answer:
            path = (await answer.json())["result"]["file_path"]
        async with self.http.get(f"{self.url}/file/bot{self.place.token}/{path}") as answer:
            return await answer.read()

    async def calls(self, method: str) -> list[dict[str, Any]]:
        """List what the bot called so far with this method."""
        async with self.http.get(f"{self.url}/api/v1/test/responses", params={"session_id": self.session}) as answer:
            return [call for call in (await answer.json())["responses"] if call["method"] == method]

    async def sees(self, method: str = "sendMessage", count: int = 1) -> list[dict[str, Any]]:
        """Wait until the bot called a method so often."""
        async with asyncio.timeout(10):
            while len(found := await self.calls(method)) < count:
                await asyncio.sleep(0.02)
        return found

    async def sees_buttons(self, after: dict[str, Any] | None = None) -> dict[str, Any]:
        """Wait for the next message with buttons: the last of an answer, however many messages it takes."""
        seen = after["message_id"] if after else 0
        async with asyncio.timeout(10):
            while True:
                for call in await self.calls("sendMessage"):
                    if call["message_id"] > seen and call["reply_markup"]:
                        return call
                await asyncio.sleep(0.02)


@contextmanager
def redis_on_loopback() -> Iterator[str]:
    """Run the Redis that the double keeps its notes in."""
    server = TcpFakeServer(("127.0.0.1", 0))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture(scope="session")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the double in threads of this process and give its address.

    It keeps its state in its modules, so one is all there can be: nobody imports this fixture but the tests' own conftest.
    """
    with redis_on_loopback() as redis_url, pytest.MonkeyPatch.context() as patch:
        # The double reads a .env of the present folder when it is imported: it must not find ours.
        with chdir(tmp_path_factory.mktemp("double")):
            from telemelya.server import app as double_app
            from telemelya.server import config

        pictures: dict[str, bytes] = {}

        async def nothing() -> None:
            """Stand in for the connection to a picture store, in whose place a dictionary is enough."""

        async def upload(session_id: str, file_id: str, filename: str, data: bytes, content_type: str = "") -> str:
            pictures[f"{session_id}/{file_id}/{filename}"] = data
            return f"{session_id}/{file_id}/{filename}"

        async def download_by_key(key: str) -> bytes | None:
            return pictures.get(key)

        for stand_in in (upload, download_by_key):
            patch.setattr(double_app.media_manager, stand_in.__name__, stand_in)
        patch.setattr(double_app.media_manager, "connect", nothing)
        patch.setattr(double_app.media_manager, "close", nothing)
        patch.setattr(config.settings, "redis_url", redis_url)
        patch.setattr(config.settings, "auth_keys", "")
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(double_app.app, log_level="warning", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        give_up = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < give_up:
            time.sleep(0.01)
        assert server.started, "the double did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@asynccontextmanager
async def a_telegram(double: str) -> AsyncIterator[Telegram]:
    """The double as one citizen sees it, with a relay that adds the secret header."""
    held: list[Telegram] = []

    async def relay(request: web.Request) -> web.Response:
        return web.Response(status=await held[0].deliver(await request.json()))

    app = web.Application()
    app.router.add_post(WEBHOOK_PATH, relay)
    headers = {"Authorization": "Bearer x"}
    async with TestServer(app, host="127.0.0.1") as server, aiohttp.ClientSession(headers=headers) as http:
        place = Place(f"123456789:{uuid4().hex}", SECRET, double, str(server.make_url("/")))
        held.append(Telegram(double, http, place))
        yield held[0]


@pytest_asyncio.fixture
async def telegram(double: str) -> AsyncIterator[Telegram]:
    """A citizen's Telegram."""
    async with a_telegram(double) as made:
        yield made

"""A citizen's browser without a screen, and a running product for it to talk to."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from bot.agent import Brain
from bot.app import Running, running
from bot.settings import Settings

__all__ = ["Citizen", "Event", "answering"]


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    name: str
    data: Any
    id: int | None


def settings(database_url: str, **changes: Any) -> Settings:
    """Settings of a test server: a free port, and nothing from the environment."""
    return Settings(
        _env_file=None, **{"database_url": database_url, "port": 0, "messages_per_minute": 10_000, "burst_seconds": 0, **changes}
    )


@asynccontextmanager
async def answering(brain: Brain, database_url: str, **changes: Any) -> AsyncIterator[Running]:
    """The running product over an empty database."""
    async with running(settings(database_url, **changes), brain) as product:
        yield product


class Citizen:
    """One browser: it keeps its cookie, writes, and reads history and stream.

    Args:
        product: What it talks to.
        headers: Sent with every request.
    """

    def __init__(self, product: Running, headers: Mapping[str, str] | None = None) -> None:
        self.product = product
        self._jar = aiohttp.CookieJar(unsafe=True)  # unsafe: cookies of an address without a name
        self.http = aiohttp.ClientSession(product.address, cookie_jar=self._jar, headers=headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.http.close()

    @property
    def cookie(self) -> str | None:
        """The value of the chat's cookie, once there is one."""
        return next((cookie.value for cookie in self._jar if cookie.key == "troly_chat"), None)

    async def history(self) -> dict[str, Any]:
        """What a reload of the page shows."""
        async with self.http.get("/api/chat/history") as response:
            assert response.status == 200, await response.text()
            return dict(await response.json())

    async def said(self) -> list[str]:
        """Texts of the bot, as a reload of the page shows them."""
        return [message["text"] for message in (await self.history())["messages"] if message["from"] == "bot"]

    async def open(self) -> None:
        """Open the page and be greeted."""
        await self.history()
        await self.product.engine.drain()

    async def post(
        self, text: str, choice: str | None = None, client_id: str | None = None, **headers: str
    ) -> aiohttp.ClientResponse:
        """Send a message; the response is read and closed."""
        body = {"id": client_id or str(uuid.uuid4()), "text": text, **({"choice": choice} if choice else {})}
        return await self.post_raw(json.dumps(body).encode(), **headers)

    async def post_raw(self, body: bytes, **headers: str) -> aiohttp.ClientResponse:
        """Send any bytes as a message; ``_`` in a header's name stands for ``-``."""
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.post("/api/chat/messages", data=body, headers=sent) as response:
            await response.read()
        return response

    async def ask(self, text: str, choice: str | None = None) -> list[dict[str, Any]]:
        """Send a message and wait for all of its answer."""
        before = (await self.history())["last"]
        response = await self.post(text, choice)
        assert response.status == 202, await response.text()
        await self.product.engine.drain()
        return [message for message in (await self.history())["messages"] if message["id"] > before and message["from"] == "bot"]

    @asynccontextmanager
    async def stream(self, after: int = 0, **headers: str) -> AsyncIterator[AsyncIterator[Event]]:
        """The live stream; ends when the server ends it."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.get("/api/chat/stream", params={"after": str(after)}, headers=sent) as response:
            assert response.status == 200, await response.text()
            yield _events(response)


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[Event]:
    fields: dict[str, str] = {}
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            yield Event(fields["event"], json.loads(fields["data"]), int(fields["id"]) if "id" in fields else None)
            fields = {}

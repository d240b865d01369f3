"""Every adapter behind the real web server, its platform played by a fake: what the contract suite runs on."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.base import Channel, Event
from bot.channels.web import WebChannel
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_oauth import OAuth, Pair
from bot.channels.zalo_oa_signature import Signature
from bot.channels.zalo_oa_tokens import ZaloTokens
from bot.origins import Origins
from bot.sealing import Seal
from bot.services.attachments import Attachments
from bot.web import make_web_app
from core.messages import Chat
from core.storage.database import Database
from tests.channels.telegram_api import HEADERS, ScriptedRequest, World
from tests.fakes import zalo_bot as fake_bot
from tests.fakes import zalo_oa as fake_oa

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "channels"
Sent = list[tuple[str, list[str]]]
"""Text and labels of the buttons of each message that a citizen got."""


@dataclass
class Bench:
    """One adapter with all around it.

    Args:
        channel: Started.
        path: Where its platform posts.
        accepted: Status for what was taken.
        sign: Headers of a genuine call.
        forged: Headers of calls that are not genuine.
        chat: A chat that may be written to.
        sent: What citizens got.
        keep: Whether `receive` remembers events.
    """

    channel: Channel
    path: str
    sign: Callable[[bytes], Mapping[str, str]]
    forged: list[Mapping[str, str]]
    chat: Chat
    sent: Callable[[], Sent]
    accepted: int = 200
    stored: list[Event] = field(default_factory=list)
    new: list[bool] = field(default_factory=list)
    failures: deque[Exception] = field(default_factory=deque)
    keep: bool = True
    http: TestClient[Any, Any] = field(init=False)

    @property
    def folder(self) -> Path:
        """Its captured payloads."""
        return FIXTURES / self.channel.name

    def payload(self, name: str) -> dict[str, Any]:
        """A captured call."""
        body: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
        return body

    async def receive(self, event: Event) -> bool:
        """Store an event, or fail as scripted."""
        if self.failures:
            raise self.failures.popleft()
        if not self.keep:
            return True
        is_new = event not in self.stored
        self.new.append(is_new)
        if is_new:
            self.stored.append(event)
        return is_new

    async def post(self, body: Any, headers: Mapping[str, str] | None = None) -> int:
        """Call the webhook as the platform would; bytes are sent as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json"} | dict(self.sign(raw) if headers is None else headers)
        async with self.http.post(self.path, data=raw, headers=sent) as answer:
            await answer.read()
            return answer.status


def _database(folder: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{folder / 'bench.db'}")


@asynccontextmanager
async def _served(bench: Bench, database: Database, web_chat: WebChannel | None = None) -> AsyncIterator[Bench]:
    """The adapter behind the product's own web server."""
    page = web_chat or _page(database)
    webhooks: list[Any] = [] if web_chat else [bench.channel]
    async with TestClient(TestServer(make_web_app((page,), webhooks, web.Application()), host="127.0.0.1")) as bench.http:
        await bench.channel.start(bench.receive)
        yield bench
        await bench.channel.stop()
        await database.close()


def _page(database: Database) -> WebChannel:
    files = Attachments(database, Path(str(database.url.database)).parent / "files", 1_000_000)
    origins = Origins(None, False)
    return WebChannel(database, link_hosts=("gov.vn",), per_minute=10_000, max_chars=2000, origins=origins, files=files)


@asynccontextmanager
async def telegram(folder: Path) -> AsyncIterator[Bench]:
    """Telegram, over scripted answers below the real library."""
    api = ScriptedRequest()
    channel = World(api).channel("webhook")

    def sent() -> Sent:
        found = []
        for call in api.of("sendMessage"):
            rows = call.get("reply_markup", {}).get("inline_keyboard", [])
            found.append((call["text"], [button["text"] for row in rows for button in row]))
        return found

    name = next(iter(HEADERS))
    forged: list[Mapping[str, str]] = [{}, {name: ""}, {name: "doan-mo"}, {name: HEADERS[name] + "x"}]
    database = _database(folder)
    bench = Bench(channel, "/hooks/telegram", lambda _raw: HEADERS, forged, Chat("123456789", "5550001"), sent)
    async with _served(bench, database) as ready:
        yield ready


@asynccontextmanager
async def zalo_oa(folder: Path) -> AsyncIterator[Bench]:
    """A Zalo Official Account, over a fake of the platform."""
    fake, database = fake_oa.FakeZaloOa(), _database(folder)
    await database.migrate()
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        oauth = OAuth(str(server.make_url("/")), fake_oa.APP_ID, fake_oa.APP_SECRET)
        tokens = ZaloTokens(database, oauth, Seal(fake_oa.APP_SECRET, "zalo_oa tokens"))
        await tokens.keep(fake_oa.OA, pair(*fake.log_in(fake_oa.OA)))
        channel = ZaloOaChannel(Signature(fake_oa.APP_ID, fake_oa.WEBHOOK_KEY), tokens, api_url=str(server.make_url("/")))
        fake.last_interaction[fake_oa.CITIZEN] = fake_oa.now_ms()

        def sent() -> Sent:
            return [(one["text"], [button["title"] for button in buttons(one)]) for one in fake.sent]

        def signed(raw: bytes) -> Mapping[str, str]:
            try:
                stamp = str(json.loads(raw).get("timestamp", ""))
            except (ValueError, AttributeError, RecursionError):
                stamp = "1"
            told = {"X-ZEvent-Timestamp": stamp} if stamp.isprintable() else {}
            return {"X-ZEvent-Signature": fake_oa.sign(raw, stamp), **told}

        wrong = "mac=" + "0" * 64
        forged = [{}, {"X-ZEvent-Signature": ""}, {"X-ZEvent-Signature": wrong}, {"X-ZEvent-Signature": "mac=đoán"}]
        bench = Bench(channel, "/hooks/zalo-oa", signed, forged, Chat(fake_oa.OA, fake_oa.CITIZEN), sent)
        async with _served(bench, database) as ready:
            yield ready


@asynccontextmanager
async def zalo_bot(folder: Path) -> AsyncIterator[Bench]:
    """A bot of the Zalo Bot Platform, over a fake of the platform."""
    fake, database = fake_bot.FakeZaloBot(), _database(folder)
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        channel = ZaloBotChannel(
            fake_bot.TOKEN,
            mode="webhook",
            webhook_secret=fake_bot.SECRET,
            public_url="https://troly.example.vn/",
            api_url=str(server.make_url("/")),
            sleep=_no_sleep,
        )
        header = "X-Bot-Api-Secret-Token"
        forged: list[Mapping[str, str]] = [{}, {header: ""}, {header: "doan-mo"}, {header: fake_bot.SECRET + "x"}]
        chat = Chat(fake_bot.TOKEN.partition(":")[0], fake_bot.CITIZEN)
        bench = Bench(
            channel,
            "/hooks/zalo-bot",
            lambda _raw: {header: fake_bot.SECRET},
            forged,
            chat,
            lambda: [(call["text"], []) for call in fake.sent],
        )
        async with _served(bench, database) as ready:
            yield ready


@asynccontextmanager
async def web_page(folder: Path) -> AsyncIterator[Bench]:
    """The web chat; what is not genuine here comes from another site's page."""
    database = _database(folder)
    await database.migrate()
    channel = _page(database)
    cookie = {"Cookie": "troly_chat=abcdefghijklmnopqrstuvwxyz"}
    forged = [cookie | {"Origin": "https://evil.example"}, cookie | {"Sec-Fetch-Site": "cross-site"}]
    bench = Bench(
        channel,
        "/api/chat/messages",
        lambda _raw: cookie,
        forged,
        Chat("page", "abcdefghijklmnopqrstuvwxyz"),
        lambda: [],
        accepted=202,
    )
    async with _served(bench, database, channel) as ready:
        yield ready


BENCHES: dict[str, Callable[[Path], AbstractAsyncContextManager[Bench]]] = {
    "telegram": telegram,
    "zalo_oa": zalo_oa,
    "zalo_bot": zalo_bot,
    "web": web_page,
}


def pair(access: str, refresh: str) -> Pair:
    """Tokens as fresh from the consent."""
    from datetime import UTC, datetime, timedelta

    now = datetime.now(UTC)
    return Pair(access, refresh, now, now + timedelta(hours=25))


def buttons(message: Mapping[str, Any]) -> list[dict[str, str]]:
    """Buttons of a message that an Official Account sent."""
    found: list[dict[str, str]] = message.get("attachment", {}).get("payload", {}).get("buttons", [])
    return found


async def _no_sleep(_seconds: float) -> None:
    """Nothing waits in these tests."""


NoSleep: Callable[[float], Awaitable[None]] = _no_sleep

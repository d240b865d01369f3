"""A channel of a Zalo Official Account with its tokens, over the fake of the platform."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp.test_utils import TestServer

from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_oauth import OAuth
from bot.channels.zalo_oa_signature import Signature
from bot.channels.zalo_oa_tokens import ZaloTokens
from bot.sealing import Seal
from core.messages import Chat, Choice
from core.storage import channel_tokens
from core.storage.database import Database
from core.storage.models import ChannelToken
from tests.channels.benches import FIXTURES, pair
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, CITIZEN, OA, WEBHOOK_KEY, FakeZaloOa, now_ms

CHAT = Chat(OA, CITIZEN)
MENU = (Choice("m", "Chủ đề khác"), Choice("human", "Gặp cán bộ"))


def body(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((FIXTURES / "zalo_oa" / f"{name}.json").read_text(encoding="utf-8"))
    return raw


class World:
    """A channel, its tokens and its platform."""

    def __init__(self, fake: FakeZaloOa, address: str, database: Database) -> None:
        self.fake = fake
        self.database = database
        self.oauth = OAuth(address, APP_ID, APP_SECRET)
        self.tokens = ZaloTokens(database, self.oauth, Seal(APP_SECRET, "zalo_oa tokens"))
        self.channel = ZaloOaChannel(Signature(APP_ID, WEBHOOK_KEY), self.tokens, api_url=address)
        self.stored: list[Any] = []

    async def receive(self, event: Any) -> bool:
        """Store everything."""
        self.stored.append(event)
        return True

    async def row(self) -> ChannelToken:
        """The tokens as stored."""
        async with self.database.session() as session:
            found = await channel_tokens.find(session, "zalo_oa", OA)
        assert found is not None
        return found


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Started, logged in, and with a citizen who wrote a moment ago."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'zalo.db'}")
    await database.migrate()
    fake = FakeZaloOa()
    fake.last_interaction[CITIZEN] = now_ms()
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        made = World(fake, str(server.make_url("/")), database)
        await made.tokens.keep(OA, pair(*fake.log_in(OA)))
        await made.channel.start(made.receive)
        yield made
        await made.channel.stop()
    await database.close()

"""The Zalo Bot channel against a fake of the platform: set-up, polling, errors."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_bot_api import BotRefused
from core.errors import ConfigurationError, SendFailed, SendUncertain, Unreachable
from core.messages import Chat, Inbound, Reply
from tests.fakes.zalo_bot import CITIZEN, SECRET, TOKEN, FakeZaloBot

CHAT = Chat("2837465", CITIZEN)


class World:
    """What was stored, and what fails."""

    def __init__(self) -> None:
        self.stored: list[Any] = []
        self.failures: deque[Exception] = deque()
        self.pauses: list[float] = []

    async def receive(self, event: Any) -> bool:
        """Store an event, or fail as scripted."""
        if self.failures:
            raise self.failures.popleft()
        self.stored.append(event)
        return True

    async def sleep(self, seconds: float) -> None:
        """Note a pause without waiting."""
        self.pauses.append(seconds)
        await asyncio.sleep(0)


@asynccontextmanager
async def started(fake: FakeZaloBot, world: World, **options: Any) -> AsyncIterator[ZaloBotChannel]:
    """A channel with its platform."""
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        channel = ZaloBotChannel(TOKEN, api_url=str(server.make_url("/")), sleep=world.sleep, **options)
        await channel.start(world.receive)
        yield channel
        await channel.stop()


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"token": "không phải token"}, "TROLY_ZALO_BOT_TOKEN"),
        ({"mode": "webhook", "public_url": "https://x.vn"}, "TROLY_ZALO_BOT_WEBHOOK_SECRET"),
        ({"mode": "webhook", "webhook_secret": "ngan", "public_url": "https://x.vn"}, "TROLY_ZALO_BOT_WEBHOOK_SECRET"),
        ({"mode": "webhook", "webhook_secret": SECRET}, "TROLY_PUBLIC_URL"),
        ({"mode": "webhook", "webhook_secret": SECRET, "public_url": "http://x.vn"}, "TROLY_PUBLIC_URL"),
    ],
)
def test_wrong_setting_is_named(options: dict[str, Any], named: str) -> None:
    """And its value is not."""
    with pytest.raises(ConfigurationError, match=named) as caught:
        ZaloBotChannel(**({"token": TOKEN} | options))
    assert "không phải token" not in str(caught.value)


async def test_rejected_token_stops_the_start() -> None:
    """With a message that says what to do, and without the token."""
    world = World()
    with pytest.raises(ConfigurationError, match="Zalo Bot Manager") as caught:
        async with started(FakeZaloBot(token="1:other"), world):
            pass
    assert TOKEN not in str(caught.value)


async def test_update_is_polled_until_it_is_stored(logs: list[dict[str, Any]]) -> None:
    """The platform gives each update once: nothing else is fetched before it is safe."""
    fake, world = FakeZaloBot(), World()
    world.failures.extend([OSError("đĩa đầy"), OSError("đĩa đầy")])
    async with started(fake, world):
        await fake.says("làm lại căn cước")
        await fake.says("mấy ngày xong")
        await until(lambda: len(world.stored) == 2)
    assert [event.text for event in world.stored] == ["làm lại căn cước", "mấy ngày xong"]
    assert world.pauses[:2] == [1, 2]
    assert "căn cước" not in str(logs)
    assert "đĩa đầy" not in str(logs)
    assert TOKEN.partition(":")[2] not in str(logs)


async def test_polling_goes_on_after_trouble() -> None:
    """Pauses grow; an empty poll is no trouble."""
    fake, world = FakeZaloBot(), World()
    async with started(fake, world):
        fake.webhook = "https://elsewhere.vn"  # another machine took the bot over
        await until(lambda: len(world.pauses) >= 3)
        fake.webhook = ""
        await fake.says("xin chào")
        await until(lambda: world.stored)
    assert world.pauses[:3] == [1, 2, 4]


async def test_start_goes_on_without_the_platform() -> None:
    """An outage at start delays this channel only."""
    world = World()
    channel = ZaloBotChannel(TOKEN, api_url="http://127.0.0.1:9", sleep=world.sleep)
    await channel.start(world.receive)
    await until(lambda: len(world.pauses) >= 2)
    with pytest.raises(SendFailed):
        await channel.send(CHAT, Reply("Chào bà con"))
    await channel.stop()


@pytest.mark.parametrize(
    ("fault", "error", "permanent"),
    [(403, Unreachable, True), (400, SendFailed, True), (401, SendFailed, False), (429, SendFailed, False),
     (500, SendFailed, False), (408, SendFailed, False), ("cut", SendUncertain, None), ("garbage", SendUncertain, None)],
)  # fmt: skip
async def test_trouble_of_a_send_is_told_apart(fault: int | str, error: type[Exception], permanent: bool | None) -> None:
    """What may have arrived is not sent again; what did not, is, where that can help."""
    fake, world = FakeZaloBot(), World()
    async with started(fake, world) as channel:
        fake.faults.append(fault)
        with pytest.raises(error) as caught:
            await channel.send(CHAT, Reply("Chào bà con"))
        assert getattr(caught.value, "permanent", None) is permanent


async def test_typing_is_shown_and_its_failure_swallowed() -> None:
    """It is a comfort."""
    fake, world = FakeZaloBot(), World()
    async with started(fake, world) as channel:
        await channel.acknowledge(CHAT, "x")
        assert ("sendChatAction", {"chat_id": CITIZEN, "action": "typing"}) in fake.calls
    await channel.acknowledge(CHAT, "x")


def test_unknown_error_is_not_repeated() -> None:
    """What is not known may have side effects."""
    assert BotRefused(418).as_send_error().permanent


async def test_every_update_is_an_inbound_of_its_chat() -> None:
    """With the platform's own time and an id that survives a restart."""
    fake, world = FakeZaloBot(), World()
    async with started(fake, world):
        update = fake.update("xin chào")
        await fake.deliver(update)
        await until(lambda: world.stored)
    (inbound,) = world.stored
    assert isinstance(inbound, Inbound)
    assert inbound.event_id == f"message.text.received:{update['message']['message_id']}"
    assert (inbound.chat_id, inbound.account) == (CITIZEN, "2837465")
    assert inbound.sent_at.timestamp() * 1000 == pytest.approx(update["message"]["date"])

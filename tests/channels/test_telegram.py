"""What the Telegram channel takes in, by polling and by webhook, through the real library."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from telegram.error import NetworkError, TimedOut

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from core.errors import ConfigurationError
from core.messages import Reply
from tests.channels.telegram_api import (
    CHAT,
    FIXTURES,
    HEADERS,
    SECRET,
    TOKEN,
    World,
    captured_log,
    library_log,
    loudest,
    ok,
    refused,
    until,
    update,
)

Started = Callable[..., Awaitable[TelegramChannel]]


@pytest.fixture
def world() -> World:
    return World()


@pytest_asyncio.fixture
async def started(world: World) -> AsyncIterator[Started]:
    """Start channels, and stop them after the test."""
    channels: list[TelegramChannel] = []

    async def start(mode: str = "polling", **more: Any) -> TelegramChannel:
        channel = world.channel(mode, **more)
        channels.append(channel)
        await channel.start(world.receive)
        return channel

    yield start
    for channel in channels:
        await channel.stop()


async def test_fulfils_the_contract(world: World) -> None:
    """The channel can stand where a Channel is asked for, and its account is the bot's id."""
    channel: Channel = world.channel()
    assert channel.name == "telegram"
    assert channel.capabilities.max_text == 4000
    assert channel.capabilities.max_choices == 12
    assert world.channel().account == "123456789"


# --- start


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"token": "khong-phai-token"}, "TROLY_TELEGRAM_TOKEN"),
        ({"mode": "webhook", "public_url": "https://a.vn"}, "TROLY_TELEGRAM_WEBHOOK_SECRET"),
        ({"mode": "webhook", "public_url": "https://a.vn", "webhook_secret": "có dấu"}, "TROLY_TELEGRAM_WEBHOOK_SECRET"),
        ({"mode": "webhook", "webhook_secret": SECRET}, "TROLY_PUBLIC_URL"),
    ],
)
async def test_wrong_settings_are_named_and_not_quoted(settings: dict[str, Any], named: str) -> None:
    """The operator reads which setting to mend; the value stays secret."""
    with pytest.raises(ConfigurationError, match=named) as caught:
        TelegramChannel(**({"token": TOKEN} | settings))
    assert settings.get("token", TOKEN) not in str(caught.value)
    assert settings.get("webhook_secret", "?") not in str(caught.value)


async def test_rejected_token_stops_the_start(world: World) -> None:
    """A wrong token is a setting to mend, and the message does not hold it."""
    world.api.default["getMe"] = refused(401, "Unauthorized")
    with pytest.raises(ConfigurationError, match="rejected by Telegram") as caught:
        await world.channel().start(world.receive)
    assert TOKEN not in str(caught.value)


async def test_polling_removes_a_webhook_but_no_updates(started: Started, world: World) -> None:
    """A forgotten webhook would make every poll fail; what waits behind it is kept."""
    await started()
    assert world.api.of("deleteWebhook") == [{}]
    assert world.api.of("setWebhook") == []


async def test_webhook_is_registered_with_secret_and_kinds(started: Started, world: World) -> None:
    """Telegram is told where, with which secret, and what to deliver."""
    await started("webhook")
    assert world.api.of("setWebhook") == [
        {
            "url": "https://troly.example.vn/hooks/telegram",
            "secret_token": SECRET,
            "allowed_updates": ["message", "callback_query"],
        }
    ]
    await asyncio.sleep(0.02)
    assert world.api.of("getUpdates") == []


async def test_menu_of_commands_is_set(started: Started, world: World) -> None:
    """The menu button lists the commands."""
    await started("webhook")
    (call,) = world.api.of("setMyCommands")
    assert [entry["command"] for entry in call["commands"]] == ["start", "menu", "canbo", "hoso", "xoa"]


async def test_missing_menu_does_not_stop_the_start(started: Started, world: World) -> None:
    """The menu is a comfort: the channel works without it."""
    world.api.default["setMyCommands"] = refused(400, "Bad Request: BOT_COMMAND_INVALID")
    await started()
    await until(lambda: world.api.of("getUpdates"))


async def test_start_goes_on_without_telegram(started: Started, world: World) -> None:
    """An outage at start delays Telegram only: the attempts go on in the background, with growing pauses."""
    world.api.script["getMe"].extend([TimedOut()] * 4)
    world.api.script["getUpdates"].append(ok([update("text")]))
    await started()
    await until(lambda: world.stored)
    assert world.pauses == [1, 2, 4]


# --- polling


async def test_polling_asks_for_our_kinds_and_confirms_what_was_stored(started: Started, world: World) -> None:
    """The offset moves past stored and ignored updates."""
    world.api.script["getUpdates"].append(ok([update("text", 11), update("group_text", 12), update("unreadable", 13)]))
    await started()
    await until(lambda: len(world.api.of("getUpdates")) == 2)
    first, second = world.api.of("getUpdates")
    assert first == {"timeout": 30, "allowed_updates": ["message", "callback_query"]}
    assert second["offset"] == 14
    assert [inbound.event_id for inbound in world.stored] == ["11"]


async def test_update_that_was_not_stored_is_fetched_again(
    started: Started, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing store holds the offset at the first update it lost; those before it stay confirmed."""
    both = [update("text", 11), update("photo", 12)]
    world.api.script["getUpdates"].extend([ok(both), ok(both[1:])])
    world.failures.extend([None, OSError("đĩa đầy: làm lại căn cước")])
    logs = captured_log(monkeypatch)
    await started()
    await until(lambda: len(world.api.of("getUpdates")) == 3)
    assert [call.get("offset") for call in world.api.of("getUpdates")] == [None, 12, 13]
    assert [inbound.event_id for inbound in world.stored] == ["11", "12"]
    assert world.pauses == [1]
    assert "storing failed: OSError" in str(logs)
    assert "căn cước" not in str(logs)


async def test_offset_is_forgotten_when_nothing_waits(started: Started, world: World) -> None:
    """After a week's silence ids restart at random: an old offset would skip lower ones."""
    world.api.script["getUpdates"].extend([ok([update("text", 900)]), ok([]), ok([update("photo", 5)])])
    await started()
    await until(lambda: len(world.api.of("getUpdates")) == 4)
    assert [call.get("offset") for call in world.api.of("getUpdates")] == [None, 901, None, 6]
    assert [inbound.event_id for inbound in world.stored] == ["900", "5"]


async def test_polling_waits_longer_after_each_failure_and_obeys_telegram(started: Started, world: World) -> None:
    """Network trouble backs off, a flood answer is obeyed to the second, success resets."""
    world.api.script["getUpdates"].extend(
        [
            NetworkError("httpx.ReadError: "),
            refused(502, "Bad Gateway"),
            refused(429, "Too Many Requests: retry after 17", retry_after=17),
            ok([update("text")]),
            TimedOut(),
        ]
    )
    await started()
    await until(lambda: len(world.pauses) == 4)
    assert world.pauses == [1, 2, 17, 1]
    assert len(world.stored) == 1


async def test_second_poller_is_reported_clearly(started: Started, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says what to do when two processes poll with one token."""
    world.api.script["getUpdates"].append(
        refused(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")
    )
    logs = captured_log(monkeypatch)
    await started()
    await until(lambda: world.pauses)
    assert "another process polls with the same token" in str(logs)


async def test_polling_survives_nonsense(started: Started, world: World) -> None:
    """An answer of the wrong shape does not end the polling."""
    world.api.script["getUpdates"].extend([ok([{"no": "id"}]), ok(17), ok([update("text")])])
    await started()
    await until(lambda: world.stored)


async def test_nothing_secret_or_personal_is_logged(
    started: Started, world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the loudest level the log holds neither the token nor what a citizen wrote."""
    loudest(caplog)
    world.api.script["getUpdates"].extend([ok([update("text", 1), update("tap", 2), update("unreadable", 3)]), TimedOut()])
    logs = captured_log(monkeypatch)
    channel = await started()
    await until(lambda: world.pauses)
    await channel.send(CHAT, Reply("Bà con chờ chút."))
    for private in (TOKEN, "căn cước", "5550001", "thiếu trường", "Bà con chờ"):
        assert private not in library_log(caplog) + str(logs)


# --- webhook


def body(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


async def test_webhook_stores_before_it_answers(started: Started, world: World) -> None:
    """200 means stored; a repeated delivery is 200 too, and stored once."""
    channel = await started("webhook")
    assert await channel.handle_webhook(HEADERS, body("text")) == 200
    assert await channel.handle_webhook(HEADERS, body("text")) == 200
    assert [inbound.event_id for inbound in world.stored] == ["700000101"]


@pytest.mark.parametrize("name", ["group_text", "edited_text", "unreadable"])
async def test_webhook_accepts_what_it_ignores(started: Started, world: World, name: str) -> None:
    """Delivering these again would help nobody."""
    channel = await started("webhook")
    assert await channel.handle_webhook(HEADERS, body(name)) == 200
    assert world.stored == []


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Telegram-Bot-Api-Secret-Token": ""}, {"X-Telegram-Bot-Api-Secret-Token": "đoán\udcff"}, {"X-Other": SECRET}],
)
async def test_webhook_refuses_strangers(started: Started, world: World, headers: dict[str, str]) -> None:
    """Without the secret nothing is read."""
    channel = await started("webhook")
    assert await channel.handle_webhook(headers, body("text")) == 403
    assert world.stored == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"17", b"{}", b'{"update_id": "1"}', b"\xff\xfe", b"[" * 100_000])
async def test_webhook_refuses_what_is_no_update(started: Started, raw: bytes) -> None:
    """Bad JSON and JSON without an update id."""
    channel = await started("webhook")
    assert await channel.handle_webhook(HEADERS, raw) == 400


async def test_webhook_asks_for_redelivery_when_storing_fails(
    started: Started, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 makes Telegram deliver again; then it is taken."""
    channel = await started("webhook")
    world.failures.append(RuntimeError("INSERT … làm lại căn cước"))
    logs = captured_log(monkeypatch)
    assert await channel.handle_webhook(HEADERS, body("text")) == 503
    assert "căn cước" not in str(logs)
    assert await channel.handle_webhook(HEADERS, body("text")) == 200
    assert len(world.stored) == 1


async def test_webhook_before_start_and_after_stop(world: World) -> None:
    """While the process comes up or goes down, Telegram keeps the updates."""
    channel = world.channel("webhook")
    assert await channel.handle_webhook(HEADERS, body("text")) == 503
    await channel.start(world.receive)
    await channel.stop()
    assert await channel.handle_webhook(HEADERS, body("text")) == 503


async def test_polling_channel_has_no_webhook(started: Started) -> None:
    """An empty secret opens nothing."""
    channel = await started()
    assert await channel.handle_webhook({"X-Telegram-Bot-Api-Secret-Token": ""}, body("text")) == 404


# --- taps


async def test_tap_is_answered_and_its_keyboard_removed(started: Started, world: World) -> None:
    """The button stops spinning, and cannot be tapped again."""
    channel = await started("webhook")
    assert await channel.handle_webhook(HEADERS, body("tap")) == 200
    await until(lambda: world.api.of("editMessageReplyMarkup"))
    assert world.api.of("answerCallbackQuery") == [{"callback_query_id": "4382bfdwdsb323b2d9"}]
    assert world.api.of("editMessageReplyMarkup") == [{"chat_id": 5550001, "message_id": 88}]


async def test_tap_does_not_wait_for_telegram(started: Started, world: World) -> None:
    """Telegram's own slowness in taking our answer does not make our webhook slow."""
    gate = asyncio.Event()
    original = world.api.do_request

    async def slow(url: str, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if url.endswith("answerCallbackQuery"):
            await gate.wait()
        return await original(url, *args, **kwargs)

    world.api.do_request = slow  # type: ignore[method-assign]  # one slow method of the script
    channel = await started("webhook")
    assert await channel.handle_webhook(HEADERS, body("tap")) == 200
    assert len(world.stored) == 1
    gate.set()


async def test_keyboard_stays_when_the_tap_was_not_stored(started: Started, world: World) -> None:
    """The citizen can tap again."""
    channel = await started("webhook")
    world.failures.append(OSError())
    assert await channel.handle_webhook(HEADERS, body("tap")) == 503
    await until(lambda: world.api.of("answerCallbackQuery"))
    assert world.api.of("editMessageReplyMarkup") == []


async def test_late_answer_to_a_tap_is_swallowed(started: Started, world: World) -> None:
    """The answers "query is too old" and "message is not modified" harm nobody."""
    world.api.default["answerCallbackQuery"] = refused(400, "Bad Request: query is too old and response timeout expired")
    world.api.default["editMessageReplyMarkup"] = refused(400, "Bad Request: message is not modified")
    channel = await started("webhook")
    assert await channel.handle_webhook(HEADERS, body("tap")) == 200
    await until(lambda: world.api.of("editMessageReplyMarkup"))
    assert [inbound.choice for inbound in world.stored] == ["human"]

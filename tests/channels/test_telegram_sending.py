"""What the Telegram channel sends, and what it says when Telegram does not take it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from telegram.error import NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest

from bot.channels.parts import Progress
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_errors import as_send_error
from core.errors import SendFailed, SendUncertain
from core.messages import Choice, Reply
from tests.channels.telegram_api import CHAT, SENT, Answer, World, ok, refused


@pytest.fixture
def world() -> World:
    return World()


@pytest_asyncio.fixture
async def channel(world: World) -> AsyncIterator[TelegramChannel]:
    made = world.channel("webhook")
    await made.start(world.receive)
    yield made
    await made.stop()


async def test_reply_is_html_with_buttons_and_without_preview(channel: TelegramChannel, world: World) -> None:
    """What goes over the wire, and the id that comes back."""
    assert await channel.send(CHAT, Reply("Phí < 5.000 đ", (Choice("m", "Chủ đề khác"),))) == "7"
    (call,) = world.api.of("sendMessage")
    assert call["chat_id"] == "5550001"
    assert call["text"] == "Phí &lt; 5.000 đ"
    assert call["parse_mode"] == "HTML"
    assert call["link_preview_options"] == {"is_disabled": True}
    assert call["reply_markup"] == {"inline_keyboard": [[{"text": "Chủ đề khác", "callback_data": "m"}]]}


async def test_long_reply_has_its_buttons_on_the_last_part(channel: TelegramChannel, world: World) -> None:
    """Parts go out in order."""
    await channel.send(CHAT, Reply("Câu dài. " * 900, (Choice("m", "Chủ đề khác"),)))
    calls = world.api.of("sendMessage")
    assert ["reply_markup" in call for call in calls] == [False, False, True]
    assert " ".join(call["text"] for call in calls) == ("Câu dài. " * 900).strip()


async def test_refused_html_is_sent_once_more_as_plain_text(channel: TelegramChannel, world: World) -> None:
    """An answer without formatting is better than none."""
    world.api.script["sendMessage"].append(refused(400, "Bad Request: can't parse entities: unexpected end tag"))
    await channel.send(CHAT, Reply("a < b", (Choice("m", "Chủ đề khác"),)))
    first, second = world.api.of("sendMessage")
    assert (first["text"], second["text"]) == ("a &lt; b", "a < b")
    assert "parse_mode" not in second
    assert "reply_markup" in second


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


CONNECT = caused(NetworkError("httpx.ConnectError: no route"), httpx.ConnectError("no route"))
HTML_PAGE = b"<html><h1>502</h1></html>"


@pytest.mark.parametrize(
    ("answer", "permanent", "retry_after", "reason"),
    [
        (refused(429, "Too Many Requests: retry after 9", retry_after=9), False, 9.0, "Flood control"),
        (refused(429, "Too Many Requests"), False, None, "Too Many Requests"),
        (refused(403, "Forbidden: bot was blocked by the user"), True, None, "blocked"),
        (refused(403, "Forbidden: user is deactivated"), True, None, "deactivated"),
        (refused(400, "Bad Request: chat not found"), True, None, "Chat not found"),
        (refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100), True, None, "migrated"),
        (refused(401, "Unauthorized"), False, None, "token was rejected"),
        (refused(500, "Internal Server Error: restart"), False, None, "restart"),
        ((502, HTML_PAGE), False, None, r"^Bad Gateway \(502\)$"),
        ((403, HTML_PAGE), False, None, r"^Forbidden \(403\)$"),
        (CONNECT, False, None, "ConnectError"),
        (caused(TimedOut(), httpx.ConnectTimeout("")), False, None, "ConnectTimeout"),
        (TimedOut("Pool timeout: … Request was *not* sent to Telegram."), False, None, "Pool timeout"),
    ],
)
async def test_failures_that_are_certain(
    channel: TelegramChannel, world: World, answer: Answer, permanent: bool, retry_after: float | None, reason: str
) -> None:
    """Each says whether, and when, sending again can help; nothing was sent twice."""
    world.api.script["sendMessage"].append(answer)
    with pytest.raises(SendFailed, match=reason) as caught:
        await channel.send(CHAT, Reply("Chào bà con"))
    assert (caught.value.permanent, caught.value.retry_after) == (permanent, retry_after)
    assert len(world.api.of("sendMessage")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        caused(TimedOut(), httpx.ReadTimeout("")),
        caused(TimedOut(), httpx.WriteTimeout("")),
        caused(NetworkError("httpx.ReadError: "), httpx.ReadError("")),
        caused(NetworkError("httpx.RemoteProtocolError: "), httpx.RemoteProtocolError("")),
        refused(504, "Gateway Timeout"),
        (504, HTML_PAGE),
        (200, HTML_PAGE),
    ],
)
async def test_failures_that_may_have_arrived(channel: TelegramChannel, world: World, answer: Answer) -> None:
    """Sending again could repeat the reply, so the caller is told, and the channel does not try."""
    world.api.script["sendMessage"].append(answer)
    with pytest.raises(SendUncertain):
        await channel.send(CHAT, Reply("Chào bà con"))
    assert len(world.api.of("sendMessage")) == 1


async def test_flood_answer_of_either_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library gives seconds today, a timedelta when asked to."""
    for opted_in in ("false", "true"):
        monkeypatch.setenv("PTB_TIMEDELTA", opted_in)
        error = as_send_error(RetryAfter(timedelta(seconds=2, milliseconds=500)))
        assert isinstance(error, SendFailed)
        assert error.retry_after == 2.5


async def test_uncertain_part_does_not_lose_the_rest(channel: TelegramChannel, world: World) -> None:
    """The other parts carry no risk of a duplicate, so they go out; the caller still learns of the doubt."""
    world.api.script["sendMessage"].append(TimedOut())
    with pytest.raises(SendUncertain):
        await channel.send(CHAT, Reply("Câu dài. " * 900, (Choice("m", "Chủ đề khác"),)))
    assert len(world.api.of("sendMessage")) == 3


async def test_part_that_fails_is_where_the_next_attempt_begins(channel: TelegramChannel, world: World) -> None:
    """No part is sent twice; the flood's time is waited out by the outbox, not here."""
    kept: list[int] = []

    async def keep(now: Progress) -> None:
        kept.append(now.sent)

    progress = Progress(keep=keep)
    long = Reply(" ".join(f"Câu số {n}." for n in range(850)), (Choice("m", "Chủ đề khác"),))
    world.api.script["sendMessage"].extend([ok(SENT), refused(429, "Too Many Requests", retry_after=4)])
    with pytest.raises(SendFailed) as caught:
        await channel.send(CHAT, long, progress)
    assert (caught.value.retry_after, progress.sent, kept) == (4, 1, [1])
    assert await channel.send(CHAT, long, progress) == "7"
    assert kept == [1, 2]
    said = [call["text"] for call in world.api.of("sendMessage")]
    assert len(said) == 4
    assert said[1] == said[2]
    assert len(set(said)) == 3


async def test_doubt_about_an_early_part_outlives_a_failure(channel: TelegramChannel, world: World) -> None:
    """The reply is then not taken for delivered."""
    progress = Progress()
    world.api.script["sendMessage"].extend([TimedOut(), refused(500, "Internal Server Error")])
    with pytest.raises(SendFailed):
        await channel.send(CHAT, Reply("Câu dài. " * 900), progress)
    with pytest.raises(SendUncertain):
        await channel.send(CHAT, Reply("Câu dài. " * 900), Progress(progress.sent, progress.doubt))
    assert len(world.api.of("sendMessage")) == 4


async def test_stopped_channel_sends_nothing(channel: TelegramChannel, world: World) -> None:
    """A reply that comes too late at shut-down is kept for the next start, not taken for perhaps sent."""
    await channel.stop()
    with pytest.raises(SendFailed) as caught:
        await channel.send(CHAT, Reply("Chào bà con"))
    assert not caught.value.permanent
    assert world.api.of("sendMessage") == []


async def test_typing_never_raises_and_rests_after_a_flood_answer(channel: TelegramChannel, world: World) -> None:
    """Typing is decoration: it must not cause or prolong a flood."""
    world.api.script["sendChatAction"].extend([ok(), TimedOut(), refused(429, "Too Many Requests", retry_after=60)])
    for _ in range(5):
        await channel.acknowledge(CHAT, "1")
    assert world.api.of("sendChatAction") == [{"chat_id": "5550001", "action": "typing"}] * 3


# --- the library's real HTTP client, on loopback


@asynccontextmanager
async def over_http(world: World, port: int) -> AsyncIterator[TelegramChannel]:
    channel = world.channel("webhook", api_url=f"http://127.0.0.1:{port}", request=HTTPXRequest(read_timeout=0.2))
    await channel.start(world.receive)
    yield channel
    await channel.stop()


async def test_refused_connection_is_certain(world: World, unused_tcp_port: int) -> None:
    """Nobody listens: the reply did not leave."""
    async with over_http(world, unused_tcp_port) as channel:
        with pytest.raises(SendFailed, match="ConnectError") as caught:
            await channel.send(CHAT, Reply("Chào bà con"))
    assert not caught.value.permanent


@pytest.mark.parametrize("hangs", [True, False])
async def test_silent_or_hung_up_server_is_uncertain(world: World, hangs: bool) -> None:
    """The request left: a silent server and one that hangs up may have taken it."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if hangs:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server, over_http(world, server.sockets[0].getsockname()[1]) as channel:
        with pytest.raises(SendUncertain):
            await channel.send(CHAT, Reply("Chào bà con"))

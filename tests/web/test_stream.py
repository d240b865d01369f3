"""The live stream: what is said arrives once, in order, also after a break; and the server can end it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from bot.agent import Brain
from bot.app import Running
from bot.channels import web
from core import texts
from core.messages import Chat, Reply
from tests.web.citizen import Citizen, Event, answering

_PATIENCE = 30


async def _until(stream: AsyncIterator[Event], name: str) -> list[Event]:
    """Events up to and with the first called `name`."""
    seen: list[Event] = []
    async with asyncio.timeout(_PATIENCE):
        async for event in stream:
            seen.append(event)
            if event.name == name:
                return seen
    raise AssertionError(f"the stream ended before {name}: {seen}")


async def _rest(stream: AsyncIterator[Event]) -> list[Event]:
    """Every event until the server ends the stream."""
    async with asyncio.timeout(_PATIENCE):
        return [event async for event in stream]


async def _messages(stream: AsyncIterator[Event], count: int) -> list[Event]:
    """The next `count` messages."""
    return [(await _until(stream, "message"))[-1] for _ in range(count)]


async def test_stream_needs_a_session(product: Running) -> None:
    async with Citizen(product) as browser, browser.http.get("/api/chat/stream") as response:
        assert (response.status, await response.json()) == (400, {"error": texts.WEB_NO_COOKIE})


async def test_stream_cannot_be_kept_or_held_back_by_proxies(citizen: Citizen) -> None:
    async with citizen.http.get("/api/chat/stream") as response:
        assert response.content_type == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store, no-transform"
        assert response.headers["X-Accel-Buffering"] == "no"
        assert (await response.content.readline()).startswith(b"retry: ")


async def test_question_and_answer_arrive_as_the_history_has_them(citizen: Citizen) -> None:
    last = (await citizen.history())["last"]
    async with citizen.stream(after=last) as stream:
        await citizen.post("đăng ký tạm trú cần giấy tờ gì")
        await citizen.product.engine.drain()
        stored = [message for message in (await citizen.history())["messages"] if message["id"] > last]
        events = await _messages(stream, len(stored))
    assert [event.data for event in events] == stored
    assert [event.id for event in events] == [message["id"] for message in stored]
    assert stored[0]["from"] == "citizen"


async def test_every_page_of_a_browser_sees_both_sides(citizen: Citizen) -> None:
    last = (await citizen.history())["last"]
    client_id = str(uuid.uuid4())
    async with citizen.stream(after=last) as one, citizen.stream(after=last) as other:
        await citizen.post("cảm ơn", client_id=client_id)
        for stream in (one, other):
            question, answer = await _messages(stream, 2)
            assert (question.data["client_id"], question.data["text"]) == (client_id, "cảm ơn")
            assert answer.data["text"] == texts.THANKS


@pytest.mark.parametrize("how", ["Last-Event-ID", "after"])
async def test_stream_goes_on_where_the_page_stopped(citizen: Citizen, how: str) -> None:
    """The browser's own header counts more than the address, which is that of the first connection."""
    await citizen.ask("cảm ơn")
    await citizen.ask("tạm biệt")
    messages = (await citizen.history())["messages"]
    seen, missed = messages[-3]["id"], [message["id"] for message in messages[-2:]]
    stream_of = citizen.stream(after=1, Last_Event_ID=str(seen)) if how == "Last-Event-ID" else citizen.stream(after=seen)
    async with stream_of as stream:
        assert [event.id for event in await _messages(stream, 2)] == missed


@pytest.mark.parametrize("written", ["-1", "x", "9" * 30, "١٢", "1; DROP TABLE messages", "1.5"])
async def test_nonsense_for_a_place_begins_at_the_beginning(citizen: Citizen, written: str) -> None:
    async with citizen.http.get("/api/chat/stream", params={"after": written}) as response:
        assert response.status == 200
        async with asyncio.timeout(_PATIENCE):
            while b"event: message" not in await response.content.readline():
                pass


async def test_dots_are_told_on_every_connection(product: Running, citizen: Citizen) -> None:
    """A page that comes back must learn that they are gone, too."""
    channel, chat = product.channels["web"], citizen.cookie
    assert chat is not None
    async with citizen.stream(after=10**9) as stream:
        assert (await _until(stream, "typing"))[-1].data == {"on": False}
        await channel.acknowledge(Chat("page", chat), "")
        assert (await _until(stream, "typing"))[-1].data == {"on": True}
    assert (await citizen.history())["busy"] is True
    async with citizen.stream(after=10**9) as stream:
        assert (await _until(stream, "typing"))[-1].data == {"on": True}
        await channel.send(Chat("page", chat), Reply("đã có trong kho"))
        assert (await _until(stream, "typing"))[-1].data == {"on": False}


async def test_quiet_stream_shows_that_it_lives(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_HEARTBEAT_SECONDS", 0.01)
    async with citizen.http.get("/api/chat/stream") as response, asyncio.timeout(_PATIENCE):
        while await response.content.readline() != b": still here\n":
            pass


async def test_fifth_page_of_a_browser_takes_the_connection_of_the_first(citizen: Citizen) -> None:
    """Browsers open six connections to a host: were all taken by pages, the citizen could no longer write."""
    async with citizen.stream() as first:
        await _until(first, "typing")
        async with citizen.stream() as second, citizen.stream(), citizen.stream(), citizen.stream() as fifth:
            assert (await _rest(first))[-1].name == "parked"
            await citizen.post("cảm ơn")
            for stream in (second, fifth):
                assert [event.data["text"] for event in await _messages(stream, 3)][-1] == texts.THANKS


async def test_pages_forget_what_the_citizen_had_deleted(citizen: Citizen) -> None:
    last = (await citizen.ask("cccd của tôi bị mất"))[-1]["id"]
    async with citizen.stream(after=last) as stream:
        await _until(stream, "typing")
        await citizen.post("Đồng ý xóa", choice="delete")
        await _until(stream, "forgotten")
        assert (await _messages(stream, 1))[0].data["text"] == texts.DELETED
    assert [message["text"] for message in (await citizen.history())["messages"]] == [texts.DELETED]


async def test_stop_ends_open_streams_at_once(brain: Brain, sqlite_url: str) -> None:
    """Also with a request whose body never comes; well before the next sign of life of a quiet stream."""
    async with asyncio.timeout(web._HEARTBEAT_SECONDS / 2), answering(brain, sqlite_url) as product:
        browser = Citizen(product)
        await browser.open()
        response = await browser.http.get("/api/chat/stream")
        host, _, port = product.address.removeprefix("http://").partition(":")
        _, half_open = await asyncio.open_connection(host, int(port))
        half_open.write(
            b"POST /api/chat/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
        await half_open.drain()
    await response.content.read()
    half_open.close()
    await browser.http.close()

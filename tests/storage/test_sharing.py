"""Several processes on one PostgreSQL share the work; SQLite is refused to a second one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.outbox import Outbox
from bot.turns import Later, TurnEngine, TurnReport
from core.errors import ConfigurationError
from core.storage.database import Database
from core.storage.models import Turn
from core.storage.sharing import News, Sharing, sharing_of
from tests.conftest import fresh_postgres
from tests.storage.making import EchoBrain, KeepingChannel, inbound, messages


@pytest.fixture
def shared_url(postgres_url: str) -> str:
    """An empty database that processes can share."""
    return fresh_postgres(postgres_url)


@asynccontextmanager
async def _process(url: str, heard: list[News] | None = None) -> AsyncIterator[tuple[Database, Sharing]]:
    """What a process has of its own."""
    database = Database(url)
    await database.migrate()
    sharing = sharing_of(database)
    await sharing.open((heard if heard is not None else []).append)
    try:
        yield database, sharing
    finally:
        await sharing.close()
        await database.close()


async def test_second_process_on_sqlite_is_refused(tmp_path: Path) -> None:
    """Until the first has ended."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'one.db'}"
    second = sharing_of(Database(url))
    async with _process(url):
        with pytest.raises(ConfigurationError, match="SQLite"):
            await second.open(lambda _news: None)
    await second.open(lambda _news: None)
    await second.close()


async def test_processes_that_start_together_migrate_one_after_the_other(shared_url: str) -> None:
    """Neither fails on the other's tables."""
    databases = [Database(shared_url) for _ in range(3)]
    await asyncio.gather(*(database.migrate() for database in databases))
    for database in databases:
        await database.close()


async def test_two_processes_answer_each_message_once_and_in_order(shared_url: str) -> None:
    """Whichever took it in; both do their part."""
    async with AsyncExitStack() as stack:
        processes = [(await stack.enter_async_context(_process(shared_url)))[0] for _ in range(2)]
        replied: list[set[int]] = [set(), set()]
        engines = [
            TurnEngine(database, EchoBrain(), link_hosts=(), on_replies=replied[n].add) for n, database in enumerate(processes)
        ]
        for n in range(300):
            assert await engines[n % 2].store(inbound(f"câu {n // 30}", f"chat {n % 30}"))
        await asyncio.gather(*(engine.start() for engine in engines))
        await asyncio.gather(*(engine.drain() for engine in engines))
        for engine in engines:
            await engine.stop()
        assert {message.state for message in await messages(processes[0], "in")} == {"done"}
        async with processes[0].session() as session:
            turns = list(await session.scalars(select(Turn)))
        assert len({turn.message_id for turn in turns}) == len(turns) == 300
        for conversation in {turn.conversation_id for turn in turns}:
            told = [message.text for message in await messages(processes[0], "out", conversation)]
            assert told == [f"{n + 1}: câu {n}" for n in range(10)]
        assert all(replied)


async def test_same_message_taken_by_two_processes_is_answered_by_one(shared_url: str) -> None:
    """The other passes the conversation over instead of waiting for it."""
    async with _process(shared_url) as (one, _), _process(shared_url) as (two, _):
        inside, released = asyncio.Event(), asyncio.Event()

        class Slow(EchoBrain):
            async def answer(self, *arguments: object) -> object:  # type: ignore[override]  # passed on
                inside.set()
                await released.wait()
                return await super().answer(*arguments)  # type: ignore[arg-type]  # passed on

        slow = TurnEngine(one, Slow(), link_hosts=())  # type: ignore[arg-type]  # as above
        other = TurnEngine(two, EchoBrain(), link_hosts=())
        stored = await slow.store(inbound("xin chào"))
        assert stored is not None
        turn = asyncio.create_task(slow.take_turn(stored[0]))
        await inside.wait()
        assert isinstance(await other.take_turn(stored[0]), Later)
        assert await other.store(inbound("câu sau")), "a webhook must not wait for the turn"
        assert isinstance(await other.take_turn(stored[0]), Later)
        released.set()
        assert isinstance(await turn, TurnReport)
        assert isinstance(await other.take_turn(stored[0]), TurnReport)
        assert [message.text for message in await messages(two, "out")] == ["1: xin chào", "2: câu sau"]


async def test_process_hears_what_others_store_and_not_what_it_stores(shared_url: str) -> None:
    """In and out, with the chat."""
    heard: dict[int, list[News]] = {1: [], 2: []}
    async with _process(shared_url, heard[1]) as (one, _), _process(shared_url, heard[2]):
        engine = TurnEngine(one, EchoBrain(), link_hosts=())
        await engine.receive(inbound("xin chào", "chat với dấu cách"))
        await engine.drain()
        async with asyncio.timeout(30):
            while len(heard[2]) < 2:
                await asyncio.sleep(0.01)
    conversation = heard[2][0].conversation_id
    assert heard[2] == [News(way, conversation, "thu", "chat với dấu cách") for way in ("in", "out")]
    assert heard[1] == []


async def test_conversation_is_claimed_by_one_process(shared_url: str) -> None:
    """Others are free; what is released, or held by a process that ends, can be claimed."""
    async with _process(shared_url) as (_, one):
        async with _process(shared_url) as (_, two):
            assert await two.claim(1)
            assert not await one.claim(1)
            assert await one.claim(2)
            assert not await two.claim(2)
            await one.release(2)
            assert await two.claim(2)
        async with asyncio.timeout(30):
            while not (await one.claim(1) and await one.claim(2)):
                await asyncio.sleep(0.01)


async def test_lost_connection_is_opened_again(shared_url: str) -> None:
    """A restart of the server costs no process its ears; what it had claimed is free."""
    heard: list[News] = []
    async with _process(shared_url, heard) as (database, sharing), _process(shared_url) as (other, others):
        assert await sharing.claim(1)
        async with other.engine.begin() as connection:
            ended = await connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :name"),
                {"name": database.process},
            )
            assert ended.rowcount
        async with asyncio.timeout(60):
            while not await others.claim(1):
                await asyncio.sleep(0.01)
            while not await sharing.claim(2):
                await asyncio.sleep(0.05)
        await TurnEngine(other, EchoBrain(), link_hosts=()).store(inbound("xin chào"))
        async with asyncio.timeout(30):
            while not heard:
                await asyncio.sleep(0.01)


async def test_replies_of_a_conversation_are_sent_by_one_process_at_a_time(shared_url: str) -> None:
    """Each once, in order, by two outboxes that both want to."""
    async with _process(shared_url) as (one, mine), _process(shared_url) as (two, theirs):
        engine = TurnEngine(one, EchoBrain(), link_hosts=())
        for n in range(200):
            await engine.store(inbound(f"câu {n // 20}", f"chat {n % 20}"))
        await engine.start()
        await engine.drain()
        await engine.stop()
        channel = KeepingChannel(lambda _chat, _reply: asyncio.sleep(0))
        outboxes = [Outbox(one, {"thu": channel}, mine), Outbox(two, {"thu": channel}, theirs)]
        await asyncio.gather(*(outbox.start() for outbox in outboxes))
        async with asyncio.timeout(60):
            await channel.wait_for(200)
        for outbox in outboxes:
            await outbox.drain()
            await outbox.stop()
        assert len(channel.sent) == 200
        for chat in {chat for chat, _ in channel.sent}:
            assert [told for where, told in channel.sent if where == chat] == [f"{n + 1}: câu {n}" for n in range(10)]

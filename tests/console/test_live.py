"""Open pages hear of changes when they are committed, whichever process commits them, and do not ask all the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from sqlalchemy import update

from bot.console import live
from core.storage import case_moves
from core.storage.database import Database
from core.storage.models import Message
from core.storage.sharing import News, sharing_of
from tests.conftest import fresh_postgres
from tests.console.office import Office
from tests.storage.desk import case_of, hire, moving, open_one


@pytest.fixture(autouse=True)
def only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this, a page that hears nothing would look by itself."""
    monkeypatch.setattr(live, "_LOOK_AT_LEAST_EVERY", 3600.0)


async def _heard(answer: aiohttp.ClientResponse, *names: str) -> str:
    said = ""
    async with asyncio.timeout(30):
        async for line in answer.content:
            said += line.decode()
            if all(f"event: {name}\n" in said for name in names):
                break
    return said


async def test_queue_and_card_hear_of_a_commit(staffed: Office) -> None:
    """A new case, a claim in the short way of the turns, a reply that was sent."""
    database = staffed.database
    code = await open_one(database)
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(staffed.desk("nhan_vien"))
        queue = await stack.enter_async_context(desk.http.get("/canbo/ho-so/truc-tiep"))
        card = await stack.enter_async_context(desk.http.get(f"/canbo/ho-so/{code}/truc-tiep"))
        await asyncio.gather(queue.content.readline(), card.content.readline())  # both listen now
        lan = await hire(database, "Lan")
        async with moving(database, code, lan) as (session, case):
            await case_moves.claim(session, case, lan)
        await asyncio.gather(_heard(queue, "doi"), _heard(card, "doi", "tin"))
        conversation = (await case_of(database, code))[0].conversation_id
        await database.transact(
            lambda connection: connection.execute(
                Message.__table__.update().where(Message.conversation_id == conversation).values(state="sent")
            )
        )
        await _heard(card, "tin")


async def test_what_is_no_news_wakes_nobody(staffed: Office) -> None:
    """Reading, and what is rolled back or about something else."""
    changes = staffed.database.changes
    before = changes.now()
    async with staffed.desk("nhan_vien") as desk:
        await desk.get("/canbo/ho-so")
    async with staffed.database.session() as session:
        await session.execute(update(Message).values(state="sent"))  # and not committed
    assert not await changes.after(before, 0.05)


@asynccontextmanager
async def _process(url: str, heard: list[News]) -> AsyncIterator[Database]:
    database = Database(url)
    await database.migrate()
    sharing = sharing_of(database)

    def on_news(news: News) -> None:
        heard.append(news)
        database.changes.ring()

    await sharing.open(on_news)
    try:
        yield database
    finally:
        await sharing.close()
        await database.close()


@pytest.fixture
def shared_url(postgres_url: str) -> str:
    """An empty database that processes can share."""
    return fresh_postgres(postgres_url)


async def test_process_hears_of_cases_and_deliveries_of_another(shared_url: str) -> None:
    """By notification of PostgreSQL: a case opened, taken, a person's reply sent; not of its own."""
    mine, theirs = list[News](), list[News]()

    async def told(directions: list[str]) -> None:
        async with asyncio.timeout(30):
            while sorted(news.direction for news in theirs) != directions:
                await asyncio.sleep(0.01)

    async with _process(shared_url, mine) as one, _process(shared_url, theirs) as two:
        seen = two.changes.now()
        code, lan = await open_one(one), await hire(one, "Lan")
        await told(["case"])
        assert await two.changes.after(seen, 30)
        async with moving(one, code, lan) as (session, case):
            await case_moves.claim(session, case, lan)
            await case_moves.answer(session, case, lan, "chào bác", "1")
        await told(["case", "case", "out"])  # of one transaction, each kind once
        by_staff = Message.__table__.update().where(Message.author == "staff").values(state="sent")
        await one.transact(lambda connection: connection.execute(by_staff))
        await told(["case", "case", "case", "out"])
        conversation = (await case_of(one, code))[0].conversation_id
    assert {news.conversation_id for news in theirs} == {conversation}
    assert mine == []

"""Messages that wait: openers for what follows them, old ones for an apology."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.picking import Patience
from bot.turns import Later, TurnEngine, TurnReport
from core import texts
from core.openers import is_opener
from core.storage.database import Database
from core.storage.models import Conversation, Message, Turn
from tests.storage.making import EchoBrain, inbound, messages

_LATE = Patience(late=timedelta(hours=6))


def _engine(database: Database, patience: Patience) -> TurnEngine:
    return TurnEngine(database, EchoBrain(), link_hosts=(), patience=patience)


async def _said(database: Database) -> list[str]:
    return [message.text for message in await messages(database, "out")]


async def _assert_one_outcome_each(database: Database, count: int) -> None:
    """Every message is done; each has a turn of its own, or one other message's turn stands for it."""
    asked = await messages(database, "in")
    async with database.session() as session:
        turns = [turn.message_id for turn in await session.scalars(select(Turn))]
    assert len(asked) == count
    assert {message.state for message in asked} == {"done"}
    assert len(turns) == len(set(turns))
    for message in asked:
        assert (message.id in turns) != (message.joined_to in turns)


# bursts


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("alo", True), ("Alooo ad ơi", True), ("cho em hỏi chút ạ", True), ("dạ chào cán bộ", True), ("xin chào!", True),
        ("cô ơi cho tui hỏi với", True), ("tôi muốn hỏi", True),
        ("cho hỏi làm khai sinh", False), ("có", False), ("dạ", False), ("dạ có", False), ("không", False), ("1", False),
        ("", False),
        ("hỏi", False), ("chào bán hàng", False), ("alo ai gọi đòi mã otp", False), ("con", False), ("?", False), ("👋", False),
    ],
)  # fmt: skip
def test_what_only_opens(text: str, opens: bool) -> None:
    """Nothing that can answer a question of the bot, and nothing with content, waits."""
    assert is_opener(text) is opens


async def test_thought_in_pieces_is_answered_as_one(database: Database) -> None:
    """The openers wait; the answer is that to what they opened, as if it had come alone."""
    engine = _engine(database, Patience(burst=3600))
    for text in ("alo", "cho hỏi"):
        await engine.receive(inbound(text))
        await engine.drain()
    assert await _said(database) == []
    await engine.receive(inbound("làm khai sinh"))
    await engine.drain()
    assert await _said(database) == ["1: làm khai sinh"]
    await _assert_one_outcome_each(database, 3)


async def test_opener_that_nothing_follows_is_answered(database: Database) -> None:
    """After the time it waited, once."""
    engine = _engine(database, Patience(burst=0.05))
    await engine.store(inbound("alo"))
    await engine.receive(inbound("ad ơi"))
    async with asyncio.timeout(30):
        while not await _said(database):
            await asyncio.sleep(0.01)
    await engine.stop()
    assert await _said(database) == ["1: ad ơi"]
    await _assert_one_outcome_each(database, 2)


async def test_message_with_content_never_waits(database: Database) -> None:
    """And the next one is a message of its own."""
    engine = _engine(database, Patience(burst=3600))
    for text in ("làm khai sinh", "mất mấy ngày"):
        await engine.receive(inbound(text))
    await engine.drain()
    assert await _said(database) == ["1: làm khai sinh", "2: mất mấy ngày"]


async def test_opener_waits_for_a_tap_too_and_only_in_its_own_chat(database: Database) -> None:
    """Others are answered meanwhile."""
    engine = _engine(database, Patience(burst=3600))
    await engine.receive(inbound("alo", "a"))
    await engine.receive(inbound("làm căn cước", "b"))
    await engine.drain()
    assert await _said(database) == ["1: làm căn cước"]
    await engine.receive(inbound("Chủ đề khác", "a", choice="m"))
    await engine.drain()
    assert await _said(database) == ["1: làm căn cước", "1: Chủ đề khác"]
    await _assert_one_outcome_each(database, 3)


async def test_openers_wait_only_so_long_together(database: Database) -> None:
    """Somebody who goes on saying "alo" is answered."""
    engine = _engine(database, Patience(burst=100))
    for _ in range(4):
        await engine.receive(inbound("alo"))
    await engine.drain()
    first = (await messages(database, "in"))[0]
    assert isinstance(await engine.take_turn(first.conversation_id), Later)
    async with database.session() as session, session.begin():
        old = datetime.now(UTC) - timedelta(seconds=301)
        await session.execute(update(Message).where(Message.id == first.id).values(created_at=old))
    assert isinstance(await engine.take_turn(first.conversation_id), TurnReport)
    await _assert_one_outcome_each(database, 4)
    await engine.stop()


async def test_opener_left_by_a_killed_process_is_answered_by_the_next(database: Database) -> None:
    """Nothing is held anywhere but in the database."""
    await _engine(database, Patience(burst=3600)).store(inbound("alo"))
    engine = _engine(database, Patience(burst=0.01))
    await engine.start()
    async with asyncio.timeout(30):
        while not await _said(database):
            await asyncio.sleep(0.01)
    await engine.stop()


# after an outage


async def _left_lying(database: Database, hours: float = 7) -> None:
    async with database.session() as session, session.begin():
        old = datetime.now(UTC) - timedelta(hours=hours)
        await session.execute(update(Message).where(Message.state == "received").values(sent_at=old))


async def test_messages_left_lying_get_one_apology_and_a_fresh_start(database: Database) -> None:
    """Each chat one, however many messages it has; what comes now is answered, without the old memory."""
    engine = _engine(database, _LATE)
    for chat in ("a", "b"):
        await engine.receive(inbound("làm tạm trú", chat))
    await engine.drain()
    for n in range(25):
        await engine.store(inbound(f"câu {n}", "a"))
    await engine.store(inbound("câu khác", "b"))
    await _left_lying(database)
    await engine.store(inbound("làm hộ chiếu", "a"))
    await engine.start()
    await engine.drain()
    await engine.stop()
    assert sorted(await _said(database)) == sorted(["1: làm tạm trú"] * 2 + [texts.LATE] * 2 + ["1: làm hộ chiếu"])
    await _assert_one_outcome_each(database, 29)


async def test_old_messages_that_trickle_in_need_no_second_apology(database: Database) -> None:
    """A platform hands over one by one what it kept during the outage."""
    engine = _engine(database, _LATE)
    for n in range(3):
        await engine.store(inbound(f"câu {n}"))
        await _left_lying(database)
        await engine.start()
        await engine.drain()
    await engine.stop()
    assert await _said(database) == [texts.LATE]
    await _assert_one_outcome_each(database, 3)


async def test_second_outage_gets_its_own_apology(database: Database) -> None:
    """Only what was written before the first one is covered by it."""
    engine = _engine(database, _LATE)
    for _ in range(2):
        await engine.store(inbound("câu"))
        await _left_lying(database)
        await engine.start()
        await engine.drain()
        async with database.session() as session, session.begin():
            await session.execute(update(Turn).values(created_at=datetime.now(UTC) - timedelta(days=3)))
    await engine.stop()
    assert await _said(database) == [texts.LATE, texts.LATE]


@pytest.mark.parametrize(
    ("text", "choice"), [("Đồng ý xóa", "delete"), ("Gặp cán bộ", "human"), ("có người lừa đảo đòi mã", None)]
)
async def test_some_things_are_never_too_late(database: Database, text: str, choice: str | None) -> None:
    """A wish to be forgotten, a call for a person, a scam: carried out among the rest that is not."""
    engine = _engine(database, _LATE)
    await engine.store(inbound("câu 1"))
    await engine.store(inbound(text, choice=choice))
    await _left_lying(database)
    await engine.start()
    await engine.drain()
    await engine.stop()
    assert await _said(database) == [texts.LATE, f"1: {text}"]
    await _assert_one_outcome_each(database, 2)


async def test_message_of_five_hours_is_answered(database: Database) -> None:
    """Late, but in time."""
    engine = _engine(database, _LATE)
    await engine.store(inbound("làm tạm trú"))
    await _left_lying(database, hours=5)
    await engine.start()
    await engine.drain()
    await engine.stop()
    assert await _said(database) == ["1: làm tạm trú"]
    async with database.session() as session:
        assert (await session.scalars(select(Conversation))).one().dialogue == [{"count": 1}]

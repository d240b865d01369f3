"""Asking once whether it is done: durable, by day, by one process only, within each platform's window."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.agent import Brain
from bot.channels.base import Capabilities
from bot.follow_ups import FollowUps
from bot.outbox import Outbox
from bot.turns import TurnEngine
from core import texts
from core.storage.database import Database
from core.storage.models import Conversation, FollowUp, Message
from core.storage.sharing import Alone
from tests.conftest import LINK_HOSTS
from tests.storage.making import KeepingChannel, inbound, messages

_GUIDE = "dang_ky_ket_hon"
_OTHER = "dang_ky_khai_sinh"


def _noon(days: int) -> datetime:
    """Noon in Việt Nam, some days from now."""
    return (datetime.now(UTC) + timedelta(days=days)).replace(hour=5, minute=0, second=0, microsecond=0)


@pytest.fixture
def engine(database: Database, brain: Brain) -> TurnEngine:
    """A turn engine over an empty database."""
    return TurnEngine(database, brain, link_hosts=LINK_HOSTS)


def _clock(database: Database, brain: Brain, window: timedelta | None = None, **changes: Any) -> FollowUps:
    allowed = Capabilities(max_text=4000, max_choices=8, typing=False, free_window=window)
    return FollowUps(database, brain.dialogue.knowledge, {"thu": allowed}, **changes)


async def _say(engine: TurnEngine, text: str = "", choice: str | None = None, chat_id: str = "chat") -> list[str]:
    stored = await engine.store(inbound(text, chat_id, choice=choice))
    assert stored is not None
    return [reply.text for reply in (await engine.take_turn(stored[0])).replies]


async def _plans(database: Database) -> list[FollowUp]:
    async with database.session() as session:
        return list(await session.scalars(select(FollowUp).order_by(FollowUp.id)))


async def _questions(database: Database) -> list[Message]:
    return [message for message in await messages(database, "out") if message.key.startswith("follow-up:")]


async def test_a_walk_is_asked_about_a_day_after_its_last_step(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Not before, and with the step it stopped at."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    await _say(engine, choice=f"s:{_GUIDE}:3")
    (plan,) = await _plans(database)
    assert (plan.guide, plan.step, plan.state) == (_GUIDE, 3, "waiting")
    assert plan.due_at - datetime.now(UTC) > timedelta(hours=23, minutes=59)
    clock = _clock(database, brain)
    assert await clock.ask_due(datetime.now(UTC)) == 0
    assert await clock.ask_due(_noon(3)) == 1
    (question,) = await _questions(database)
    assert question.text.startswith("Hôm trước")
    assert [choice["id"] for choice in question.payload["choices"]] == [
        f"d:y:{_GUIDE}", f"d:n:{_GUIDE}:3", f"d:k:{_GUIDE}:3", "quiet",
    ]  # fmt: skip


async def test_an_answer_without_steps_is_not_asked_about(engine: TurnEngine, database: Database) -> None:
    """A fee is not something to get done."""
    await _say(engine, choice=f"g:{_GUIDE}:fee")
    await _say(engine, "xin chào")
    assert await _plans(database) == []


async def test_the_question_goes_out_through_the_outbox(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """As any reply: delivered once, kept as sent."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    channel = KeepingChannel()
    outbox = Outbox(database, {"thu": channel}, Alone())
    assert await _clock(database, brain, on_replies=outbox.wake).ask_due(_noon(3)) == 1
    await asyncio.wait_for(channel.wait_for(2), 20)
    await outbox.stop()
    assert channel.texts[-1].startswith("Hôm trước")
    assert [message.state for message in await _questions(database)] == ["sent"]


async def test_several_processes_ask_once(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Each question is taken by one of them."""
    for chat in range(6):
        await _say(engine, choice=f"s:{_GUIDE}:1", chat_id=f"chat {chat}")
    others = [Database(database.url.render_as_string(hide_password=False)) for _ in range(3)]
    try:
        asked = await asyncio.gather(*(_clock(each, brain).ask_due(_noon(3)) for each in (database, *others)))
    finally:
        for each in others:
            await each.close()
    assert sum(asked) == 6
    assert len({question.conversation_id for question in await _questions(database)}) == len(await _questions(database)) == 6


async def test_nobody_is_asked_twice_about_a_guide(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Neither later, nor after an answer, nor when the steps are walked again."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    clock = _clock(database, brain)
    assert await clock.ask_due(_noon(3)) == 1
    await _say(engine, "chưa")
    await _say(engine, choice=f"s:{_GUIDE}:2")
    for day in range(4, 40):
        assert await clock.ask_due(_noon(day)) == 0


async def test_nobody_gets_two_questions_in_a_day(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """The second guide waits for the next day."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    await _say(engine, choice=f"s:{_OTHER}:1")
    clock = _clock(database, brain)
    assert [await clock.ask_due(_noon(day)) for day in (3, 3, 4, 5)] == [1, 0, 1, 0]


async def test_nobody_is_asked_at_night(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """What is due then waits for the morning."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    clock = _clock(database, brain)
    night, morning = _noon(3) + timedelta(hours=11), _noon(4) - timedelta(hours=4)
    assert [await clock.ask_due(moment) for moment in (night, morning)] == [0, 1]


async def test_who_cannot_be_written_to_is_not_asked(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Who left is asked when they are back, but not a week later."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    clock = _clock(database, brain)
    async with database.session() as session, session.begin():
        await session.execute(update(Conversation).values(unreachable_since=datetime.now(UTC)))
    assert await clock.ask_due(_noon(3)) == 0
    assert [plan.state for plan in await _plans(database)] == ["waiting"]
    async with database.session() as session, session.begin():
        await session.execute(update(Conversation).values(unreachable_since=None))
    assert await clock.ask_due(_noon(12)) == 0
    assert [plan.state for plan in await _plans(database)] == ["late"]


async def test_a_person_in_the_platforms_own_tool_goes_first(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """The bot asks when they are done."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    clock, noon = _clock(database, brain), _noon(3)
    async with database.session() as session, session.begin():
        await session.execute(update(Conversation).values(held_until=noon + timedelta(minutes=30)))
    assert [await clock.ask_due(noon + timedelta(hours=hours)) for hours in (0, 1)] == [0, 1]


async def test_a_closed_window_is_respected(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Later than the platform allows, nobody is asked any more."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    clock = _clock(database, brain, window=timedelta(hours=48))
    assert await clock.ask_due(_noon(4)) == 0
    assert [plan.state for plan in await _plans(database)] == ["late"]
    await _say(engine, choice=f"s:{_OTHER}:1")
    async with database.session() as session, session.begin():
        await session.execute(update(FollowUp).where(FollowUp.guide == _OTHER).values(due_at=datetime.now(UTC)))
        heard = _noon(3) - timedelta(hours=47)
        await session.execute(update(Message).values(created_at=heard))
    assert await clock.ask_due(_noon(3)) == 1


async def test_who_writes_right_now_or_talks_to_staff_is_asked_later(
    engine: TurnEngine, database: Database, brain: Brain
) -> None:
    """An hour later, and not before staff have left."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    clock, noon = _clock(database, brain), _noon(3)
    async with database.session() as session, session.begin():
        await session.execute(update(Message).values(created_at=noon - timedelta(minutes=5)))
        await session.execute(update(Conversation).values(handler="staff"))
    assert await clock.ask_due(noon) == 0
    assert await clock.ask_due(noon + timedelta(hours=2)) == 0
    async with database.session() as session, session.begin():
        await session.execute(update(Conversation).values(handler="bot"))
    assert [await clock.ask_due(noon + timedelta(hours=hours)) for hours in (2, 4)] == [0, 1]


@pytest.mark.parametrize(
    ("typed", "answer", "says"),
    [("xong r", "done", texts.DONE_WELL), ("chưa", "not_yet", texts.DONE_NOT_YET), ("kẹt rồi", "stuck", "Bước 3")],
)
async def test_the_answer_is_stored_and_leads_on(
    engine: TurnEngine, database: Database, brain: Brain, typed: str, answer: str, says: str
) -> None:
    """Typed after the question; "bị kẹt" goes on at the step."""
    await _say(engine, choice=f"s:{_GUIDE}:3")
    await _clock(database, brain).ask_due(_noon(3))
    assert says in (await _say(engine, typed))[-1]
    (plan,) = await _plans(database)
    assert (plan.state, plan.answer) == ("answered", answer)
    assert plan.answered_at is not None


async def test_a_message_in_between_keeps_the_question_back(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """What the clock saw must still be true when it asks."""
    from core.aftercare.completion import question
    from core.storage import follow_ups

    await _say(engine, choice=f"s:{_GUIDE}:1")
    (seen,) = await database.transact(follow_ups.due, _noon(3))
    await _say(engine, "đừng nhắn nữa")
    reply = question(brain.dialogue.knowledge.guides[_GUIDE], 1)
    assert not await database.transact(follow_ups.send, seen, reply, {}, _noon(3), _noon(4))
    assert await _questions(database) == []


async def test_a_guide_that_is_gone_is_not_asked_about(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Its file was removed since; neither is a channel that no longer runs."""
    await _say(engine, choice=f"s:{_GUIDE}:1")
    async with database.session() as session, session.begin():
        await session.execute(update(FollowUp).values(guide="da_go_bo"))
    assert await _clock(database, brain).ask_due(_noon(3)) == 0
    await _say(engine, choice=f"s:{_OTHER}:1")
    assert await FollowUps(database, brain.dialogue.knowledge, {}).ask_due(_noon(3)) == 0
    assert {plan.state for plan in await _plans(database)} == {"late"}

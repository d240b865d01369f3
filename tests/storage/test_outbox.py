"""Replies leave in order, again after a passing failure, never twice on purpose; on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import update

from bot.outbox import Outbox
from bot.turns import TurnEngine
from core.errors import SendFailed, SendUncertain, Unreachable
from core.messages import Choice, Reply
from core.storage import conversations
from core.storage import outbox as storage
from core.storage.database import Database
from core.storage.models import Conversation, Message
from core.storage.sharing import Alone
from tests.storage.delivering import deliver, queue, time_passes
from tests.storage.making import EchoBrain, KeepingChannel, everything_stored, inbound, messages


async def _states(database: Database) -> list[tuple[str, str]]:
    return [(message.text, message.state) for message in await messages(database, "out")]


@pytest_asyncio.fixture
async def waiting(database: Database) -> AsyncIterator[int]:
    """A conversation with three queued replies."""
    yield await queue(database, "một", "hai", "ba")


async def test_replies_leave_in_order_and_are_marked(database: Database, waiting: int) -> None:
    """With the platform's own ids."""
    channel = KeepingChannel()
    await deliver(Outbox(database, {"thu": channel}, Alone()), waiting)
    assert channel.sent == [("chat", "một"), ("chat", "hai"), ("chat", "ba")]
    rows = await messages(database, "out")
    assert [(row.state, row.provider_id, row.attempts, row.error) for row in rows] == [
        ("sent", f"platform {n}", 1, None) for n in (1, 2, 3)
    ]


async def test_reply_arrives_as_the_turn_made_it(database: Database, waiting: int) -> None:
    """Buttons included."""
    seen: list[Reply] = []
    channel = KeepingChannel(lambda _chat, reply: seen.append(reply))
    await deliver(Outbox(database, {"thu": channel}, Alone()), waiting)
    assert seen[0] == Reply("một", (Choice("m", "Chủ đề khác"),))


async def test_waking_many_times_sends_once(database: Database, waiting: int) -> None:
    """Every turn wakes the lane, also one that runs."""
    channel = KeepingChannel()
    outbox = Outbox(database, {"thu": channel}, Alone())
    await deliver(outbox, *[waiting] * 10)
    await deliver(outbox, waiting)
    assert channel.texts == ["một", "hai", "ba"]


async def test_reply_queued_during_a_delivery_leaves_with_it(database: Database, waiting: int) -> None:
    """A wake while the lane runs is not lost."""
    outbox: Outbox

    async def queue_one_more(_chat: str, reply: Reply) -> None:
        if reply.text == "ba":
            await queue(database, "bốn")
            outbox.wake(waiting)

    channel = KeepingChannel(queue_one_more)
    outbox = Outbox(database, {"thu": channel}, Alone())
    await deliver(outbox, waiting)
    assert channel.texts == ["một", "hai", "ba", "bốn"]


async def test_slow_chat_does_not_hold_up_others(database: Database) -> None:
    """Lanes run side by side."""
    released = asyncio.Event()

    async def slow(chat_id: str, _reply: Reply) -> None:
        if chat_id == "chậm":
            await released.wait()

    slow_id, quick_id = await queue(database, "a", chat_id="chậm"), await queue(database, "b", chat_id="nhanh")
    channel = KeepingChannel(slow)
    outbox = Outbox(database, {"thu": channel}, Alone())
    outbox.wake(slow_id)
    outbox.wake(quick_id)
    await asyncio.wait_for(channel.wait_for(1), 30)
    assert channel.texts == ["b"]
    released.set()
    await outbox.drain()
    assert channel.texts == ["b", "a"]


# failures that pass


def _failing(times: int, error: Exception) -> KeepingChannel:
    left = [times]

    def fail(_chat: str, _reply: Reply) -> None:
        if left[0] > 0:
            left[0] -= 1
            raise error

    return KeepingChannel(fail)


async def test_passing_failure_is_tried_again_and_keeps_the_order(database: Database, waiting: int) -> None:
    """The later replies wait with the first."""
    channel = _failing(2, SendFailed("busy"))
    outbox = Outbox(database, {"thu": channel}, Alone())
    await deliver(outbox, waiting)
    assert channel.tried == ["một"]
    await deliver(outbox, waiting)
    assert channel.tried == ["một"], "it was tried again before its time"
    for _ in range(2):
        await time_passes(database)
        await deliver(outbox, waiting)
    assert channel.tried == ["một", "một", "một", "hai", "ba"]
    assert await _states(database) == [("một", "sent"), ("hai", "sent"), ("ba", "sent")]
    assert (await messages(database, "out"))[0].error is None


async def test_pauses_grow(database: Database, waiting: int) -> None:
    """About one second, then twice as long each time, up to five minutes."""
    outbox = Outbox(database, {"thu": _failing(99, SendFailed("busy"))}, Alone())
    for pause in (1, 2, 4, 8, 16, 32, 64):
        await time_passes(database)
        before = datetime.now(UTC)
        await deliver(outbox, waiting)
        after = datetime.now(UTC)
        due = (await messages(database, "out"))[0].next_attempt_at
        assert due is not None
        assert before + timedelta(seconds=0.8 * pause) <= due <= after + timedelta(seconds=1.2 * pause)


async def test_pause_the_platform_asks_for_is_kept(database: Database, waiting: int) -> None:
    """To the second."""
    before = datetime.now(UTC)
    await deliver(Outbox(database, {"thu": _failing(1, SendFailed("slow down", retry_after=37))}, Alone()), waiting)
    due = (await messages(database, "out"))[0].next_attempt_at
    assert due is not None
    assert before + timedelta(seconds=37) <= due <= datetime.now(UTC) + timedelta(seconds=37)


async def test_reply_that_never_arrives_is_given_up(database: Database, waiting: int) -> None:
    """Not for an outage of minutes, but of hours; the next replies are then tried on their own."""
    outbox = Outbox(database, {"thu": _failing(21, SendFailed("busy"))}, Alone())
    for _ in range(20):
        await time_passes(database)
        await deliver(outbox, waiting)
    assert await _states(database) == [("một", "queued"), ("hai", "queued"), ("ba", "queued")]
    async with database.session() as session, session.begin():
        old = datetime.now(UTC) - timedelta(hours=7)
        await session.execute(update(Message).where(Message.text == "một").values(created_at=old))
    await time_passes(database)
    await deliver(outbox, waiting)
    first, *later = await messages(database, "out")
    assert (first.state, first.attempts, first.error) == ("failed", 21, "busy")
    assert [row.state for row in later] == ["sent", "sent"]


# failures that stay


async def test_permanent_failure_is_not_repeated(database: Database, waiting: int) -> None:
    """A chat that blocked the bot; the reason is kept, the others go on."""
    channel = _failing(1, SendFailed("chat not found", permanent=True))
    await deliver(Outbox(database, {"thu": channel}, Alone()), waiting)
    assert channel.tried == ["một", "hai", "ba"]
    assert await _states(database) == [("một", "failed"), ("hai", "sent"), ("ba", "sent")]
    assert (await messages(database, "out"))[0].error == "chat not found"


async def test_citizen_who_blocked_the_bot_is_left_alone_until_they_write(database: Database, waiting: int) -> None:
    """What was queued fails without another call; the next message of theirs ends it."""
    channel = _failing(1, Unreachable("blocked by the user"))
    outbox = Outbox(database, {"thu": channel}, Alone())
    await deliver(outbox, waiting)
    assert channel.tried == ["một"]
    assert await _states(database) == [("một", "failed"), ("hai", "failed"), ("ba", "failed")]
    await queue(database, "lời nhắc")
    await deliver(outbox, waiting)
    assert channel.tried == ["một"]
    engine = TurnEngine(database, EchoBrain(), link_hosts=())
    await engine.receive(inbound("xin chào"))
    await engine.drain()
    await deliver(outbox, waiting)
    assert channel.texts == ["1: xin chào"]


async def test_uncertain_delivery_is_not_repeated(database: Database, waiting: int) -> None:
    """It may have arrived; twice would be worse."""
    channel = _failing(1, SendUncertain("timeout"))
    outbox = Outbox(database, {"thu": channel}, Alone())
    await deliver(outbox, waiting)
    await time_passes(database)
    await deliver(outbox, waiting)
    assert channel.tried == ["một", "hai", "ba"]
    assert await _states(database) == [("một", "uncertain"), ("hai", "sent"), ("ba", "sent")]


async def test_channel_that_is_switched_off_fails_its_replies(database: Database) -> None:
    """They do not wait for ever, and no other channel gets them."""
    channel = KeepingChannel()
    conversation_id = await queue(database, "một", channel="zalo")
    await deliver(Outbox(database, {"thu": channel}, Alone()), conversation_id)
    row = (await messages(database, "out"))[0]
    assert row.state == "failed"
    assert row.error is not None
    assert "zalo" in row.error
    assert channel.sent == []


async def test_unforeseen_error_of_a_channel_counts_as_an_attempt(database: Database, waiting: int) -> None:
    """Otherwise one reply that trips a bug would be tried every two seconds for ever, and block its chat."""
    channel = _failing(99, KeyError("bug in a channel"))
    outbox = Outbox(database, {"thu": channel}, Alone())
    for _ in range(10):
        await time_passes(database)
        await deliver(outbox, waiting)
    assert (await messages(database, "out"))[0].state == "failed"
    assert len(channel.tried) <= 10 + 2


# restarts


async def test_queue_survives_a_restart(database: Database, waiting: int) -> None:
    """The next process finds what is due by itself."""
    channel = KeepingChannel()
    outbox = Outbox(database, {"thu": channel}, Alone())
    await outbox.start()
    try:
        await asyncio.wait_for(channel.wait_for(3), 30)
    finally:
        await outbox.stop()
    assert channel.texts == ["một", "hai", "ba"]
    assert {state for _, state in await _states(database)} == {"sent"}


async def test_waiting_reply_survives_a_restart(database: Database, waiting: int) -> None:
    """With its attempts counted on."""
    await deliver(Outbox(database, {"thu": _failing(1, SendFailed("busy"))}, Alone()), waiting)
    await time_passes(database)
    channel = KeepingChannel()
    outbox = Outbox(database, {"thu": channel}, Alone())
    await outbox.start()
    try:
        await asyncio.wait_for(channel.wait_for(3), 30)
    finally:
        await outbox.stop()
    assert (await messages(database, "out"))[0].attempts == 2


async def test_stopping_finishes_what_is_under_way(database: Database, waiting: int) -> None:
    """A reply handed to the platform is also marked as sent."""
    handed, released = asyncio.Event(), asyncio.Event()

    async def slow(_chat: str, _reply: Reply) -> None:
        handed.set()
        await released.wait()

    outbox = Outbox(database, {"thu": KeepingChannel(slow)}, Alone())
    outbox.wake(waiting)
    await handed.wait()
    stopping = asyncio.create_task(outbox.stop())
    released.set()
    await stopping
    assert (await _states(database))[0] == ("một", "sent")


async def test_sweeper_survives_a_database_that_is_away(
    database: Database, waiting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One failed look does not end delivery."""
    real, looks = storage.with_due, 0

    async def away_at_second(*arguments: object) -> list[int]:
        nonlocal looks
        looks += 1
        if looks == 1:
            return []
        if looks == 2:
            raise ConnectionError("away")
        return await real(*arguments)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(storage, "with_due", away_at_second)
    monkeypatch.setattr("bot.outbox._SWEEP_SECONDS", 0.01)
    channel = KeepingChannel()
    outbox = Outbox(database, {"thu": channel}, Alone())
    await outbox.start()
    try:
        await asyncio.wait_for(channel.wait_for(3), 30)
    finally:
        await outbox.stop()
    assert looks >= 3


# forgetting


async def test_forgetting_during_a_delivery_brings_nothing_back(database: Database) -> None:
    """The row that comes back from the platform must not restore the text that was deleted meanwhile."""
    conversation_id = await queue(database, "địa chỉ của bà con là kiệt 42 Chi Lăng")

    async def forget(_chat: str, _reply: Reply) -> None:
        async with database.session() as session, session.begin():
            await conversations.forget(session, await session.get_one(Conversation, conversation_id))

    await deliver(Outbox(database, {"thu": KeepingChannel(forget)}, Alone()), conversation_id)
    assert "Chi Lăng" not in await everything_stored(database)

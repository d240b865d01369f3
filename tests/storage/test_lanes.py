"""Lanes: one step at a time for a conversation, many conversations at a time, nobody forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bot.brain import BrainResult
from bot.lanes import Lanes
from bot.turns import TurnEngine
from core.storage.database import Database
from tests.storage.making import EchoBrain, inbound, messages

Step = Callable[[int], Awaitable[float | None]]


async def _nothing() -> list[int]:
    return []


def _lanes(step: Step, width: int = 2) -> Lanes:
    return Lanes("test", step, width=width, sweep=_nothing, every=3600)


async def test_conversation_that_has_more_to_do_lets_the_others_go_first() -> None:
    """A chat with a hundred messages must not keep a chat with one waiting."""
    left = {1: 3, 2: 1, 3: 2}
    done: list[int] = []

    async def step(conversation: int) -> float | None:
        if not left[conversation]:
            return None
        left[conversation] -= 1
        done.append(conversation)
        return 0.0

    lanes = _lanes(step, width=1)
    for conversation in left:
        lanes.wake(conversation)
    await lanes.drain()
    assert done == [1, 2, 3, 1, 3, 1]


async def test_steps_of_one_conversation_never_overlap_and_no_more_than_the_width_run() -> None:
    """However often it is woken."""
    running: list[int] = []
    most = 0

    async def step(conversation: int) -> None:
        nonlocal most
        assert conversation not in running
        running.append(conversation)
        most = max(most, len(running))
        await asyncio.sleep(0)
        running.remove(conversation)

    lanes = _lanes(step, width=3)
    for n in range(60):
        lanes.wake(n % 7)
        if n % 11 == 0:
            await asyncio.sleep(0)
    await lanes.drain()
    assert most == 3


async def test_wake_during_a_step_is_not_lost() -> None:
    """What came in after the step had looked is seen by the next."""
    started, released, steps = asyncio.Event(), asyncio.Event(), 0

    async def step(_conversation: int) -> None:
        nonlocal steps
        steps += 1
        started.set()
        await released.wait()

    lanes = _lanes(step)
    lanes.wake(1)
    await started.wait()
    lanes.wake(1)
    released.set()
    await lanes.drain()
    assert steps == 2


async def test_wake_right_after_the_last_step_finds_a_worker() -> None:
    """Also in the same moment in which the only worker ends."""
    steps: list[int] = []
    lanes: Lanes

    async def step(conversation: int) -> None:
        steps.append(conversation)

    lanes = _lanes(step, width=1)
    for n in range(50):
        lanes.wake(n)
        await asyncio.sleep(0)
    await lanes.drain()
    assert steps == list(range(50))


async def test_conversation_that_has_to_wait_is_looked_at_again() -> None:
    """After the time it asked for, or earlier when it is woken."""
    looked = asyncio.Queue[int]()
    answers = iter([0.01, 3600.0, None])

    async def step(conversation: int) -> float | None:
        looked.put_nowait(conversation)
        return next(answers)

    lanes = _lanes(step)
    lanes.wake(1)
    async with asyncio.timeout(30):
        assert [await looked.get() for _ in range(2)] == [1, 1]
        lanes.wake(1)
        assert await looked.get() == 1
    await lanes.stop()


async def test_failing_step_ends_nothing_but_itself() -> None:
    """The others go on, and the sweep finds the conversation again."""
    done: list[int] = []
    failures = 1

    async def step(conversation: int) -> None:
        nonlocal failures
        if conversation == 1 and failures:
            failures -= 1
            raise ConnectionError("the database is away")
        done.append(conversation)

    async def sweep() -> list[int]:
        return [] if 1 in done else [1]

    lanes = Lanes("test", step, width=1, sweep=sweep, every=0.01)
    lanes.wake(1)
    lanes.wake(2)
    await lanes.drain()
    assert done == [2]
    await lanes.start()
    async with asyncio.timeout(30):
        while 1 not in done:
            await asyncio.sleep(0.005)
    await lanes.stop()


async def test_what_another_process_deals_with_is_left_to_it_for_a_moment() -> None:
    """Then it is looked for: the other may be held up, or dead."""
    done: list[int] = []

    async def step(conversation: int) -> None:
        done.append(conversation)

    async def sweep() -> list[int]:
        return [7] if heard else []

    heard = False
    lanes = Lanes("test", step, width=1, sweep=sweep, every=3600, step_in=0.01)
    await lanes.start()
    heard = True
    lanes.heard(7)
    await lanes.drain()
    assert done == []
    async with asyncio.timeout(30):
        while not done:
            await asyncio.sleep(0.005)
    assert done == [7]
    await lanes.stop()


async def test_news_of_what_is_under_way_here_is_looked_at_at_once() -> None:
    """The other process leaves it to this one, which holds the conversation."""
    steps = 0

    async def step(conversation: int) -> None:
        nonlocal steps
        steps += 1
        if steps == 1:
            lanes.heard(conversation)

    lanes = _lanes(step)
    lanes.wake(1)
    await lanes.drain()
    assert steps == 2


async def test_stopped_lanes_finish_the_step_and_begin_none() -> None:
    """What waits is for the next start."""
    started, released, done = asyncio.Event(), asyncio.Event(), []

    async def step(conversation: int) -> float:
        started.set()
        await released.wait()
        done.append(conversation)
        return 0.0

    lanes = _lanes(step, width=1)
    lanes.wake(1)
    lanes.wake(2)
    await started.wait()
    stopping = asyncio.create_task(lanes.stop())
    await asyncio.sleep(0)
    released.set()
    await stopping
    lanes.wake(3)
    await lanes.drain()
    assert done == [1]


async def test_answers_are_thought_out_one_at_a_time(database: Database) -> None:
    """Two in a row would keep the event loop, and with it incoming messages, waiting for both."""
    thinking, most = 0, 0

    class Thinker(EchoBrain):
        async def answer(self, sender_id: str, events: list[Any], text: str, choice: str | None) -> BrainResult:
            nonlocal thinking, most
            thinking += 1
            most = max(most, thinking)
            await asyncio.sleep(0)
            thinking -= 1
            return await super().answer(sender_id, events, text, choice)

    engine = TurnEngine(database, Thinker(), link_hosts=())
    for number in range(8):
        await engine.receive(inbound("alo", chat_id=f"chat {number}"))
    await engine.drain()
    assert [message.state for message in await messages(database, "in")] == ["done"] * 8
    assert most == 1

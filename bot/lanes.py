"""Lanes: work per conversation, in order within one, side by side between them, in turn when there is too much."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import structlog

__all__ = ["Lanes"]

log = structlog.get_logger(__name__)


class Lanes:
    """Runs one step after the other for each conversation that was woken, never two at once for the same.

    A conversation with more to do goes to the end of the queue, so that none keeps the others waiting.

    Args:
        name: For the log.
        step: Does the next thing for a conversation. Returns None when there is nothing to do, else after how many seconds
            to look again (0 = at once, in its turn).
        width: How many conversations are worked on at a time.
        sweep: Finds what is waiting; asked every `every` seconds, for what nobody was woken for.
        every: See there.
        step_in: Seconds that other processes have for what they have stored, before it is looked for here.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[int], Awaitable[float | None]],
        *,
        width: int,
        sweep: Callable[[], Awaitable[Iterable[int]]],
        every: float,
        step_in: float = 1.0,
    ) -> None:
        self._name = name
        self._step = step
        self._width = width
        self._find = sweep
        self._every = every
        self._step_in = step_in
        self._heard = asyncio.Event()
        self._queue: deque[int] = deque()
        self._queued: set[int] = set()
        self._running: set[int] = set()
        self._again: set[int] = set()
        self._later: dict[int, asyncio.TimerHandle] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._active = 0
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take up what an earlier process left, and from now on look for what waits."""
        if waiting := await self._wake_waiting():
            log.info(f"{self._name}.resumed", conversations=waiting)
        self._sweeper = asyncio.create_task(self._sweep(), name=f"{self._name}-sweep")

    async def stop(self) -> None:
        """Finish the steps under way and begin no other."""
        if self._sweeper:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        self._queue.clear()
        self._queued.clear()
        for timer in self._later.values():
            timer.cancel()
        self._later.clear()
        self._width = 0
        await asyncio.gather(*self._workers, return_exceptions=True)

    def wake(self, conversation_id: int) -> None:
        """There may be something to do for a conversation."""
        if timer := self._later.pop(conversation_id, None):
            timer.cancel()
        if conversation_id in self._running:
            self._again.add(conversation_id)
        elif conversation_id not in self._queued:
            self._queued.add(conversation_id)
            self._queue.append(conversation_id)
            if self._active < self._width:
                self._active += 1
                worker = asyncio.create_task(self._work(), name=self._name)
                self._workers.add(worker)
                worker.add_done_callback(self._workers.discard)

    def heard(self, conversation_id: int) -> None:
        """Another process stored something for a conversation, and deals with it, unless it is held up or dies.

        Looking at once here as well would cost the database as much again, to find nothing.
        """
        if conversation_id in self._running:
            self._again.add(conversation_id)
        else:
            self._heard.set()

    async def drain(self) -> None:
        """Wait until nothing is left to do at once; what waits for its time still waits."""
        while self._workers:
            await asyncio.gather(*self._workers, return_exceptions=True)

    async def _work(self) -> None:
        try:
            while self._queue:
                await self._run(self._queue.popleft())
        finally:
            self._active -= 1

    async def _run(self, conversation_id: int) -> None:
        self._queued.discard(conversation_id)
        self._running.add(conversation_id)
        pause: float | None = None
        try:
            pause = await self._step(conversation_id)
        except Exception:  # the last resort: what was to be done is still stored, and the sweep finds it
            log.exception(f"{self._name}.failed", conversation=conversation_id)
        finally:
            self._running.discard(conversation_id)
            if conversation_id in self._again:
                self._again.discard(conversation_id)
                pause = 0.0
            if pause is not None and self._width:
                self._look_again(conversation_id, pause)

    def _look_again(self, conversation_id: int, pause: float) -> None:
        if pause > 0:
            self._later[conversation_id] = asyncio.get_running_loop().call_later(pause, self.wake, conversation_id)
        else:
            self.wake(conversation_id)

    async def _sweep(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every):
                    await self._heard.wait()
                    await asyncio.sleep(self._step_in)
            self._heard.clear()
            try:
                await self._wake_waiting()
            except Exception:  # a database that is away for a moment must not end the work
                log.exception(f"{self._name}.sweep_failed")

    async def _wake_waiting(self) -> int:
        waiting = list(await self._find())
        for conversation_id in waiting:
            self.wake(conversation_id)
        return len(waiting)

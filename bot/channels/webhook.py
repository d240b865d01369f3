"""Stores what a platform's call tells, within the time the platform waits for its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from bot.channels.base import Event, NotAnEvent, Receive

__all__ = ["Intake"]

_PATIENCE = 1.5
"""Seconds; Zalo waits two."""

_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
log = structlog.get_logger(__name__)


class Intake:
    """Between a platform's calls and `receive`.

    What could not be stored in time is answered with 503, and tried again here as well: sources disagree on whether Zalo
    repeats a call that was answered with an error. Twice stored is once taken: the event id decides.

    Args:
        channel: Name, for the log.
        patience: Seconds a call may take.
    """

    def __init__(self, channel: str, patience: float = _PATIENCE) -> None:
        self._channel = channel
        self._patience = patience
        self._receive: Receive | None = None
        self._storing: set[asyncio.Task[None]] = set()

    def open(self, receive: Receive) -> None:
        """Begin to take events."""
        self._receive = receive

    async def close(self) -> None:
        """Take no more; what is being stored has a moment to end."""
        self._receive = None
        if self._storing:
            await asyncio.wait(self._storing, timeout=self._patience)
        for task in list(self._storing):
            task.cancel()
        await asyncio.gather(*self._storing, return_exceptions=True)

    async def take(self, parse: Callable[[], Sequence[Event]]) -> int:
        """Read and store one genuine call.

        Returns:
            HTTP status: 200 stored or not for us, 400 not an event, 503 not stored yet.
        """
        try:
            events = parse()
        except NotAnEvent:
            return 400
        if not events:
            return 200
        if self._receive is None:
            return 503
        stored = [self._store(event, self._receive) for event in events]
        done, late = await asyncio.wait(stored, timeout=self._patience)
        return 200 if not late and all(task.exception() is None for task in done) else 503

    def _store(self, event: Event, receive: Receive) -> asyncio.Task[None]:
        first: asyncio.Task[None] = asyncio.create_task(self._once(event, receive))
        self._storing.add(first)

        def again(task: asyncio.Task[None]) -> None:
            self._storing.discard(task)
            if not task.cancelled() and task.exception() is not None and self._receive is not None:
                retry = asyncio.create_task(self._retry(event))
                self._storing.add(retry)
                retry.add_done_callback(self._storing.discard)

        first.add_done_callback(again)
        return first

    async def _once(self, event: Event, receive: Receive) -> None:
        try:
            await receive(event)
        except Exception as error:
            log.error(f"{self._channel}.not_stored", error=type(error).__name__)
            raise

    async def _retry(self, event: Event) -> None:
        for pause in _PAUSES:
            await asyncio.sleep(pause)
            if self._receive is None:
                return
            try:
                await self._receive(event)
            except Exception as error:  # noqa: BLE001 - whatever it is, the event must not be lost for it
                log.error(f"{self._channel}.not_stored", error=type(error).__name__)
            else:
                return
        log.critical(f"{self._channel}.event_lost", cure="mend the database; the citizen has to write again")

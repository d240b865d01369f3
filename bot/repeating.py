"""Something that is done again and again while the product runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

__all__ = ["Repeating"]

_PATIENCE = 3.0
log = structlog.get_logger(__name__)


class Repeating:
    """Does a piece of work at once and then at intervals; its failures are logged and end nothing.

    Args:
        name: For the log.
        work: What is done.
        seconds: Between one time and the next.
    """

    def __init__(self, name: str, work: Callable[[], Awaitable[object]], seconds: float) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        """End; work under way has a moment to finish, so that nothing is torn in the middle."""
        self._stopping.set()
        if self._task is not None:
            await asyncio.wait([self._task], timeout=_PATIENCE)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next time may go well
                log.error("repeating.failed", work=self._name, error=type(error).__name__)
            try:
                async with asyncio.timeout(self._seconds):
                    await self._stopping.wait()
            except TimeoutError:
                continue

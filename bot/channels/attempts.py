"""Receiving that goes on whatever happens; pauses grow with failures in a row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

__all__ = ["Attempts"]

log = structlog.get_logger(__name__)


class Attempts:
    """What a channel does to receive, one thing after the other.

    Args:
        channel: Name, for the log.
        pause: Seconds to wait after an error that is the n-th in a row.
        reason: What of an error may be logged.
        sleep: Waits.
    """

    def __init__(
        self,
        channel: str,
        pause: Callable[[Exception, int], float],
        reason: Callable[[Exception], str],
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._channel = channel
        self._pause = pause
        self._reason = reason
        self._sleep = sleep
        self._failures = 0

    async def make(self, call: Callable[[], Awaitable[object]]) -> bool:
        """Do something; whether it worked. If not, a pause has passed when this returns."""
        try:
            await call()
        except Exception as error:  # noqa: BLE001 - whatever it is, the channel must go on receiving
            self._failures += 1
            pause = self._pause(error, self._failures)
            log.error(f"{self._channel}.receiving_failed", reason=self._reason(error), pause_seconds=pause)
            await self._sleep(pause)
            return False
        self._failures = 0
        return True

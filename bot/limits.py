"""Rate limits of one process: polite refusals for one sender, nothing for the others."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

__all__ = ["RateLimit"]

_REMEMBERED = 20_000


class RateLimit:
    """A bucket per sender that holds a minute's worth of messages and refills steadily.

    Args:
        per_minute: Messages taken per minute and sender.
        clock: Seconds that never run backwards.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, sender: str) -> bool:
        """Take one message of `sender`, unless the bucket is empty."""
        now = self._clock()
        left = self._refilled(sender, now)
        allowed = left >= 1
        self._buckets.pop(sender, None)
        self._buckets[sender] = (left - 1 if allowed else left, now)
        while len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)
        return allowed

    def left(self, sender: str) -> float:
        """Share (0–1) of the bucket that `sender` has left."""
        return self._refilled(sender, self._clock()) / self._size

    def _refilled(self, sender: str, now: float) -> float:
        left, then = self._buckets.get(sender, (self._size, now))
        return min(self._size, left + (now - then) * self._size / 60)

"""Rate limits of one process."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot import limits
from bot.limits import RateLimit


class _Clock:
    """Time that moves when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_is_taken_at_once_and_no_more() -> None:
    """A bucket is full at the start."""
    limit = RateLimit(5, _Clock())
    assert [limit.allows("a") for _ in range(7)] == [True] * 5 + [False] * 2


def test_bucket_refills_steadily() -> None:
    """Twelve a minute are one every five seconds."""
    clock = _Clock()
    limit = RateLimit(12, clock)
    assert all(limit.allows("a") for _ in range(12))
    clock.now += 4.9
    assert not limit.allows("a")
    clock.now += 0.2
    assert limit.allows("a")
    assert not limit.allows("a")


def test_refusals_cost_nothing() -> None:
    """Whoever keeps knocking is let in as soon as whoever waits."""
    clock = _Clock()
    limit = RateLimit(60, clock)
    while limit.allows("a"):
        pass
    for _ in range(9):
        clock.now += 0.1
        assert not limit.allows("a")
    clock.now += 0.11
    assert limit.allows("a")


def test_senders_do_not_share_a_bucket() -> None:
    """One flooding sender costs the others nothing."""
    limit = RateLimit(1, _Clock())
    assert limit.allows("a")
    assert not limit.allows("a")
    assert limit.allows("b")


def test_bucket_never_holds_more_than_a_minutes_worth() -> None:
    """A night's silence saves nothing up."""
    clock = _Clock()
    limit = RateLimit(3, clock)
    limit.allows("a")
    clock.now += 86_400
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]


@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=80))
def test_never_more_than_the_bucket_and_what_flowed_in(per_minute: int, pauses: list[float]) -> None:
    """Over any stretch of time, whatever the rhythm."""
    clock = _Clock()
    limit = RateLimit(per_minute, clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        taken += limit.allows("a")
    assert taken <= per_minute + sum(pauses) * per_minute / 60 + 1e-6


def test_memory_is_bounded() -> None:
    """Senders not seen for long are forgotten first."""
    limit = RateLimit(1, _Clock())
    assert limit.allows("first")
    for n in range(limits._REMEMBERED):
        limit.allows(f"sender {n}")
    assert len(limit._buckets) == limits._REMEMBERED
    assert limit.allows("first")
    assert not limit.allows(f"sender {limits._REMEMBERED - 1}")

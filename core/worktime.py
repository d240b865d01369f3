"""Working time: hours of the week, public holidays with Tết, and what an office adds to or takes from them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

__all__ = ["ZONE", "Span", "WorkCalendar", "public_holidays"]

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Where all offices are; Vietnam has one zone and no summer time."""

_LOOK_AHEAD = 60
"""Days within which an office must open again; beyond them the rules hold no working hours at all."""


@dataclass(frozen=True)
class Span:
    """A stretch of working time of a day."""

    start: time
    end: time


@lru_cache(maxsize=8)
def public_holidays(year: int) -> dict[date, str]:
    """Statutory holidays of a year with their Vietnamese names; days an office gets in exchange are for it to enter.

    So is 24 November (Ngày Văn hóa Việt Nam): Resolution 80-NQ/TW of 7 January 2026 means it to be a paid day off, and a law
    that makes it one was not found.
    """
    return dict(holidays.country_holidays("VN", years=year, language="vi").items())


@dataclass(frozen=True)
class WorkCalendar:
    """When an office works.

    Args:
        week: Spans of Monday to Sunday.
        closed: Days off beside the public holidays.
        opened: Days worked although they are a weekend or holiday, with their spans.
        yearly: Month and day of days off that come every year.
    """

    week: tuple[tuple[Span, ...], ...]
    closed: frozenset[date] = frozenset()
    opened: tuple[tuple[date, tuple[Span, ...]], ...] = ()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def spans(self, day: date) -> tuple[Span, ...]:
        """Working hours of one day, in order."""
        for other, spans in self.opened:
            if other == day:
                return spans
        if day in self.closed or (day.month, day.day) in self.yearly or day in public_holidays(day.year):
            return ()
        return self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works at that moment."""
        local = at.astimezone(ZONE)
        return any(span.start <= local.time() < span.end for span in self.spans(local.date()))

    def after(self, start: datetime, minutes: float) -> datetime:
        """The moment when `minutes` of working time have passed since `start`; UTC.

        Without any working hours in sight it is plain time.
        """
        left = timedelta(minutes=minutes)
        for begin, end in self._stretches(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return start.astimezone(UTC) + timedelta(minutes=minutes)

    def minutes(self, start: datetime, end: datetime) -> float:
        """Working minutes between two moments; 0 when `end` is not later."""
        total = timedelta()
        for begin, finish in self._stretches(start):
            if begin >= end:
                break
            total += min(finish, end) - begin
        return total.total_seconds() / 60

    def _stretches(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Working stretches from `start` on, in UTC."""
        local = start.astimezone(ZONE)
        for offset in range(_LOOK_AHEAD):
            day = local.date() + timedelta(days=offset)
            for span in self.spans(day):
                begin = datetime.combine(day, span.start, ZONE).astimezone(UTC)
                end = datetime.combine(day, span.end, ZONE).astimezone(UTC)
                if end > start:
                    yield max(begin, start.astimezone(UTC)), end

"""What an office sets about its help desk: working hours, days off, targets, quiet hours, how long a case can reopen."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.cases import Priority
from core.worktime import ZONE, Span, WorkCalendar

__all__ = ["DayOff", "DeskRules", "Hours", "WorkDay", "YearlyDayOff"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hours(_Strict):
    """From one time of day to another."""

    start: time
    end: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError(f"Giờ bắt đầu {self.start:%H:%M} phải trước giờ kết thúc {self.end:%H:%M}.")
        return self


class DayOff(_Strict):
    """A day on which the office is closed, beside the public holidays."""

    day: date
    title: Annotated[str, Field(max_length=80)] = ""


class YearlyDayOff(_Strict):
    """A day off that comes every year."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    title: Annotated[str, Field(max_length=80)] = ""

    @model_validator(mode="after")
    def _is_a_day(self) -> Self:
        try:
            date(2000, self.month, self.day)  # a leap year: 29 February is one
        except ValueError:
            raise ValueError(f"Không có ngày {self.day}/{self.month}.") from None
        return self


class WorkDay(_Strict):
    """A weekend day or holiday that is worked, in exchange or on duty."""

    day: date
    title: Annotated[str, Field(max_length=80)] = ""
    hours: tuple[Hours, ...]


_MORNING = Hours(start=time(7, 30), end=time(11, 30))
_AFTERNOON = Hours(start=time(13, 30), end=time(17, 0))
_Minutes = Annotated[int, Field(ge=1, le=10_000)]


class DeskRules(_Strict):
    """The rules in force; leads change them on the page of working hours.

    Args:
        week: Hours of Monday to Sunday.
        off: Days closed beside the public holidays.
        yearly: Days closed every year.
        worked: Days worked beside the week.
        targets: Working minutes to the first answer, for each priority from scam to question.
        warn_share: Part of the target after which the team is warned.
        reopen_days: Days in which a closed case opens again when the citizen writes.
        quiet: Hours in which nobody is notified, except of scams; start may be later than end (over night).
    """

    week: tuple[tuple[Hours, ...], ...] = ((_MORNING, _AFTERNOON),) * 5 + ((), ())
    off: tuple[DayOff, ...] = ()
    yearly: tuple[YearlyDayOff, ...] = ()
    worked: tuple[WorkDay, ...] = ()
    targets: tuple[_Minutes, _Minutes, _Minutes, _Minutes] = (15, 60, 120, 240)
    warn_share: Annotated[float, Field(gt=0, lt=1)] = 0.75
    reopen_days: Annotated[int, Field(ge=0, le=60)] = 7
    quiet: tuple[time, time] | None = (time(21, 0), time(6, 30))

    @model_validator(mode="after")
    def _seven_days(self) -> Self:
        if len(self.week) != 7:
            raise ValueError("Cần giờ làm việc của đủ bảy ngày trong tuần.")
        return self

    @property
    def calendar(self) -> WorkCalendar:
        """When the office works."""
        return WorkCalendar(
            tuple(_spans(day) for day in self.week),
            frozenset(off.day for off in self.off),
            tuple((worked.day, _spans(worked.hours)) for worked in self.worked),
            frozenset((off.month, off.day) for off in self.yearly),
        )

    def due(self, priority: Priority, since: datetime) -> datetime:
        """When a citizen who waits since then must have an answer."""
        return self.calendar.after(since, self.targets[priority - 1])

    def warn_at(self, priority: Priority, since: datetime) -> datetime:
        """When the team is warned that the target is near."""
        return self.calendar.after(since, self.targets[priority - 1] * self.warn_share)

    def is_quiet(self, at: datetime) -> bool:
        """Whether nobody wants to be notified now."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        now = at.astimezone(ZONE).time()
        return start <= now < end if start < end else now >= start or now < end


def _spans(hours: tuple[Hours, ...]) -> tuple[Span, ...]:
    return tuple(sorted((Span(one.start, one.end) for one in hours), key=lambda span: span.start))

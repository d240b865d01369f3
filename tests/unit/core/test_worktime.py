"""Working time over nights, weekends, public holidays and Tết, and what an office changes about it."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.cases import Priority
from core.desk_rules import DayOff, DeskRules, Hours, WorkDay
from core.worktime import ZONE, WorkCalendar, public_holidays

_RULES = DeskRules()
_MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=ZONE))


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-23T08:00", 60, "2026-11-23T09:00"),
        ("2026-11-23T11:00", 60, "2026-11-23T14:00"),
        ("2026-11-23T18:00", 30, "2026-11-24T08:00"),
        ("2026-11-20T16:30", 60, "2026-11-23T08:00"),
        ("2026-02-13T16:30", 120, "2026-02-23T09:00"),
        ("2026-04-29T16:30", 60, "2026-05-04T08:00"),
    ],
)
def test_working_minutes_pass_only_while_the_office_is_open(start: str, minutes: float, end: str) -> None:
    """Over lunch, a night, a weekend, Tết (16–20 February 2026) and 30 April with 1 May."""
    assert _RULES.calendar.after(_at(start), minutes) == _at(end)


def test_tet_is_known_every_year() -> None:
    """It moves with the moon."""
    assert public_holidays(2026)[date(2026, 2, 17)] == "Tết Nguyên Đán"
    assert public_holidays(2027)[date(2027, 2, 6)] == "Tết Nguyên Đán"


def test_office_closes_and_opens_on_days_of_its_own() -> None:
    """A day worked in exchange wins over weekend and holiday."""
    morning = (Hours(start=time(8), end=time(10)),)
    rules = DeskRules(off=(DayOff(day=date(2026, 11, 24)),), worked=(WorkDay(day=date(2026, 11, 28), hours=morning),))
    assert rules.calendar.after(_at("2026-11-23T17:00"), 1) == _at("2026-11-25T07:31")
    assert rules.calendar.after(_at("2026-11-27T17:00"), 60) == _at("2026-11-28T09:00")


def test_office_that_never_opens_promises_plain_time() -> None:
    """Better than never coming to an end."""
    never = WorkCalendar(((),) * 7)
    assert never.after(_at("2026-11-23T08:00"), 90) == _at("2026-11-23T09:30")
    assert not never.is_open(_at("2026-11-23T08:00"))


@given(_MOMENTS, st.integers(1, 3000))
def test_minutes_count_back_what_after_counted_on(start: datetime, minutes: int) -> None:
    """Whatever the day."""
    calendar = _RULES.calendar
    assert calendar.minutes(start, calendar.after(start, minutes)) == pytest.approx(minutes)


@given(_MOMENTS)
def test_team_is_warned_before_the_target(since: datetime) -> None:
    """For every priority, and the worse the harm the sooner."""
    targets = [_RULES.due(priority, since) for priority in Priority]
    assert targets == sorted(targets)
    assert all(_RULES.warn_at(priority, since) < target for priority, target in zip(Priority, targets, strict=True))


def test_quiet_hours_may_go_over_midnight() -> None:
    """From evening to morning."""
    assert [_RULES.is_quiet(_at(f"2026-11-23T{hour}")) for hour in ("20:59", "21:00", "06:29", "06:30")] == [
        False,
        True,
        True,
        False,
    ]
    assert not DeskRules(quiet=None).is_quiet(_at("2026-11-23T23:00"))


@pytest.mark.parametrize("wrong", [{"week": ((),) * 6}, {"targets": (0, 1, 1, 1)}, {"warn_share": 1.0}, {"reopen_days": 99}])
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    """Before they are stored."""
    with pytest.raises(ValidationError):
        DeskRules(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_hours_end_after_they_begin() -> None:
    """And the message says it in Vietnamese."""
    with pytest.raises(ValidationError, match="phải trước giờ kết thúc"):
        Hours(start=time(9), end=time(8))

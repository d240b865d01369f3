"""Working hours, days off, targets and quiet hours, which leads set; and everybody's presence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from aiohttp import web
from pydantic import ValidationError

from bot.console import case_texts
from bot.console.pages.forms import number_in, saved
from bot.console.rendering import page
from bot.console.visit import Visit, visit_of
from core.cases import Presence
from core.desk_rules import DayOff, DeskRules, Hours, WorkDay, YearlyDayOff
from core.errors import UserFacingError
from core.storage.case_watch import set_presence
from core.storage.desk_rules import load_rules, save_rules
from core.worktime import ZONE, public_holidays

__all__ = ["presence", "save", "show"]

_DAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_HOURS = re.compile(r"(\d{1,2})[:h](\d{2})?\s*[-–]\s*(\d{1,2})[:h](\d{2})?")
_YEARLY = re.compile(r"(\d{1,2})/(\d{1,2})(?![/\d])")
_CULTURE_DAY = re.compile(r"^\s*24/11\b", re.MULTILINE)
"""Ngày Văn hóa Việt Nam: the page asks whether the office is closed (see core.worktime.public_holidays)."""
_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


async def presence(request: web.Request) -> web.StreamResponse:
    """Say whether one is there, and until when not; the cases of who goes away wait for somebody else."""
    visit = visit_of(request)
    form = await visit.form()
    if form.get("trang_thai") not in set(Presence):
        raise UserFacingError("Hãy chọn có mặt, bận hoặc nghỉ.")
    state = Presence(form["trang_thai"])
    until = _until(form.get("den", "")) if state is not Presence.HERE else None
    async with visit.change() as session:
        await set_presence(session, visit.member, state, until)
        visit.note(session, "desk.presence", f"staff:{visit.member.username}", state=state.value)
    return saved("ho-so")


def _until(typed: str) -> datetime | None:
    """The end of an absence as a browser sends it (local time); None = open."""
    if not typed:
        return None
    try:
        end = datetime.fromisoformat(typed).replace(tzinfo=ZONE)
    except ValueError:
        raise UserFacingError("Giờ trở lại không đọc được.") from None
    if not timedelta() < end - datetime.now(UTC) < timedelta(days=400):
        raise UserFacingError("Giờ trở lại phải ở sau bây giờ.")
    return end.astimezone(UTC)


async def show(request: web.Request) -> web.StreamResponse:
    """Hours of the week, days off and worked, targets, quiet hours."""
    visit = visit_of(request)
    async with visit.console.database.session() as session:
        rules = await load_rules(session)
    return _rules_page(visit, _as_typed(rules))


def _rules_page(visit: Visit, typed: Mapping[str, str], error: str = "") -> web.StreamResponse:
    year = datetime.now(ZONE).year
    ahead = sorted((public_holidays(year) | public_holidays(year + 1)).items())
    return page(
        visit,
        "desk_rules.html",
        status=422 if error else 200,
        error=error,
        typed=typed,
        days=_DAYS,
        words=case_texts,
        ask_culture_day=not _CULTURE_DAY.search(typed.get("nghi", ""))
        and not any((day.day, day.month) == (24, 11) for day, _ in ahead),
        holidays=[(day, name) for day, name in ahead if day >= datetime.now(ZONE).date()],
    )


def _spans(hours: tuple[Hours, ...]) -> str:
    return ", ".join(f"{one.start:%H:%M}-{one.end:%H:%M}" for one in hours)


def _as_typed(rules: DeskRules) -> dict[str, str]:
    """The rules as the form shows them."""
    typed = {f"ngay_{number}": _spans(hours) for number, hours in enumerate(rules.week)}
    typed |= {f"han_{number}": str(minutes) for number, minutes in enumerate(rules.targets, 1)}
    yearly = [f"{off.day:02}/{off.month:02} {off.title}".strip() for off in rules.yearly]
    typed["nghi"] = "\n".join([*yearly, *(f"{off.day:%d/%m/%Y} {off.title}".strip() for off in rules.off)])
    typed["lam"] = "\n".join(f"{day.day:%d/%m/%Y} {_spans(day.hours)} {day.title}".strip() for day in rules.worked)
    typed["mo_lai"] = str(rules.reopen_days)
    typed["canh_bao"] = str(round(rules.warn_share * 100))
    typed["yen_tu"], typed["yen_den"] = (f"{moment:%H:%M}" for moment in rules.quiet) if rules.quiet else ("", "")
    return typed


async def save(request: web.Request) -> web.StreamResponse:
    """Put other hours and targets into force; what cannot be read is told, and nothing typed is lost."""
    visit = visit_of(request)
    form = await visit.form()
    try:
        rules = _read_rules(form)
    except ValidationError as error:
        return _rules_page(visit, form, "; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors()))
    except UserFacingError as error:
        return _rules_page(visit, form, str(error))
    async with visit.change() as session:
        await save_rules(session, rules)
        visit.note(session, "desk.rules")
    return saved("gio-lam-viec")


def _read_rules(form: Mapping[str, str]) -> DeskRules:
    quiet = None
    if form.get("yen_tu") and form.get("yen_den"):
        quiet = (_time(form["yen_tu"]), _time(form["yen_den"]))
    off = form.get("nghi", "").splitlines()
    yearly = [(found, line.strip()) for line in off if (found := _YEARLY.match(line.strip()))]
    once = "\n".join(line for line in off if not _YEARLY.match(line.strip()))
    return DeskRules(
        week=tuple(_read_hours(form.get(f"ngay_{number}", "")) for number in range(7)),
        off=tuple(DayOff(day=day, title=rest[:80]) for day, rest in _read_days(once)),
        yearly=tuple(
            YearlyDayOff(day=int(found[1]), month=int(found[2]), title=line[found.end() :].strip()[:80]) for found, line in yearly
        ),
        worked=tuple(
            WorkDay(day=day, hours=_read_hours(rest), title=_HOURS.sub("", rest).strip(" ,")[:80])
            for day, rest in _read_days(form.get("lam", ""))
        ),
        targets=tuple(number_in(form.get(f"han_{number}", "")) for number in range(1, 5)),
        warn_share=number_in(form.get("canh_bao", "")) / 100,
        reopen_days=number_in(form.get("mo_lai", "")),
        quiet=quiet,
    )


def _time(typed: str) -> time:
    try:
        return time.fromisoformat(typed)
    except ValueError:
        raise UserFacingError(f"Giờ “{typed[:10]}” không đọc được; viết như 07:30.") from None


def _read_hours(typed: str) -> tuple[Hours, ...]:
    """Spans such as "7:30-11:30, 13:30-17:00"; nothing = not worked."""
    found = _HOURS.findall(typed)
    if typed.strip() and not found:
        raise UserFacingError(f"Giờ “{typed[:40]}” không đọc được; viết như 7:30-11:30, 13:30-17:00.")
    if any(int(part or 0) > most for one in found for part, most in zip(one, (23, 59, 23, 59), strict=True)):
        raise UserFacingError(f"Giờ “{typed[:40]}” không có thật.")
    return tuple(Hours(start=time(int(a), int(b or 0)), end=time(int(c), int(d or 0))) for a, b, c, d in found)


def _read_days(typed: str) -> list[tuple[date, str]]:
    """A day a line, "22/08/2026 7:30-11:30 làm bù"."""
    days = []
    for line in typed.splitlines():
        if not line.strip():
            continue
        found = _DAY.match(line.strip())
        try:
            if found is None:
                raise ValueError
            days.append((date(int(found[3]), int(found[2]), int(found[1])), line.strip()[found.end() :].strip()))
        except ValueError:
            raise UserFacingError(f"Ngày “{line[:40]}” không đọc được; viết như 24/11/2026.") from None
    return days

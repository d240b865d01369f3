"""The office's rules in the database, and how long answers took in the last weeks."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import Priority
from core.desk_rules import DeskRules
from core.storage.case_models import DeskSetting
from core.storage.models import Case
from core.worktime import ZONE

__all__ = ["answer_expected", "load_rules", "save_rules"]

_NAME = "rules"
_WEEKS = timedelta(weeks=4)
_SAMPLE, _ENOUGH = 200, 5
_SHARE = 0.8
"""Four of five citizens get their answer within the time that is promised."""
_LEAST_MINUTES, _ROUND_MINUTES = 15, 15


async def load_rules(session: AsyncSession) -> DeskRules:
    """The rules in force; those of the product where the office set none."""
    stored = await session.get(DeskSetting, _NAME)
    return DeskRules.model_validate(stored.value) if stored else DeskRules()


async def save_rules(session: AsyncSession, rules: DeskRules) -> None:
    """Put other rules into force."""
    await session.merge(DeskSetting(name=_NAME, value=rules.model_dump(mode="json"), updated_at=datetime.now(UTC)))


async def answer_expected(session: AsyncSession, rules: DeskRules, priority: Priority, now: datetime) -> datetime:
    """When a citizen can honestly expect an answer: what four of five waited in the last weeks, in working time.

    Where too few cases were answered, the office's own target stands in. Rounded up to a quarter of an hour.
    """
    recent = await session.execute(
        select(Case.created_at, Case.answered_at)
        .where(Case.answered_at > now - _WEEKS)
        .order_by(Case.answered_at.desc())
        .limit(_SAMPLE)
    )
    calendar = rules.calendar
    waits = sorted(calendar.minutes(opened, answered) for opened, answered in recent if answered is not None)
    minutes = float(rules.targets[priority - 1])
    if len(waits) >= _ENOUGH:
        minutes = waits[min(len(waits) - 1, math.ceil(len(waits) * _SHARE) - 1)]
    expected = calendar.after(now, max(_LEAST_MINUTES, minutes)).astimezone(ZONE)
    past = (expected.minute % _ROUND_MINUTES, expected.second, expected.microsecond)
    if any(past):
        expected = expected.replace(second=0, microsecond=0) + timedelta(minutes=_ROUND_MINUTES - past[0])
    return expected.astimezone(UTC)

"""Whether a guide may still be trusted: until when it was to be checked again, and what follows when nobody did."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.guides import Guide, GuideKind, Step
from core.text import fold
from core.worktime import ZONE

__all__ = ["GRACE", "Freshness", "freshness", "is_risky"]

GRACE = timedelta(days=14)
"""After the day it was to be checked again; from then on nobody is led through what could do harm."""
_RISKY = re.compile(
    r"\b(?:tra (?:tien|phi|le phi)|nop (?:tien|phi|le phi)|le phi|thanh toan|chuyen khoan|\d dong|ma otp|mat khau)\b"
)


class Freshness(StrEnum):
    """How old a guide's last check is."""

    FRESH = "fresh"
    DUE = "due"
    """It was to be checked again by now."""
    STALE = "stale"
    """The grace is over as well."""


def freshness(guide: Guide, today: date | None = None) -> Freshness:
    """How much a guide can be trusted on a day (today in Vietnam where none is given).

    Warnings of harm hold whatever their age; what was condensed from the catalogue is as old as its import.
    """
    if guide.urgent or guide.kind is GuideKind.CATALOGUE:
        return Freshness.FRESH
    overdue = (today or datetime.now(ZONE).date()) - guide.verify_again_by
    if overdue <= timedelta():
        return Freshness.FRESH
    return Freshness.STALE if overdue > GRACE else Freshness.DUE


def is_risky(step: Step) -> bool:
    """Whether doing it wrongly costs money or an account."""
    return _RISKY.search(fold(step.do)) is not None

"""Edits of the draft, as several trainers' pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import ndiff

from sqlalchemy.ext.asyncio import AsyncSession

from bot.console.training_texts import EDITS, subject_name
from core.storage import draft as stored
from core.storage.training_models import DraftEdit

__all__ = ["Line", "Logged", "difference", "logged"]

_MOST_LINES = 60


@dataclass(frozen=True)
class Line:
    """A line of a difference: ``+`` added, ``-`` removed, a blank for one that stayed."""

    sign: str
    text: str


@dataclass(frozen=True)
class Logged:
    """An edit, ready to be shown."""

    id: int
    who: str
    what: str
    subject: str
    why: str
    at: datetime
    undone: bool
    lines: Sequence[Line]


def difference(before: str | None, after: str | None) -> list[Line]:
    """What differs between two texts, with the lines between."""
    lines = ndiff((before or "").splitlines(), (after or "").splitlines())
    return [Line(line[0], line[2:]) for line in lines if line[0] in "+- "]


async def logged(
    session: AsyncSession, *, subject: str | None = None, before: int | None = None, limit: int = 20
) -> list[Logged]:
    """Edits, newest first, with what they changed."""
    edits = await stored.edits(session, subject=subject, before=before, limit=limit)
    undone = await stored.undone(session, [edit.id for edit in edits])
    return [
        Logged(
            edit.id,
            edit.username,
            EDITS.get(edit.kind, edit.kind),
            subject_name(edit.subject),
            edit.why,
            edit.at,
            edit.id in undone,
            _lines(edit),
        )
        for edit in edits
    ]


def _lines(edit: DraftEdit) -> list[Line]:
    found = [line for hunk in edit.hunks for line in difference(hunk["before"], hunk["after"]) if line.sign != " "]
    more = len(found) - _MOST_LINES
    return found[:_MOST_LINES] + ([Line(" ", f"… và {more} dòng nữa")] if more > 0 else [])

"""Importing the national catalogue, loading it into memory, and what became of a procedure over time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, false, insert, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.catalogue import Catalogue, CatalogueEntry, CatalogueRecord
from core.catalogue_record import parse_record
from core.errors import ContentError
from core.storage.models import CatalogueChange, CatalogueProcedure

__all__ = ["Change", "ImportReport", "history", "import_records", "load_catalogue"]

_COMPLETE = 0.8
"""A file with a smaller share of the present procedures is taken for a part: what it lacks is not withdrawn."""
_AT_ONCE = 500
_CODE = re.compile(rb'"code"\s*:\s*"\s*([0-9]\.[0-9]{6})\s*"')


@dataclass(frozen=True)
class ImportReport:
    """How many procedures an import touched, and the lines it could not use."""

    added: int
    changed: int
    unchanged: int
    withdrawn: int
    restored: int
    skipped: list[tuple[int, str]]


@dataclass(frozen=True)
class Change:
    """What an import did to a procedure, and which of its fields it changed."""

    at: datetime
    kind: str
    fields: tuple[str, ...] = ()


@dataclass
class _File:
    """What a file holds: rows to write by code, codes on lines that cannot be used, and those lines."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    skipped: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Plan:
    added: Sequence[str]
    changed: Sequence[str]
    restored: Sequence[str]
    withdrawn: Sequence[str]
    unchanged: int


async def import_records(
    session: AsyncSession,
    lines: Iterable[tuple[int, bytes]],
    progress: Callable[[], object] | None = None,
    *,
    partial: bool = False,
) -> ImportReport:
    """Bring the stored catalogue to what a file says, within the transaction of `session`, which the caller commits.

    Args:
        session: Nothing is written before every line was read and judged.
        lines: JSON lines with their numbers; one that cannot be used is reported and skipped.
        progress: Called after each line.
        partial: The file holds only some procedures: none is withdrawn for being absent.

    Raises:
        ContentError: No line is usable, or the file looks incomplete and `partial` is not set.
    """
    file = _read(lines, progress)
    if not file.rows:
        first = f" (line {file.skipped[0][0]}: {file.skipped[0][1]})" if file.skipped else ""
        raise ContentError([f"no procedure in the file{first}; it needs one JSON record a line, see docs/catalogue.md"])
    await _lock(session)
    plan = _plan(file, await _present(session), partial)
    now = datetime.now(UTC)
    await _note(session, plan.changed, "changed", now, keep=True)
    await _note(session, plan.restored, "restored", now, keep=True)
    await _note(session, plan.withdrawn, "withdrawn", now)
    await _write(session, file.rows, plan, now)
    await _note(session, plan.added, "added", now)
    return ImportReport(len(plan.added), len(plan.changed), plan.unchanged, len(plan.withdrawn), len(plan.restored), file.skipped)


def _read(lines: Iterable[tuple[int, bytes]], progress: Callable[[], object] | None) -> _File:
    file = _File()
    first_on: dict[str, int] = {}
    for number, line in lines:
        try:
            record = parse_record(line)
        except ContentError as error:
            file.skipped.append((number, "; ".join(error.problems)))
            file.unreadable.update(code.decode() for code in _CODE.findall(line)[:1])
        else:
            if record.code in first_on:
                file.skipped.append((number, f"code: {record.code} stands already on line {first_on[record.code]}"))
            else:
                first_on[record.code] = number
                file.rows[record.code] = _row(record)
        if progress is not None:
            progress()
    return file


def _row(record: CatalogueRecord) -> dict[str, Any]:
    return {
        "code": record.code,
        "name": record.name,
        "level": record.level,
        "sector": record.sector,
        "is_ward": record.is_ward,
        "is_province": record.is_province,
        "is_ministry": record.is_ministry,
        "applies_to": record.applies_to,
        "updated_at": record.updated_at.isoformat() if record.updated_at else "",
        "content_hash": record.content_hash,
        "record": record.pack(),
    }


async def _lock(session: AsyncSession) -> None:
    """Two imports at once come one after the other; readers are not held up."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await session.execute(text("LOCK TABLE catalogue_procedures IN SHARE ROW EXCLUSIVE MODE"))
    else:
        await session.execute(update(CatalogueProcedure).where(false()).values(level=""))


async def _present(session: AsyncSession) -> dict[str, tuple[str, bool]]:
    found = await session.execute(
        select(CatalogueProcedure.code, CatalogueProcedure.content_hash, CatalogueProcedure.withdrawn_at)
    )
    return {code: (content_hash, withdrawn_at is None) for code, content_hash, withdrawn_at in found}


def _plan(file: _File, present: Mapping[str, tuple[str, bool]], partial: bool) -> _Plan:
    active = {code for code, (_, in_force) in present.items() if in_force}
    held = file.rows.keys() | file.unreadable
    if not partial and len(held) < _COMPLETE * len(active):
        raise ContentError(
            [
                f"the file holds {len(held)} procedures and the catalogue {len(active)}: it looks incomplete, nothing was "
                "changed; give a whole file, or use --partial to add and change without withdrawing"
            ]
        )
    return _Plan(
        added=[code for code in file.rows if code not in present],
        changed=[code for code, row in file.rows.items() if code in active and present[code][0] != row["content_hash"]],
        restored=[code for code in file.rows if code in present and code not in active],
        withdrawn=[] if partial else sorted(active - held),
        unchanged=sum(code in active and present[code][0] == row["content_hash"] for code, row in file.rows.items()),
    )


async def _write(session: AsyncSession, rows: Mapping[str, dict[str, Any]], plan: _Plan, now: datetime) -> None:
    stamp = {"imported_at": now, "withdrawn_at": None}
    for part in _parts(plan.added):
        await session.execute(insert(CatalogueProcedure), [rows[code] | stamp for code in part])
    for part in _parts([*plan.changed, *plan.restored]):
        await session.execute(update(CatalogueProcedure), [rows[code] | stamp for code in part])
    for part in _parts(plan.withdrawn):
        gone = update(CatalogueProcedure).where(CatalogueProcedure.code.in_(part)).values(withdrawn_at=now)
        await session.execute(gone.execution_options(synchronize_session=False))


async def _note(session: AsyncSession, codes: Sequence[str], kind: str, now: datetime, *, keep: bool = False) -> None:
    """Write changes down; with `keep`, the record as it is until now beside them (copied within the database)."""
    before = CatalogueProcedure.record if keep else literal(None, CatalogueProcedure.record.type)
    rows = select(CatalogueProcedure.code, bindparam("at", now, CatalogueChange.at.type), literal(kind), before)
    for part in _parts(codes):
        chosen = rows.where(CatalogueProcedure.code.in_(part)).order_by(CatalogueProcedure.code)
        await session.execute(insert(CatalogueChange).from_select(["code", "at", "kind", "before"], chosen))


def _parts(codes: Sequence[str]) -> Iterator[list[str]]:
    left = iter(codes)
    while part := list(islice(left, _AT_ONCE)):
        yield part


async def load_catalogue(session: AsyncSession) -> Catalogue:
    """Every procedure in force."""
    found = await session.execute(
        select(
            CatalogueProcedure.code,
            CatalogueProcedure.name,
            CatalogueProcedure.level,
            CatalogueProcedure.sector,
            CatalogueProcedure.is_ward,
            CatalogueProcedure.is_province,
            CatalogueProcedure.is_ministry,
            CatalogueProcedure.record,
            CatalogueProcedure.applies_to,
            CatalogueProcedure.updated_at,
        )
        .where(CatalogueProcedure.withdrawn_at.is_(None))
        .order_by(CatalogueProcedure.code)
    )
    entries: list[CatalogueEntry] = []
    latest = ""
    for *values, updated_at in found:
        entries.append(CatalogueEntry(*values))
        latest = max(latest, updated_at)
    return Catalogue(entries, date.fromisoformat(latest) if latest else None)


async def history(session: AsyncSession, code: str) -> list[Change]:
    """What imports did to a procedure, oldest first; empty when it was never imported."""
    changes = list(
        await session.scalars(select(CatalogueChange).where(CatalogueChange.code == code).order_by(CatalogueChange.id))
    )
    after = await session.scalar(select(CatalogueProcedure.record).where(CatalogueProcedure.code == code))
    told: list[Change] = []
    for change in reversed(changes):
        told.append(Change(change.at, change.kind, _differing(change.before, after)))
        after = change.before or after
    return told[::-1]


def _differing(before: bytes | None, after: bytes | None) -> tuple[str, ...]:
    if before is None or after is None or before == after:
        return ()
    old, new = CatalogueRecord.unpack(before), CatalogueRecord.unpack(after)
    return tuple(name for name in CatalogueRecord.model_fields if getattr(old, name) != getattr(new, name))

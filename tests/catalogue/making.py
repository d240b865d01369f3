"""Records made for tests, and what citizens would read of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.settings import ROOT
from core.answers import section_replies
from core.catalogue import CatalogueRecord, as_guide
from core.guides import Guide, Section
from core.storage.catalogue import ImportReport, import_records
from core.storage.database import Database
from core.storage.models import CatalogueChange, CatalogueProcedure

SAMPLE = ROOT / "data" / "samples" / "catalogue.jsonl"


def raw(n: int = 1, **fields: Any) -> dict[str, Any]:
    """A small record as a JSON line gives it."""
    return {"code": f"8.{n:06d}", "name": f"Thủ tục mượn ghế số {n}", "updated_at": "2026-05-01", **fields}


def record(**fields: Any) -> CatalogueRecord:
    """The same, read."""
    return CatalogueRecord.model_validate(raw(**fields))


def guide(**fields: Any) -> Guide:
    """The same, condensed."""
    return as_guide(record(**fields))


def method(channel: str = "DIRECT", time: object = 3, unit: str = "WORKING_DAY", **more: Any) -> dict[str, Any]:
    """A way of handing in."""
    return {"channel": channel, "time": time, "unit": unit, **more}


def fee(value: object = 0, note: str | None = None) -> dict[str, Any]:
    """A fee of a way of handing in."""
    return {"type": "FEE", "value": value, "note": note}


def all_text(of: Guide) -> str:
    """Everything a citizen can be told by a guide."""
    return "\n".join(reply.text for section in Section if of.has(section) for reply in section_replies(of, section))


def lines(records: Iterable[Mapping[str, Any] | str | bytes]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines of a file; text stands for itself."""
    for number, item in enumerate(records, 1):
        if isinstance(item, Mapping):
            item = json.dumps(item, ensure_ascii=False)
        yield number, item.encode() if isinstance(item, str) else item


def write(path: Path, records: Iterable[Mapping[str, Any] | str | bytes]) -> Path:
    """A file of such lines."""
    path.write_bytes(b"\n".join(line for _, line in lines(records)) + b"\n")
    return path


async def import_all(database: Database, records: Iterable[Mapping[str, Any] | str | bytes], **options: Any) -> ImportReport:
    """Import in a transaction of its own."""
    async with database.session.begin() as session:
        return await import_records(session, lines(records), **options)


async def stored(database: Database) -> list[tuple[Any, ...]]:
    """All rows of both tables, for comparing before and after."""
    async with database.session() as session:
        rows = [tuple(row) for row in await session.execute(select(CatalogueProcedure.__table__).order_by("code"))]
        return rows + [tuple(row) for row in await session.execute(select(CatalogueChange.__table__).order_by("id"))]

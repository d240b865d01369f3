"""The imported national catalogue of procedures: many records in little memory, each condensed into a guide when asked for.

Where they come from is docs/catalogue.md; core.storage.catalogue imports and loads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from core.catalogue_guide import as_guide
from core.catalogue_record import CatalogueRecord
from core.guides import Guide

__all__ = ["Catalogue", "CatalogueEntry", "CatalogueRecord", "as_guide"]

_GUIDES_KEPT = 256


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What the search needs of a procedure, and the whole of it in packed form.

    ``applies_to`` is ``vn``, or the province that published it for itself alone: ``vn-hue``.
    """

    code: str
    name: str
    level: str
    sector: str
    is_ward: bool
    is_province: bool
    is_ministry: bool
    packed: bytes
    applies_to: str = "vn"

    @classmethod
    def of(cls, record: CatalogueRecord) -> CatalogueEntry:
        """The entry of a record."""
        return cls(
            record.code,
            record.name,
            record.level,
            record.sector,
            record.is_ward,
            record.is_province,
            record.is_ministry,
            record.pack(),
            record.applies_to,
        )


class Catalogue:
    """Every procedure in force.

    Args:
        entries: In any order; kept by code.
        as_of: The latest date on which any of them was updated on the portal.
    """

    def __init__(self, entries: Iterable[CatalogueEntry], as_of: date | None = None) -> None:
        self.entries = tuple(sorted(entries, key=lambda entry: entry.code))
        self.as_of = as_of
        self._by_code = {entry.code: entry for entry in self.entries}
        self._guide = lru_cache(maxsize=_GUIDES_KEPT)(self._make_guide)

    @classmethod
    def of(cls, records: Iterable[CatalogueRecord]) -> Catalogue:
        """A catalogue without a database."""
        listed = list(records)
        dates = [record.updated_at for record in listed if record.updated_at]
        return cls(map(CatalogueEntry.of, listed), max(dates, default=None))

    def __len__(self) -> int:
        return len(self.entries)

    def record(self, code: str) -> CatalogueRecord | None:
        """The whole record of a procedure, if it is in force."""
        entry = self._by_code.get(code)
        return CatalogueRecord.unpack(entry.packed) if entry is not None else None

    def guide(self, code: str) -> Guide | None:
        """The condensed guide of a procedure, if it is in force."""
        return self._guide(code) if code in self._by_code else None

    def _make_guide(self, code: str) -> Guide:
        return as_guide(CatalogueRecord.unpack(self._by_code[code].packed))

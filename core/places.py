"""Wards and communes: the units of today, and what was merged into them.

One file a province in ``data/places/``: ``province`` (id, name), ``units`` (id, kind, name, aliases, former) and
``service_centres``. Huế has two levels of government since 2025-07-01: the city, and its wards and communes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ContentError
from core.text import fold, normalize_word

__all__ = ["FoundPlace", "Gazetteer", "Place", "Province", "ServiceCentre"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Strict):
    """A ward, commune or special zone."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    kind: Literal["phường", "xã", "đặc khu"]
    name: str
    aliases: tuple[str, ...] = ()
    former: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Kind and name, as one writes it: "phường Thuận Hóa"."""
        return f"{self.kind} {self.name}"


class ServiceCentre(_Strict):
    """A public-administration service centre (Trung tâm Phục vụ hành chính công)."""

    name: str
    address: str | None = None
    hours: str | None = None
    phone: str | None = None
    source: str


class Province(_Strict):
    """One province or centrally-run city with its units."""

    id: Annotated[str, Field(pattern=r"^vn-[a-z-]+$")]
    name: str
    units: tuple[Place, ...]
    service_centres: tuple[ServiceCentre, ...] = ()


@dataclass(frozen=True)
class FoundPlace:
    """A unit named by words ``start:end`` of a message."""

    unit: Place
    start: int
    end: int


class Gazetteer:
    """Finds units in messages, by today's names and by those from before a merger."""

    def __init__(self, provinces: Iterable[Province]) -> None:
        self.provinces = tuple(provinces)
        self.units = {unit.id: unit for province in self.provinces for unit in province.units}
        self._accented: dict[tuple[str, ...], Place] = {}
        self._bare: dict[tuple[str, ...], Place] = {}
        for unit in self.units.values():  # former names first: where one was reused, today's unit wins
            for name in unit.former:
                self._learn(name, unit)
        for unit in self.units.values():
            for name in (*unit.aliases, unit.name):
                self._learn(name, unit)
        self._longest = max((len(key) for key in self._bare), default=0)

    def _learn(self, name: str, unit: Place) -> None:
        words = tuple(normalize_word(word) for word in name.split())
        self._accented[words] = unit
        self._bare[tuple(fold(word) for word in words)] = unit

    @classmethod
    def load(cls, folder: Path) -> Gazetteer:
        """Read every province file in `folder`.

        Raises:
            ContentError: Names file, field and what is wrong.
        """
        provinces: list[Province] = []
        problems: list[str] = []
        for path in sorted(folder.glob("*.yml")):
            try:
                raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
                province = raw.get("province") if isinstance(raw, dict) else None
                if not isinstance(province, dict):
                    problems.append(
                        f"{path}: needs 'province' with id and name, 'units' and 'service_centres'; see docs/architecture.md"
                    )
                    continue
                provinces.append(
                    Province(
                        id=province.get("id"),
                        name=province.get("name"),
                        units=raw.get("units") or (),
                        service_centres=raw.get("service_centres") or (),
                    )
                )
            except yaml.YAMLError as error:
                problems.append(f"{path}: not readable as YAML ({error})")
            except ValidationError as error:
                problems += [f"{path}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        if problems:
            raise ContentError(problems)
        return cls(provinces)

    def find(self, words: Sequence[str]) -> list[FoundPlace]:
        """Units named in `words` (as typed, lower case), longest name first, none overlapping.

        A name of one word, or one typed without accents, counts only after "phường", "xã" or "ở": "hương" alone
        is no place.
        """
        normal = [normalize_word(word) for word in words]
        bare = [fold(word) for word in words]
        found: list[FoundPlace] = []
        at = 0
        while at < len(words):
            match = self._match_at(normal, bare, at)
            if match is None:
                at += 1
            else:
                found.append(match)
                at = match.end
        return found

    def _match_at(self, normal: Sequence[str], bare: Sequence[str], at: int) -> FoundPlace | None:
        for size in range(min(self._longest, len(normal) - at), 0, -1):
            end = at + size
            unit = self._accented.get(tuple(normal[at:end]))
            if unit is None and normal[at:end] == bare[at:end]:
                unit = self._bare.get(tuple(bare[at:end]))
            if unit is None:
                continue
            introduced = at > 0 and bare[at - 1] in {"phuong", "xa", "o", "tai", "p", "tran", "ve"}
            if introduced or (size > 1 and normal[at:end] != bare[at:end]):
                return FoundPlace(unit, at, end)
        return None

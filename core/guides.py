"""Guides: what the bot knows, one YAML file per answerable thing.

A guide is a *procedure* (thủ tục hành chính, usually with a code on the national portal) or a *topic*
(e-ID, portal, digital signature, safety). Files live in ``data/guides/<area>/<id>.yml``. The format is
described in docs/guides.md; ``troly guides schema`` prints it as a JSON Schema for editors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError, model_validator

from core.errors import ContentError
from core.guide_parts import (
    MAX_WORDS,
    Branch,
    Document,
    GuideId,
    OfficialUrl,
    Option,
    Plain,
    PortalCode,
    Section,
    Sections,
    Source,
    Step,
    Strict,
    Trouble,
    at_most,
    branch_problem,
    conditional,
)
from core.text import fold

__all__ = [
    "MAX_WORDS",
    "Branch",
    "Document",
    "Guide",
    "GuideKind",
    "GuideLibrary",
    "Option",
    "Section",
    "Sections",
    "Source",
    "Step",
    "Trouble",
    "load_guide",
    "load_guides",
    "own_id",
    "public_name",
]


class GuideKind(StrEnum):
    """What a guide is about."""

    PROCEDURE = "procedure"
    TOPIC = "topic"
    CATALOGUE = "catalogue"
    """Condensed from the imported national catalogue (core.catalogue); never a file."""


class Guide(Strict):
    """One answerable thing.

    ``aliases`` are other names of it, ``needs`` are situations people describe without naming it; both teach
    the search and are never shown.
    """

    id: GuideId
    kind: GuideKind
    title: Annotated[Plain, at_most(45)] = Field(description="Name shown to citizens")
    short_title: Annotated[Plain, Field(max_length=40, description="Fits a button")]
    area: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", description="Folder and menu group")]
    urgent: bool = Field(False, description="A safety matter: answered before anything else")
    code: PortalCode | None = Field(None, description="Code on the national portal")
    related_codes: tuple[PortalCode, ...] = ()
    portal_url: OfficialUrl | None = None
    audience: Annotated[str, Field(pattern=r"^(citizen|organisation|both)$")] = "citizen"
    authority: Plain | None = Field(None, description="Who decides")
    applies_to: str = Field("vn", pattern=r"^vn(-[a-z]+)?$", description="vn, or one province: vn-hue")
    aliases: tuple[Plain, ...] = ()
    needs: tuple[Plain, ...] = Field((), description="Situations in which a citizen needs this")
    ages: tuple[int, int] | None = Field(
        None, description="[from, below]: ages in years of the person it is for, where that decides"
    )
    related: tuple[GuideId, ...] = Field((), description="Guides offered beside this one")
    same_as: GuideId | None = Field(None, description="Guide that tells the same from another side; never asked back between")
    sections: Sections
    branch: Branch | None = Field(None, description="Where papers, steps or other parts depend on the citizen's case")
    to_confirm: tuple[Plain, ...] = Field((), description="What we do not know and the citizen must ask on the spot")
    legal_basis: tuple[Plain, ...] = ()
    sources: tuple[Source, ...] = Field(min_length=1)
    confidence: Annotated[str, Field(pattern=r"^(high|medium|low)$")]
    verified_on: date
    verify_again_by: date
    owner: Annotated[str, Field(min_length=2, description="Office that keeps it true")]

    @model_validator(mode="after")
    def _consistent(self) -> Guide:
        if self.verify_again_by <= self.verified_on:
            raise ValueError("verify_again_by must be later than verified_on")
        if self.kind is GuideKind.TOPIC and not (self.sections.steps or self.sections.problems):
            raise ValueError("a topic needs sections.steps or sections.problems")
        if self.kind is not GuideKind.CATALOGUE and len(self.aliases) < 3:
            raise ValueError("aliases: give at least 3 names people use, so that it can be found")
        lowered = [alias.lower() for alias in self.aliases + self.needs]
        if repeated := {alias for alias in lowered if lowered.count(alias) > 1}:
            raise ValueError(f"aliases/needs repeat {sorted(repeated)}: keep each once")
        if problem := branch_problem(self.branch, self.sections):
            raise ValueError(problem)
        return self

    def differs(self, section: Section) -> bool:
        """Whether the branch's options differ in `section`."""
        if self.branch is None:
            return False
        return section in self._differing

    @cached_property
    def _differing(self) -> frozenset[Section]:
        options = self.branch.options if self.branch else ()
        changed = {Section(name) for option in options for name in option.sections.model_fields_set}
        redirected = set(Section) - {Section.SUMMARY} if any(option.guide for option in options) else set()
        return frozenset(changed | redirected | conditional(self.sections).keys())

    def option(self, option_id: str | None) -> Option | None:
        """An option of the branch by its id."""
        return next((option for option in self.branch.options if option.id == option_id), None) if self.branch else None

    def has(self, section: Section) -> bool:
        """Whether this guide can answer about `section`."""
        return bool(getattr(self.sections, section.value))


def own_id(guide: Guide) -> str | None:
    """The guide's id for reports; procedures of the catalogue are known by their portal code alone."""
    return None if guide.kind is GuideKind.CATALOGUE else guide.id


def public_name(guide: Guide) -> str:
    """What a guide is called among candidates: its id, or the portal code of a procedure of the catalogue."""
    return guide.code if guide.kind is GuideKind.CATALOGUE and guide.code else guide.id


def load_guide(path: Path) -> Guide:
    """Read and check one guide file.

    Raises:
        ContentError: Names file, field and cure for everything that is wrong.
    """
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContentError([f"{path}: not readable as YAML ({error}); check indentation and quotes"]) from error
    if not isinstance(raw, Mapping):
        raise ContentError([f"{path}: must be a mapping of fields, see docs/guides.md"])
    try:
        guide = Guide.model_validate(raw)
    except ValidationError as error:
        raise ContentError([_explain(path, dict(item)) for item in error.errors()]) from error
    problems = []
    if guide.id != path.stem:
        problems.append(f"{path}: id is '{guide.id}' but the file is '{path.name}'; rename one of them")
    if guide.area != path.parent.name:
        problems.append(f"{path}: area is '{guide.area}' but the folder is '{path.parent.name}'; move it or change area")
    if problems:
        raise ContentError(problems)
    return guide


def _explain(path: Path, item: dict[str, Any]) -> str:
    field = ".".join(str(part) for part in item["loc"]) or "(whole guide)"
    context = item.get("ctx") or {}
    cures = {
        "missing": "is missing: add it",
        "extra_forbidden": "is not a known field: remove it or check its spelling in docs/guides.md",
        "string_type": f"must be text: put {item.get('input')!r} in quotes",
        "tuple_type": 'must be a list: begin each entry on a line of its own with "- "',
        "string_too_long": f"is too long: at most {context.get('max_length')} characters",
        "too_long": f"is too long: at most {context.get('max_length')} characters",
        "too_short": f"needs more entries: at least {context.get('min_length')}",
        "enum": "must be 'procedure' or 'topic'",
        "string_pattern_mismatch": _PATTERN_CURES.get(
            item["loc"][-1] if item["loc"] else "", "is not of the form docs/guides.md asks for"
        ),
    }
    message = cures.get(item["type"], str(item["msg"]).removeprefix("Value error, "))
    return f"{path}: {field}: {message}"


_PATTERN_CURES: dict[int | str, str] = {
    "id": "may hold a-z, 0-9 and _ only, at most 44 of them, like dang_ky_tam_tru",
    "code": 'must look like "1.004194", in quotes',
    "url": "must begin with https://",
    "portal_url": "must begin with https://",
    "date": 'must look like "2026-07-18", in quotes',
    "confidence": "must be high, medium or low",
    "audience": "must be citizen, organisation or both",
    "applies_to": "must be vn or one province such as vn-hue",
    "area": "may hold a-z, 0-9 and _ only, like ho_tich",
}


class GuideLibrary(Mapping[str, Guide]):
    """All guides of an installation, by id, in a stable order."""

    def __init__(self, guides: Iterable[Guide]) -> None:
        self._guides = {guide.id: guide for guide in sorted(guides, key=lambda guide: guide.id)}

    def __getitem__(self, guide_id: str) -> Guide:
        return self._guides[guide_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._guides)

    def __len__(self) -> int:
        return len(self._guides)

    @cached_property
    def by_area(self) -> dict[str, list[Guide]]:
        """Guides of each area, by title."""
        areas: dict[str, list[Guide]] = {}
        for guide in sorted(self._guides.values(), key=lambda guide: (fold(guide.title), guide.title)):
            areas.setdefault(guide.area, []).append(guide)
        return areas


def load_guides(folder: Path) -> GuideLibrary:
    """Read every guide below `folder`.

    Raises:
        ContentError: Lists the problems of all files, also repeated ids and links to guides that do not exist.
    """
    guides: dict[str, Guide] = {}
    problems: list[str] = []
    paths = sorted(folder.rglob("*.yml"))
    for path in paths:
        try:
            guide = load_guide(path)
        except ContentError as error:
            problems.extend(error.problems)
            continue
        if guide.id in guides:
            problems.append(f"{path}: id '{guide.id}' is used twice; give one of them another id")
        guides[guide.id] = guide
    if not paths:
        problems.append(f"{folder}: no guide found; check the setting TROLY_DATA_DIR")
    known = {path.stem for path in paths}
    for guide in guides.values():
        problems.extend(
            f"{guide.area}/{guide.id}.yml: related, same_as or branch: '{other}' does not exist; remove it or correct it"
            for other in (*guide.related, *filter(None, [guide.same_as]), *_redirects(guide))
            if other not in known
        )
    if problems:
        raise ContentError(problems)
    return GuideLibrary(guides.values())


def _redirects(guide: Guide) -> list[str]:
    return [option.guide for option in guide.branch.options if option.guide] if guide.branch else []

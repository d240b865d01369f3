"""Between our own guides and the imported national catalogue: which of them a message is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.catalogue_search import CatalogueHit, CatalogueIndex
from core.decision import Decision, Verdict
from core.guides import GuideLibrary
from core.understanding import OTHER, OTHER_PROCEDURE, Understanding

__all__ = ["LinkLimits", "Linked", "link"]


@dataclass(frozen=True)
class LinkLimits:
    """When the catalogue answers, asks back, or overrules a guide; scores run from 0 to about 1.1."""

    answer: float = 0.52
    ask: float = 0.42
    margin: float = 0.03
    coverage: float = 0.5
    overrule: float = 0.25
    overrule_expected: float = 0.08
    expected: float = 0.4
    whole: float = 0.9
    says_more: float = 0.15
    """A name that covers the whole query, and this much more of it than the guide's, is the one meant."""


@dataclass(frozen=True)
class Linked:
    """Procedures of the catalogue a message is about, best first; `sure` = the first one, else one of them."""

    codes: tuple[str, ...]
    sure: bool


def link(
    said: Understanding, decision: Decision, index: CatalogueIndex, library: GuideLibrary, limits: LinkLimits
) -> Linked | None:
    """The catalogue's procedures to answer with instead of what was decided, or None to leave it as decided.

    Args:
        said: What was understood.
        decision: What was decided on our own guides alone.
        index: The catalogue.
        library: Our own guides; a procedure that has one is answered by it.
        limits: See there.
    """
    expected = max(said.guides.get(OTHER, 0.0), said.chances.get(OTHER_PROCEDURE, 0.0)) >= limits.expected
    if decision.verdict in {Verdict.DIALOGUE, Verdict.CONTEXT}:
        return None
    if decision.verdict is Verdict.OUT_OF_SCOPE and not expected:
        return None
    hits = index.search(said.words)
    if not hits or hits[0].coverage < limits.coverage or hits[0].score < limits.ask:
        return None
    own = {code: guide.id for guide in library.values() for code in (guide.code, *guide.related_codes) if code}
    if hits[0].code in own:
        return None
    if decision.verdict in {Verdict.GUIDE, Verdict.CLARIFY} and not _overrules(hits, decision, own, library, expected, limits):
        return None
    return _choose(hits, limits)


def _overrules(
    hits: Sequence[CatalogueHit],
    decision: Decision,
    own: dict[str, str],
    library: GuideLibrary,
    expected: bool,
    limits: LinkLimits,
) -> bool:
    """Whether the catalogue's best name fits clearly better than the official names of the guides considered."""
    considered = {candidate.guide for candidate in decision.candidates[:3]}
    if all(library[guide].code is None for guide in considered):
        return expected and hits[0].score >= limits.answer
    theirs = next((hit for hit in hits if own.get(hit.code) in considered), hits[-1])
    says_more = hits[0].coverage >= limits.whole and hits[0].coverage - theirs.coverage >= limits.says_more
    return says_more or hits[0].score - theirs.score >= (limits.overrule_expected if expected else limits.overrule)


def _choose(hits: Sequence[CatalogueHit], limits: LinkLimits) -> Linked:
    near = [hit for hit in hits if hits[0].score - hit.score < limits.margin]
    sure = hits[0].score >= limits.answer and len(near) == 1
    return Linked(tuple(hit.code for hit in (hits if sure else near[:3] if len(near) > 1 else hits[:3])), sure)

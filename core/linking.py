"""Between our own guides and the imported national catalogue: which of them a message is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.catalogue_search import CatalogueHit, CatalogueIndex
from core.decision import Decision, Verdict
from core.guides import GuideLibrary
from core.operations import Operations
from core.understanding import OTHER, OTHER_PROCEDURE, Understanding

__all__ = ["LinkLimits", "Linked", "Linker"]


@dataclass(frozen=True)
class LinkLimits:
    """When the catalogue answers, asks back, or overrules a guide; scores run from 0 to about 1.1."""

    answer: float = 0.52
    ask: float = 0.42
    offer: float = 0.3
    """Score above which a procedure is offered beside guides, where one without a guide is expected."""
    margin: float = 0.05
    coverage: float = 0.5
    overrule: float = 0.25
    overrule_expected: float = 0.04
    expected: float = 0.5
    """Confidence that a procedure without a guide is asked for, above which the catalogue is heard more readily."""
    topic: float = 0.5
    """Confidence in the topics of e-ID, portal and signatures, which the catalogue knows nothing of."""
    whole: float = 0.9
    says_more: float = 0.25
    """A name that covers the whole query, and this much more of it than the guide's, is the one meant."""


@dataclass(frozen=True)
class Linked:
    """Procedures of the catalogue that a message may be about.

    Args:
        codes: Best first.
        sure: Whether it is the first one.
        beside: Whether it may be one of the guides considered as well.
    """

    codes: tuple[str, ...]
    sure: bool
    beside: bool = False


class Linker:
    """Knows which procedures of the catalogue our own guides answer for.

    Args:
        index: The catalogue.
        library: Our own guides.
        operations: See there.
        limits: See there.
    """

    def __init__(self, index: CatalogueIndex, library: GuideLibrary, operations: Operations, limits: LinkLimits) -> None:
        self._index = index
        self._library = library
        self._operations = operations
        self._limits = limits
        self._done = {guide.id: operations.of_guide(guide) | index.operations(guide.code or "") for guide in library.values()}
        self._own = {
            code: guide.id
            for guide in library.values()
            for code in (*guide.related_codes, guide.code)
            if code and (code == guide.code or index.operations(code) <= self._done[guide.id])
        }

    def link(self, said: Understanding, decision: Decision) -> Linked | None:
        """The catalogue's procedures to answer with instead of what was decided, or None to leave it as decided.

        Args:
            said: What was understood.
            decision: What was decided on our own guides alone.
        """
        limits = self._limits
        expected = max(said.guides.get(OTHER, 0.0), said.chances.get(OTHER_PROCEDURE, 0.0)) >= limits.expected
        if decision.verdict in {Verdict.DIALOGUE, Verdict.CONTEXT}:
            return None
        if not expected and (decision.verdict is Verdict.OUT_OF_SCOPE or said.chance_of_topics >= limits.topic):
            return None
        hits = self._index.search(said.words)
        if not hits or self._owner(hits[0]) is not None:
            return None
        fits = hits[0].coverage >= limits.coverage and hits[0].score >= limits.ask
        ours = decision.verdict in {Verdict.GUIDE, Verdict.CLARIFY}
        if fits and (not ours or self._overrules(hits, said, decision, expected)):
            return self._choose(hits)
        if expected and decision.verdict is not Verdict.GUIDE and hits[0].score >= limits.offer:
            return Linked(tuple(hit.code for hit in hits), sure=False, beside=True)
        return None

    def _owner(self, hit: CatalogueHit) -> str | None:
        """The guide of ours that answers for a procedure."""
        return next((self._own[code] for code in (hit.code, *hit.same) if code in self._own), None)

    def _overrules(self, hits: Sequence[CatalogueHit], said: Understanding, decision: Decision, expected: bool) -> bool:
        """Whether the catalogue's best name fits clearly better than the official names of the guides considered."""
        limits = self._limits
        considered = [candidate.guide for candidate in decision.candidates[:3]]
        asked, theirs = self._operations.said(said.words), self._index.operations(hits[0].code)
        if asked and asked & theirs != asked & self._done[considered[0]]:  # one of the two does what is asked, or more of it
            return hits[0].score >= limits.answer and len(asked & theirs) > len(asked & self._done[considered[0]])
        if all(self._library[guide].code is None for guide in considered):
            return expected and hits[0].score >= limits.answer
        rival = next((hit for hit in hits if self._owner(hit) in considered), hits[-1])
        says_more = hits[0].coverage >= limits.whole and hits[0].coverage - rival.coverage >= limits.says_more
        return says_more or hits[0].score - rival.score >= (limits.overrule_expected if expected else limits.overrule)

    def _choose(self, hits: Sequence[CatalogueHit]) -> Linked:
        rival = hits[1].score if len(hits) > 1 else 0.0
        sure = hits[0].score >= self._limits.answer and hits[0].score - rival >= self._limits.margin
        return Linked(tuple(hit.code for hit in hits), sure)

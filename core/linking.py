"""Between our own guides and the imported national catalogue: which of them a message is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.catalogue_search import CatalogueHit, CatalogueIndex
from core.decision import Decision, Verdict
from core.guides import GuideLibrary
from core.operations import Operations
from core.search import SearchIndex
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
    margin_head: float = 0.15
    """The same for a procedure found by the head of its name, which leaves open for whom it is."""
    coverage: float = 0.5
    coverage_done: float = 0.4
    """The same for a procedure that does what is asked for: "thôi quốc tịch"."""
    overrule: float = 0.25
    overrule_expected: float = 0.04
    expected: float = 0.5
    """Confidence that a procedure without a guide is asked for, above which the catalogue is heard more readily."""
    named: float = 0.75
    """Score above which a procedure is named, whatever else the message sounds like."""
    topic: float = 0.5
    """Confidence in the topics of e-ID, portal and signatures, which the catalogue knows nothing of."""
    told: float = 0.8
    """How much the words that a name shares with the message must tell: "xe" or "đăng ký" is in too many names to mean one."""
    whole: float = 0.9
    away: float = 0.25
    """How much better the name of another province's own procedure has to fit than any that applies here."""
    says_more: float = 0.25
    """A name that covers the whole query, and this much more of it than the guide's, is the one meant."""


@dataclass(frozen=True)
class Linked:
    """Procedures of the catalogue that a message may be about.

    Args:
        codes: Best first.
        sure: Whether it is the first one.
        beside: Whether it may be one of the guides considered as well.
        away: Whether another province published it for itself alone.
    """

    codes: tuple[str, ...]
    sure: bool
    beside: bool = False
    away: bool = False


class Linker:
    """Knows which procedures of the catalogue our own guides answer for.

    Args:
        index: The catalogue, as far as it applies here.
        away: What other provinces published for themselves alone.
        library: Our own guides.
        guides: The names of those.
        operations: See there.
        limits: See there.
    """

    def __init__(
        self,
        index: CatalogueIndex,
        away: CatalogueIndex,
        library: GuideLibrary,
        guides: SearchIndex,
        operations: Operations,
        limits: LinkLimits,
    ) -> None:
        self._index = index
        self._away = away
        self._guides = guides
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
        ours = decision.verdict in {Verdict.GUIDE, Verdict.CLARIFY}
        hits = self._index.search(said.words)
        if expected and not ours and (away := self._named_away(said, hits)):
            return away
        if not hits or hits[0].told < limits.told or self._owner(hits[0]) is not None:
            return None
        unlikely = decision.verdict is Verdict.OUT_OF_SCOPE or said.chance_of_topics >= limits.topic
        if unlikely and not expected and hits[0].score < limits.named:
            return None
        done = self._operations.said(said.words) & self._index.operations(hits[0].code)
        fits = hits[0].coverage >= (limits.coverage_done if done else limits.coverage) and hits[0].score >= limits.ask
        if fits and (not ours or self._overrules(hits, said, decision, expected)):
            return self._choose(hits)
        if expected and decision.verdict is not Verdict.GUIDE and hits[0].score >= limits.offer:
            return Linked(tuple(hit.code for hit in hits), sure=False, beside=True)
        return None

    def _named_away(self, said: Understanding, hits: Sequence[CatalogueHit]) -> Linked | None:
        """What another province published, if it is named and nothing here is called so: better than what sounds like it."""
        best = hits[0].score if hits else 0.0
        for hit in self._away.search(said.words, 1):
            if hit.coverage >= self._limits.whole and hit.score - best >= self._limits.away:
                return Linked((hit.code,), sure=True, away=True)
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
        own = next((hit for hit in hits if self._owner(hit) in considered), None)
        rival = own or hits[-1]
        only = self._operations.title_of(self._library[considered[0]])
        unasked = bool(only) and not asked and not theirs  # "làm bằng lái" is not about exchanging one
        says_more = hits[0].coverage >= limits.whole and hits[0].coverage - rival.coverage >= limits.says_more
        if self._guides.named(said.words) == considered[0]:
            return says_more or (own is not None and hits[0].score - own.score >= limits.overrule)
        readily = unasked or expected
        return says_more or hits[0].score - rival.score >= (limits.overrule_expected if readily else limits.overrule)

    def _choose(self, hits: Sequence[CatalogueHit]) -> Linked:
        rival = hits[1].score if len(hits) > 1 else 0.0
        margin = self._limits.margin_head if hits[0].by_head else self._limits.margin
        sure = hits[0].score >= self._limits.answer and hits[0].score - rival >= margin
        return Linked(tuple(hit.code for hit in hits), sure)

"""Which guide a message is about, and whether to answer, ask back or admit not to know.

Three witnesses are heard: the intent classifier (what is asked: an aspect, a topic, the conversation itself), the guide
ranker (which guide, or none) and the search index (which guide's wording is near; it also knows guides added since the
last training). A wrong answer is worse than a question back; a question back is worse than the
right answer. The thresholds were set on data/nlu and the guides, see docs/nlu.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.guides import Guide, GuideKind, GuideLibrary
from core.safety import URGENT_GUIDES
from core.search import Hit
from core.understanding import (
    ASPECTS,
    CONTEXT,
    DIALOGUE_INTENTS,
    NOTHING,
    OTHER,
    OTHER_PROCEDURE,
    OUT_OF_SCOPE,
    Understanding,
)

if TYPE_CHECKING:
    from core.knowledge import Knowledge

__all__ = ["Candidate", "Decision", "Thresholds", "Verdict", "decide", "urgency"]


_COURTESY = frozenset({"greet", "thanks", "affirm"})
_TURNS = frozenset({"deny", "previous_step", "next_step", "greet", "thanks", "affirm"})
"""Moves that often only lead over to what is really asked ("không phải, tôi hỏi tạm trú")."""


class Verdict(StrEnum):
    """What to do with a message."""

    GUIDE = "guide"
    CONTEXT = "context"
    CLARIFY = "clarify"
    DIALOGUE = "dialogue"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_COVERED = "not_covered"
    WHICH = "which"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Thresholds:
    """How the witnesses are weighed, and where one verdict ends and the next begins.

    The five weights are those of a logistic regression on "the best candidate was the right guide"; what they give is
    the chance of that, 0 to 1. docs/nlu.md has the data and the figures.
    """

    search_weight: float = 0.5
    """Of the search score beside the ranker's confidence, in the order of the candidates."""
    guide: float = 3.5
    search: float = 5.5
    novelty: float = -3.0
    nothing: float = -3.3
    other: float = -2.0
    base: float = -2.0
    answer: float = 0.54
    story: float = 0.7
    """The same for a sentence of a long message that is not clear as a whole."""
    margin: float = 0.1
    names_one: float = 0.8
    """Chance above which who tells an event of life and what is to be done asks for that one guide."""
    named: float = 0.5
    """Added to the joint score of the guide whose name was said in full."""
    named_evidence: float = 1.0
    """The same for the chance that the best candidate is right."""
    code_typed: float = 4.0
    age_fits: float = 0.5
    operation: float = 0.25
    same_area: float = 0.2
    """For guides of the area that the conversation is in."""
    ambiguous_words: int = 3
    ambiguous_search: float = 0.45
    ambiguous: float = 0.035
    """A name of so few words that fits two guides equally well, by the search, is asked back."""
    clarify: float = 0.2
    dialogue: float = 0.5
    dialogue_named_nothing: float = 0.5
    """The same, where no guide is named."""
    dialogue_sure: float = 0.85
    """Confidence in a move of the conversation that guides, none of them clearly meant, do not outweigh."""
    dialogue_certain: float = 0.97
    """The same, that a guide the ranker believes in does not outweigh, unless it is named in full."""
    dialogue_search: float = 0.62
    dialogue_guide: float = 0.7
    switch_guide: float = 0.5
    switch_search: float = 0.35
    topic: float = 0.6
    follow_up: float = 0.4
    aside: float = 0.25
    """Confidence in an aspect above which a question behind a courtesy ("cảm ơn, thế cần giấy gì") is heard."""
    not_ours: float = 0.5
    doubtful: float = 0.7
    """Confidence that a message is none of our business, above which no guide is answered with before asking back."""
    elsewhere: float = 0.9
    """The same confidence in a message that names a private service beside a topic."""
    ours: float = 0.55
    ours_chance: float = 0.15
    """Confidence in all guides together above which one of them is meant, though not clear which."""
    urgent: float = 0.38
    """Mean confidence in the safety guides above which a message is a safety matter."""
    urgent_sentence: float = 0.75
    """The same for one sentence of a long message."""
    urgent_unclear: float = 0.3
    """The same, where what else may be meant is not clear."""
    urgent_rule: float = 0.05
    """The same, where a safety rule fired as well."""


@dataclass(frozen=True)
class Candidate:
    """A guide with its joint score."""

    guide: str
    score: float


@dataclass(frozen=True)
class Decision:
    """What to do, and why.

    Args:
        verdict: What to do.
        candidates: The guides considered, best first.
        chance: Of the first of them being meant, 0 to 1.
        nothing: Confidence that the message is none of our business, 0 to 1.
    """

    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()
    chance: float = 0.0
    nothing: float = 0.0


@dataclass(frozen=True)
class _Evidence:
    candidates: tuple[Candidate, ...]
    guide: float
    search: float
    margin: float
    named: bool
    ambiguous: bool
    chance: float
    aspects: float
    dialogue: float
    courtesy: bool
    turns: bool
    topic_agrees: bool
    nothing: float
    other: float
    context: float
    ours: float
    only_operation: bool


def decide(said: Understanding, context: Guide | None, known: Knowledge, limits: Thresholds) -> Decision:
    """Weigh the witnesses for one message.

    Args:
        said: What was understood.
        context: The guide that the conversation is about, if it is about one.
        known: Our own guides, their index, the operations.
        limits: See there.
    """
    seen = _evidence(said, context, known, limits)
    verdict = _verdict(seen, context is not None, limits)
    if verdict is Verdict.CLARIFY and seen.ambiguous:
        alike = tuple(Candidate(hit.guide, round(hit.score, 4)) for hit in known.index.search(said.words, 8))
        return Decision(verdict, alike, seen.chance, seen.nothing)
    return Decision(verdict, seen.candidates, seen.chance, seen.nothing)


def _verdict(seen: _Evidence, in_context: bool, limits: Thresholds) -> Verdict:
    names_one = seen.named or (seen.guide >= limits.switch_guide and seen.search >= limits.switch_search and seen.topic_agrees)
    asks_on = in_context and seen.courtesy and seen.aspects >= limits.aside
    if seen.dialogue >= limits.dialogue_certain and not seen.named and not asks_on:
        return Verdict.DIALOGUE
    if seen.dialogue >= limits.dialogue and _little_named(seen, limits) and not asks_on and not (seen.turns and names_one):
        return Verdict.DIALOGUE
    if in_context and (seen.only_operation or (not names_one and (seen.aspects >= limits.follow_up or asks_on))):
        return Verdict.CONTEXT
    if seen.chance >= limits.answer:
        clear = seen.margin >= limits.margin and not seen.ambiguous and seen.nothing < limits.doubtful
        return Verdict.GUIDE if clear else Verdict.CLARIFY
    if seen.ours >= limits.ours and seen.chance >= limits.ours_chance and seen.nothing < limits.not_ours:
        return Verdict.CLARIFY
    if seen.other >= limits.not_ours:
        return Verdict.NOT_COVERED
    if seen.nothing >= limits.not_ours:
        return Verdict.OUT_OF_SCOPE
    if seen.context >= limits.not_ours:
        return _naming_nothing(seen, limits)
    if seen.chance >= limits.clarify:
        return Verdict.CLARIFY
    return Verdict.OUT_OF_SCOPE if seen.nothing >= seen.aspects else Verdict.UNKNOWN


def _naming_nothing(seen: _Evidence, limits: Thresholds) -> Verdict:
    if seen.dialogue <= seen.aspects:
        return Verdict.WHICH
    return Verdict.DIALOGUE if seen.dialogue >= limits.dialogue_named_nothing else Verdict.UNKNOWN


def _little_named(seen: _Evidence, limits: Thresholds) -> bool:
    return (
        (seen.ours < limits.ours or seen.dialogue >= limits.dialogue_sure)
        and seen.search < limits.dialogue_search
        and seen.guide < limits.dialogue_guide
        and not seen.ambiguous
    )


def urgency(said: Understanding) -> tuple[str, float]:
    """The likeliest safety guide, and the mean confidence of classifier and ranker in all of them."""
    each = {name: said.topic_chance(name) + said.guides.get(name, 0.0) for name in URGENT_GUIDES}
    best = max(each, key=lambda name: each[name])
    return best, sum(each.values()) / 2


def _evidence(said: Understanding, context: Guide | None, known: Knowledge, limits: Thresholds) -> _Evidence:
    library, index = known.guides, known.index
    asked = known.operations.said(said.words)
    hits = index.search(said.words, 10)
    found = {hit.guide: hit.score for hit in hits}
    ranked = {guide_id: chance for guide_id, chance in said.guides.items() if guide_id in library}
    joint = []
    named = index.named(said.words) or ""
    codes = said.portal_codes
    typed = {guide.id for guide in library.values() if guide.code in codes} if codes else set()
    for guide_id in found.keys() | ranked.keys() | typed | {named} & library.keys():
        score = ranked.get(guide_id, 0.0) + limits.search_weight * found.get(guide_id, 0.0)
        score += (
            limits.named * (guide_id == named)
            + limits.code_typed * (guide_id in typed)
            + limits.age_fits * _age_fits(library[guide_id], said.age)
            + limits.operation * _operation_fits(known.operations.title_of(library[guide_id]), asked)
            + limits.same_area * (context is not None and context.area == library[guide_id].area)
        )
        joint.append(Candidate(guide_id, round(score, 4)))
    joint.sort(key=lambda candidate: (-candidate.score, candidate.guide))
    best = joint[0].guide if joint else ""
    rival = next((c.score for c in joint[1:] if not _same_matter(library, best, c.guide)), 0.0)
    nothing = max(said.guides.get(NOTHING, 0.0), said.chances.get(OUT_OF_SCOPE, 0.0))
    private = best and library[best].kind is GuideKind.TOPIC and known.elsewhere.meant(said.words)
    if private or known.elsewhere.of_others(said.words):
        nothing = max(nothing, limits.elsewhere)
    other = max(said.guides.get(OTHER, 0.0), said.chances.get(OTHER_PROCEDURE, 0.0))
    guide, search = ranked.get(best, 0.0), found.get(best, 0.0)
    evidence = (
        limits.guide * guide
        + limits.search * search
        + limits.novelty * said.novelty
        + limits.nothing * nothing
        + limits.other * other
        + limits.base
        + limits.code_typed * (best in typed)
        + limits.named_evidence * (best != "" and best == named)
    )
    return _Evidence(
        candidates=tuple(joint[:8]),
        guide=guide,
        search=search,
        margin=joint[0].score - rival if joint else 0.0,
        named=best != "" and best == named and library[best].kind is not GuideKind.TOPIC,
        ambiguous=not named and _is_ambiguous(hits, said, library, limits),
        chance=1 / (1 + math.exp(-evidence)),
        aspects=said.chance(ASPECTS),
        dialogue=said.chance(DIALOGUE_INTENTS),
        courtesy=said.intent in _COURTESY,
        turns=said.intent in _TURNS,
        # "lệ phí" alone is near the topic of paying fees, but the classifier hears a question about fees.
        topic_agrees=not best
        or library[best].kind is not GuideKind.TOPIC
        or said.topic_chance(best) >= max(limits.topic, said.chance(ASPECTS)),
        nothing=nothing,
        other=other,
        context=said.guides.get(CONTEXT, 0.0),
        ours=sum(ranked.values()),
        only_operation=bool(asked) and not said.naming_words,  # "bị mất", of what was talked about
    )


def _age_fits(guide: Guide, age: int | None) -> int:
    """1 when the age said is one the guide is for, -1 when it is not, 0 when that decides nothing."""
    if guide.ages is None or age is None:
        return 0
    return 1 if guide.ages[0] <= age < guide.ages[1] else -1


def _operation_fits(title: frozenset[str], asked: frozenset[str]) -> int:
    """1 when a guide is about the operation asked for, -1 when it is about another, 0 when it is about none."""
    return 0 if not title else 1 if title & asked else -1


def _is_ambiguous(hits: Sequence[Hit], said: Understanding, library: GuideLibrary, limits: Thresholds) -> bool:
    """Whether a short name ("sang tên", "căn cước") belongs to several guides alike."""
    if len(hits) < 2 or len(said.naming_words) > limits.ambiguous_words or said.portal_codes or said.age is not None:
        return False
    first, second = hits[0], hits[1]
    if library[first.guide].kind is GuideKind.TOPIC or _same_matter(library, first.guide, second.guide):
        return False
    return first.score >= limits.ambiguous_search and first.score - second.score < limits.ambiguous


def _same_matter(library: GuideLibrary, one: str, other: str) -> bool:
    """Whether two guides tell the same from two sides, so that either is a right answer."""
    return other == library[one].same_as or one == library[other].same_as

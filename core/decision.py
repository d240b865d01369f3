"""Which guide a message is about, and whether to answer, ask back or admit not to know.

Two witnesses are heard: the classifier (what is asked: an aspect, a topic, the conversation itself) and the search
index (which guide's wording is near). A wrong answer is worse than a question back; a question back is worse than the
right answer. The thresholds were set on data/nlu and the guides, see docs/nlu.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.conversation import ConversationState
from core.guides import GuideKind, GuideLibrary
from core.search import SearchIndex
from core.understanding import ASPECTS, DIALOGUE_INTENTS, OUT_OF_SCOPE, Understanding

__all__ = ["Candidate", "Decision", "Thresholds", "Verdict", "decide"]


class Verdict(StrEnum):
    """What to do with a message."""

    GUIDE = "guide"
    CONTEXT = "context"
    CLARIFY = "clarify"
    DIALOGUE = "dialogue"
    OUT_OF_SCOPE = "out_of_scope"
    WHICH = "which"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Thresholds:
    """Where one verdict ends and the next begins; scores run from 0 to about 1.5."""

    topic_weight: float = 0.8
    aspect_weight: float = 0.15
    dialogue: float = 0.5
    dialogue_over_search: float = 0.62
    answer: float = 0.45
    margin: float = 0.06
    sure: float = 0.75
    follow_up_search: float = 0.42
    out_of_scope: float = 0.5
    out_of_scope_search: float = 0.55
    novel: float = 0.72
    novel_search: float = 0.45
    clarify: float = 0.25


@dataclass(frozen=True)
class Candidate:
    """A guide with its joint score."""

    guide: str
    score: float


@dataclass(frozen=True)
class Decision:
    """What to do, and the guides considered, best first."""

    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()


def decide(
    said: Understanding, state: ConversationState, library: GuideLibrary, index: SearchIndex, limits: Thresholds
) -> Decision:
    """Weigh the classifier against the search for one message in its conversation."""
    candidates, best_search = _candidates(said, library, index, limits)
    dialogue = said.chance(DIALOGUE_INTENTS)
    if dialogue >= limits.dialogue and best_search < limits.dialogue_over_search:
        return Decision(Verdict.DIALOGUE, candidates)
    aspects = said.chance(ASPECTS)
    best = candidates[0].score if candidates else 0.0
    if state.guide in library and aspects >= 0.5 and best_search < limits.follow_up_search:
        return Decision(Verdict.CONTEXT, candidates)
    if said.chances.get(OUT_OF_SCOPE, 0.0) >= limits.out_of_scope and best_search < limits.out_of_scope_search:
        return Decision(Verdict.OUT_OF_SCOPE, candidates)
    if said.novelty >= limits.novel and best_search < limits.novel_search:
        return Decision(Verdict.OUT_OF_SCOPE if not aspects >= 0.6 else Verdict.UNKNOWN, candidates)
    if best >= limits.answer:
        second = candidates[1].score if len(candidates) > 1 else 0.0
        if best >= limits.sure and best - second >= limits.margin / 2 or best - second >= limits.margin:
            return Decision(Verdict.GUIDE, candidates)
        return Decision(Verdict.CLARIFY, candidates)
    if state.guide in library and aspects >= 0.5:
        return Decision(Verdict.CONTEXT, candidates)
    if best >= limits.clarify:
        return Decision(Verdict.CLARIFY, candidates)
    if aspects >= 0.6:
        return Decision(Verdict.WHICH, candidates)
    return Decision(Verdict.UNKNOWN, candidates)


def _candidates(
    said: Understanding, library: GuideLibrary, index: SearchIndex, limits: Thresholds
) -> tuple[tuple[Candidate, ...], float]:
    """Guides by joint score, and the best search score among them."""
    scores = {hit.guide: hit.score for hit in index.search(said.words, 10)}
    best_search = max(scores.values(), default=0.0)
    for guide_id, guide in library.items():
        if guide.kind is GuideKind.TOPIC and said.topic_chance(guide_id) > 0.02:
            scores.setdefault(guide_id, 0.0)
        if guide.code in said.portal_codes:
            scores[guide_id] = scores.get(guide_id, 0.0) + 1.0
    aspects = said.chance(ASPECTS)
    joint = []
    for guide_id, score in scores.items():
        if library[guide_id].kind is GuideKind.TOPIC:
            score += limits.topic_weight * said.topic_chance(guide_id)
        else:
            score += limits.aspect_weight * aspects
        joint.append(Candidate(guide_id, round(score, 4)))
    joint.sort(key=lambda candidate: (-candidate.score, candidate.guide))
    return tuple(joint[:8]), best_search

"""A long message: a story with a question in it, read sentence by sentence where the whole is not clear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.decision import Candidate, Decision, Thresholds, Verdict, decide
from core.knowledge import Knowledge
from core.several import asks
from core.understanding import ASPECTS, Understanding

__all__ = ["decide_story"]

_ASKING_WEIGHT = 1.5
_SECOND_SHARE = 0.5
_NAMING = frozenset({Verdict.GUIDE, Verdict.CLARIFY})


def decide_story(whole: Decision, said: Understanding, known: Knowledge, limits: Thresholds) -> tuple[Decision, Understanding]:
    """What to do with a long message: what it says as a whole, or what its sentences together speak of.

    Each sentence speaks for its guides with the chance it gives them, those that ask a little louder. What asks something that
    is none of our business stays that, whatever the story around it names.

    Args:
        whole: What was decided on the message as a whole.
        said: The message, with its sentences.
        known: See `core.decision.decide`.
        limits: See there.

    Returns:
        The decision, and the sentence that it rests on, with what is asked.
    """
    if whole.verdict in {Verdict.GUIDE, Verdict.CONTEXT} or not said.sentences:
        return whole, said
    decided = [(sentence, decide(sentence, None, known, limits)) for sentence in said.sentences]
    naming = [(sentence, one) for sentence, one in decided if one.verdict in _NAMING and one.candidates]
    if not naming or _asks_elsewhere(decided, limits):
        return whole, said
    scores: dict[str, float] = {}
    for sentence, one in naming:
        for guide, score in _spoken_for(sentence, one):
            scores[guide] = scores.get(guide, 0.0) + score
    order = sorted(scores, key=lambda guide: (-scores[guide], guide))
    best = order[0]
    sentence, one = max(naming, key=lambda pair: pair[1].chance * (pair[1].candidates[0].guide == best))
    sure = one.chance >= limits.story and one.verdict is Verdict.GUIDE
    if not sure and whole.verdict is Verdict.CLARIFY:
        return whole, said
    verdict = Verdict.GUIDE if sure else Verdict.CLARIFY
    candidates = tuple(Candidate(guide, round(scores[guide], 4)) for guide in order[:8])
    return Decision(verdict, candidates, one.chance, whole.nothing), _with_question(sentence, said.sentences)


def _asks_elsewhere(decided: Sequence[tuple[Understanding, Decision]], limits: Thresholds) -> bool:
    """Whether a question of the message is none of our business, and no other one is."""
    asked = [one for sentence, one in decided if asks(sentence.text)]
    return any(one.nothing >= limits.not_ours for one in asked) and all(one.verdict not in _NAMING for one in asked)


def _spoken_for(sentence: Understanding, decision: Decision) -> list[tuple[str, float]]:
    weight = decision.chance * (_ASKING_WEIGHT if asks(sentence.text) else 1.0)
    first, *others = decision.candidates[:3]
    shares = [(other.guide, weight * _SECOND_SHARE * other.score / first.score) for other in others if other.score > 0]
    return [(first.guide, weight), *shares]


def _with_question(naming: Understanding, sentences: Sequence[Understanding]) -> Understanding:
    """The sentence that names the matter, asking what the message asks last."""
    asking = [sentence for sentence in sentences if asks(sentence.text)]
    if not asking or naming in asking:
        return naming
    question = asking[-1]
    asked = {name: chance for name, chance in question.chances.items() if name in ASPECTS}
    named = {name: chance for name, chance in naming.chances.items() if name not in ASPECTS}
    return replace(naming, chances={**named, **asked}, aspects=question.aspects)

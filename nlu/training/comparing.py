"""A candidate beside the release in force: what both made of the same questions, as one report for gate, pages and shell."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.messages import Outcome
from core.understanding import TOPIC_PREFIX
from nlu.training.intents import REPLY_PREFIX, Intent
from nlu.training.report import make_report
from nlu.training.report_page import OUTCOME_NAMES
from nlu.training.scoring import Score, Scored
from nlu.training.slices import AS_TYPED

__all__ = ["Heard", "compare", "confusable", "held_out_heard", "side", "titles_of", "wanted_and_got"]

_KEPT = ("overall", "slices", "sets", "intents", "guides", "intent_confusions", "guide_confusions", "calibration_error")
_LOST_KEPT = 400
_PAIRS = 20
_PAIR_SENTENCES = 8
_OFTEN = 0.15
_UNSURE = 0.2
"""How much surer of the wrong intent than of the right one still counts as wavering between them."""


@dataclass(frozen=True)
class Heard:
    """One sentence whose intent is known, and what a model made of it.

    Args:
        text: As typed.
        intent: What it is.
        got: What was heard.
        lead: By how much more confidence than the right one.
        example: Whether it is a training example (else held out).
    """

    text: str
    intent: str
    got: str
    lead: float
    example: bool


def side(scored: Sequence[Scored], model_bytes: int) -> dict[str, Any]:
    """What a report keeps of one of the two."""
    report = make_report(scored, {}).as_json()
    return {**{name: report[name] for name in _KEPT}, "bytes": model_bytes}


def compare(candidate: Sequence[Scored], live: Sequence[Scored]) -> dict[str, Any]:
    """What changed from `live` to `candidate`, which answered the same questions in the same order."""
    pairs = list(zip(candidate, live, strict=True))
    lost = [_change(now, before) for now, before in pairs if before.score is Score.RIGHT and now.score is not Score.RIGHT]
    gained = [_change(now, before) for now, before in pairs if now.score is Score.RIGHT and before.score is not Score.RIGHT]
    return {
        "lost": lost[:_LOST_KEPT],
        "gained": gained[:_LOST_KEPT],
        "unheard": [
            {"text": now.question.text, "intent": intent, "got": now.answer["intent"]}
            for now, before in pairs
            if (intent := _intent(now)) and before.answer["intent"] == intent != now.answer["intent"]
        ][:_LOST_KEPT],
        "safety": _safety(candidate),
    }


def _change(now: Scored, before: Scored) -> dict[str, Any]:
    return {
        "text": now.question.text,
        "set": now.question.set,
        "slice": now.question.slice,
        **wanted_and_got(now),
        "before": _got(before),
        "score": now.score.value,
    }


def wanted_and_got(item: Scored) -> dict[str, str]:
    """What would have been right, and what came."""
    expected = item.question.expected
    assert expected is not None  # it was scored
    wanted = (*expected.guides, *expected.codes) or expected.outcomes
    return {"expected": wanted[0], "got": _got(item)}


def _got(item: Scored) -> str:
    return item.answered_guide or str(item.answer["outcome"])


def _intent(item: Scored) -> str | None:
    """The intent it should be heard as, of questions as typed."""
    expected = item.question.expected
    return expected.intent if expected and item.question.slice == AS_TYPED else None


def _safety(scored: Sequence[Scored]) -> dict[str, Any]:
    urgent = [
        item
        for item in scored
        if item.question.slice == AS_TYPED and item.question.expected and Outcome.SAFETY in item.question.expected.outcomes
    ]
    return {
        "n": len(urgent),
        "missed": [item.question.text for item in urgent if item.answer["outcome"] != Outcome.SAFETY],
    }


def held_out_heard(scored: Iterable[Scored]) -> list[Heard]:
    """Held-out sentences as `confusable` reads them."""
    return [
        Heard(item.question.text, intent, item.answer["intent"], 0.0, example=False)
        for item in scored
        if (intent := _intent(item)) and item.answer["intent"]
    ]


def confusable(heard: Collection[Heard]) -> list[dict[str, Any]]:
    """Pairs of intents taken for each other, the worst first, with sentences and what a trainer may do about them."""
    asked = Counter(item.intent for item in heard)
    pairs: dict[tuple[str, str], list[Heard]] = defaultdict(list)
    for item in heard:
        if item.got != item.intent:
            a, b = sorted((item.intent, item.got))
            pairs[a, b].append(item)
    made: list[dict[str, Any]] = []
    for (a, b), items in pairs.items():
        one_way = Counter(item.intent for item in items)
        made.append(
            {
                "a": a,
                "b": b,
                "n": len(items),
                "share": round(len(items) / max(1, asked[a] + asked[b]), 4),
                "a_as_b": one_way[a],
                "b_as_a": one_way[b],
                "proposal": _proposal(items, one_way[a], one_way[b], asked[a], asked[b]),
                "sentences": [asdict(item) for item in sorted(items, key=lambda item: item.example)[:_PAIR_SENTENCES]],
            }
        )
    return sorted(made, key=lambda pair: (-pair["n"], pair["a"]))[:_PAIRS]


def _proposal(items: Sequence[Heard], a_as_b: int, b_as_a: int, n_a: int, n_b: int) -> str:
    """``merge`` what is taken for each other both ways and often, ``ask`` where the model wavers, else ``split``."""
    ours = any(item.intent.startswith((TOPIC_PREFIX, REPLY_PREFIX)) for item in items)  # the others are there to stay
    often = ours and len(items) >= _OFTEN * max(1, n_a + n_b)
    if often and min(a_as_b, b_as_a) * 3 >= max(a_as_b, b_as_a) > 1:
        return "merge"
    wavering = [item for item in items if item.example and item.lead < _UNSURE]
    return "ask" if len(wavering) * 2 > len(items) else "split"


def titles_of(intents: Iterable[Intent], guides: Mapping[str, str]) -> dict[str, str]:
    """How people call intents, guides and outcomes, by name and id; a topic is called what its guide is called in short."""
    return {**OUTCOME_NAMES, **guides, **{intent.name: guides.get(intent.guide or "", intent.title) for intent in intents}}

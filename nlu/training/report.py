"""One report over scored answers: everything `troly evaluate` shows, as plain data.

Nothing in it depends on the clock or on the machine: the same model and the same questions give the same report, byte for byte.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from nlu.training.metrics import (
    Bin,
    ClassScore,
    Coverage,
    Shares,
    calibration,
    class_scores,
    coverage_risk,
    expected_calibration_error,
)
from nlu.training.scoring import Score, Scored
from nlu.training.slices import AS_TYPED
from nlu.training.spread import ALL_SLICES

__all__ = ["Confusion", "Miss", "Report", "make_report"]

_SENTENCES_A_PAIR = 6
_NOTHING = "–"


@dataclass(frozen=True)
class Confusion:
    """What was taken for what, how often, and the sentences (as typed first)."""

    expected: str
    got: str
    n: int
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Miss:
    """An answer that was not right."""

    id: str
    set: str
    slice: str
    text: str
    score: str
    expected: tuple[str, ...]
    got: str
    outcome: str
    intent: str | None
    confidence: float


@dataclass(frozen=True)
class Report:
    """Everything measured.

    Args:
        about: What was measured: model, seed, numbers of questions.
        overall: All questions as typed.
        slices: Slice → shares, and the difference of `right` to the same questions as typed.
        sets: Set → slice → shares.
        sections: Section → shares of the questions that ask for it, as typed.
        intents: Precision, recall, F1 of the intent classifier, as typed.
        guides: The same of the guides answered with, as typed.
        intent_confusions: As typed.
        guide_confusions: In all slices.
        calibration: Of the intent's confidence, as typed.
        calibration_error: Expected calibration error of that curve.
        coverage: Coverage and risk by the intent's confidence, questions with an answer, as typed.
        misses: Every answer that was not right, as typed, and of the other slices those answered wrongly.
    """

    about: Mapping[str, Any]
    overall: Shares
    slices: Mapping[str, Mapping[str, Any]]
    sets: Mapping[str, Mapping[str, Shares]]
    sections: Mapping[str, Shares]
    intents: Sequence[ClassScore]
    guides: Sequence[ClassScore]
    intent_confusions: Sequence[Confusion]
    guide_confusions: Sequence[Confusion]
    calibration: Sequence[Bin]
    calibration_error: float | None
    coverage: Sequence[Coverage]
    misses: Sequence[Miss]

    def as_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`."""
        return asdict(self)


def make_report(scored: Sequence[Scored], about: Mapping[str, Any]) -> Report:
    """Report over `scored`; `about` says what was measured."""
    plain = [item for item in scored if item.question.slice == AS_TYPED] or list(scored)
    heard = [item for item in plain if _intent(item)]
    curve = calibration([(_confidence(item), _intent(item) == item.answer["intent"]) for item in heard])
    return Report(
        about={**about, "questions": len(plain), "messages": len(scored)},
        overall=Shares.of(plain),
        slices=_by_slice(scored, plain),
        sets={name: _grouped(items, lambda item: item.question.slice) for name, items in _sets(scored).items()},
        sections=_by_section(plain),
        intents=class_scores((_intent(item), item.answer["intent"]) for item in heard),
        guides=class_scores(_guide_pair(item) for item in plain),
        intent_confusions=_confusions(
            [(_intent(i) or "", i.answer["intent"], i) for i in heard if _intent(i) != i.answer["intent"]]
        ),
        guide_confusions=_confusions(
            [(_wanted(item)[0], item.answered_guide, item) for item in scored if item.score is Score.WRONG]
        ),
        calibration=curve,
        calibration_error=expected_calibration_error(curve),
        coverage=coverage_risk([(_confidence(item), item.score is Score.RIGHT) for item in plain if _answerable(item)]),
        misses=[_miss(item) for item in scored if _worth_telling(item)],
    )


def _answerable(item: Scored) -> bool:
    return bool(item.question.expected and item.question.expected.answerable)


def _intent(item: Scored) -> str | None:
    return item.question.expected.intent if item.question.expected else None


def _confidence(item: Scored) -> float:
    return float(item.answer["confidence"])


def _wanted(item: Scored) -> tuple[str, ...]:
    expected = item.question.expected
    return (*expected.guides, *expected.codes) if expected and expected.answerable else (_NOTHING,)


def _guide_pair(item: Scored) -> tuple[str | None, str | None]:
    """Expected and answered guide; of several right ones the answered one counts, else the one named first."""
    wanted, got = _wanted(item), item.answered_guide
    if not _answerable(item):
        return None, got
    return (got, got) if got in wanted else (wanted[0], got)


def _by_slice(scored: Sequence[Scored], plain: Sequence[Scored]) -> dict[str, dict[str, Any]]:
    """Shares of each slice, with how much larger the share of right ones is than of the same questions as typed."""
    typed = {item.question.id: item for item in plain}
    made: dict[str, dict[str, Any]] = {}
    for name, items in _ordered(_group(scored, lambda item: item.question.slice), ALL_SLICES).items():
        same = [typed[key] for item in items if (key := item.question.id.removesuffix(f"/{name}")) in typed]
        shares, before = Shares.of(items), Shares.of(same)
        change = round(shares.right - before.right, 4) if same and len(same) == len(items) else None
        made[name] = {**asdict(shares), "change_of_right": change}
    return made


def _sets(scored: Sequence[Scored]) -> dict[str, list[Scored]]:
    return _group(scored, lambda item: item.question.set)


def _group(items: Iterable[Scored], key: Any) -> dict[str, list[Scored]]:
    made: dict[str, list[Scored]] = defaultdict(list)
    for item in items:
        made[key(item)].append(item)
    return dict(made)


def _grouped(items: Iterable[Scored], key: Any) -> dict[str, Shares]:
    return {name: Shares.of(group) for name, group in _ordered(_group(items, key), ALL_SLICES).items()}


def _ordered(groups: dict[str, list[Scored]], names: Sequence[str]) -> dict[str, list[Scored]]:
    """`groups` in the order of `names`, unknown ones behind."""
    return {name: groups[name] for name in (*names, *sorted(set(groups) - set(names))) if name in groups}


def _by_section(plain: Sequence[Scored]) -> dict[str, Shares]:
    asked = [item for item in plain if item.question.expected and item.question.expected.sections]
    groups = _group(asked, lambda item: item.question.expected.sections[0])
    return {name: Shares.of(groups[name]) for name in sorted(groups)}


def _confusions(triples: Sequence[tuple[str, str | None, Scored]]) -> list[Confusion]:
    pairs = Counter((want, got or _NOTHING) for want, got, _ in triples)
    made = []
    for (want, got), n in sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0])):
        texts = dict.fromkeys(item.question.text for w, g, item in triples if (w, g or _NOTHING) == (want, got))
        made.append(Confusion(want, got, n, tuple(texts)[:_SENTENCES_A_PAIR]))
    return made


def _worth_telling(item: Scored) -> bool:
    missed = item.score is not Score.RIGHT or item.section_right is False
    return missed if item.question.slice == AS_TYPED else item.score is Score.WRONG


def _miss(item: Scored) -> Miss:
    question, answer = item.question, item.answer
    expected = question.expected
    assert expected is not None  # it was scored
    wanted = (*expected.guides, *expected.codes) or expected.outcomes
    got = item.answered_guide or answer["outcome"]
    if item.section_right is False:
        wanted, got = tuple(f"{want}#{expected.sections[0]}" for want in wanted), f"{got}#{answer['section']}"
    return Miss(
        question.id,
        question.set,
        question.slice,
        question.text,
        item.score.value if item.section_right is not False else "section",
        wanted,
        got,
        answer["outcome"],
        answer["intent"],
        answer["confidence"],
    )

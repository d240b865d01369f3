"""Figures over scored answers: shares, precision and recall, confusions, calibration, coverage and risk."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlu.training.scoring import Score, Scored

__all__ = [
    "Bin",
    "ClassScore",
    "Coverage",
    "Shares",
    "calibration",
    "class_scores",
    "coverage_risk",
    "expected_calibration_error",
]

_Z = 1.96


@dataclass(frozen=True)
class Shares:
    """How many of `n` answers were worth what; shares from 0 to 1.

    Args:
        n: Scored answers.
        right: Share of right ones, with its 95 % interval (Wilson) in `low` and `high`.
        helped: Right, or asked back with a right guide among the choices.
        wrong: Share answered with a guide that does not answer the question.
        refused: Share not understood or handed over though it could be answered.
        other: The rest.
        section_n: Right answers whose section is looked at.
        section: Share of those with a right section; None when there are none.
    """

    n: int
    right: float
    low: float
    high: float
    asked: float
    helped: float
    wrong: float
    refused: float
    other: float
    section_n: int
    section: float | None

    @classmethod
    def of(cls, scored: Sequence[Scored]) -> Shares:
        """The shares of `scored` (of nothing: all 0)."""
        n = len(scored)
        counts = Counter(item.score for item in scored)
        share = {worth: _round(counts[worth] / n) if n else 0.0 for worth in Score}
        low, high = _wilson(counts[Score.RIGHT], n)
        sections = [item.section_right for item in scored if item.section_right is not None]
        return cls(
            n,
            share[Score.RIGHT],
            low,
            high,
            share[Score.ASKED],
            _round((counts[Score.RIGHT] + counts[Score.ASKED]) / n) if n else 0.0,
            share[Score.WRONG],
            share[Score.REFUSED],
            share[Score.OTHER],
            len(sections),
            _round(sum(sections) / len(sections)) if sections else None,
        )


def _round(value: float) -> float:
    return round(value, 4)


def _wilson(hits: int, n: int) -> tuple[float, float]:
    if not n:
        return 0.0, 1.0
    share, z2 = hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return _round(max(0.0, middle - half)), _round(min(1.0, middle + half))


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall and F1 of one class; None where nothing was predicted (precision) or expected (recall)."""

    name: str
    expected: int
    predicted: int
    precision: float | None
    recall: float | None
    f1: float


def class_scores(pairs: Iterable[tuple[str | None, str | None]]) -> list[ClassScore]:
    """The scores of every class among `pairs` of expected and predicted (None = no class), the worst F1 first."""
    pairs = list(pairs)
    expected = Counter(want for want, _ in pairs if want is not None)
    predicted = Counter(got for _, got in pairs if got is not None)
    hits = Counter(want for want, got in pairs if want is not None and want == got)
    made = [_class_score(name, expected[name], predicted[name], hits[name]) for name in expected | predicted]
    return sorted(made, key=lambda item: (item.f1, -item.expected, item.name))


def _class_score(name: str, expected: int, predicted: int, hits: int) -> ClassScore:
    return ClassScore(
        name,
        expected,
        predicted,
        _round(hits / predicted) if predicted else None,
        _round(hits / expected) if expected else None,
        _round(2 * hits / (expected + predicted)),
    )


@dataclass(frozen=True)
class Bin:
    """Answers whose confidence lies in ``[low, high)``: how confident on the mean, and how many right."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


def calibration(told: Sequence[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """The calibration curve of pairs of confidence (0–1) and whether it was right; empty bins are left out."""
    made = []
    for number in range(bins):
        inside = [pair for pair in told if min(int(pair[0] * bins), bins - 1) == number]
        if inside:
            mean = sum(confidence for confidence, _ in inside) / len(inside)
            right = sum(right for _, right in inside) / len(inside)
            made.append(Bin(_round(number / bins), _round((number + 1) / bins), len(inside), _round(mean), _round(right)))
    return made


def expected_calibration_error(curve: Sequence[Bin]) -> float | None:
    """Mean distance between confidence and share of right answers, weighed by the bins' sizes; None of nothing."""
    n = sum(item.n for item in curve)
    return _round(sum(item.n * abs(item.confidence - item.right) for item in curve) / n) if n else None


@dataclass(frozen=True)
class Coverage:
    """If only answers with at least `confidence` were given: the share given, and the share of those that is not right."""

    confidence: float
    coverage: float
    risk: float


def coverage_risk(told: Sequence[tuple[float, bool]], points: int = 20) -> list[Coverage]:
    """The coverage/risk curve of pairs of confidence and whether it was right, at up to `points` equal steps of coverage."""
    ordered = sorted(told, key=lambda pair: -pair[0])
    made = []
    for step in range(1, points + 1):
        kept = ordered[: round(len(ordered) * step / points)]
        if kept:
            wrong = sum(not right for _, right in kept) / len(kept)
            made.append(Coverage(_round(kept[-1][0]), _round(len(kept) / len(ordered)), _round(wrong)))
    return made

"""Right, asked back, wrong, refused: what one answer is worth against its label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.messages import Outcome
from nlu.training.labels import Expected, Labelled

__all__ = ["Score", "Scored", "score"]

_ANSWERS = frozenset({Outcome.ANSWERED, Outcome.STEP, Outcome.SAFETY})
_REFUSALS = frozenset({Outcome.FALLBACK, Outcome.HANDOFF})
_CHOICES_LOOKED_AT = 3


class Score(StrEnum):
    """What an answer is worth; docs/evaluation.md explains each to people."""

    RIGHT = "right"
    ASKED = "asked"
    """Asked back, with a right guide among the first three."""
    WRONG = "wrong"
    """Answered with another guide, or with any guide where none is right."""
    REFUSED = "refused"
    """Not understood, or handed over, where that is not right."""
    OTHER = "other"
    """Anything else: asked back about other guides, small talk instead of an answer."""


@dataclass(frozen=True)
class Scored:
    """A scored answer.

    Args:
        question: What was asked.
        answer: The line `troly ask --jsonl` prints for it.
        score: What it is worth.
        section_right: Whether the section is a right one; None where that is not looked at.
    """

    question: Labelled
    answer: Mapping[str, Any]
    score: Score
    section_right: bool | None

    @property
    def answered_guide(self) -> str | None:
        """The guide (or, from the catalogue, the code) the citizen was answered with."""
        return _answered(self.answer)


def score(question: Labelled, answer: Mapping[str, Any]) -> Scored:
    """Score the `answer` to a `question` that has a label."""
    expected = question.expected
    assert expected is not None  # messages that set the scene are not scored
    worth = _worth(expected, answer)
    looked_at = worth is Score.RIGHT and expected.sections
    return Scored(question, answer, worth, answer["section"] in expected.sections if looked_at else None)


def _answered(answer: Mapping[str, Any]) -> str | None:
    if answer["outcome"] not in _ANSWERS:
        return None
    guide: str | None = answer["guide"] or answer["code"]
    return guide


def _worth(expected: Expected, answer: Mapping[str, Any]) -> Score:
    accepted = answer["outcome"] in expected.outcomes
    fits = answer["guide"] in expected.guides or answer["code"] in expected.codes
    if accepted and (fits if expected.answerable else _answered(answer) is None):
        return Score.RIGHT
    if answer["outcome"] == Outcome.CLARIFY and set(answer["candidates"][:_CHOICES_LOOKED_AT]) & {
        *expected.guides,
        *expected.codes,
    }:
        return Score.ASKED
    if _answered(answer) and not fits:
        return Score.WRONG
    return Score.REFUSED if answer["outcome"] in _REFUSALS else Score.OTHER

"""What was reached stays reached: floors a little below the figures of docs/nlu.md, on the held-out sentences.

Raise a floor when the figure rose. Lowering one needs a reason in the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from bot.agent import Brain
from bot.ask import Question, answer_all
from bot.settings import ROOT
from core.knowledge import Knowledge
from nlu.training.evaluate import evaluate
from nlu.training.held_out import load_held_out
from nlu.training.labels import Labelled
from nlu.training.report import Report, make_report
from nlu.training.scoring import Scored
from nlu.training.slices import AS_TYPED
from nlu.training.spread import ALL_SLICES, some_of, spread
from tests.conftest import LINK_HOSTS

_DRAWN = 150
"""Conversations asked in every spelling; as typed and without accents all are asked."""

_WHOLE = (AS_TYPED, "unaccented")


@pytest.fixture(scope="module")
def scored(brain: Brain, knowledge: Knowledge) -> list[Scored]:
    """The answers to everything, asked once."""
    questions = load_held_out(ROOT / "tests" / "nlu", knowledge.guides)
    rest = [name for name in ALL_SLICES if name not in _WHOLE]
    messages = spread(questions, _WHOLE) + spread(some_of(questions, _DRAWN), rest)

    def ask(asked: Sequence[Labelled]) -> AsyncIterator[Mapping[str, Any]]:
        return answer_all((Question(one.id, one.text, one.conversation) for one in asked), brain, LINK_HOSTS)

    return asyncio.run(evaluate(messages, ask))


@pytest.fixture(scope="module")
def report(scored: list[Scored]) -> Report:
    """The report over them."""
    return make_report(scored, {})


@pytest.mark.parametrize(
    ("figure", "floor"), [("right", 0.88), ("helped", 0.915), ("section", 0.88)], ids=["right", "helped", "section"]
)
def test_what_is_reached_as_typed_stays_reached(report: Report, figure: str, floor: float) -> None:
    """Over all held-out sentences."""
    assert getattr(report.overall, figure) >= floor


def test_few_are_answered_wrongly_or_refused(report: Report) -> None:
    """A wrong answer is worse than a question back."""
    assert report.overall.wrong <= 0.06
    assert report.overall.refused <= 0.02


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("aspects", 0.90),
        ("topics", 0.88),
        ("safety", 0.84),
        ("dialogue", 0.90),
        ("out_of_scope", 0.73),
        ("other_procedure", 0.70),
        ("conversations", 0.80),
    ],
)
def test_every_set_holds(report: Report, name: str, floor: float) -> None:
    """Right answers as typed, by set."""
    assert report.sets[name][AS_TYPED].right >= floor


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("unaccented", 2),
        ("half_accented", 3),
        ("teencode", 4),
        ("dialect", 4),
        ("telex", 3),
        ("vni", 3),
        ("typos", 10),
        ("several", 14),
        ("long", 72),  # measured when written: 62; most stories are not understood yet
    ],
)
def test_a_spelling_costs_few_points(report: Report, name: str, points: float) -> None:
    """Against the same questions as typed."""
    assert report.slices[name]["change_of_right"] >= -points / 100


@pytest.mark.parametrize("name", ["nfd", "tone_place"])
def test_the_same_text_in_another_encoding_is_answered_the_same(scored: list[Scored], name: str) -> None:
    """Answer for answer, not only on the average."""
    typed = {item.question.id: item for item in scored if item.question.slice == AS_TYPED}
    other = [item for item in scored if item.question.slice == name]
    assert len(other) >= _DRAWN
    differing = [
        item.question.text
        for item in other
        if any(
            item.answer[field] != typed[item.question.id.removesuffix(f"/{name}")].answer[field]
            for field in ("outcome", "guide", "section", "intent", "confidence", "candidates")
        )
    ]
    assert differing == []


def test_few_out_of_scope_messages_are_answered_with_a_guide(report: Report) -> None:
    """The goal is 3 %; the set is small and near our business on purpose."""
    assert report.sets["out_of_scope"][AS_TYPED].wrong <= 0.095


def test_confidence_means_what_it_says(report: Report) -> None:
    """Expected calibration error of the intent."""
    assert report.calibration_error is not None
    assert report.calibration_error <= 0.065

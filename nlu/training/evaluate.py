"""Ask labelled questions and score the answers; what answers is passed in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from nlu.training.labels import Labelled
from nlu.training.scoring import Scored, score

__all__ = ["Ask", "evaluate"]

Ask = Callable[[Sequence[Labelled]], AsyncIterator[Mapping[str, Any]]]
"""Answers questions in their order, each as `troly ask --jsonl` prints it."""


async def evaluate(questions: Sequence[Labelled], ask: Ask, advance: Callable[[], object] = lambda: None) -> list[Scored]:
    """Score the answers to `questions`; those without a label only set the scene.

    Args:
        questions: In the order they are asked.
        ask: What answers.
        advance: Called after each answer.
    """
    scored: list[Scored] = []
    waiting = iter(questions)
    async for answer in ask(questions):
        question = next(waiting)
        if question.expected is not None:
            scored.append(score(question, answer))
        advance()
    return scored

"""Labelled questions in every slice: the same questions in other spellings, and two of them in one message."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.messages import Outcome
from nlu.training.labels import Expected, Labelled
from nlu.training.slices import AS_TYPED, SEVERAL, SLICES, joined, rewrite

__all__ = ["ALL_SLICES", "some_of", "spread"]

ALL_SLICES = (AS_TYPED, *SLICES, SEVERAL)
"""Every slice, in the order of reports."""

_LONG = "long"


def spread(questions: Sequence[Labelled], slices: Iterable[str] = ALL_SLICES, seed: int = 0) -> list[Labelled]:
    """`questions` in each of `slices`; conversations stay whole, and their messages in order.

    Questions that come in a slice of their own (an external file may hold such) are not rewritten again. Only questions that
    stand alone are told in a long message: nobody wraps a "yes" or a "next" into a story.
    """
    made: list[Labelled] = []
    for name in slices:
        if name == AS_TYPED:
            made += questions
        elif name == SEVERAL:
            made += _several(questions, seed)
        else:
            chosen = _alone(questions) if name == _LONG else questions
            made += [_in_slice(question, name, seed) for question in chosen if question.slice == AS_TYPED]
    return made


def _alone(questions: Sequence[Labelled]) -> list[Labelled]:
    """Questions that are a conversation of their own, and have an answer or are none of our business."""
    talks = Counter(question.conversation for question in questions)
    return [
        question
        for question in questions
        if talks[question.conversation] == 1
        and question.expected
        and (question.expected.answerable or question.expected.outcomes == (Outcome.FALLBACK.value,))
    ]


def _in_slice(question: Labelled, name: str, seed: int) -> Labelled:
    return replace(
        question,
        id=f"{question.id}/{name}",
        text=rewrite(name, question.text, seed),
        conversation=f"{question.conversation}/{name}",
        slice=name,
    )


def _several(questions: Sequence[Labelled], seed: int) -> list[Labelled]:
    """Each question that stands alone and is answered, followed by another one; an answer to either is right."""
    alone = [
        (question, question.expected)
        for question in _alone(questions)
        if question.slice == AS_TYPED and question.expected and Outcome.ANSWERED in question.expected.outcomes
    ]
    dice = random.Random(f"{seed} {SEVERAL}")
    others = dice.sample(alone, len(alone))
    return [
        replace(
            question,
            id=f"{question.id}/{SEVERAL}",
            text=joined(question.text, other.text, dice),
            conversation=f"{question.conversation}/{SEVERAL}",
            expected=_either(expected, other_expected),
            slice=SEVERAL,
        )
        for (question, expected), (other, other_expected) in zip(alone, others, strict=True)
        if question.id != other.id
    ]


def _either(one: Expected, other: Expected) -> Expected:
    """What answers one of two questions; which section is not looked at."""
    return Expected(
        tuple(dict.fromkeys(one.outcomes + other.outcomes)),
        tuple(dict.fromkeys(one.guides + other.guides)),
        tuple(dict.fromkeys(one.codes + other.codes)),
    )


def some_of(questions: Sequence[Labelled], limit: int | None, seed: int = 0) -> list[Labelled]:
    """At most about `limit` of `questions`, drawn by whole conversations; all when there is no limit."""
    if limit is None or limit >= len(questions):
        return list(questions)
    talks = list(dict.fromkeys(question.conversation for question in questions))
    random.Random(f"{seed} limit").shuffle(talks)
    kept: set[str] = set()
    room = limit
    for talk in talks:
        if room <= 0:
            break
        kept.add(talk)
        room -= 1
    return [question for question in questions if question.conversation in kept]

"""Labelled questions: what a sensible citizen would accept as the end of a turn, and files of them as JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import ContentError
from core.guides import Section
from core.messages import Outcome

__all__ = ["Expected", "Labelled", "read_labelled"]

_PROBLEMS_SHOWN = 20


@dataclass(frozen=True)
class Expected:
    """What is right for one message.

    Args:
        outcomes: How the turn may end (values of `Outcome`).
        guides: Guides that answer it; empty together with `codes` = no guide does.
        codes: The same by their codes on the national portal.
        sections: Sections that answer it; empty = not looked at.
        intent: What the classifier should hear, where that is known.
    """

    outcomes: tuple[str, ...]
    guides: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    intent: str | None = None

    @property
    def answerable(self) -> bool:
        """Whether some guide answers it."""
        return bool(self.guides or self.codes)


@dataclass(frozen=True)
class Labelled:
    """One message with its label; messages of one conversation follow each other.

    Args:
        id: Unique in its file.
        text: As typed.
        conversation: Messages with the same one share a memory.
        expected: None = the message only sets the scene.
        set: Group it is reported under.
        slice: Spelling it is reported under.
    """

    id: str
    text: str
    conversation: str
    expected: Expected | None
    set: str
    slice: str


def read_labelled(lines: Iterable[str]) -> list[Labelled]:
    """Read JSON lines; docs/evaluation.md describes the format.

    Only ``id``, ``text`` and ``expect`` must be there. A single value may stand for a list of one; ``expect.outcome`` null marks
    a message that sets the scene.

    Raises:
        ContentError: Names the lines that cannot be used, and why.
    """
    questions: list[Labelled] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            questions.append(_question(json.loads(line), number))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems.append(f'line {number}: {error}; needs "id", "text" and "expect" (docs/evaluation.md)')
    identities = [question.id for question in questions]
    problems += [f"id {twice} is used twice" for twice in sorted({one for one in identities if identities.count(one) > 1})]
    if problems:
        more = [f"… and {len(problems) - _PROBLEMS_SHOWN} more"] if len(problems) > _PROBLEMS_SHOWN else []
        raise ContentError(problems[:_PROBLEMS_SHOWN] + more)
    return questions


def _question(raw: Mapping[str, Any], number: int) -> Labelled:
    return Labelled(
        id=str(raw["id"]),
        text=str(raw["text"]),
        conversation=str(raw.get("conversation") or f"line-{number}"),
        expected=_expected(raw["expect"]),
        set=str(raw.get("set") or "all"),
        slice=str(raw.get("slice") or "as_typed"),
    )


def _expected(raw: Mapping[str, Any]) -> Expected | None:
    outcomes = _strings(raw.get("outcome"))
    sections = _strings(raw.get("section"))
    if unknown := set(outcomes) - set(Outcome):
        raise ValueError(f"no outcome {', '.join(sorted(unknown))}; there are {', '.join(Outcome)}")
    if unknown := set(sections) - set(Section):
        raise ValueError(f"no section {', '.join(sorted(unknown))}; there are {', '.join(Section)}")
    if not outcomes:
        return None
    return Expected(outcomes, _strings(raw.get("guides")), _strings(raw.get("codes")), sections)


def _strings(value: Any) -> tuple[str, ...]:
    """A single value stands for a list of one, null for none."""
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)

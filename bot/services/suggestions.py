"""What the guide of a case offers as a reply: first the citizen's own step and how one gets stuck there, then the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import branches
from core.conversation import ConversationState
from core.guides import Guide, Step, Trouble

__all__ = ["Suggestion", "Suggestions", "suggest"]


@dataclass(frozen=True)
class Suggestion:
    """A text for the reply box.

    Args:
        label: What the button says.
        text: What it puts into the box.
        tried: The citizen tried it already.
    """

    label: str
    text: str
    tried: bool = False


@dataclass(frozen=True)
class Suggestions:
    """Replies in the order in which they are likely to be wanted.

    Args:
        here: For the step the citizen is at; empty when none is known.
        rest: All others of the guide.
    """

    here: tuple[Suggestion, ...] = ()
    rest: tuple[Suggestion, ...] = ()


def suggest(guide: Guide | None, detail: Mapping[str, Any]) -> Suggestions:
    """The replies of a guide.

    Args:
        guide: Of the case, if it is known.
        detail: Of the case: ``step``, what was ``tried``, and the ``case`` of the guide (see core.handoff).

    Returns:
        For the citizen's step its text, then its stuck causes, those already tried last; after it the next steps, the ones
        before, and the troubles of the whole guide.
    """
    if guide is None:
        return Suggestions()
    guide = _in_its_case(guide, detail.get("case"))
    steps, tried = guide.sections.steps, frozenset(detail.get("tried", ()))
    at = int(detail.get("step") or 0)
    if not 1 <= at <= len(steps):
        at = 0
    here = _of_step(at, steps[at - 1], tried) if at else []
    others = [number for number in range(1, len(steps) + 1) if number != at]
    others.sort(key=lambda number: (number < at, number))
    rest = [suggestion for number in others for suggestion in _of_step(number, steps[number - 1], tried)]
    rest += _stuck("", guide.sections.problems, tried)
    return Suggestions(tuple(here), tuple(rest))


def _in_its_case(guide: Guide, label: str | None) -> Guide:
    """The guide as this citizen walked it: its steps are numbered so."""
    options = guide.branch.options if guide.branch else ()
    found = next((option.id for option in options if option.label == label), None)
    return branches.seen(guide, ConversationState(branches=((guide.id, found),))) if found else guide


def _of_step(number: int, step: Step, tried: frozenset[str]) -> list[Suggestion]:
    seen = f" Làm đúng sẽ thấy: {step.see}" if step.see else ""
    return [Suggestion(f"Bước {number}: {step.do}", f"Bước {number}: {step.do}{seen}"), *_stuck("Kẹt: ", step.stuck, tried)]


def _stuck(before: str, troubles: tuple[Trouble, ...], tried: frozenset[str]) -> list[Suggestion]:
    found = [Suggestion(f"{before}{trouble.cause}", trouble.cure, trouble.cause in tried) for trouble in troubles]
    return sorted(found, key=lambda suggestion: suggestion.tried)

"""Typed moves within the conversation ("xong rồi", "quay lại", "đúng rồi"): each means tapping a choice."""

from __future__ import annotations

from collections.abc import Callable

from core import walking
from core.conversation import ConversationState
from core.guides import Guide, Section
from core.knowledge import Knowledge
from core.understanding import Understanding

__all__ = ["tap_meant"]

Move = Callable[[Understanding, ConversationState, Guide | None], str | None]


def tap_meant(intent: str, said: Understanding, state: ConversationState, knowledge: Knowledge) -> str | None:
    """The choice that a move of the conversation amounts to; None = it leads nowhere, and courtesy answers.

    Args:
        intent: One of `DIALOGUE_INTENTS`.
        said: What was understood.
        state: What the conversation remembers.
        knowledge: The guides.
    """
    walked = knowledge.guide(state.walk or state.guide)
    return _MOVES[intent](said, state, walked) if intent in _MOVES else None


def _affirm(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    offered = [choice_id for choice_id, _ in state.offered]
    guides = [choice_id for choice_id in offered if choice_id.startswith("g:")]
    if "delete" in offered:
        return "delete"
    if "none" in offered and guides:
        return guides[0]
    return _next_step(said, state, walked) if state.step else None


def _deny(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    offered = {choice_id for choice_id, _ in state.offered}
    for refusal in ("keep", "none"):
        if refusal in offered:
            return refusal
    return _stuck(said, state, walked) if state.step else None


def _next_step(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    return f"s:{walked.id}:{(state.step or 0) + 1}" if walked and walked.sections.steps else None


def _previous_step(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    return f"s:{walked.id}:{state.step - 1}" if walked and state.step else state.last


def _stuck(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    if walked is None:
        return None
    if not state.step:
        return f"g:{walked.id}:{Section.PROBLEMS.value}"
    cause = walking.cause_told(walked, state.step, said.words)
    return f"k:{walked.id}:{state.step}" if cause is None else f"k:{walked.id}:{state.step}:{cause}"


_MOVES: dict[str, Move] = {
    "affirm": _affirm,
    "deny": _deny,
    "next_step": _next_step,
    "previous_step": _previous_step,
    "repeat": lambda said, state, walked: state.last,
    "stuck": _stuck,
    "human": lambda said, state, walked: "human",
    "menu": lambda said, state, walked: "m",
    "delete_data": lambda said, state, walked: "delete?",
}

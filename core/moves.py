"""Typed moves within the conversation ("xong rồi", "quay lại", "đúng rồi"): each means tapping a choice."""

from __future__ import annotations

from collections.abc import Callable

from core import branches, stuck
from core.conversation import ConversationState
from core.guides import Guide, Section
from core.knowledge import Knowledge
from core.understanding import Understanding
from core.underway import interrupted
from core.walk_words import WalkMove

__all__ = ["case_tap", "tap_meant", "walk_tap"]

Move = Callable[[Understanding, ConversationState, Guide | None], str | None]


_FEW_WORDS = 7


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


def case_tap(said: Understanding, state: ConversationState, knowledge: Knowledge) -> str | None:
    """The choice that a message amounts to which tells the citizen's case of a guide's branch.

    Heard where the question is on the table, and in few words at any step of a walk ("bé nhà tôi 8 tuổi").
    """
    asked = branches.asked_about(state)
    if asked is None and state.walk and state.step and len(said.words) <= _FEW_WORDS:
        asked = state.walk, str(state.step)
    guide = knowledge.guide(asked[0]) if asked else None
    if asked is None or guide is None or guide.branch is None:
        return None
    if (option := branches.decided(guide, said)) and option != branches.answer_to(guide, state):
        number = [known.id for known in guide.branch.options].index(option)
        return f"b:{guide.id}:{number}:{asked[1]}"
    unsure = branches.asked_about(state) is not None and knowledge.walk_words.move(said.words) is WalkMove.STUCK
    return f"b:{guide.id}:{branches.UNSURE}:{asked[1]}" if unsure else None


def walk_tap(said: Understanding, state: ConversationState, knowledge: Knowledge) -> str | None:
    """The choice that a short message amounts to while a guide is walked: a move, a step by its number, or trouble told.

    None where a question back is open, or the message says more.
    """
    guide = knowledge.guide(state.walk or state.guide)
    guide = branches.walked(guide, state.step or 1, state) or guide if guide else None
    if guide is None or not guide.sections.steps or _asked_back(state):
        return None
    if named := knowledge.walk_words.step(said.words, len(guide.sections.steps)):
        number, is_stuck = named
        return f"{'k' if is_stuck else 's'}:{guide.id}:{number}"
    if not state.step:
        return None
    if (cause := stuck.cause_told(knowledge, guide, state.step, said.words)) is not None:
        return f"k:{guide.id}:{state.step}:{cause}"
    move = knowledge.walk_words.move(said.words)
    return _WALK_MOVES[move](said, state, guide) if move else None


def _asked_back(state: ConversationState) -> bool:
    """Whether the buttons on the table answer a question of the bot's."""
    return any(choice_id in {"none", "delete"} for choice_id, _ in state.offered) or branches.asked_about(state) is not None


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
    if walked is None or not walked.sections.steps:
        return None
    return f"s:{walked.id}:{1 if state.step is None else state.step + (not interrupted(state))}"


def _previous_step(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    return f"s:{walked.id}:{_step_before(state)}" if walked and state.step else state.last


def _step_before(state: ConversationState) -> int:
    """From another subject or from the causes of being stuck, back leads to the step itself."""
    step = state.step or 1
    return step if interrupted(state) or (state.last or "").startswith("k:") else step - 1


def _stuck(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    if walked is None:
        return None
    return f"k:{walked.id}:{state.step}" if state.step else f"g:{walked.id}:{Section.PROBLEMS.value}"


def _same(said: Understanding, state: ConversationState, walked: Guide | None) -> str | None:
    return f"s:{walked.id}:{state.step}" if walked and state.step else state.last


_WALK_MOVES: dict[WalkMove, Move] = {
    WalkMove.NEXT: _next_step,
    WalkMove.BACK: _previous_step,
    WalkMove.STUCK: _stuck,
    WalkMove.SAME: lambda said, state, walked: state.last,
    WalkMove.WHERE: _same,
    WalkMove.RESUME: _same,
    WalkMove.RESTART: lambda said, state, walked: f"s:{walked.id}:1" if walked else None,
    WalkMove.WAIT: lambda said, state, walked: "wait",
    WalkMove.STOP: lambda said, state, walked: "stop",
}

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

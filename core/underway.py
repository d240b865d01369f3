"""A walk under way: whether something came in between, and the way back into it."""

from __future__ import annotations

from core import texts
from core.answers import case_choice, menu_choice
from core.conversation import ConversationState
from core.messages import Choice

__all__ = ["interrupted", "resume_choice", "ways_on"]


def interrupted(state: ConversationState) -> bool:
    """Whether something else was talked about since the step under way was shown."""
    place = f":{state.walk}:{state.step}"
    return state.step is not None and not f"{state.last}:".startswith((f"s{place}:", f"k{place}:"))


def resume_choice(state: ConversationState) -> Choice | None:
    """The quick reply that leads back into a walk under way."""
    if state.walk is None or state.step is None:
        return None
    return Choice(f"s:{state.walk}:{state.step}", texts.RESUME_STEP.format(n=state.step))


def ways_on(state: ConversationState) -> tuple[Choice, ...]:
    """What is offered under a sentence that answers nothing itself: the walk under way, the topics, a person."""
    back = resume_choice(state)
    return (*([back] if back else []), menu_choice(), case_choice())

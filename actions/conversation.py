"""Actions about the conversation itself: courtesy, topics, steps, buttons, deletion."""

from __future__ import annotations

from typing import Any

from actions.base import DialogueAction, dialogue
from core.conversation import ConversationState
from core.dialogue import Said
from core.understanding import Understanding

__all__ = [
    "ActionAffirm",
    "ActionChoose",
    "ActionDeleteData",
    "ActionDeny",
    "ActionMenu",
    "ActionNextStep",
    "ActionPreviousStep",
    "ActionRepeat",
    "ActionSmalltalk",
    "ActionStuck",
]


class ActionSmalltalk(DialogueAction):
    """Greetings, thanks, goodbye, who are you, complaints."""

    action_name = "action_smalltalk"


class ActionMenu(DialogueAction):
    """Show the topics."""

    action_name = "action_menu"


class ActionAffirm(DialogueAction):
    """Yes, to whatever was asked."""

    action_name = "action_affirm"


class ActionDeny(DialogueAction):
    """No, to whatever was asked."""

    action_name = "action_deny"


class ActionNextStep(DialogueAction):
    """Walk on to the next step."""

    action_name = "action_next_step"


class ActionPreviousStep(DialogueAction):
    """Walk back one step."""

    action_name = "action_previous_step"


class ActionRepeat(DialogueAction):
    """Say the last answer again."""

    action_name = "action_repeat"


class ActionStuck(DialogueAction):
    """Offer the known causes of being stuck."""

    action_name = "action_stuck"


class ActionDeleteData(DialogueAction):
    """Ask whether to delete what is stored of this conversation."""

    action_name = "action_delete_data"


class ActionChoose(DialogueAction):
    """Do what a tapped button says."""

    action_name = "action_choose"

    def say(self, said: Understanding, state: ConversationState, parse: dict[str, Any]) -> Said:
        """The choice id comes as the entity ``choice``."""
        return dialogue().choose(said.entity("choice") or "", state)

"""Actions that answer questions: about procedures, topics, and what no rule matched."""

from __future__ import annotations

from actions.base import DialogueAction

__all__ = ["ActionAnswer", "ActionFallback"]


class ActionAnswer(DialogueAction):
    """Find the guide meant and answer the section asked for."""

    action_name = "action_answer"


class ActionFallback(DialogueAction):
    """Say kindly what is not our business, and what is."""

    action_name = "action_fallback"

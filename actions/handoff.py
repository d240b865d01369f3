"""The way to a person."""

from __future__ import annotations

from actions.base import DialogueAction

__all__ = ["ActionOpenCase"]


class ActionOpenCase(DialogueAction):
    """Open a case for digital-support staff and tell the citizen its code."""

    action_name = "action_open_case"

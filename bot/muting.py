"""What the bot still says while a person has the conversation: warnings of scams, and wishes to the machine itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.brain import BrainResult
from core.messages import Outcome
from core.storage.case_turns import ALWAYS_ANSWERED

__all__ = ["is_for_machine", "muted", "silent"]

_DECISION: dict[str, Any] = {
    "guide": None,
    "code": None,
    "section": None,
    "candidates": [],
    "case": None,
    "forget": False,
    "case_status": None,
}


def is_for_machine(choice: str | None) -> bool:
    """Whether a tap is a wish to the machine, which it carries out whoever answers."""
    return choice is not None and choice.split(":")[0] in ALWAYS_ANSWERED


def muted(result: BrainResult, choice: str | None) -> BrainResult:
    """What is left of an answer when a person answers instead.

    A warning of a scam must not wait for a person. Deleting one's data, and asking how one's case goes, are wishes to the
    machine. Everything else is for the person: no reply, outcome ``handoff``, and the memory stays as it was.
    """
    decision = result.decision
    to_machine = decision.get("forget") or decision.get("case_status") is not None or result.intent == "delete_data"
    if decision["outcome"] == Outcome.SAFETY or to_machine or is_for_machine(choice):
        return replace(result, decision={**decision, "case": None})
    return silent(result)


def silent(result: BrainResult | None = None) -> BrainResult:
    """No answer, for the person who has the conversation; with what was understood, where it was."""
    decision = {**_DECISION, "outcome": Outcome.HANDOFF.value}
    if result is None:
        return BrainResult(decision, [], None, 0.0, [], [], None)
    return replace(result, decision=decision, replies=[])

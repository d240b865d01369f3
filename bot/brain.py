"""What the turns need of whatever answers: nothing here knows Rasa (see bot.agent)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from core.dialogue import Dialogue
from core.errors import ProjectError
from core.messages import Reply, Response

__all__ = ["AgentFailed", "Answering", "BrainResult"]


class AgentFailed(ProjectError):
    """A turn went wrong inside Rasa or an action; the message stays in the inbox."""


@dataclass(frozen=True)
class BrainResult:
    """What was made of one message.

    Args:
        decision: Outcome, guide, code, section, candidates, case, forget (see actions.base).
        replies: In order.
        intent: Likeliest intent.
        confidence: Its confidence, 0–1.
        ranking: The likeliest intents with their confidences.
        events: The tracker's events to store, JSON form.
        ward: Ward or commune known of this conversation.
    """

    decision: dict[str, Any]
    replies: list[Reply]
    intent: str | None
    confidence: float
    ranking: list[tuple[str, float]]
    events: list[Any]
    ward: str | None

    @classmethod
    def without_rasa(cls, response: Response, events: list[Any], ward: str | None) -> BrainResult:
        """An answer to something tapped (or typed for a tap) that the dialogue need not hear of."""
        return cls(response.decision(), list(response.replies), "choose", 1.0, [], events, ward)


class Answering(Protocol):
    """Answers messages; keeps nothing between them."""

    model_name: str
    dialogue: Dialogue

    async def answer(self, sender_id: str, events: list[Any], text: str, choice: str | None) -> BrainResult:
        """Answer one message.

        Args:
            sender_id: Conversation, unique among the turns under way.
            events: The conversation's stored events.
            text: Masked text.
            choice: Id of the tapped button, if one was.

        Raises:
            AgentFailed: Nothing was decided.
        """

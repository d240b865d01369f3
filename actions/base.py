"""What every action shares: read the tracker, ask core.dialogue, hand back replies and memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from core.conversation import MEMORY_SLOT, ConversationState
from core.dialogue import Dialogue, Said
from core.knowledge import Knowledge
from core.messages import Reply, Response
from core.understanding import Understanding

__all__ = ["RESPONSE_KEY", "DialogueAction", "answering_from", "dialogue"]

RESPONSE_KEY = "troly"
"""Key of the custom payload that carries what the turn decided (see `_dispatch`)."""

_in_use: ContextVar[Dialogue | None] = ContextVar("dialogue", default=None)


@contextmanager
def answering_from(made: Dialogue) -> Iterator[None]:
    """Have the actions of this turn, and of no other that is under way, answer from `made`."""
    before = _in_use.set(made)
    try:
        yield
    finally:
        _in_use.reset(before)


@cache
def _default_dialogue() -> Dialogue:
    return Dialogue(Knowledge.load(Path(__file__).resolve().parents[1] / "data"))


def dialogue() -> Dialogue:
    """The dialogue of this turn; a stock ``rasa run actions`` loads the project's own data at its first turn."""
    return _in_use.get() or _default_dialogue()


class DialogueAction(Action):
    """An action that answers through `core.dialogue`.

    Subclasses set ``action_name`` and, where the answer is not `Dialogue.respond`, override `say`.
    """

    action_name = ""

    def name(self) -> str:
        """Name in domain.yml."""
        return self.action_name

    def say(self, said: Understanding, state: ConversationState, parse: dict[str, Any]) -> Said:
        """Decide what to say; by default answer what was typed, under the intent whose rule fired."""
        return dialogue().respond((parse.get("intent") or {}).get("name"), said, state)

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Rasa interface: returns what the conversation now remembers."""
        parse = tracker.latest_message
        state = ConversationState.from_memory(tracker.slots.get(MEMORY_SLOT))
        knowledge = dialogue().knowledge
        said = Understanding.from_parse(parse, knowledge.lexicon, knowledge.query_words.stop)
        response, after = self.say(said, state, parse)
        _dispatch(dispatcher, response)
        return [SlotSet(MEMORY_SLOT, after.as_memory())] if after != state else []


def _dispatch(dispatcher: CollectingDispatcher, response: Response) -> None:
    """Replies as Rasa messages: text and buttons for stock channels, the whole decision in a custom payload for ours."""
    for n, reply in enumerate(response.replies):
        decision = response.decision() if n == 0 else {}
        dispatcher.utter_message(
            text=reply.text,
            buttons=[{"title": choice.label, "payload": f'/choose{{"choice": "{choice.id}"}}'} for choice in reply.choices],
            json_message={RESPONSE_KEY: {"reply": reply.as_dict(), **decision}},
        )


def read_response(messages: list[dict[str, Any]]) -> tuple[dict[str, Any], list[Reply]]:
    """The reverse of `_dispatch`: the decision and the replies from a turn's Rasa messages."""
    decision: dict[str, Any] = {}
    replies: list[Reply] = []
    for message in messages:
        payload = (message.get("custom") or {}).get(RESPONSE_KEY)
        if payload:
            decision.update({key: value for key, value in payload.items() if key != "reply"})
            replies.append(Reply.from_dict(payload["reply"]))
    return decision, replies

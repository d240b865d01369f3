"""Replies that trainers wrote for an intent of their own: Rasa answers with ``utter_reply_…``, and we deliver it like any reply.

A rule fires however unsure the classifier is, so an intent of theirs must be sure, and must not stand before what comes first
(danger, a scam, a button); otherwise the message is weighed as if the intent were not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.conversation import ConversationState
from core.dialogue import Dialogue
from core.understanding import OUT_OF_SCOPE, Understanding
from nlu.training.intents import REPLY_PREFIX

__all__ = ["plain_texts", "weighed"]

SURE = 0.5
"""Confidence from which on a fixed reply is given; below it a question back is better than a wrong answer."""


def weighed(parse: Mapping[str, Any], dialogue: Dialogue, state: ConversationState) -> dict[str, Any]:
    """The parse result whose intent may lead to a fixed reply only where that is right.

    Args:
        parse: Rasa's parse result.
        dialogue: Says what comes first.
        state: What the conversation remembers.
    """
    intent = parse["intent"]
    if not intent["name"].startswith(REPLY_PREFIX):
        return dict(parse)
    knowledge = dialogue.knowledge
    said = Understanding.from_parse(parse, knowledge.lexicon, knowledge.query_words.stop)
    if float(intent["confidence"]) >= SURE and not dialogue.comes_first(said, state):
        return dict(parse)
    others = [item for item in parse.get("intent_ranking", ()) if not item["name"].startswith(REPLY_PREFIX)]
    return {**parse, "intent": others[0] if others else {"name": OUT_OF_SCOPE, "confidence": 0.0}}


def plain_texts(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """The texts of Rasa's own responses among a turn's messages."""
    return [str(message["text"]).strip() for message in messages if message.get("text") and not message.get("custom")]

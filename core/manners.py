"""Manners that hold for every reply: the form of address, and never the same thing three times in a row."""

from __future__ import annotations

import zlib
from dataclasses import replace

from core import texts
from core.address import addressed
from core.conversation import ConversationState, Said
from core.messages import Reply

__all__ = ["mannered"]

_IN_A_ROW = 2


def mannered(said: Said, before: ConversationState) -> Said:
    """What is said, as it is sent.

    A reply that was given twice in a row is introduced as a repetition, so that nobody feels to speak to a wall.

    Args:
        said: What the rules decided.
        before: What the conversation remembered before this turn.
    """
    response, after = said
    if response.forget:
        return said
    seen = [(reply.text, *(choice.label for choice in reply.choices)) for reply in response.replies]
    fingerprint = zlib.crc32(repr(seen).encode())
    times = before.replied + 1 if fingerprint == before.reply else 1
    replies = response.replies
    if times > _IN_A_ROW:
        replies, times = (Reply(texts.REPEATING), *replies), 0
    spoken = tuple(addressed(reply, after.address) for reply in replies)
    return replace(response, replies=spoken), replace(after, reply=fingerprint, replied=times)

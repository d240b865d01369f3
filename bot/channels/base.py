"""The contract every channel adapter fulfils."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from core.messages import Inbound, Reply

__all__ = ["Capabilities", "Channel", "Receive"]

Receive = Callable[[Inbound], Awaitable[bool]]
"""Store one inbound message durably. True = new, False = seen before. Raises when it could not be stored: then the
platform must be told to deliver again."""


@dataclass(frozen=True)
class Capabilities:
    """What a platform allows.

    Args:
        max_text: Characters of one message.
        max_choices: Buttons under one message; 0 = none, choices become a numbered list.
        typing: Whether "is typing" can be shown.
    """

    max_text: int
    max_choices: int
    typing: bool


class Channel(Protocol):
    """A platform the bot talks on."""

    name: str
    capabilities: Capabilities

    async def start(self, receive: Receive) -> None:
        """Begin to hand incoming messages to `receive`."""

    async def stop(self) -> None:
        """Stop receiving and close connections; messages already stored stay stored."""

    async def send(self, chat_id: str, reply: Reply) -> str | None:
        """Deliver one reply.

        Returns:
            The platform's id of the message, if it gives one.

        Raises:
            SendFailed: It did not arrive; says whether trying again can help, and after how long.
            SendUncertain: The request left, but no answer came: it may have arrived.
        """

    async def typing(self, chat_id: str) -> None:
        """Show that an answer is being prepared; best effort, never raises."""

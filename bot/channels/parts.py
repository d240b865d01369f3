"""Sends the messages that one reply is cut into, one after the other, and never one of them twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from core.errors import SendUncertain

__all__ = ["Progress", "send_parts"]

_P = TypeVar("_P")


async def _kept_by_nobody(_progress: Progress) -> None:
    """For who sends without an outbox."""


@dataclass
class Progress:
    """How far a reply has come that takes several messages.

    Args:
        sent: How many of them are not to be sent any more.
        doubt: Why one of those may not have arrived.
        keep: Called after each message that others follow; whoever sends the reply again begins where this left off.
    """

    sent: int = 0
    doubt: str | None = None
    keep: Callable[[Progress], Awaitable[None]] = _kept_by_nobody

    def as_json(self) -> dict[str, Any] | None:
        """As the outbox stores it; None = nothing was sent yet."""
        return {"sent": self.sent, "doubt": self.doubt} if self.sent else None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None, keep: Callable[[Progress], Awaitable[None]]) -> Progress:
        """The reverse of `as_json`."""
        return cls(stored["sent"], stored["doubt"], keep) if stored else cls(keep=keep)


async def send_parts(
    parts: Sequence[_P], send: Callable[[_P], Awaitable[str | None]], progress: Progress | None = None
) -> str | None:
    """Deliver parts in order, from where an earlier attempt left off.

    A part whose delivery is uncertain does not keep back those after it.

    Args:
        parts: In order; the same in every attempt.
        send: Delivers one.
        progress: Of the reply, changed as parts are sent.

    Returns:
        Id of the last message.

    Raises:
        SendFailed: A part did not arrive; those before it are counted in `progress`.
        SendUncertain: All are sent, but one may not have arrived.
    """
    progress = progress or Progress()
    message_id: str | None = None
    for number in range(progress.sent, len(parts)):
        try:
            message_id = await send(parts[number])
        except SendUncertain as error:
            progress.doubt = str(error)
        progress.sent = number + 1
        if progress.sent < len(parts):
            await progress.keep(progress)
    if progress.doubt is not None:
        raise SendUncertain(progress.doubt)
    return message_id

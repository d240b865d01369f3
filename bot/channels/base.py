"""The contract every channel adapter fulfils.

An adapter translates between its platform and core.messages, and decides nothing. What a platform posts to us goes
`verify` → `parse` → `receive`, and only then is the platform told that it arrived.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, runtime_checkable

from bot.channels.checking import Finding
from bot.channels.parts import Progress
from core.errors import SendFailed, UserFacingError
from core.messages import Attachment, Chat, Inbound, Reply, Signal

__all__ = [
    "Capabilities", "Channel", "Event", "NotAnEvent", "ReadFile", "Receive", "WebhookChannel", "bytes_of", "no_files",
]  # fmt: skip

Event = Inbound | Signal
"""What a channel hands over."""

Receive = Callable[[Event], Awaitable[bool]]
"""Store one event durably. True = new, False = seen before. Raises when it could not be stored: then the platform must be
told to deliver again."""


ReadFile = Callable[[int], Awaitable[bytes]]
"""The bytes of a file that goes to a citizen, by its id. Raises FileNotFoundError when it is not there any more."""


async def no_files(file_id: int) -> bytes:
    """For channels that are made to look or listen, not to send."""
    raise FileNotFoundError(file_id)


async def bytes_of(file_id: int, read: ReadFile) -> bytes:
    """The bytes of a file in a reply.

    Raises:
        SendFailed: It is not there any more, so it cannot be sent.
    """
    try:
        return await read(file_id)
    except FileNotFoundError:
        raise SendFailed("the file was deleted", permanent=True) from None


class NotAnEvent(UserFacingError):
    """A body that the platform never sends: no JSON, or without what every event has."""


@dataclass(frozen=True)
class Capabilities:
    """What a platform allows.

    Args:
        max_text: Characters of one message, as the platform counts them.
        max_choices: Buttons under one message; 0 = none, choices become a numbered list.
        typing: Whether "is typing" can be shown.
        edits: Whether a sent message can be changed, so that buttons can be taken away after a tap.
        reply_window: How long after the citizen's last message the bot may write; None = for ever.
        free_window: How long of that it costs nothing; None = always.
        sends: Media types of files that can be sent, each with the most bytes of one.
    """

    max_text: int
    max_choices: int
    typing: bool
    edits: bool = False
    reply_window: timedelta | None = None
    free_window: timedelta | None = None
    sends: Mapping[str, int] = field(default_factory=dict)


class Channel(Protocol):
    """A platform the bot talks on."""

    name: str
    capabilities: Capabilities

    async def start(self, receive: Receive) -> None:
        """Begin to hand what comes in to `receive`."""

    async def stop(self) -> None:
        """Stop receiving and close connections; messages already stored stay stored."""

    async def send(self, chat: Chat, reply: Reply, progress: Progress | None = None) -> str | None:
        """Deliver one reply.

        Args:
            chat: Where to.
            reply: What is said.
            progress: How far an earlier attempt came, when the reply takes several messages; changed as they are sent.

        Returns:
            The platform's id of the message, if it gives one.

        Raises:
            Unreachable: The citizen cannot be written to until they write again.
            SendFailed: It did not arrive; says whether trying again can help, and after how long.
            SendUncertain: The request left, but no answer came: it may have arrived.
        """

    async def fetch(self, attachment: Attachment, most: int) -> bytes:
        """Get a photo or document that a citizen sent.

        Args:
            attachment: As it came with the message.
            most: Bytes that may be fetched.

        Raises:
            UserFacingError: It has more than `most` bytes.
            FetchFailed: It cannot be had, or not now.
        """

    async def acknowledge(self, chat: Chat, event_id: str) -> None:
        """Show that the message was taken and an answer is being prepared: "is typing", or a reaction to the message.

        Best effort; never raises.
        """

    async def check(self) -> list[Finding]:
        """Look, without being started, whether the platform knows us and can reach us; changes nothing there."""


@runtime_checkable
class WebhookChannel(Channel, Protocol):
    """A platform that calls our web server."""

    webhook_path: str

    def verify(self, headers: Mapping[str, str], raw_body: bytes) -> bool:
        """Whether a call comes from the platform; compares in constant time.

        Args:
            headers: Of the request; looked up as the mapping does, so pass a case-insensitive one.
            raw_body: The body as it came.
        """

    def parse(self, raw_body: bytes) -> Sequence[Event]:
        """What a genuine call tells; nothing when it does not concern us.

        Raises:
            NotAnEvent: The platform never sends this.
        """

    async def handle_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> int:
        """Take one call.

        Returns:
            HTTP status to answer with: 200 stored or not for us, 400 not an event, 403 not from the platform, 404 the
            webhook is not in use, 503 not stored, so that the platform delivers again.
        """

"""What channels and the conversation exchange: nothing here knows a platform, a database or Rasa."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = [
    "Attachment",
    "AttachmentKind",
    "CaseRequest",
    "Chat",
    "Choice",
    "Footer",
    "Inbound",
    "Link",
    "Outcome",
    "Reply",
    "Response",
    "SentFile",
    "Signal",
    "SignalKind",
]


class Outcome(StrEnum):
    """How a turn ended; every turn has exactly one."""

    ANSWERED = "answered"
    CLARIFY = "clarify"
    STEP = "step"
    SMALLTALK = "smalltalk"
    FALLBACK = "fallback"
    HANDOFF = "handoff"
    SAFETY = "safety"


@dataclass(frozen=True)
class Chat:
    """Where replies go: a chat with one bot of a channel. Both are opaque to everything but the channel."""

    account: str
    chat_id: str


class AttachmentKind(StrEnum):
    """What can hang on a message besides its text."""

    IMAGE = "image"
    FILE = "file"
    AUDIO = "audio"
    VIDEO = "video"
    LOCATION = "location"
    STICKER = "sticker"
    OTHER = "other"


@dataclass(frozen=True)
class Attachment:
    """Something sent along with a message; the bytes stay with the platform until somebody asks for them.

    Args:
        url: Where the platform serves it, mostly for a limited time.
        ref: The platform's own id of it, where it has one instead.
        name: File name as sent.
        size: Bytes.
        latitude: Degrees; of a location.
        longitude: Degrees; of a location.
        kept: Id under which it is stored already, where it came with the message.
    """

    kind: AttachmentKind
    url: str | None = None
    ref: str | None = None
    name: str | None = None
    size: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    kept: int | None = None


@dataclass(frozen=True)
class Inbound:
    """One message of a citizen, with nothing left of the channel's own format.

    Args:
        channel: ``telegram``, ``web``, …
        account: Which bot of that channel received it.
        chat_id: Opaque to everything but the channel; replies go there.
        event_id: The same id twice is the same message.
        text: As typed (masked before it is stored).
        choice: Id of the button that was tapped, if one was.
        sent_at: Aware, UTC.
        attachments: What was sent along.
    """

    channel: str
    account: str
    chat_id: str
    event_id: str
    text: str
    sent_at: datetime
    choice: str | None = None
    attachments: tuple[Attachment, ...] = ()


class SignalKind(StrEnum):
    """What a platform tells of a chat that is no message of the citizen."""

    LEFT = "left"
    """The citizen blocked or unfollowed the bot: it cannot write to them until they write again."""
    STAFF = "staff"
    """A person answered in the platform's own tool: the bot must not talk over them."""
    WITHDREW = "withdrew"
    """The citizen asked the platform to have their data deleted."""


@dataclass(frozen=True)
class Signal:
    """Something that happened to a chat; the same signal twice changes nothing more.

    Args:
        account: Empty when the platform does not say which: then all of that channel.
        event_id: The same id twice is the same signal.
        text: What was said, if something was (masked before it is stored).
        sent_at: Aware, UTC.
    """

    kind: SignalKind
    channel: str
    account: str
    chat_id: str
    event_id: str
    sent_at: datetime
    text: str = ""


@dataclass(frozen=True)
class Choice:
    """A quick reply. ``id`` is at most 60 bytes of ASCII and says by itself what to do (see core.conversation)."""

    id: str
    label: str


@dataclass(frozen=True)
class Link:
    """An official page."""

    title: str
    url: str | None = None


@dataclass(frozen=True)
class Footer:
    """What an answer rests on."""

    sources: tuple[Link, ...] = ()
    legal_basis: tuple[str, ...] = ()
    verified_on: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SentFile:
    """A photo or document that goes along with a reply.

    Args:
        id: Under which it is stored.
        name: As the citizen sees it.
        media_type: ``image/jpeg``, ``image/png`` or ``application/pdf``.
        size: Bytes.
    """

    id: int
    name: str
    media_type: str
    size: int


@dataclass(frozen=True)
class Reply:
    """One message to a citizen: plain text, quick replies, what it rests on, pages of ours to open, and a file.

    ``links`` are made by us, never taken from content: addresses that begin with https://, or a path of our own web server,
    which only the web chat can show. ``progress`` is the step shown and how many there are, where steps are walked.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    footer: Footer | None = None
    links: tuple[Link, ...] = ()
    progress: tuple[int, int] | None = None
    file: SentFile | None = None

    def as_dict(self) -> dict[str, Any]:
        """JSON form, as stored in the outbox and sent to the web chat."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Reply:
        """The reverse of `as_dict`."""
        footer = raw.get("footer")
        return cls(
            text=raw["text"],
            choices=tuple(Choice(**choice) for choice in raw.get("choices", ())),
            footer=Footer(
                sources=tuple(Link(**link) for link in footer["sources"]),
                legal_basis=tuple(footer["legal_basis"]),
                verified_on=footer["verified_on"],
                notes=tuple(footer.get("notes", ())),
            )
            if footer
            else None,
            links=tuple(Link(**link) for link in raw.get("links", ())),
            progress=(progress[0], progress[1]) if (progress := raw.get("progress")) else None,
            file=SentFile(**file) if (file := raw.get("file")) else None,
        )


@dataclass(frozen=True)
class CaseRequest:
    """A turn asks for a person: what the turn's transaction stores as a case.

    Args:
        code: To be read aloud.
        reason: ``asked``, ``not_understood`` or ``stuck``.
        detail: What is known of where the citizen is stuck: guide, step, steps, action, case (option of the
            guide's branch), tried (causes whose cure was shown), device; each only where known.
    """

    code: str
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """All that one turn decided.

    Args:
        section: Part of the guide that was answered, if one was.
        candidates: Guide ids (or portal codes) considered, best first.
        case: Set when the turn opens a case.
        forget: The citizen asked to delete their data.
        case_status: Code of the case the citizen asks about, "" for their latest; the turn puts the answer in.
        chance: Of the answered guide being the one that is meant, 0 to 1, where one was chosen by what was typed.
    """

    outcome: Outcome
    replies: tuple[Reply, ...]
    guide: str | None = None
    code: str | None = None
    section: str | None = None
    candidates: tuple[str, ...] = ()
    case: CaseRequest | None = None
    forget: bool = False
    case_status: str | None = None
    chance: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def decision(self) -> dict[str, Any]:
        """What it decides beside its replies, in JSON form, as a turn stores it."""
        return {
            "outcome": self.outcome.value,
            "guide": self.guide,
            "code": self.code,
            "section": self.section,
            "candidates": list(self.candidates),
            "case": asdict(self.case) if self.case else None,
            "forget": self.forget,
            "case_status": self.case_status,
            "chance": self.chance,
        }

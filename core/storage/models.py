"""Tables. Text of citizens is masked before it reaches any of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, ForeignKey, Index, String, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = [
    "Base",
    "Case",
    "CatalogueChange",
    "CatalogueProcedure",
    "ChannelToken",
    "Conversation",
    "Feedback",
    "FollowUp",
    "Message",
    "NoticeRow",
    "Turn",
    "UtcDateTime",
    "WalkCode",
]


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC on every database, also on SQLite, which keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime reached the database; use datetime.now(UTC)")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    """Common base of all tables."""

    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012  # SQLAlchemy reads it as is


class Conversation(Base):
    """One chat with one citizen on one channel."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "account", "chat_id"), Index("ix_conversations_held", "held_until"))

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    chat_id: Mapped[str] = mapped_column(String(128))
    handler: Mapped[str] = mapped_column(String(10), default="bot")
    """Who answers: ``bot``, or ``staff`` while a person has the conversation's case."""
    held_until: Mapped[datetime | None]
    """A person answers in the platform's own tool; the bot goes on after that. None = nobody does."""
    case_id: Mapped[int | None]
    """The latest case that is open, or may open again; None = turns need not look for one."""
    ward: Mapped[str | None] = mapped_column(String(64))
    dialogue: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """The Rasa tracker's recent events (see bot.tracker)."""
    aftercare: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What surrounds the answers (see core.aftercare.memory)."""
    quiet: Mapped[bool] = mapped_column(default=False)
    """The citizen wants no unsolicited message, for good."""
    unreachable_since: Mapped[datetime | None]
    """Since when the citizen cannot be written to (blocked the bot, left); their next message ends it."""
    created_at: Mapped[datetime] = mapped_column(default=_now)
    updated_at: Mapped[datetime] = mapped_column(default=_now)


def _of_state(name: str, state: str) -> Index:
    """The messages in a state that passes, by conversation: finding work costs the same however long the table grows."""
    condition = text(f"state = '{state}'")
    return Index(name, "conversation_id", "id", sqlite_where=condition, postgresql_where=condition)


class Message(Base):
    """Transcript, inbox and outbox in one: what came in and what goes out, each with its state.

    In: ``received`` → ``done`` | ``failed``. Out: ``queued`` → ``sent`` | ``uncertain`` | ``failed``; an operator can put
    the latter two back or make them ``dropped`` (``troly outbox``).
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "direction", "key"),
        _of_state("ix_messages_received", "received"),
        _of_state("ix_messages_queued", "queued"),
        Index("ix_messages_conversation", "conversation_id", "id"),
        Index(
            "ix_messages_undelivered",
            "id",
            sqlite_where=text("author = 'staff' AND state = 'failed'"),
            postgresql_where=text("author = 'staff' AND state = 'failed'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    direction: Mapped[str] = mapped_column(String(3))
    author: Mapped[str] = mapped_column(String(10))
    """``citizen``, ``bot`` or ``staff``."""
    key: Mapped[str] = mapped_column(String(160))
    """In: the channel's event id. Out: the id of the message it answers and its place in the answer."""
    text: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(String(200))
    provider_id: Mapped[str | None] = mapped_column(String(128))
    next_attempt_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=_now)
    sent_at: Mapped[datetime | None]
    """In: when the citizen wrote it, as the channel tells."""
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """Out: how many of the messages that a long reply was cut into are sent (see bot.channels.parts); None = none yet."""
    joined_to: Mapped[int | None]
    """In: the message whose turn answered this one too (see bot.picking); such a message has no turn of its own."""

    conversation: Mapped[Conversation] = relationship()


class Turn(Base):
    """What came of one citizen message: exactly one outcome."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("message_id"), Index("ix_turns_created", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"))
    outcome: Mapped[str] = mapped_column(String(10))
    intent: Mapped[str | None] = mapped_column(String(80))
    confidence: Mapped[float | None]
    chance: Mapped[float | None]
    guide: Mapped[str | None] = mapped_column(String(80))
    code: Mapped[str | None] = mapped_column(String(20))
    section: Mapped[str | None] = mapped_column(String(20))
    candidates: Mapped[list[Any]] = mapped_column(JSON, default=list)
    model: Mapped[str | None] = mapped_column(String(80))
    ms: Mapped[float]
    created_at: Mapped[datetime] = mapped_column(default=_now)


class Case(Base):
    """What the bot could not solve, for digital-support staff (states and words: core.cases)."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("code"),
        Index("ix_cases_queue", "state", "priority", "waiting_since"),
        Index("ix_cases_closed", "state", "closed_at"),
        Index("ix_cases_closed_ward", "ward", "state", "closed_at"),
        Index("ix_cases_conversation", "conversation_id", "id"),
        # All that lists and their numbers ask of open cases: the rows, heavy with their transcripts, stay untouched.
        Index("ix_cases_active", "state", "owner_id", "team_id", "due_at", "ward", "priority", "waiting_since"),
        Index("ix_cases_answered", "answered_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(10), default="new")
    reason: Mapped[str] = mapped_column(String(40))
    guide: Mapped[str | None] = mapped_column(String(80))
    ward: Mapped[str | None] = mapped_column(String(64))
    intents: Mapped[list[Any]] = mapped_column(JSON, default=list)
    transcript: Mapped[list[Any]] = mapped_column(JSON, default=list)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Where the citizen is stuck (see core.messages.CaseRequest)."""
    priority: Mapped[int] = mapped_column(default=4)
    area: Mapped[str | None] = mapped_column(String(40))
    """Topic area of the guide, for routing."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    cause: Mapped[str | None] = mapped_column(String(20))
    reopened: Mapped[int] = mapped_column(default=0)
    waiting_since: Mapped[datetime] = mapped_column(default=_now)
    """Since when the citizen waits for a person's answer."""
    due_at: Mapped[datetime | None]
    """When that answer must be there; None = the citizen does not wait."""
    warn_at: Mapped[datetime | None]
    """When the team is warned; None once it was."""
    rise_at: Mapped[datetime | None]
    """When an unclaimed case goes to the next team."""
    claimed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """First answer by a person."""
    closed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=_now)
    updated_at: Mapped[datetime] = mapped_column(default=_now)

    conversation: Mapped[Conversation] = relationship()


class ChannelToken(Base):
    """The sealed pair of tokens of one account of a channel whose platform renews them (see bot.sealing)."""

    __tablename__ = "channel_tokens"

    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    sealed: Mapped[bytes]
    expires_at: Mapped[datetime]
    renewed_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    """Until then one process, and no other, renews the pair."""
    failure: Mapped[str | None] = mapped_column(String(200))
    """Why the last renewal was refused; a person must log in again."""


class CatalogueProcedure(Base):
    """A procedure of the imported national catalogue (see core.catalogue); a withdrawn one stays, with the time."""

    __tablename__ = "catalogue_procedures"

    code: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    sector: Mapped[str] = mapped_column(Text)
    is_ward: Mapped[bool]
    is_province: Mapped[bool]
    is_ministry: Mapped[bool]
    applies_to: Mapped[str] = mapped_column(String(40))
    updated_at: Mapped[str] = mapped_column(String(10))
    """ISO date on which the portal updated it; empty when the portal does not say."""
    content_hash: Mapped[str] = mapped_column(String(64))
    record: Mapped[bytes]
    """`CatalogueRecord.pack`."""
    imported_at: Mapped[datetime] = mapped_column(default=_now)
    withdrawn_at: Mapped[datetime | None]


class CatalogueChange(Base):
    """What an import did to a procedure: ``added``, ``changed``, ``withdrawn`` or ``restored``."""

    __tablename__ = "catalogue_changes"
    __table_args__ = (Index("ix_catalogue_changes_code", "code", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(default=_now)
    kind: Mapped[str] = mapped_column(String(10))
    before: Mapped[bytes | None]
    """The record as it was, where the import replaced its content."""


class WalkCode(Base):
    """A resume code, as its digest, with the place it leads to."""

    __tablename__ = "walk_codes"
    __table_args__ = (UniqueConstraint("digest"), Index("ix_walk_codes_expires", "expires_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    guide: Mapped[str] = mapped_column(String(80))
    step: Mapped[int]
    branch: Mapped[str | None] = mapped_column(String(80))
    """Which case of the guide's branch it is, where that was asked."""
    expires_at: Mapped[datetime]


class FollowUp(Base):
    """Asking once whether something is done: ``waiting`` → ``sent`` → ``answered``, or ``late`` when its time had passed."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        UniqueConstraint("conversation_id", "guide"),
        Index("ix_follow_ups_due", "due_at", sqlite_where=text("state = 'waiting'"), postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    """Empty once the citizen had everything deleted: only what was answered is then left, to be counted."""
    guide: Mapped[str] = mapped_column(String(80))
    step: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    answer: Mapped[str | None] = mapped_column(String(10))
    """``done``, ``not_yet`` or ``stuck``."""
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]


class Feedback(Base):
    """Whether an answer helped; one row per conversation, guide and section."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("conversation_id", "guide", "section"), Index("ix_feedback_created", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int | None] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    """Empty once the citizen had everything deleted: the row is then a count."""
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id", ondelete="SET NULL"))
    """The question that was answered."""
    guide: Mapped[str] = mapped_column(String(80))
    section: Mapped[str] = mapped_column(String(20))
    helped: Mapped[bool]
    reason: Mapped[str | None] = mapped_column(String(20))
    """Why not: ``wrong_topic``, ``unclear``, ``outdated``, ``other``."""
    created_at: Mapped[datetime] = mapped_column(default=_now)


class NoticeRow(Base):
    """A notice of the operator to citizens (see core.aftercare.notices)."""

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    guide: Mapped[str | None] = mapped_column(String(80))
    ward: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(default=_now)

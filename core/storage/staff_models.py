"""Tables of the console: accounts, sessions, the audit log, attachments. No password, token or code is in them as such."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from core.staff import Member, Role
from core.storage.models import Base

__all__ = [
    "Attachment", "AuditEntry", "IncomingFile", "RecoveryCode", "RetentionRun", "SignInAttempts", "Staff", "StaffLink",
    "StaffSession",
]  # fmt: skip


def _now() -> datetime:
    return datetime.now(UTC)


class Staff(Base):
    """An account of the console."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("username"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(32))
    full_name: Mapped[str] = mapped_column(String(80))
    display_name: Mapped[str] = mapped_column(String(80))
    """What citizens see; set by the office."""
    role: Mapped[str] = mapped_column(String(20))
    wards: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Ids of wards; empty = the whole city."""
    password: Mapped[str | None] = mapped_column(String(200))
    """argon2id hash; None until the set-up link was used."""
    totp_sealed: Mapped[str | None] = mapped_column(String(255))
    """Secret of the second factor, sealed for this account (see bot.services.second_factor)."""
    totp_step: Mapped[int] = mapped_column(default=0)
    """Time step of the last code taken, so that none is taken twice."""
    disabled_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=_now)

    @property
    def member(self) -> Member:
        """The account without its secrets."""
        return Member(
            self.id,
            self.username,
            self.full_name,
            self.display_name,
            Role(self.role),
            frozenset(self.wards),
            self.totp_sealed is not None,
        )


class StaffLink(Base):
    """A one-time link to set a password; without an account it makes the first one."""

    __tablename__ = "staff_links"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=_now)


class RecoveryCode(Base):
    """A code for the day the phone is lost; each works once."""

    __tablename__ = "staff_recovery_codes"
    __table_args__ = (UniqueConstraint("staff_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """Somebody signed in, or half-way: after the password, before the second factor."""

    __tablename__ = "staff_sessions"
    __table_args__ = (Index("ix_staff_sessions_staff", "staff_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    stage: Mapped[str] = mapped_column(String(10))
    """``code`` (the second factor is asked for), ``enrol`` (it must be set up first) or ``full``."""
    pending_totp: Mapped[str | None] = mapped_column(String(255))
    """A secret that is being set up and not yet confirmed; sealed as well."""
    created_at: Mapped[datetime] = mapped_column(default=_now)
    seen_at: Mapped[datetime] = mapped_column(default=_now)
    expires_at: Mapped[datetime]


class SignInAttempts(Base):
    """Failed attempts in a row, of an account's name or of an address; only a hash says of which."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(default=_now)
    locked_until: Mapped[datetime | None]


class AuditEntry(Base):
    """Who looked at or changed what, and when. The database refuses changes, and deletion within the first year."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_at", "at"), Index("ix_audit_log_subject", "subject"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=_now)
    actor: Mapped[str] = mapped_column(String(32))
    """User name; ``troly`` for the command line and the nightly job."""
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(80))
    """What it was about, such as ``case:ABCD-2345`` or ``staff:lan``."""
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Attachment(Base):
    """A photo or document of a conversation; the file itself has the name `stored_as` and no other."""

    __tablename__ = "attachments"
    __table_args__ = (UniqueConstraint("stored_as"), Index("ix_attachments_conversation", "conversation_id", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    stored_as: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120))
    """The sender's name for it, masked."""
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sent_by: Mapped[str] = mapped_column(String(32))
    """``citizen`` or a user name."""
    created_at: Mapped[datetime] = mapped_column(default=_now)
    shared: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Staff sent it to the citizen, who may open it."""
    deleted_at: Mapped[datetime | None]
    """To be deleted: the file goes next, then this row. Nobody sees either from now on."""


class IncomingFile(Base):
    """A photo or document a citizen sent that is not in a case yet (see core.storage.incoming_files)."""

    __tablename__ = "incoming_files"
    __table_args__ = (
        UniqueConstraint("conversation_id", "key"),
        Index(
            "ix_incoming_files_open",
            "conversation_id",
            sqlite_where=text("state != 'done'"),
            postgresql_where=text("state != 'done'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(64))
    """The same file of the same message has the same."""
    kind: Mapped[str] = mapped_column(String(10))
    url: Mapped[str | None] = mapped_column(Text)
    ref: Mapped[str | None] = mapped_column(String(200))
    name: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why it was refused, as the citizen is told."""
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime] = mapped_column(default=_now)
    created_at: Mapped[datetime] = mapped_column(default=_now)


class RetentionRun(Base):
    """What was deleted because its time was over, in numbers."""

    __tablename__ = "retention_runs"
    __table_args__ = (UniqueConstraint("night"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[str | None] = mapped_column(String(10))
    """Date of a nightly run, so that of several processes one does it; None for a run by hand."""
    started_at: Mapped[datetime] = mapped_column(default=_now)
    finished_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

"""Deleting what is older than it may be kept. What stays is rows of numbers that lead to nobody.

A rule says which rows are over and how a batch of them is emptied or deleted; a run takes batch after batch, each in its
own transaction, so that nobody waits long for the database. What belongs to a case somebody still works on is not touched.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import ACTIVE, CaseState
from core.retention import Periods
from core.storage import aftercare, attachments, conversations
from core.storage.inbox_models import InboxItem, InboxRuling
from core.storage.models import Case, Conversation, Message, Turn
from core.storage.sessions import IDLE
from core.storage.staff_models import Attachment, AuditEntry, IncomingFile, RetentionRun, SignInAttempts, StaffLink, StaffSession

__all__ = ["Rule", "apply", "claim_night", "count", "finish", "is_claimed", "list_runs", "rules"]

_BATCH = 500
_GONE = "deleted:"
_UNFINISHED = ("received", "queued")
_FETCHED_OR_NEVER = timedelta(days=2)
"""Platforms deliver a message again for a day; a file that is not in a case by then never will be."""


@dataclass(frozen=True)
class Rule:
    """One kind of data.

    Args:
        name: Of the kind, in reports.
        over: Selects ids of rows whose time is over.
        erase: Empties or deletes a batch of them; afterwards `over` does not find them again.
    """

    name: str
    over: Select[Any]
    erase: Callable[[AsyncSession, Sequence[Any]], Awaitable[object]]


def _still_worked_on(conversation_id: Any) -> ColumnElement[bool]:
    return exists().where(Case.conversation_id == conversation_id, Case.state.in_(ACTIVE))


def rules(periods: Periods, now: datetime) -> tuple[Rule, ...]:
    """Every rule, with its limit counted back from `now`."""
    old_message = Message.created_at < now - periods.transcripts
    silent = Conversation.updated_at < now - periods.transcripts
    old_case = func.coalesce(Case.closed_at, Case.created_at) < now - periods.cases
    old_file = Attachment.created_at < now - periods.files
    return (
        Rule(
            "messages",
            select(Message.id).where(
                old_message,
                Message.state.not_in(_UNFINISHED),
                Message.key.not_like(f"{_GONE}%"),
                ~_still_worked_on(Message.conversation_id),
            ),
            _empty_messages,
        ),
        Rule(
            "conversations",
            select(Conversation.id).where(silent, Conversation.chat_id.not_like(f"{_GONE}%"), ~_still_worked_on(Conversation.id)),
            _loosen,
        ),
        Rule("cases", select(Case.id).where(Case.state == CaseState.CLOSED, old_case), conversations.forget_cases),
        Rule(
            "attachments",
            select(Attachment.id).where(old_file, Attachment.deleted_at.is_(None), ~_still_worked_on(Attachment.conversation_id)),
            lambda session, ids: attachments.mark_deleted(session, Attachment.id.in_(ids)),
        ),
        _deleting(
            "inbox",
            InboxItem,
            InboxItem.id,
            or_(InboxItem.said_at < now - periods.inbox, exists().where(Message.id == InboxItem.message_id, Message.text == "")),
        ),
        _deleting("rulings", InboxRuling, InboxRuling.id, InboxRuling.at < now - periods.audit),
        _deleting("incoming_files", IncomingFile, IncomingFile.id, IncomingFile.created_at < now - _FETCHED_OR_NEVER),
        _deleting("audit", AuditEntry, AuditEntry.id, AuditEntry.at < now - periods.audit),
        _deleting(
            "sessions",
            StaffSession,
            StaffSession.token_hash,
            or_(StaffSession.expires_at < now, StaffSession.seen_at < now - IDLE),
        ),
        _deleting("links", StaffLink, StaffLink.id, or_(StaffLink.expires_at < now, StaffLink.used_at.is_not(None))),
        _deleting("attempts", SignInAttempts, SignInAttempts.key, SignInAttempts.last_at < now - timedelta(days=1)),
    )


def _deleting(name: str, table: Any, key: Any, over: ColumnElement[bool]) -> Rule:
    """A rule that deletes whole rows."""

    async def erase(session: AsyncSession, ids: Sequence[Any]) -> None:
        await session.execute(delete(table).where(key.in_(ids)).execution_options(synchronize_session=False))

    return Rule(name, select(key).where(over), erase)


async def _empty_messages(session: AsyncSession, ids: Sequence[Any]) -> None:
    await conversations.empty_messages(session, Message.id.in_(ids))
    await session.execute(
        update(Turn).where(Turn.message_id.in_(ids)).values(candidates=[]).execution_options(synchronize_session=False)
    )


async def _loosen(session: AsyncSession, ids: Sequence[Any]) -> None:
    """Nothing tells any more whose conversations these were."""
    connection = await session.connection()
    for conversation_id in ids:
        await connection.run_sync(aftercare.forget, conversation_id)
        await session.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(chat_id=f"{_GONE}{uuid.uuid4()}", dialogue=[], aftercare={})
            .execution_options(synchronize_session=False)
        )


async def count(session: AsyncSession, rule: Rule) -> int:
    """How many rows a rule would erase now."""
    return await session.scalar(select(func.count()).select_from(rule.over.subquery())) or 0


async def apply(session: AsyncSession, rule: Rule) -> int:
    """Erase one batch; returns how many, 0 = nothing is left."""
    ids = list(await session.scalars(rule.over.limit(_BATCH)))
    if ids:
        await rule.erase(session, ids)
    return len(ids)


async def is_claimed(session: AsyncSession, night: str) -> bool:
    """Whether the run of a night has begun."""
    return await session.scalar(select(RetentionRun.id).where(RetentionRun.night == night)) is not None


async def claim_night(session: AsyncSession, night: str, now: datetime) -> RetentionRun | None:
    """The run of a night, for the one process that is first; None for the others."""
    if await is_claimed(session, night):
        return None
    run = RetentionRun(night=night, started_at=now)
    session.add(run)
    try:
        await session.flush()
    except IntegrityError:
        await session.rollback()
        return None
    return run


async def finish(session: AsyncSession, run_id: int, counts: dict[str, int], now: datetime) -> None:
    """Write down what a run deleted."""
    await session.execute(update(RetentionRun).where(RetentionRun.id == run_id).values(counts=counts, finished_at=now))


async def list_runs(session: AsyncSession, limit: int = 30) -> list[RetentionRun]:
    """Runs, newest first."""
    return list(await session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(limit)))

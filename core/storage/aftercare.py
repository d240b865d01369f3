"""Queries for what surrounds the answers: resume codes, follow-ups, feedback, notices.

Synchronous, for `Database.transact` and for the transaction of a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.aftercare.notices import PublicNotice
from core.storage.models import Conversation, Feedback, FollowUp, NoticeRow, WalkCode

__all__ = [
    "Place",
    "Verdict",
    "add_code",
    "add_notice",
    "answer_follow_up",
    "be_quiet",
    "find_code",
    "forget",
    "list_notices",
    "record_feedback",
    "remove_expired_codes",
    "remove_notice",
    "schedule_follow_up",
]


@dataclass(frozen=True)
class Place:
    """Where somebody is in a guide.

    Args:
        guide: Its id.
        step: The step last shown (from 1).
        branch: Which case of its branch is theirs, where that was asked.
    """

    guide: str
    step: int
    branch: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What a citizen said of an answer.

    Args:
        guide: What it was about.
        section: Section that was answered.
        helped: Whether it helped.
        reason: Why not, once told.
        message_id: The question, where it is known.
    """

    guide: str
    section: str
    helped: bool
    reason: str | None
    message_id: int | None


# resume codes


def add_code(connection: Connection, conversation_id: int, digest: str, place: Place, until: datetime) -> None:
    """Keep a code that leads to a place; an earlier one of this conversation for the same guide ends."""
    mine = (WalkCode.conversation_id == conversation_id, WalkCode.guide == place.guide)
    connection.execute(delete(WalkCode).where(*mine))
    row = {"digest": digest, "guide": place.guide, "step": place.step, "branch": place.branch, "expires_at": until}
    connection.execute(insert(WalkCode), {"conversation_id": conversation_id, **row})


def find_code(connection: Connection, digest: str, now: datetime) -> Place | None:
    """The place a code leads to, or None when there is no such code (any more)."""
    query = select(WalkCode.guide, WalkCode.step, WalkCode.branch).where(WalkCode.digest == digest, WalkCode.expires_at > now)
    found = connection.execute(query).one_or_none()
    return Place(*found) if found else None


def remove_expired_codes(connection: Connection, now: datetime) -> int:
    """Forget codes nobody can use any more; returns how many they were."""
    return connection.execute(delete(WalkCode).where(WalkCode.expires_at <= now)).rowcount


# asking whether it is done


def schedule_follow_up(connection: Connection, conversation_id: int, place: Place, due_at: datetime) -> None:
    """Plan to ask about a guide, or plan it anew; what was asked once is never asked again."""
    mine = (FollowUp.conversation_id == conversation_id, FollowUp.guide == place.guide)
    again = update(FollowUp).where(*mine, FollowUp.state == "waiting").values(step=place.step, due_at=due_at)
    if connection.execute(again).rowcount or connection.scalar(select(FollowUp.id).where(*mine)) is not None:
        return
    row = {"guide": place.guide, "step": place.step, "due_at": due_at}
    connection.execute(insert(FollowUp), {"conversation_id": conversation_id, **row})


def answer_follow_up(connection: Connection, conversation_id: int, guide: str, answer: str, now: datetime) -> None:
    """Keep what the citizen answered; a later answer replaces an earlier one."""
    mine = (FollowUp.conversation_id == conversation_id, FollowUp.guide == guide)
    connection.execute(update(FollowUp).where(*mine).values(state="answered", answer=answer, answered_at=now))


def be_quiet(connection: Connection, conversation_id: int) -> None:
    """No unsolicited message for this conversation, ever again."""
    connection.execute(update(Conversation).where(Conversation.id == conversation_id).values(quiet=True))
    waiting = (FollowUp.conversation_id == conversation_id, FollowUp.state == "waiting")
    connection.execute(delete(FollowUp).where(*waiting))


# feedback


def record_feedback(connection: Connection, conversation_id: int, verdict: Verdict, now: datetime) -> None:
    """Keep a verdict on an answer: the first stands, a reason may follow."""
    mine = (Feedback.conversation_id == conversation_id, Feedback.guide == verdict.guide, Feedback.section == verdict.section)
    known = connection.execute(select(Feedback.helped, Feedback.reason).where(*mine)).one_or_none()
    told: dict[str, Any] = {"helped": verdict.helped, "reason": verdict.reason}
    if known is None:
        place = {"conversation_id": conversation_id, "guide": verdict.guide, "section": verdict.section}
        connection.execute(insert(Feedback), {**place, **told, "message_id": verdict.message_id, "created_at": now})
    elif (known.helped, known.reason, verdict.helped) == (False, None, False):
        connection.execute(update(Feedback).where(*mine).values(**told))


# notices


def add_notice(connection: Connection, text: str, guide: str | None, ward: str | None, expires_at: datetime) -> int:
    """Keep a notice; returns its number."""
    row = {"text": text, "guide": guide, "ward": ward, "expires_at": expires_at}
    key = connection.execute(insert(NoticeRow), row).inserted_primary_key
    assert key is not None  # the table has one
    number: int = key[0]
    return number


def list_notices(connection: Connection) -> Sequence[PublicNotice]:
    """All notices, also expired ones, in order of their numbers."""
    columns = (NoticeRow.id, NoticeRow.text, NoticeRow.expires_at, NoticeRow.guide, NoticeRow.ward)
    return [PublicNotice(*row) for row in connection.execute(select(*columns).order_by(NoticeRow.id))]


def remove_notice(connection: Connection, notice_id: int) -> bool:
    """Take a notice back; False when there is none of that number."""
    return connection.execute(delete(NoticeRow).where(NoticeRow.id == notice_id)).rowcount > 0


# deletion on request


def forget(connection: Connection, conversation_id: int) -> None:
    """Delete what is kept around a conversation; of verdicts and answers the bare count stays, tied to nobody."""
    connection.execute(delete(WalkCode).where(WalkCode.conversation_id == conversation_id))
    mine = FollowUp.conversation_id == conversation_id
    connection.execute(delete(FollowUp).where(mine, FollowUp.answer.is_(None)))
    connection.execute(update(FollowUp).where(mine).values(conversation_id=None, step=None))
    given = update(Feedback).where(Feedback.conversation_id == conversation_id)
    connection.execute(given.values(conversation_id=None, message_id=None))

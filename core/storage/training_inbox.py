"""The trainers' inbox: groups of messages that wait for a decision, the decisions, and taking them back.

Texts are read from the messages themselves, so what is deleted there, on wish or by age, is gone from here at once. Who
works for some wards sees what came from there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.errors import UserFacingError
from core.inbox import WEEK, Group, Kind
from core.privacy import mask
from core.staff import Member
from core.storage.inbox_models import InboxItem, InboxRuling
from core.storage.models import Conversation, Message, Turn
from core.storage.staff_models import Staff

__all__ = [
    "Line",
    "Ruled",
    "Waiting",
    "around",
    "find_line",
    "find_ruling",
    "list_groups",
    "list_lines",
    "list_rulings",
    "open_for_grouping",
    "open_lines",
    "reopen",
    "rule",
    "ruling_of",
    "set_groups",
    "ungrouped",
]

_LINES = 300
"""Messages of a group shown at once, those nearest to its middle; the others follow when these are decided."""
_TALK = timedelta(hours=1)
_BEFORE, _AFTER = 20, 10
"""What is shown of a conversation around a message."""
_GONE = "Có câu đã được người khác xử lý, hoặc bà con đã xóa. Hãy tải lại trang rồi chọn lại."


@dataclass(frozen=True)
class Line:
    """A message of the inbox with what the bot made of it.

    Args:
        item: Why it is here.
        message: Its text, masked.
        turn: What the bot did.
        ward: Ward of the conversation, where it is known.
        picked: The guide the citizen tapped right afterwards, when the bot had asked back.
    """

    item: InboxItem
    message: Message
    turn: Turn
    ward: str | None
    picked: str | None = None


@dataclass(frozen=True)
class Waiting:
    """What grouping needs of an open message."""

    id: int
    text: str
    number: int | None


@dataclass(frozen=True)
class Ruled:
    """A decision with who made it and who took it back."""

    ruling: InboxRuling
    who: str | None
    undone_by: str | None


def _open() -> ColumnElement[bool]:
    return and_(InboxItem.ruling_id.is_(None), Message.text != "")


def _visible(member: Member) -> ColumnElement[bool]:
    return true() if member.whole_city else Conversation.ward.in_(member.wards)


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(InboxItem)
        .join(Message, Message.id == InboxItem.message_id)
        .join(Conversation, Conversation.id == InboxItem.conversation_id)
    )


# grouping


async def ungrouped(session: AsyncSession) -> bool:
    """Whether some open message has no group yet."""
    waiting = _joined(InboxItem.id).where(_open(), InboxItem.group_number.is_(None)).limit(1)
    return await session.scalar(waiting) is not None


async def open_for_grouping(session: AsyncSession, limit: int) -> list[Waiting]:
    """The newest open messages, of all wards."""
    columns = (InboxItem.id, Message.text, InboxItem.group_number)
    rows = await session.execute(_joined(*columns).where(_open()).order_by(InboxItem.said_at.desc(), InboxItem.id).limit(limit))
    return [Waiting(*row) for row in rows]


async def set_groups(session: AsyncSession, numbers: Mapping[int, int], fits: Mapping[int, float]) -> None:
    """Store which group each item is in, and how well it fits."""
    rows = [{"id": item, "group_number": number, "fit": fits[item]} for item, number in numbers.items()]
    if rows:
        await session.execute(update(InboxItem), rows)


# looking


async def list_groups(session: AsyncSession, member: Member, now: datetime, reason: str | None = None) -> list[Group]:
    """Every group that waits, in numbers.

    Args:
        session: Any.
        member: Who looks.
        now: The time.
        reason: Only messages that are here for this reason.
    """
    people = func.count(InboxItem.conversation_id.distinct())
    this_week = people.filter(InboxItem.said_at > now - WEEK)
    week_before = people.filter(InboxItem.said_at <= now - WEEK, InboxItem.said_at > now - 2 * WEEK)
    columns = (InboxItem.group_number, func.count(), people, this_week, week_before, func.max(InboxItem.said_at))
    query = _joined(*columns).where(_open(), _visible(member), InboxItem.group_number.is_not(None), _because(reason))
    return [Group(*row) for row in await session.execute(query.group_by(InboxItem.group_number))]


def _because(reason: str | None) -> ColumnElement[bool]:
    return true() if reason is None else cast(InboxItem.reasons, String).contains(f'"{reason}"')


async def list_lines(
    session: AsyncSession, member: Member, numbers: Collection[int], reason: str | None = None
) -> dict[int, list[Line]]:
    """The open messages of some groups, those nearest to the middle first."""
    query = _lines().where(_open(), _visible(member), InboxItem.group_number.in_(numbers), _because(reason))
    rows = await session.execute(query.order_by(InboxItem.fit.desc(), InboxItem.id).limit(_LINES * max(1, len(numbers))))
    lines: dict[int, list[Line]] = {}
    for line in await _with_picks(session, [Line(*row) for row in rows]):
        lines.setdefault(line.item.group_number or 0, []).append(line)
    return lines


async def find_line(session: AsyncSession, member: Member, item_id: int) -> Line | None:
    """One message, decided or not; None when there is none, it is deleted, or it is of other wards."""
    row = (await session.execute(_lines().where(InboxItem.id == item_id, Message.text != "", _visible(member)))).one_or_none()
    return (await _with_picks(session, [Line(*row)]))[0] if row else None


def _lines() -> Select[Any]:
    return _joined(InboxItem, Message, Turn, Conversation.ward).join(Turn, Turn.message_id == InboxItem.message_id)


async def _with_picks(session: AsyncSession, lines: Sequence[Line]) -> list[Line]:
    """What was tapped after the bot had asked back: the citizen's own answer to what they meant."""
    asked = {line.turn.id: line for line in lines if line.turn.outcome == "clarify"}
    if not asked:
        return list(lines)
    later = aliased(Turn)
    following = (
        select(Turn.id, func.min(later.id).label("next"))
        .join(later, and_(later.conversation_id == Turn.conversation_id, later.id > Turn.id))
        .where(Turn.id.in_(asked))
        .group_by(Turn.id)
        .subquery()
    )
    taps = select(following.c.id, Turn.guide).join(Turn, Turn.id == following.c.next).where(Turn.intent == "choose")
    picked = {turn: guide for turn, guide in await session.execute(taps)}
    return [Line(line.item, line.message, line.turn, line.ward, picked.get(line.turn.id)) for line in lines]


async def around(session: AsyncSession, line: Line) -> list[tuple[Message, Turn | None]]:
    """The conversation around a message, oldest first, with what the bot made of each message of the citizen."""
    of_it = (
        select(Message, Turn)
        .outerjoin(Turn, Turn.message_id == Message.id)
        .where(Message.conversation_id == line.message.conversation_id, Message.text != "")
    )
    since = line.message.created_at - _TALK
    before = await session.execute(
        of_it.where(Message.id <= line.message.id, Message.created_at >= since).order_by(Message.id.desc()).limit(_BEFORE)
    )
    after = await session.execute(of_it.where(Message.id > line.message.id).order_by(Message.id).limit(_AFTER))
    return [(message, turn) for message, turn in [*before.all()[::-1], *after.all()]]


async def ruling_of(session: AsyncSession, item: InboxItem) -> InboxRuling | None:
    """What was decided about a message, if anything was."""
    return await session.get(InboxRuling, item.ruling_id) if item.ruling_id else None


# deciding


async def open_lines(session: AsyncSession, member: Member, items: Collection[int]) -> list[Line]:
    """Messages by the ids of their items, those nearest to the middle first.

    Raises:
        UserFacingError: One of them waits no more, is deleted, or is of other wards; or there are none.
    """
    wanted = set(items)
    query = _lines().where(_open(), _visible(member), InboxItem.id.in_(wanted)).order_by(InboxItem.fit.desc(), InboxItem.id)
    lines = [Line(*row) for row in await session.execute(query)]
    if not wanted:
        raise UserFacingError("Chưa chọn câu nào.")
    if len(lines) != len(wanted):
        raise UserFacingError(_GONE)
    return lines


async def rule(
    session: AsyncSession, member: Member, items: Collection[int], kind: Kind, target: str | None, note: str, now: datetime
) -> InboxRuling:
    """Decide about messages, all of them or none.

    Args:
        session: A transaction.
        member: Who decides.
        items: Ids of the messages' items.
        kind: What they are.
        target: The intent or guide they belong to.
        note: Why.
        now: The time.

    Raises:
        UserFacingError: As `open_lines`.
    """
    ids = [line.item.id for line in await open_lines(session, member, items)]
    told = {"kind": kind.value, "target": target, "note": mask(note.strip()).text}
    ruling = InboxRuling(**told, messages=len(ids), staff_id=member.id, at=now)
    session.add(ruling)
    await session.flush()
    taken = update(InboxItem).where(InboxItem.id.in_(ids), InboxItem.ruling_id.is_(None)).values(ruling_id=ruling.id)
    result = await session.execute(taken.execution_options(synchronize_session=False))
    if result.rowcount != len(ids):  # type: ignore[attr-defined]  # an update's result has it
        raise UserFacingError(_GONE)
    return ruling


async def find_ruling(session: AsyncSession, ruling_id: int) -> InboxRuling:
    """A decision that stands.

    Raises:
        UserFacingError: There is no such decision, or it was taken back already.
    """
    ruling = await session.scalar(select(InboxRuling).where(InboxRuling.id == ruling_id).with_for_update())
    if ruling is None or ruling.undone_at is not None:
        raise UserFacingError("Quyết định này không còn, hoặc đã được hoàn tác.")
    return ruling


async def reopen(session: AsyncSession, member: Member, ruling_id: int, now: datetime) -> InboxRuling:
    """Take a decision back: its messages wait again.

    Raises:
        UserFacingError: There is no such decision, or it was taken back already.
    """
    ruling = await find_ruling(session, ruling_id)
    ruling.undone_at, ruling.undone_by = now, member.id
    await session.execute(update(InboxItem).where(InboxItem.ruling_id == ruling_id).values(ruling_id=None))
    return ruling


async def list_rulings(session: AsyncSession, before: int | None = None, limit: int = 50) -> list[Ruled]:
    """Decisions, newest first; `before` an id, for the next page."""
    other = aliased(Staff)
    query = (
        select(InboxRuling, Staff.full_name, other.full_name)
        .outerjoin(Staff, Staff.id == InboxRuling.staff_id)
        .outerjoin(other, other.id == InboxRuling.undone_by)
        .order_by(InboxRuling.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(InboxRuling.id < before)
    return [Ruled(*row) for row in await session.execute(query)]

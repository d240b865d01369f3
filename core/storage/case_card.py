"""Everything the card of a case shows, and a mark that changes with it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import ACTIVE, CaseState
from core.staff import Member
from core.storage.case_models import CaseEvent, Team
from core.storage.conversations import transcript
from core.storage.models import Case, Conversation, Message, Turn
from core.storage.staff_models import Staff

__all__ = ["Card", "Happened", "mark_of_card", "mark_of_queue", "read_card"]

_TRANSCRIPT = 200
_EARLIER = 10


@dataclass(frozen=True)
class Happened:
    """One entry of the history."""

    event: CaseEvent
    who: str | None


@dataclass(frozen=True)
class Card:
    """A case with all around it.

    Args:
        case: The case.
        conversation: Of the citizen.
        owner: Who has it.
        team: Whose it is.
        messages: The transcript, masked; in the end the newest.
        outcomes: What the bot made of each incoming message, by its id.
        history: Every change, oldest first.
        earlier: Other cases of the same citizen, newest first.
    """

    case: Case
    conversation: Conversation
    owner: Staff | None
    team: Team | None
    messages: tuple[Message, ...]
    outcomes: dict[int, Turn]
    history: tuple[Happened, ...]
    earlier: tuple[Case, ...]


async def read_card(session: AsyncSession, case: Case) -> Card:
    """All of a case."""
    messages = tuple(await transcript(session, case.conversation_id, limit=_TRANSCRIPT))
    turns = await session.scalars(select(Turn).where(Turn.message_id.in_([message.id for message in messages])))
    events = await session.execute(
        select(CaseEvent, Staff.full_name)
        .outerjoin(Staff, Staff.id == CaseEvent.staff_id)
        .where(CaseEvent.case_id == case.id)
        .order_by(CaseEvent.id)
    )
    others = (
        select(Case)
        .where(Case.conversation_id == case.conversation_id, Case.id != case.id, Case.state != CaseState.DELETED)
        .order_by(Case.id.desc())
        .limit(_EARLIER)
    )
    return Card(
        case=case,
        conversation=await session.get_one(Conversation, case.conversation_id),
        owner=await session.get(Staff, case.owner_id) if case.owner_id else None,
        team=await session.get(Team, case.team_id) if case.team_id else None,
        messages=tuple(message for message in messages if message.text),
        outcomes={turn.message_id: turn for turn in turns},
        history=tuple(Happened(event, name) for event, name in events),
        earlier=tuple(await session.scalars(others)),
    )


async def mark_of_card(session: AsyncSession, case_id: int) -> tuple[str, str]:
    """Two marks: of the transcript (with how its deliveries go), and of everything else of a case."""
    case = await session.get_one(Case, case_id, populate_existing=True)
    seen = select(func.max(Message.id), func.count().filter(Message.state == "queued"))
    last, moving = (await session.execute(seen.where(Message.conversation_id == case.conversation_id))).one()
    event = await session.scalar(select(func.max(CaseEvent.id)).where(CaseEvent.case_id == case_id))
    return f"{last}.{moving}", f"{event}.{case.state}.{case.owner_id}"


async def mark_of_queue(session: AsyncSession, member: Member) -> str:
    """Changes with every change of any case, and when somebody writes whose case `member` has."""
    mine = select(func.max(Case.updated_at)).where(Case.state.in_(ACTIVE), Case.owner_id == member.id)
    return f"{await session.scalar(select(func.max(CaseEvent.id)))}.{await session.scalar(mine)}"

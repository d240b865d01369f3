"""An office for tests: its people, and citizens who asked for one of them."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.staff import Member, Role
from core.storage import case_moves, cases, conversations
from core.storage.case_models import CaseEvent
from core.storage.database import Database
from core.storage.models import Case, Conversation, Message, Turn
from core.storage.staff_models import Staff

__all__ = ["case_of", "events", "hire", "moving", "open_one", "texts_to_citizen"]

_numbers = itertools.count(1)


async def hire(database: Database, name: str, role: Role = Role.STAFF, wards: tuple[str, ...] = ()) -> Member:
    """An account that works."""
    async with database.session() as session, session.begin():
        staff = Staff(username=name.lower(), full_name=f"Chị {name}", display_name=f"Cán bộ {name}", role=role, wards=list(wards))
        session.add(staff)
        await session.flush()
        return staff.member


async def open_one(
    database: Database,
    said: str = "tôi cần người giúp",
    *,
    ward: str | None = None,
    chat: str | None = None,
    guide: str | None = None,
) -> str:
    """A case of a citizen who said something; returns its code."""
    number = next(_numbers)
    async with database.session() as session, session.begin():
        conversation_id = await conversations.get_or_add(session, "thu", "bot", chat or f"chat {number}")
        conversation = await session.get_one(Conversation, conversation_id)
        conversation.ward = ward
        common = {"conversation_id": conversation_id, "direction": "in", "author": "citizen", "state": "done", "payload": {}}
        message = Message(key=f"said {number}", text=said, **common)
        session.add(message)
        await session.flush()
        turn = Turn(outcome="handoff", ms=1.0, guide=guide, conversation_id=conversation_id, message_id=message.id)
        request = {"code": f"TEST-{number:04}", "reason": "asked"}
        case = await cases.open_case(session, conversation, turn, request, [("human", 0.9)], {"dang_ky_tam_tru": "cu_tru"})
        session.add(turn)
        return case.code


@asynccontextmanager
async def moving(database: Database, code: str, member: Member) -> AsyncIterator[tuple[AsyncSession, Case]]:
    """A transaction with a case, as a page of `member` uses it."""
    async with database.session() as session, session.begin():
        yield session, await case_moves.get_case(session, code, member)


async def case_of(database: Database, code: str) -> tuple[Case, Conversation]:
    """A case and its conversation, as stored."""
    async with database.session() as session:
        case = (await session.scalars(select(Case).where(Case.code == code))).one()
        return case, await session.get_one(Conversation, case.conversation_id)


async def events(database: Database, code: str) -> list[tuple[str, str]]:
    """Kind and note of each change of a case, in order."""
    async with database.session() as session:
        query = select(CaseEvent).join(Case, Case.id == CaseEvent.case_id).where(Case.code == code).order_by(CaseEvent.id)
        return [(event.kind, event.note) for event in await session.scalars(query)]


async def texts_to_citizen(database: Database, code: str) -> list[tuple[str, str]]:
    """Author and text of what was queued for a case's citizen."""
    case, _ = await case_of(database, code)
    async with database.session() as session:
        query = (
            select(Message)
            .where(Message.conversation_id == case.conversation_id, Message.direction == "out")
            .order_by(Message.id)
        )
        return [(message.author, message.text) for message in await session.scalars(query)]

"""What time does to cases: warnings before a target, the next team, people who went away; and replies nobody got."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import texts
from core.cases import ACTIVE, CaseState, EventKind, Presence
from core.staff import Member
from core.storage.case_models import StaffPresence, Team
from core.storage.case_moves import back_to_queue, lock, note_event, tell, waits_again
from core.storage.models import Case, Message
from core.storage.staff_models import Staff

__all__ = ["DUTIES", "set_presence"]

_AT_ONCE = 100


async def _end_absences(session: AsyncSession) -> int:
    over = StaffPresence.until <= datetime.now(UTC)
    await session.execute(delete(StaffPresence).where(over).execution_options(synchronize_session=False))
    return 0


async def _warn(session: AsyncSession) -> int:
    now = datetime.now(UTC)
    due = select(Case).where(Case.state.in_(ACTIVE), Case.warn_at <= now).order_by(Case.id).limit(_AT_ONCE)
    changed = 0
    for case in (await session.scalars(due)).all():
        await lock(session, case)
        if case.warn_at is not None and case.warn_at <= now:
            case.warn_at = None
            note_event(session, case, EventKind.WARNED)
            changed += 1
    return changed


async def _rise(session: AsyncSession) -> int:
    now = datetime.now(UTC)
    due = select(Case).where(Case.state == CaseState.NEW, Case.rise_at <= now).order_by(Case.id).limit(_AT_ONCE)
    changed = 0
    for case in (await session.scalars(due)).all():
        await lock(session, case)
        if case.rise_at is None or case.rise_at > now or case.state != CaseState.NEW:
            continue
        team = await session.get(Team, case.team_id) if case.team_id else None
        above = await session.get(Team, team.next_id) if team and team.next_id else None
        since, due_at, warn_at = case.waiting_since, case.due_at, case.warn_at
        case.rise_at = None
        if above is not None:
            case.team_id = above.id
            await waits_again(session, case)
            case.waiting_since, case.due_at, case.warn_at = since, due_at, warn_at  # the citizen waits as long as before
            note_event(session, case, EventKind.ESCALATED, note=f"→ {above.name}")
            changed += 1
    return changed


async def _from_absent(session: AsyncSession) -> int:
    """Cases of people who went away, or whose account was closed, wait for somebody else."""
    now = datetime.now(UTC)
    away = (StaffPresence.state == Presence.AWAY) & or_(StaffPresence.until.is_(None), StaffPresence.until > now)
    owned = (
        select(Case)
        .join(Staff, Staff.id == Case.owner_id)
        .outerjoin(StaffPresence, StaffPresence.staff_id == Staff.id)
        .where(Case.state.in_(ACTIVE), or_(Staff.disabled_at.is_not(None), away))
        .order_by(Case.id)
        .limit(_AT_ONCE)
    )
    changed = 0
    for case in (await session.scalars(owned)).all():
        owner = case.owner_id
        await lock(session, case)
        if case.owner_id == owner and case.state in ACTIVE:
            await back_to_queue(session, case, EventKind.REQUEUED, note="người giữ hồ sơ đang nghỉ")
            await tell(session, case, texts.CASE_RELEASED.format(code=case.code))
            changed += 1
    return changed


async def set_presence(session: AsyncSession, member: Member, state: Presence, until: datetime | None) -> None:
    """Say whether somebody is there; the cases of who goes away go back to the queue."""
    await session.execute(delete(StaffPresence).where(StaffPresence.staff_id == member.id))
    if state is not Presence.HERE:
        session.add(StaffPresence(staff_id=member.id, state=state, until=until))
        await session.flush()
    if state is Presence.AWAY:
        await _from_absent(session)


async def _return_undelivered(session: AsyncSession) -> int:
    """A person's reply that reached nobody: its case waits in the queue again, with the reason."""
    failed = (
        select(Message)
        .where(literal_column("messages.author = 'staff' AND messages.state = 'failed'"))
        .order_by(Message.id)
        .limit(_AT_ONCE)
    )
    changed = 0
    for message in (await session.scalars(failed)).all():
        last = select(Case).where(Case.conversation_id == message.conversation_id, Case.state != CaseState.DELETED)
        case = await session.scalar(last.order_by(Case.id.desc()).limit(1))
        if case is not None:
            await lock(session, case)
            await session.refresh(message)
        if case is not None and message.state == "failed":
            case.closed_at = case.cause = None
            await back_to_queue(session, case, EventKind.UNDELIVERED, note=message.error or "")
            changed += 1
        message.state = "dropped"  # nobody is to try it again: a person decides what to do instead
    return changed


DUTIES = (_end_absences, _warn, _rise, _from_absent, _return_undelivered)
"""What is to be done again and again, each in a transaction of its own; each returns how many cases changed.

Within one, rows are locked in the order of their ids, so two processes at once wait for each other instead of for ever.
"""

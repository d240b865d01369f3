"""The queue: which cases somebody sees, in which order, and how many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from core.cases import ACTIVE, CaseState, CaseView, Priority
from core.staff import Member
from core.storage.case_models import Team
from core.storage.case_routing import teams_of
from core.storage.case_search import matching
from core.storage.desk_rules import load_rules
from core.storage.models import Case, Conversation
from core.storage.staff_models import Staff

__all__ = ["Asked", "Bell", "Line", "Listing", "bell", "counts", "every_case", "list_queue"]

PAGE = 50
_EXPORTED_AT_ONCE = 500


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see.

    Args:
        view: Which list.
        words: Searched for, with or without accents.
        ward: Only this ward.
        area: Only this topic area.
        page: From 1.
    """

    view: CaseView = CaseView.NEW
    words: str = ""
    ward: str = ""
    area: str = ""
    page: int = 1


@dataclass(frozen=True)
class Line:
    """A case in a list."""

    case: Case
    channel: str
    owner: str | None
    team: str | None

    @property
    def said(self) -> str:
        """The citizen's last words before the case was opened."""
        return next(
            (str(line["text"]) for line in reversed(self.case.transcript) if line["author"] == "citizen" and line["text"]), ""
        )


@dataclass(frozen=True)
class Listing:
    """A page of a list, and whether there is another."""

    lines: tuple[Line, ...]
    more: bool


def _visible(member: Member) -> ColumnElement[bool]:
    return true() if member.whole_city else Case.ward.in_(member.wards)


async def _in_view(session: AsyncSession, view: CaseView, member: Member, now: datetime) -> ColumnElement[bool]:
    active = Case.state.in_(ACTIVE)
    if view is CaseView.MINE:
        return and_(active, Case.owner_id == member.id)
    if view is CaseView.TEAM:
        return and_(active, Case.team_id.in_(await teams_of(session, member.id)))
    if view is CaseView.OVERDUE:
        return and_(active, Case.due_at < now)
    if view is CaseView.ALL:
        return Case.state != CaseState.DELETED
    return (
        Case.state == {CaseView.NEW: CaseState.NEW, CaseView.WAITING: CaseState.WAITING, CaseView.CLOSED: CaseState.CLOSED}[view]
    )


def _joined() -> Select[Case, str, str, str]:
    return (
        select(Case, Conversation.channel, Staff.full_name, Team.name)
        .join(Conversation, Conversation.id == Case.conversation_id)
        .outerjoin(Staff, Staff.id == Case.owner_id)
        .outerjoin(Team, Team.id == Case.team_id)
    )


async def list_queue(session: AsyncSession, member: Member, asked: Asked) -> Listing:
    """A page of cases that `member` may see: those whose waiting does most harm first, closed ones by when they ended."""
    condition = and_(_visible(member), await _in_view(session, asked.view, member, datetime.now(UTC)))
    found = select(Case.id).where(condition)
    if asked.ward:
        found = found.where(Case.ward == asked.ward)
    if asked.area:
        found = found.where(Case.area == asked.area)
    by_words = matching(session.get_bind().dialect.name, asked.words)
    if by_words is not None:
        found = found.where(Case.id.in_(by_words))
    order: tuple[Any, ...] = (Case.priority.asc(), Case.waiting_since.asc(), Case.id.asc())
    if asked.view is CaseView.ALL or (asked.view is CaseView.CLOSED and by_words is not None):
        order = (Case.id.desc(),)  # the order the search finds them in: the newest first, without sorting all that match
    elif asked.view is CaseView.CLOSED:
        order = (Case.closed_at.desc(), Case.id.desc())
    start = (asked.page - 1) * PAGE
    ids = list(await session.scalars(found.order_by(*order).offset(start).limit(PAGE + 1)))
    rows = await session.execute(_joined().where(Case.id.in_(ids[:PAGE])))
    by_id = {row[0].id: Line(*row) for row in rows}
    return Listing(tuple(by_id[case_id] for case_id in ids[:PAGE] if case_id in by_id), len(ids) > PAGE)


async def counts(session: AsyncSession, member: Member) -> dict[CaseView, int]:
    """How many cases there are in each list but the closed ones."""
    now = datetime.now(UTC)
    views = (CaseView.NEW, CaseView.MINE, CaseView.TEAM, CaseView.WAITING, CaseView.OVERDUE)
    columns = [func.count().filter(await _in_view(session, view, member, now)) for view in views]
    row = (await session.execute(select(*columns).where(_visible(member), Case.state.in_(ACTIVE)))).one()
    return dict(zip(views, row, strict=True))


@dataclass(frozen=True)
class Bell:
    """What open pages ring for.

    Args:
        waiting: Cases nobody has taken.
        scams: How many of them concern a scam: they ring also in quiet hours.
        answers: Cases of one's own whose citizen waits for an answer.
        quiet: Whether it is a quiet hour.
    """

    waiting: int
    scams: int
    answers: int
    quiet: bool


async def bell(session: AsyncSession, member: Member) -> Bell:
    """How many cases that `member` may see wait for somebody, or for `member`."""
    scams = func.count().filter(Case.priority == Priority.SCAM)
    query = select(func.count(), scams).select_from(Case).where(_visible(member), Case.state == CaseState.NEW)
    waiting, scam = (await session.execute(query)).one()
    mine = select(func.count()).select_from(Case)
    answers = await session.scalar(mine.where(Case.state == CaseState.OPEN, Case.owner_id == member.id, Case.due_at.is_not(None)))
    return Bell(waiting, scam, answers or 0, (await load_rules(session)).is_quiet(datetime.now(UTC)))


async def every_case(session: AsyncSession, member: Member) -> AsyncIterator[Sequence[Line]]:
    """All cases `member` may see, oldest first, some at a time: for export, however many there are."""
    last = 0
    while True:
        query = _joined().options(defer(Case.transcript), defer(Case.intents))
        query = query.where(Case.id > last, _visible(member), Case.state != CaseState.DELETED).order_by(Case.id)
        rows = (await session.execute(query.limit(_EXPORTED_AT_ONCE))).all()
        if not rows:
            return
        yield [Line(*row) for row in rows]
        last = rows[-1][0].id
        session.expunge_all()

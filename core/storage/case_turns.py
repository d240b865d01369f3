"""Cases in a turn: opened, joined, asked about, opened again, and messages that a person reads instead of the bot.

`settle` runs in the turn's transaction, after the conversation's row is locked. It may replace what the bot would say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import texts
from core.cases import ACTIVE, CaseState, EventKind, Priority
from core.messages import Outcome, Reply
from core.storage import cases
from core.storage.case_moves import note_event, reopen, waits_again, words_of_case
from core.storage.case_search import keep_words
from core.storage.desk_rules import answer_expected, load_rules
from core.storage.models import Case, Conversation, Turn
from core.storage.staff_models import Staff
from core.worktime import ZONE

__all__ = ["ALWAYS_ANSWERED", "STAFF", "Decided", "settle"]

STAFF = "staff"
"""Value of `Conversation.handler` while a person has the conversation."""

ALWAYS_ANSWERED = frozenset({"delete?", "delete", "keep", "c", "quiet"})
"""Taps the bot carries out also while a person has the conversation: they are wishes to the machine."""

_COURTESY = frozenset({None, "greet", "thanks", "goodbye", "affirm", "bot_identity", "menu", "repeat", "delete_data"})
"""Intents after which a closed case stays closed; None: not said to the dialogue but to what surrounds it."""


@dataclass(frozen=True)
class Decided:
    """What the bot would do.

    Args:
        decision: As actions hand it over.
        ranking: Intents with confidences, best first.
        replies: What it would say.
        choice: The button tapped, if one was.
        areas: Topic area of each guide.
    """

    decision: Mapping[str, Any]
    ranking: Sequence[tuple[str, float]]
    replies: tuple[Reply, ...]
    choice: str | None
    areas: Mapping[str, str] = field(default_factory=dict)


async def settle(
    session: AsyncSession, conversation: Conversation, turn: Turn, decided: Decided, *, held: bool
) -> tuple[Reply, ...]:
    """Do what a turn means for cases; returns what is said after all. Who has an open case need not be offered one.

    Args:
        session: The turn's transaction.
        conversation: Locked.
        turn: Its row, not yet stored; the outcome may change.
        decided: What the bot would do.
        held: A person has the conversation; `decided.replies` holds only what the bot says all the same.
    """
    said = await _settled(session, conversation, turn, decided, held=held)
    case = await _current(session, conversation)
    if case is None or case.state not in ACTIVE or all(reply.text != texts.FILE_NEEDS_CASE for reply in said):
        return said
    left = tuple(reply for reply in said if reply.text != texts.FILE_NEEDS_CASE)
    if not left:
        turn.outcome = Outcome.HANDOFF
    return left


async def _settled(
    session: AsyncSession, conversation: Conversation, turn: Turn, decided: Decided, *, held: bool
) -> tuple[Reply, ...]:
    case = await _current(session, conversation)
    status = decided.decision.get("case_status")
    if held and not decided.decision.get("forget"):
        await _to_its_owner(session, case, turn)
    if status is not None:
        return _in_place(decided.replies, texts.CASE_NONE, await _status(session, conversation, status))
    if held:
        return decided.replies
    request = decided.decision.get("case")
    if request and case is not None and case.state in ACTIVE:
        case.priority = min(case.priority, await cases.priority_now(session, conversation, turn, request))
        already = texts.CASE_ALREADY.format(code=case.code, state=await _state(session, case))
        return _in_place(decided.replies, request["code"], already)
    if request:
        opened = await cases.open_case(session, conversation, turn, request, decided.ranking, decided.areas)
        promise = await _promise(session, opened)
        said = tuple(
            Reply(f"{reply.text} {promise}", reply.choices, reply.footer) if opened.code in reply.text else reply
            for reply in decided.replies
        )
        cases.add_replies(opened, said)
        return said
    if case is not None and case.state == CaseState.CLOSED:
        return await _maybe_again(session, conversation, case, turn, decided)
    if case is not None:
        await _follow(session, case, turn)
    return decided.replies


async def _current(session: AsyncSession, conversation: Conversation) -> Case | None:
    return await session.get(Case, conversation.case_id) if conversation.case_id else None


async def _to_its_owner(session: AsyncSession, case: Case | None, turn: Turn) -> None:
    if case is None or case.state not in {CaseState.OPEN, CaseState.WAITING}:
        return
    if turn.outcome == Outcome.SAFETY and case.priority > Priority.SCAM:
        case.priority = Priority.SCAM
        note_event(session, case, EventKind.RAISED)
    if case.state == CaseState.WAITING:
        note_event(session, case, EventKind.WROTE)
    case.state = CaseState.OPEN
    if case.due_at is None:
        await waits_again(session, case)
    case.updated_at = datetime.now(UTC)
    await keep_words(session, case.id, await words_of_case(session, case))


async def _follow(session: AsyncSession, case: Case, turn: Turn) -> None:
    """The citizen goes on talking to the bot while the case waits."""
    if turn.outcome == Outcome.SAFETY and case.priority > Priority.SCAM:
        case.priority = Priority.SCAM
        note_event(session, case, EventKind.RAISED)
        await waits_again(session, case)
    case.updated_at = datetime.now(UTC)


async def _maybe_again(
    session: AsyncSession, conversation: Conversation, case: Case, turn: Turn, decided: Decided
) -> tuple[Reply, ...]:
    """Within the days the office set, whatever is no courtesy and no button opens a closed case again."""
    days = (await load_rules(session)).reopen_days
    if case.closed_at is None or datetime.now(UTC) - case.closed_at > timedelta(days=days):
        conversation.case_id = None
        return decided.replies
    if decided.choice is not None or turn.intent in _COURTESY:
        return decided.replies
    await reopen(session, case)
    await keep_words(session, case.id, await words_of_case(session, case))
    told = Reply(texts.CASE_REOPENED.format(code=case.code, state=await _promise(session, case)))
    if turn.outcome in {Outcome.FALLBACK, Outcome.CLARIFY, Outcome.SMALLTALK}:
        turn.outcome = Outcome.HANDOFF
        return (*decided.replies[:-1], told) if len(decided.replies) > 1 else (told,)
    return (*decided.replies, told)


def _in_place(replies: tuple[Reply, ...], marker: str, text: str) -> tuple[Reply, ...]:
    """The replies with `text` for the one that holds `marker`; its buttons stay."""
    return tuple(Reply(text, reply.choices, reply.footer) if marker in reply.text else reply for reply in replies)


async def _status(session: AsyncSession, conversation: Conversation, code: str) -> str:
    """How a citizen's own case goes; somebody else's is not known here."""
    query = select(Case).where(Case.conversation_id == conversation.id, Case.state != CaseState.DELETED)
    if code:
        query = query.where(Case.code == code)
    case = await session.scalar(query.order_by(Case.id.desc()).limit(1))
    if case is None:
        return texts.CASE_NOT_YOURS.format(code=code) if code else texts.CASE_NONE
    return texts.CASE_STATUS.format(code=case.code, state=await _state(session, case))


async def _state(session: AsyncSession, case: Case) -> str:
    owner = await session.get(Staff, case.owner_id) if case.owner_id else None
    closed = case.closed_at.astimezone(ZONE) if case.closed_at else None
    said = texts.CASE_STATES[case.state].format(
        name=owner.display_name if owner else texts.STAFF, date=f"{closed:%d/%m/%Y}" if closed else ""
    )
    return f"{said} {await _promise(session, case)}" if case.state == CaseState.NEW else said


async def _promise(session: AsyncSession, case: Case) -> str:
    """When the citizen can expect an answer, honestly."""
    now = datetime.now(UTC)
    rules = await load_rules(session)
    expected = (await answer_expected(session, rules, Priority(case.priority), now)).astimezone(ZONE)
    today = now.astimezone(ZONE).date()
    hour = f"{expected.hour} giờ {expected.minute:02}" if expected.minute else f"{expected.hour} giờ"
    if expected.date() == today:
        said = texts.CASE_EXPECTED_TODAY.format(time=hour)
    else:
        said = texts.CASE_EXPECTED.format(time=hour, day=f"{texts.WEEKDAYS[expected.weekday()]} {expected.day}/{expected.month}")
    return said if rules.calendar.is_open(now) else f"{texts.CASE_NOBODY_NOW} {said}"

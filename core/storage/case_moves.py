"""What staff do with a case, each in one transaction: take it, answer, ask, give it away, close, reopen.

Every move first locks the conversation's row (a turn locks it too), so the case and who answers in the conversation
change together or not at all: nobody and nothing else answers what a person has taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import texts
from core.cases import ACTIVE, CaseState, Cause, EventKind, Priority
from core.errors import CaseRefused, CaseUnknown
from core.messages import Reply, SentFile
from core.privacy import mask
from core.staff import Member, Role
from core.storage.case_models import CaseEvent, Team
from core.storage.case_routing import is_away, teams_of
from core.storage.case_search import keep_words
from core.storage.conversations import transcript
from core.storage.desk_rules import load_rules
from core.storage.models import Case, Conversation, Message
from core.storage.staff_models import Attachment, Staff

__all__ = [
    "answer", "ask", "back_to_queue", "claim", "close", "forward", "get_case", "give_back", "giver", "lock", "note_event",
    "queue_text", "release", "reopen", "tell", "waits_again", "words_of_case",
]  # fmt: skip

_LEADS = (Role.LEAD, Role.ADMIN)


async def get_case(session: AsyncSession, code: str, member: Member) -> Case:
    """A case by its code.

    Raises:
        CaseUnknown: There is none, or it is of a ward that is not this account's business.
    """
    case = await session.scalar(select(Case).where(Case.code == code, Case.state != CaseState.DELETED))
    if case is None or not member.covers(case.ward):
        raise CaseUnknown
    return case


async def lock(session: AsyncSession, case: Case) -> Case:
    """Let nobody else change the case or its conversation until this transaction ends; returns it as it is now."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == case.conversation_id)
        .values(updated_at=datetime.now(UTC))
        .execution_options(synchronize_session=False)
    )
    await session.refresh(case)
    return case


def note_event(session: AsyncSession, case: Case, kind: EventKind, member: Member | None = None, note: str = "") -> None:
    """Write down a change."""
    session.add(CaseEvent(case_id=case.id, staff_id=member.id if member else None, kind=kind, note=mask(note.strip()).text))
    case.updated_at = datetime.now(UTC)


async def claim(session: AsyncSession, case: Case, member: Member) -> None:
    """Take a case over and mute the bot; of many at once, one succeeds.

    Raises:
        CaseRefused: Somebody else has it, or it is closed.
    """
    now = datetime.now(UTC)
    await lock(session, case)
    taken = await session.execute(
        update(Case)
        .where(Case.id == case.id, Case.state == CaseState.NEW, Case.owner_id.is_(None))
        .values(state=CaseState.OPEN, owner_id=member.id, claimed_at=now, rise_at=None, updated_at=now)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]  # an update's result has it
        owner = await session.get(Staff, case.owner_id) if case.owner_id else None
        raise CaseRefused(f"Hồ sơ này {owner.full_name} đã nhận." if owner else "Hồ sơ này không còn chờ ai nhận.")
    await session.refresh(case)
    await _set_handler(session, case, "staff")
    note_event(session, case, EventKind.CLAIMED, member)
    await tell(session, case, texts.CASE_TAKEN.format(name=member.display_name, code=case.code))


async def answer(
    session: AsyncSession, case: Case, member: Member, text: str, key: str, *, waits: bool = False, file: Attachment | None = None
) -> None:
    """Put an answer to the citizen into the outbox; it was checked before (core.staff_reply).

    Args:
        session: A transaction.
        case: Theirs.
        member: Who answers.
        text: As the citizen gets it, without the name before it.
        key: Of the form it was typed into: sent twice, it is one answer.
        waits: The citizen must say more before the case can go on.
        file: Goes along, and is the citizen's to open from then on; a new row.
    """
    await _mine(session, case, member)
    key = f"staff:{key}"
    known = select(Message.id).where(Message.conversation_id == case.conversation_id, Message.key == key)
    if await session.scalar(known) is not None:
        return
    said = texts.STAFF_SAYS.format(name=member.display_name, text=text)
    if file is not None:
        file.shared = True
        session.add(file)
        await session.flush()
    sent = SentFile(file.id, file.name, file.media_type, file.size) if file else None
    queue_text(session, case, said, key, author="staff", file=sent)
    case.state = CaseState.WAITING if waits else CaseState.OPEN
    case.answered_at = case.answered_at or datetime.now(UTC)
    case.due_at = case.warn_at = None
    note_event(session, case, EventKind.ASKED if waits else EventKind.REPLIED, member)
    await session.flush()
    await keep_words(session, case.id, await words_of_case(session, case))


async def ask(session: AsyncSession, case: Case, member: Member, text: str, key: str) -> None:
    """Ask the citizen for more."""
    await answer(session, case, member, text, key, waits=True)


async def release(session: AsyncSession, case: Case, member: Member, note: str = "") -> None:
    """Let the bot answer again; the case waits for somebody."""
    await _mine(session, case, member)
    await back_to_queue(session, case, EventKind.RELEASED, member, note)
    await tell(session, case, texts.CASE_RELEASED.format(code=case.code))


async def forward(
    session: AsyncSession, case: Case, member: Member, note: str, *, to: Member | None = None, team: Team | None = None
) -> None:
    """Give a case to a colleague (who then has it) or to a team (where somebody takes it).

    Raises:
        CaseRefused: No note, nobody to give it to, or the colleague may not see it or is away.
    """
    await _mine(session, case, member)
    if not note.strip():
        raise CaseRefused("Cần ghi lý do chuyển để người nhận hiểu việc.")
    if to is not None:
        if to.id == case.owner_id:
            raise CaseRefused("Người này đang giữ hồ sơ.")
        if not to.covers(case.ward):
            raise CaseRefused(f"{to.full_name} không phụ trách phường, xã của hồ sơ này.")
        if await is_away(session, to.id):
            raise CaseRefused(f"{to.full_name} đang nghỉ. Chọn người khác hoặc chuyển cho nhóm.")
        case.owner_id, case.claimed_at = to.id, datetime.now(UTC)
        note_event(session, case, EventKind.FORWARDED, member, f"→ {to.full_name}: {note}")
    elif team is not None:
        case.team_id = team.id
        await back_to_queue(session, case, EventKind.FORWARDED, member, f"→ {team.name}: {note}")
    else:
        raise CaseRefused("Chọn đồng nghiệp hoặc nhóm để chuyển.")


async def give_back(session: AsyncSession, case: Case, member: Member, note: str) -> None:
    """Return a forwarded case to who forwarded it, with a reason.

    Raises:
        CaseRefused: No reason, or nobody forwarded it.
    """
    await lock(session, case)
    if not note.strip():
        raise CaseRefused("Cần ghi lý do trả lại.")
    gave = await giver(session, case)
    allowed = case.owner_id == member.id or (case.owner_id is None and case.team_id in await teams_of(session, member.id))
    if gave is None or not allowed or case.state not in ACTIVE:
        raise CaseRefused("Hồ sơ này không phải được chuyển đến cho bạn.")
    if gave.disabled_at is not None or await is_away(session, gave.id):
        await back_to_queue(session, case, EventKind.RETURNED, member, note)
        return
    case.owner_id, case.state, case.rise_at = gave.id, CaseState.OPEN, None
    await _set_handler(session, case, "staff")
    note_event(session, case, EventKind.RETURNED, member, f"→ {gave.full_name}: {note}")


async def giver(session: AsyncSession, case: Case) -> Staff | None:
    """Who forwarded the case last, unless it was returned or closed since."""
    passing = (EventKind.FORWARDED, EventKind.RETURNED, EventKind.CLOSED, EventKind.RELEASED)
    last = await session.scalar(
        select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(passing)).order_by(CaseEvent.id.desc()).limit(1)
    )
    if last is None or last.kind != EventKind.FORWARDED or last.staff_id is None:
        return None
    return await session.get(Staff, last.staff_id)


async def close(session: AsyncSession, case: Case, member: Member, cause: Cause, note: str = "") -> None:
    """End a case; the bot answers again, and the citizen is told.

    Raises:
        CaseRefused: It is closed already, or somebody else's.
    """
    await lock(session, case)
    if case.state not in ACTIVE:
        raise CaseRefused("Hồ sơ này đã đóng.")
    if case.owner_id is not None:
        _check_owner(case, member)
    case.state, case.cause, case.closed_at = CaseState.CLOSED, cause, datetime.now(UTC)
    case.due_at = case.warn_at = case.rise_at = None
    await _set_handler(session, case, "bot")
    note_event(session, case, EventKind.CLOSED, member, note)
    days = (await load_rules(session)).reopen_days
    await tell(session, case, texts.CASE_CLOSED.format(code=case.code, days=days))


async def reopen(session: AsyncSession, case: Case, member: Member | None = None, note: str = "") -> None:
    """Put a closed case back into the queue; without a member it is the citizen who did.

    Raises:
        CaseRefused: It is open, or the citizen has another open one.
    """
    await lock(session, case)
    if case.state != CaseState.CLOSED:
        raise CaseRefused("Hồ sơ này đang mở.")
    other = select(Case.code).where(Case.conversation_id == case.conversation_id, Case.state.in_(ACTIVE), Case.id != case.id)
    if code := await session.scalar(other.limit(1)):
        raise CaseRefused(f"Bà con đang có hồ sơ {code} mở; trả lời ở đó.")
    case.closed_at = case.cause = None
    case.reopened += 1
    await back_to_queue(session, case, EventKind.REOPENED, member, note)
    await session.execute(update(Conversation).where(Conversation.id == case.conversation_id).values(case_id=case.id))


async def back_to_queue(session: AsyncSession, case: Case, kind: EventKind, member: Member | None = None, note: str = "") -> None:
    """Have a case wait for somebody, the bot answering meanwhile."""
    case.state, case.owner_id = CaseState.NEW, None
    await _set_handler(session, case, "bot")
    await waits_again(session, case)
    note_event(session, case, kind, member, note)


async def waits_again(session: AsyncSession, case: Case) -> None:
    """The citizen waits for an answer from now on."""
    now = datetime.now(UTC)
    rules, priority = await load_rules(session), Priority(case.priority)
    case.waiting_since, case.due_at, case.warn_at = now, rules.due(priority, now), rules.warn_at(priority, now)
    team = await session.get(Team, case.team_id) if case.team_id else None
    case.rise_at = rules.calendar.after(now, team.rise_minutes) if team and team.next_id and case.owner_id is None else None


async def _set_handler(session: AsyncSession, case: Case, handler: str) -> None:
    """Say who answers; what the bot remembered before a person spoke would mislead it afterwards."""
    other = or_(Conversation.handler != handler, Conversation.held_until.is_not(None))
    changed = update(Conversation).where(Conversation.id == case.conversation_id, other)
    changed = changed.values(handler=handler, held_until=None, dialogue=[])
    await session.execute(changed.execution_options(synchronize_session=False))


async def tell(session: AsyncSession, case: Case, text: str) -> None:
    """Tell the citizen how the case goes."""
    await session.flush()
    last = await session.scalar(select(CaseEvent.id).where(CaseEvent.case_id == case.id).order_by(CaseEvent.id.desc()).limit(1))
    queue_text(session, case, text, f"case:{case.id}:{last or 0}", author="bot")


def queue_text(session: AsyncSession, case: Case, text: str, key: str, author: str, file: SentFile | None = None) -> None:
    """Put a message to the case's citizen into the outbox."""
    payload = Reply(text, file=file).as_dict()
    row = {"direction": "out", "author": author, "state": "queued", "key": key, "text": text, "payload": payload}
    session.add(Message(conversation_id=case.conversation_id, **row))


async def words_of_case(session: AsyncSession, case: Case) -> list[str | None]:
    """What a case is found by."""
    since = [message.text for message in await transcript(session, case.conversation_id, limit=100)]
    said: Sequence[str] = [str(line["text"]) for line in case.transcript]
    return [case.code, case.code.replace("-", ""), (case.guide or "").replace("_", " "), case.ward, *said, *since]


async def _mine(session: AsyncSession, case: Case, member: Member) -> None:
    await lock(session, case)
    if case.state not in {CaseState.OPEN, CaseState.WAITING} or case.owner_id is None:
        raise CaseRefused("Hồ sơ này bạn chưa nhận, hoặc không còn mở.")
    _check_owner(case, member)


def _check_owner(case: Case, member: Member) -> None:
    if case.owner_id != member.id and member.role not in _LEADS:
        raise CaseRefused("Hồ sơ này do người khác giữ.")

"""What staff are told of cases in a chat of their own: queued once, whichever process does it, without citizens' words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import texts
from core.cases import CaseState, EventKind, Priority
from core.messages import Reply
from core.storage import conversations
from core.storage.case_models import CaseEvent, DeskSetting
from core.storage.desk_rules import load_rules
from core.storage.models import Case, Message

__all__ = ["StaffChat", "queue_alerts"]

_CURSOR = "alerts"
_TOLD = (
    EventKind.OPENED, EventKind.REOPENED, EventKind.UNDELIVERED, EventKind.REQUEUED, EventKind.ESCALATED, EventKind.WARNED,
    EventKind.RAISED,
)  # fmt: skip
_AT_ONCE = 50
_QUIET_SINCE = "quiet_since"
"""In the cursor: the last event before the quiet hours, while they last."""


@dataclass(frozen=True)
class StaffChat:
    """Where staff are told.

    Args:
        channel: Such as ``telegram``.
        account: Which bot of that channel.
        chat_id: The group or chat.
        link: Address of a case by its code, of the queue without one; None = the installation does not know its own address.
        ward_name: Name of a ward by its id.
        wake: Called with the chat's conversation when there is something to send.
    """

    channel: str
    account: str
    chat_id: str
    link: Callable[[str], str | None]
    ward_name: Callable[[str], str]
    wake: Callable[[int], None]


async def queue_alerts(session: AsyncSession, chat: StaffChat) -> int | None:
    """Queue what happened to cases since the last time; in quiet hours only what concerns scams, and the rest in one after them.

    Returns:
        The chat's conversation, when something was queued.
    """
    cursor = await session.get(DeskSetting, _CURSOR, with_for_update=True)
    newest = await session.scalar(select(func.max(CaseEvent.id))) or 0
    quiet = (await load_rules(session)).is_quiet(datetime.now(UTC))
    if cursor is None:  # what happened before alerts were switched on is no news
        session.add(DeskSetting(name=_CURSOR, value={"event": newest}))
        return None
    seen = int(cursor.value["event"])
    over = None if quiet else cursor.value.get(_QUIET_SINCE)
    if newest == seen and over is None:
        return None
    query = select(CaseEvent, Case).join(Case, Case.id == CaseEvent.case_id)
    query = query.where(CaseEvent.id > seen, CaseEvent.kind.in_(_TOLD)).order_by(CaseEvent.id).limit(_AT_ONCE)
    found = (await session.execute(query)).all()
    told = [(event, case) for event, case in found if not quiet or case.priority == Priority.SCAM]
    now_seen = found[-1][0].id if len(found) == _AT_ONCE else newest
    cursor.value = {"event": now_seen} | ({_QUIET_SINCE: cursor.value.get(_QUIET_SINCE, seen)} if quiet else {})
    said = {f"alert:{event.id}": _text(event, case, chat) for event, case in told}
    if over is not None and (summary := await _summary(session, int(over), seen, chat)):
        said = {f"alert:quiet:{seen}": summary, **said}
    if not said:
        return None
    conversation_id = await conversations.get_or_add(session, chat.channel, chat.account, chat.chat_id)
    for key, text in said.items():
        row = {"direction": "out", "author": "bot", "state": "queued", "payload": Reply(text).as_dict()}
        session.add(Message(conversation_id=conversation_id, key=key, text=text, **row))
    return conversation_id


async def _summary(session: AsyncSession, after: int, until: int, chat: StaffChat) -> str | None:
    """What the quiet hours kept back, in numbers: cases that came or came back, how many still wait, and how urgent they are."""
    waits = Case.state == CaseState.NEW
    happened = select(Case.id, Case.priority, waits).join(CaseEvent, CaseEvent.case_id == Case.id).distinct()
    kept_back = happened.where(
        CaseEvent.id > after, CaseEvent.id <= until, CaseEvent.kind.in_(_TOLD), Case.priority != Priority.SCAM
    )
    rows = (await session.execute(kept_back)).all()
    if not rows:
        return None
    waiting = Counter(priority for _, priority, still in rows if still)
    kinds = ", ".join(f"{number} {texts.STAFF_ALERT_HARM[priority]}" for priority, number in sorted(waiting.items()))
    said = texts.STAFF_ALERT_QUIET.format(number=len(rows), waiting=sum(waiting.values()), kinds=f" ({kinds})" if kinds else "")
    link = chat.link("")
    return f"{said}\n{link}" if link else said


def _text(event: CaseEvent, case: Case, chat: StaffChat) -> str:
    kinds: Mapping[str, str] = texts.STAFF_ALERTS
    where = chat.ward_name(case.ward) if case.ward else texts.STAFF_ALERT_NO_WARD
    area = texts.AREA_TITLES.get(case.area or "", texts.STAFF_ALERT_NO_AREA)
    said = texts.STAFF_ALERT.format(
        what=kinds[event.kind], code=case.code, harm=texts.STAFF_ALERT_HARM[case.priority], where=where, area=area
    )
    link = chat.link(case.code)
    return f"{said}\n{link}" if link else said

"""Those responsible are told once, in the chat of the staff, that a guide was to be checked again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from core import texts
from core.freshness import Freshness, freshness
from core.guides import Guide
from core.messages import Reply
from core.storage import conversations
from core.storage.case_alerts import StaffChat
from core.storage.case_models import DeskSetting
from core.storage.models import Message

__all__ = ["queue_guide_alerts"]

_TOLD = "guides_due"


async def queue_guide_alerts(session: AsyncSession, chat: StaffChat, guides: Iterable[Guide], today: date) -> int | None:
    """Queue a message for each guide that is overdue and was not told of yet; a new date starts anew.

    Args:
        session: In a transaction.
        chat: Of the staff.
        guides: Those in use.
        today: In Vietnam.

    Returns:
        The chat's conversation, when something was queued.
    """
    due = {guide.id: guide for guide in guides if freshness(guide, today) is not Freshness.FRESH}
    cursor = await session.get(DeskSetting, _TOLD, with_for_update=True)
    told = dict(cursor.value) if cursor else {}
    now = {guide.id: guide.verify_again_by.isoformat() for guide in due.values()}
    new = [guide_id for guide_id, day in now.items() if told.get(guide_id) != day]
    if cursor is None:
        session.add(DeskSetting(name=_TOLD, value=now))
    elif told != now:
        cursor.value = now
    if not new:
        return None
    conversation_id = await conversations.get_or_add(session, chat.channel, chat.account, chat.chat_id)
    for guide in (due[guide_id] for guide_id in new):
        text = texts.GUIDE_DUE.format(title=guide.title, owner=guide.owner, date=f"{guide.verify_again_by:%d/%m/%Y}")
        row = {"direction": "out", "author": "bot", "state": "queued", "payload": Reply(text).as_dict()}
        session.add(Message(conversation_id=conversation_id, key=f"guide:{guide.id}:{now[guide.id]}", text=text, **row))
    return conversation_id

"""Looks after cases as time passes: warnings, the next team, people who went away, replies nobody got."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from bot.repeating import Repeating
from core.guides import Guide
from core.storage.case_alerts import StaffChat, queue_alerts
from core.storage.case_watch import DUTIES
from core.storage.database import Database
from core.storage.guide_alerts import queue_guide_alerts
from core.worktime import ZONE

__all__ = ["Watch"]

_EVERY = 5.0


class Watch:
    """Does what is due, every few seconds, until stopped.

    Args:
        database: Where the cases are.
        staff_chat: Where staff are told what happens to cases; None = nowhere.
        guides: Those in use, whose dates of the next check are watched.
    """

    def __init__(
        self, database: Database, staff_chat: StaffChat | None = None, guides: Mapping[str, Guide] | None = None
    ) -> None:
        self._database = database
        self._staff_chat = staff_chat
        self.guides: Mapping[str, Guide] = guides or {}
        """Exchanged with the model."""
        self._looked: date | None = None
        self._looking = Repeating("case-watch", self._look, _EVERY)

    def start(self) -> None:
        """Begin."""
        self._looking.start()

    async def stop(self) -> None:
        """Finish."""
        await self._looking.stop()

    async def _look(self) -> None:
        for duty in DUTIES:
            async with self._database.session.begin() as session:
                await duty(session)
        if self._staff_chat is not None:
            await self._tell(self._staff_chat)

    async def _tell(self, chat: StaffChat) -> None:
        async with self._database.session.begin() as session:
            conversation_id = await queue_alerts(session, chat)
        if conversation_id is not None:
            chat.wake(conversation_id)
        today = datetime.now(ZONE).date()
        if today == self._looked:
            return
        async with self._database.session.begin() as session:
            conversation_id = await queue_guide_alerts(session, chat, self.guides.values(), today)
        self._looked = today
        if conversation_id is not None:
            chat.wake(conversation_id)

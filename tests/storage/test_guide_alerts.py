"""Staff are told once that a guide is to be checked again, and again when its new date has passed."""

from __future__ import annotations

from datetime import timedelta

from core.knowledge import Knowledge
from core.storage.case_alerts import StaffChat
from core.storage.database import Database
from core.storage.guide_alerts import queue_guide_alerts
from tests.storage.making import messages


async def test_an_overdue_guide_is_told_once(database: Database, knowledge: Knowledge) -> None:
    """With the office that keeps it true."""
    guide = knowledge.guides["dang_ky_tam_tru"]
    chat = StaffChat("telegram", "1", "-100", lambda _code: None, lambda ward: ward, lambda _id: None)

    async def tell(days: int) -> int | None:
        async with database.session.begin() as session:
            return await queue_guide_alerts(session, chat, [guide], guide.verify_again_by + timedelta(days=days))

    assert await tell(0) is None
    assert await tell(1) is not None
    assert await tell(2) is None
    (message,) = await messages(database, "out")
    assert guide.title in message.text
    assert guide.owner in message.text
    guide = guide.model_copy(update={"verify_again_by": guide.verify_again_by + timedelta(days=90)})
    assert await tell(0) is None
    assert await tell(1) is not None

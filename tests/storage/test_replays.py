"""Messages to replay, with what is known of them; verdicts that last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from core.inbox import Kind
from core.storage import replays
from core.storage.database import Database
from core.storage.inbox_gathering import gather
from core.storage.inbox_models import InboxItem, InboxRuling
from core.storage.models import Turn
from core.storage.release_models import Candidate
from tests.storage.inbox import NOW, say

_LONG = timedelta(days=365)


async def _asked(database: Database) -> list[replays.Asked]:
    async with database.session.begin() as session:
        await session.execute(update(Turn).values(model="troly-x"))
    async with database.session() as session:
        return await replays.asked_since(session, NOW - _LONG, 100)


async def test_a_trainers_decision_comes_with_the_message(database: Database) -> None:
    """Others have none; a decision that was taken back is none."""
    ruled = await say(database, "thẻ xe buýt")
    await say(database, "giá vàng", outcome="clarify")
    async with database.session.begin() as session:
        await gather(session, NOW, _LONG)
        ruling = InboxRuling(kind=Kind.GUIDE.value, target="the_xe_buyt", messages=1)
        session.add(ruling)
        await session.flush()
        await session.execute(update(InboxItem).where(InboxItem.message_id == ruled).values(ruling_id=ruling.id))
    first, second = await _asked(database)
    assert (first.outcome, first.ruling, first.target) == ("fallback", "guide", "the_xe_buyt")
    assert (second.outcome, second.ruling, second.target) == ("clarify", None, None)
    async with database.session.begin() as session:
        await session.execute(update(InboxItem).values(ruling_id=None))
    assert [one.ruling for one in await _asked(database)] == [None, None]


async def test_a_verdict_stays_for_the_same_change_of_a_later_candidate(database: Database) -> None:
    """What another model answers otherwise again must be looked at again."""
    same, other = await say(database, "thẻ xe buýt"), await say(database, "vé xe buýt")

    def rows(reply: str) -> list[dict[str, Any]]:
        answer = {"outcome": "answered", "guide": "a", "section": None, "reply": "Dạ"}
        common = {"before": answer, "guess": "unknown", "sampled": True}
        return [
            {**common, "message_id": number, "after": {**answer, "reply": text}} for number, text in ((same, "x"), (other, reply))
        ]

    async with database.session.begin() as session:
        for name in ("one", "two"):
            session.add(Candidate(id=name, tree="t", made_by="lan", made_at=datetime.now(UTC)))
        await session.flush()
        await replays.replace(session, "one", rows("y"))
        for item in await replays.list_items(session, "one"):
            assert await replays.judge(session, "one", item.id, "better", "minh")
    async with database.session.begin() as session:
        await replays.replace(session, "two", rows("z"))
        items = {item.message_id: item for item in await replays.list_items(session, "two")}
        assert (items[same].verdict, items[same].verdict_by) == ("better", "minh")
        assert items[other].verdict is None
        assert (await replays.counts(session, "two"))["reviewed"] == 1
        await replays.replace(session, "one", rows("y"))
        assert (await replays.counts(session, "one"))["reviewed"] == 2

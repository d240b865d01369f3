"""A long reply is cut into several messages: none of them is sent twice, whatever happens in between."""

from __future__ import annotations

from collections import deque

from bot.channels.parts import Progress, send_parts
from bot.outbox import Outbox
from core.errors import SendFailed, SendUncertain
from core.messages import Chat, Reply
from core.storage import outbox as storage
from core.storage.database import Database
from core.storage.sharing import Alone
from tests.storage.delivering import deliver, queue, time_passes
from tests.storage.making import KeepingChannel, messages


class _ManyParts(KeepingChannel):
    """Cuts every reply into three messages; `trouble` holds what happens to the next ones."""

    def __init__(self, *trouble: Exception | None) -> None:
        super().__init__()
        self.trouble = deque(trouble)
        self.parts: list[int] = []

    async def send(self, chat: Chat, reply: Reply, progress: Progress | None = None) -> str | None:
        """Three messages."""
        return await send_parts(range(3), self._part, progress)

    async def _part(self, number: int) -> str | None:
        if self.trouble and (error := self.trouble.popleft()):
            raise error
        self.parts.append(number)
        return f"p{number}"


async def test_long_reply_goes_on_where_it_stopped(database: Database) -> None:
    """Another attempt, and another process after a crash, begin with the first part that was not sent."""
    conversation = await queue(database, "dài")
    channel = _ManyParts(None, SendFailed("later", retry_after=30.0), None, OSError("killed"))
    await deliver(Outbox(database, {"thu": channel}, Alone()), conversation)
    (waiting,) = await messages(database, "out")
    assert (channel.parts, waiting.state, waiting.progress) == ([0], "queued", {"sent": 1, "doubt": None})
    await time_passes(database)
    await deliver(Outbox(database, {"thu": channel}, Alone()), conversation)
    await time_passes(database)
    await deliver(Outbox(database, {"thu": channel}, Alone()), conversation)
    (sent,) = await messages(database, "out")
    assert (channel.parts, sent.state, sent.provider_id, sent.error) == ([0, 1, 2], "sent", "p2", None)


async def test_each_part_is_counted_before_the_next_leaves(database: Database) -> None:
    """So a process that dies in between repeats nothing that was counted."""
    conversation = await queue(database, "dài")
    seen: list[object] = []

    class Watching(_ManyParts):
        async def _part(self, number: int) -> str | None:
            (row,) = await messages(database, "out")
            seen.append(row.progress and row.progress["sent"])
            return await super()._part(number)

    await deliver(Outbox(database, {"thu": Watching()}, Alone()), conversation)
    assert seen == [None, 1, 2]


async def test_failed_long_reply_is_resent_from_where_it_stopped_an_uncertain_one_as_a_whole(database: Database) -> None:
    """Who resends an uncertain reply wants all of it to arrive."""
    for trouble, again in ((SendFailed("no", permanent=True), [0, 1, 2]), (SendUncertain("late"), [0, 2, 0, 1, 2])):
        conversation = await queue(database, "dài", chat_id=str(again))
        channel = _ManyParts(None, trouble)
        await deliver(Outbox(database, {"thu": channel}, Alone()), conversation)
        async with database.session.begin() as session:
            assert await storage.resend(session, None) == 1
        await deliver(Outbox(database, {"thu": channel}, Alone()), conversation)
        assert channel.parts == again

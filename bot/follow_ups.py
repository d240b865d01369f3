"""Asks, once and by day, whether what was explained is done: from the schedule in the database, through the outbox.

Several processes may do this on one database: each question is taken by one of them (core.storage.follow_ups).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from bot.channels.base import Capabilities
from bot.repeating import Repeating
from core.aftercare.completion import due_after, in_daytime, question
from core.aftercare.memory import Memory
from core.knowledge import Knowledge
from core.storage import follow_ups
from core.storage.aftercare import remove_expired_codes
from core.storage.database import Database
from core.storage.follow_ups import DueFollowUp

__all__ = ["FollowUps"]

_EVERY_SECONDS = 60.0
_JUST_WROTE = timedelta(minutes=15)
_LATER = timedelta(hours=1)
_FORGOTTEN = timedelta(days=7)
"""Later than this, "hôm trước" is no longer true."""


class FollowUps:
    """The schedule's clock.

    Args:
        database: Where the schedule is kept.
        knowledge: The guides.
        channels: What each running channel allows, by name.
        on_replies: Called with a conversation id when its outbox has a question.
    """

    def __init__(
        self,
        database: Database,
        knowledge: Knowledge,
        channels: Mapping[str, Capabilities],
        on_replies: Callable[[int], None] = lambda _conversation: None,
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._channels = channels
        self._on_replies = on_replies
        self._looking = Repeating("follow-ups", self._look, _EVERY_SECONDS)

    def use(self, knowledge: Knowledge) -> None:
        """Ask by other guides from now on."""
        self._knowledge = knowledge

    def start(self) -> None:
        """Begin to look at the schedule."""
        self._looking.start()

    async def stop(self) -> None:
        """Stop; what is due then is asked after the next start."""
        await self._looking.stop()

    async def _look(self) -> None:
        now = datetime.now(UTC)
        await self.ask_due(now)
        await self._database.transact(remove_expired_codes, now)

    async def ask_due(self, now: datetime) -> int:
        """Ask whoever is to be asked at `now`; returns how many were. At night nobody is."""
        if in_daytime(now) != now:
            return 0
        asked = 0
        for item in await self._database.transact(follow_ups.due, now):
            asked += await self._ask(item, now)
        return asked

    async def _ask(self, item: DueFollowUp, now: datetime) -> bool:
        guide = self._knowledge.guide(item.guide)
        if guide is None or now - item.due_at > _FORGOTTEN or not self._reachable(item, now):
            await self._database.transact(follow_ups.close, item.id)
            return False
        with_staff = item.handler != "bot" or (item.held_until is not None and item.held_until > now)
        if with_staff or now - item.last_heard < _JUST_WROTE:  # somebody is in the middle of something else
            await self._database.transact(follow_ups.move, item.conversation_id, in_daytime(now + _LATER))
            return False
        reply = question(guide, item.step)
        memory = Memory.from_json(item.aftercare).with_offered(reply.choices)
        sent = await self._database.transact(follow_ups.send, item, reply, memory.as_json(), now, due_after(now))
        if sent:
            self._on_replies(item.conversation_id)
        return sent

    def _reachable(self, item: DueFollowUp, now: datetime) -> bool:
        """Whether its platform still lets us write for nothing, as long after the citizen's last message."""
        channel = self._channels.get(item.channel)
        if channel is None:
            return False
        windows = [window for window in (channel.free_window, channel.reply_window) if window is not None]
        return all(now - item.last_heard < window for window in windows)

"""What a platform tells of a chat beside messages: somebody left, a person answered elsewhere, data are to be deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.channels.base import Event
from bot.repeating import Repeating
from core.messages import Inbound, Signal, SignalKind
from core.privacy import mask
from core.storage import holding
from core.storage.database import Database
from core.text import clean

__all__ = ["Signals"]

_RELEASE_SECONDS = 30.0
log = structlog.get_logger(__name__)


class Signals:
    """Takes events off the channels: messages go on to the turns, signals are dealt with here.

    Args:
        database: Where conversations are kept.
        receive: Stores a message.
        max_chars: Characters of what a person wrote that are kept.
        hold: How long the bot is silent after a person wrote.
    """

    def __init__(
        self, database: Database, receive: Callable[[Inbound], Awaitable[bool]], max_chars: int, hold: timedelta
    ) -> None:
        self._database = database
        self._receive = receive
        self._max_chars = max_chars
        self._hold = hold
        self._releasing = Repeating("signals.release", self._release, _RELEASE_SECONDS)

    def start(self) -> None:
        """Begin to look for conversations in which the bot may speak again."""
        self._releasing.start()

    async def stop(self) -> None:
        """Look no more; what is held stays held."""
        await self._releasing.stop()

    async def _release(self) -> None:
        async with self._database.session() as session, session.begin():
            released = await holding.release(session, datetime.now(UTC))
        if released:
            log.info("signals.bot_goes_on", conversations=released)

    async def take(self, event: Event) -> bool:
        """Store one event durably; False when it was seen before, or concerns nobody we know."""
        if isinstance(event, Inbound):
            return await self._receive(event)
        log.info("signal.taken", kind=event.kind.value, channel=event.channel)
        if event.kind is SignalKind.WITHDREW:
            return await self._delete(event)
        async with self._database.session() as session, session.begin():
            if event.kind is SignalKind.LEFT:
                return await holding.left(session, event)
            return await holding.staff_wrote(session, event, mask(clean(event.text)).text[: self._max_chars], self._hold)

    async def _delete(self, signal: Signal) -> bool:
        """What the citizen can ask for by a button, in each of their conversations, in order with what they wrote."""
        async with self._database.session() as session:
            accounts = await holding.accounts_of(session, signal)
        taken = [
            await self._receive(
                Inbound(signal.channel, account, signal.chat_id, signal.event_id, "", datetime.now(UTC), choice="delete")
            )
            for account in accounts
        ]
        return any(taken)

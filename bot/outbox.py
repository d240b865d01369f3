"""Delivers queued replies: in order within a conversation, side by side between them, again after a passing failure."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import select, update

from bot.channels.base import Channel
from core.errors import SendFailed, SendUncertain
from core.messages import Chat, Reply
from core.storage import conversations
from core.storage.database import Database
from core.storage.models import Conversation, Message

__all__ = ["Outbox"]

log = structlog.get_logger(__name__)

_ATTEMPTS = 8
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
_SWEEP_SECONDS = 2.0
_DELIVERY = ("state", "error", "attempts", "provider_id", "next_attempt_at")


class Outbox:
    """Sends what turns have queued.

    Args:
        database: Where replies wait.
        channels: By name.
    """

    def __init__(self, database: Database, channels: Mapping[str, Channel]) -> None:
        self._database = database
        self._channels = channels
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._sweeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for replies that are due, also those an earlier process left."""
        self._sweeper = asyncio.create_task(self._sweep(), name="outbox-sweep")

    async def stop(self) -> None:
        """Let the lanes under way run empty; what has to wait stays queued for the next start."""
        if self._sweeper:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    def wake(self, conversation_id: int) -> None:
        """A conversation has new replies."""
        if conversation_id in self._lanes:
            self._again.add(conversation_id)
        else:
            self._lanes[conversation_id] = asyncio.create_task(self._lane(conversation_id), name=f"outbox-{conversation_id}")

    async def _sweep(self) -> None:
        while True:
            try:
                async with self._database.session() as session:
                    due = await conversations.with_unsent(session, datetime.now(UTC))
                for conversation_id in due:
                    self.wake(conversation_id)
            except Exception:  # a database that is away for a moment must not end delivery
                log.exception("outbox.sweep_failed")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def _lane(self, conversation_id: int) -> None:
        try:
            while True:
                self._again.discard(conversation_id)
                if not await self._send_next(conversation_id) and conversation_id not in self._again:
                    return
        except Exception:  # the row stays queued; the sweeper tries again
            log.exception("outbox.lane_failed", conversation=conversation_id)
        finally:
            del self._lanes[conversation_id]

    async def _send_next(self, conversation_id: int) -> bool:
        """Send the oldest queued reply; False when there is none, or it must wait (and the later ones with it)."""
        async with self._database.session() as session:
            row = await session.scalar(
                select(Message)
                .where(Message.conversation_id == conversation_id, Message.state == "queued")
                .order_by(Message.id)
                .limit(1)
            )
            if row is None or (row.next_attempt_at and row.next_attempt_at > datetime.now(UTC)):
                return False
            conversation = await session.get_one(Conversation, conversation_id)
        await self._deliver(row, conversation)
        async with self._database.session() as session, session.begin():
            # Only how the delivery went, and only if the reply was not deleted while it was under way.
            await session.execute(
                update(Message)
                .where(Message.id == row.id, Message.state == "queued")
                .values({name: getattr(row, name) for name in _DELIVERY})
                .execution_options(synchronize_session=False)
            )
        return row.state != "queued"

    async def _deliver(self, row: Message, conversation: Conversation) -> None:
        channel = self._channels.get(conversation.channel)
        row.attempts += 1
        if channel is None:
            row.state, row.error = "failed", f"channel {conversation.channel} is not configured"
            return
        try:
            row.provider_id = await channel.send(Chat(conversation.account, conversation.chat_id), Reply.from_dict(row.payload))
            row.state, row.error, row.next_attempt_at = "sent", None, None
        except SendUncertain as error:
            row.state, row.error = "uncertain", str(error)[:200]
        except SendFailed as error:
            self._put_off(row, conversation, error)
        except Exception as error:  # noqa: BLE001  # a fault of the adapter must not be tried again for ever
            self._put_off(row, conversation, SendFailed(type(error).__name__))

    @staticmethod
    def _put_off(row: Message, conversation: Conversation, error: SendFailed) -> None:
        """Try again later, or give up where that cannot help."""
        row.error = error.reason[:200]
        if error.permanent or row.attempts >= _ATTEMPTS:
            row.state = "failed"
            log.warning("outbox.dead_letter", message=row.id, channel=conversation.channel, reason=row.error)
        else:
            row.next_attempt_at = datetime.now(UTC) + timedelta(seconds=_pause(row.attempts, error.retry_after))


def _pause(attempts: int, retry_after: float | None) -> float:
    if retry_after is not None:
        return retry_after
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (attempts - 1))
    return pause * random.uniform(0.8, 1.2)

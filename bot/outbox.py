"""Delivers queued replies: in order within a conversation, side by side between them, again after a passing failure.

Only one process at a time sends in a conversation. One that dies between sending a reply and writing that down leaves it
queued, so the next one sends it again: once too often rather than never. Of a long reply this concerns one part at most.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.channels.base import Channel
from bot.channels.parts import Progress
from bot.lanes import Lanes
from core.errors import SendFailed, SendUncertain, Unreachable
from core.messages import Chat, Reply
from core.storage import outbox
from core.storage.database import Database
from core.storage.outbox import Due
from core.storage.sharing import Sharing

__all__ = ["Outbox"]

log = structlog.get_logger(__name__)

_KEEP_TRYING = timedelta(hours=6)
_ATTEMPTS_AT_A_FAULT = 8
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
_SWEEP_SECONDS = 2.0
_STEP_IN_SECONDS = 1.0
"""After which replies that another process was to send are looked for here."""
_SIDE_BY_SIDE = 64
"""Conversations in which something is being sent at a time: most of that is waiting for a platform."""
_QUERIES_SIDE_BY_SIDE = 4
"""They must not keep the database's connections from incoming messages."""
_IN_A_ROW = 10


class Outbox:
    """Sends what turns have queued.

    Args:
        database: Where replies wait.
        channels: By name.
        sharing: Which conversations are this process's to send in.
    """

    def __init__(self, database: Database, channels: Mapping[str, Channel], sharing: Sharing) -> None:
        self._database = database
        self._channels = channels
        self._sharing = sharing
        self._queries = asyncio.Semaphore(_QUERIES_SIDE_BY_SIDE)
        self._lanes = Lanes(
            "outbox", self._step, width=_SIDE_BY_SIDE, sweep=self._due, every=_SWEEP_SECONDS, step_in=_STEP_IN_SECONDS
        )

    async def start(self) -> None:
        """Begin to send what is due, also what an earlier process left."""
        await self._lanes.start()

    async def stop(self) -> None:
        """Finish what is being sent; the rest stays queued for the next start."""
        await self._lanes.stop()

    async def drain(self) -> None:
        """Wait until everything that is due was tried."""
        await self._lanes.drain()

    def wake(self, conversation_id: int) -> None:
        """A conversation has new replies."""
        self._lanes.wake(conversation_id)

    def heard(self, conversation_id: int) -> None:
        """Another process has new replies for a conversation, and sends them."""
        self._lanes.heard(conversation_id)

    async def _due(self) -> list[int]:
        async with self._database.session() as session:
            return await outbox.with_due(session, datetime.now(UTC))

    async def _step(self, conversation_id: int) -> float | None:
        """Send what is due in one conversation; after how long to look again."""
        if not await self._sharing.claim(conversation_id):
            return None
        try:
            for _ in range(_IN_A_ROW):
                pause = await self._send_next(conversation_id)
                if pause != 0.0:
                    return pause
            return 0.0
        finally:
            await self._sharing.release(conversation_id)

    async def _send_next(self, conversation_id: int) -> float | None:
        """Send the oldest queued reply; None when there is none, else seconds until the next may be tried."""
        async with self._queries:
            due = await self._database.statement(outbox.next_queued, conversation_id)
        if due is None:
            return None
        if due.not_before and (left := (due.not_before - datetime.now(UTC)).total_seconds()) > 0:
            return left
        delivery, unreachable = await self._deliver(due)
        since = datetime.now(UTC) if unreachable else None
        async with self._queries:
            write = self._database.transact if since else self._database.statement
            await write(outbox.record, due.id, {"attempts": due.attempts + 1, **delivery}, since)
        if again := delivery.get("next_attempt_at"):
            return float((again - datetime.now(UTC)).total_seconds())
        return 0.0 if due.more else None

    async def _deliver(self, due: Due) -> tuple[dict[str, Any], bool]:
        """Send one reply; what to write down of it, and whether the citizen turned out to be unreachable."""
        channel = self._channels.get(due.channel)
        if channel is None:
            return {"state": "failed", "error": f"channel {due.channel} is not configured"}, False
        if due.unreachable_since is not None:
            return {"state": "failed", "error": "the citizen is unreachable"}, False
        progress = Progress.from_json(due.progress, lambda now: self._keep(due.id, now))
        try:
            provider_id = await channel.send(Chat(due.account, due.chat_id), Reply.from_dict(due.payload), progress)
        except SendUncertain as error:
            return {"state": "uncertain", "error": str(error)[:200]}, False
        except SendFailed as error:
            lasting = error.permanent or datetime.now(UTC) - due.queued_at > _KEEP_TRYING
            return _failure(due, error, lasting, progress), isinstance(error, Unreachable)
        except Exception as error:  # noqa: BLE001  # a fault of the adapter must not be tried again for ever
            fault = SendFailed(type(error).__name__)
            return _failure(due, fault, due.attempts + 1 >= _ATTEMPTS_AT_A_FAULT, progress), False
        return {"state": "sent", "provider_id": provider_id, "error": None, "next_attempt_at": None}, False

    async def _keep(self, message_id: int, progress: Progress) -> None:
        """Write down that a part of a long reply is sent, so that no other attempt sends it, nor another process."""
        async with self._queries:
            await self._database.statement(outbox.record, message_id, {"progress": progress.as_json()}, None)


def _failure(due: Due, error: SendFailed, lasting: bool, progress: Progress) -> dict[str, Any]:
    """Try again later, from where it stopped, or give up where that cannot help."""
    came = {"progress": progress.as_json()}
    if lasting:
        log.warning("outbox.dead_letter", message=due.id, channel=due.channel, reason=error.reason)
        return {"state": "failed", "error": error.reason[:200], "next_attempt_at": None, **came}
    again = datetime.now(UTC) + timedelta(seconds=_pause(due.attempts + 1, error.retry_after))
    return {"error": error.reason[:200], "next_attempt_at": again, **came}


def _pause(attempts: int, retry_after: float | None) -> float:
    if retry_after is not None:
        return retry_after
    pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(attempts - 1, 20))
    return pause * random.uniform(0.8, 1.2)

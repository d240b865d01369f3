"""Brings photos and documents that citizens sent into their case: fetched from the platform, made harmless, and confirmed.

Apart from the turns, so that a slow platform or a large file keeps no answer waiting. Nothing is fetched as long as nobody
works on a case: what no person is going to look at is not kept. Several processes share the work; each file is one's at a
time, and one that died gives it back after `_LEASE`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection, insert

from bot.channels.base import Channel
from bot.lanes import Lanes
from bot.services.attachments import Attachments
from core import texts
from core.cases import EventKind
from core.errors import FetchFailed, UpstreamError, UserFacingError
from core.messages import Attachment, AttachmentKind, Reply
from core.storage import incoming_files, outbox
from core.storage.case_models import CaseEvent
from core.storage.database import Database
from core.storage.models import Conversation
from core.storage.staff_models import IncomingFile

__all__ = ["IncomingFiles"]

log = structlog.get_logger(__name__)

_SIDE_BY_SIDE = 2
_SWEEP_SECONDS = 3.0
_LEASE = timedelta(minutes=5)
_ATTEMPTS = 6
_FIRST_PAUSE = 5.0


class IncomingFiles:
    """Fetches what waits.

    Args:
        database: Where it is written down what waits.
        channels: By name.
        files: Where files are kept.
        on_replies: Called with a conversation id when its outbox has something new.
    """

    def __init__(
        self, database: Database, channels: Mapping[str, Channel], files: Attachments, on_replies: Callable[[int], None]
    ) -> None:
        self._database = database
        self._channels = channels
        self._files = files
        self._on_replies = on_replies
        self._lanes = Lanes("files", self._step, width=_SIDE_BY_SIDE, sweep=self._waiting, every=_SWEEP_SECONDS)

    async def start(self) -> None:
        """Begin with what an earlier process left."""
        await self._lanes.start()

    async def stop(self) -> None:
        """Finish what is being fetched; the rest waits for the next start."""
        await self._lanes.stop()

    async def drain(self) -> None:
        """Fetch what can be fetched now."""
        for conversation_id in await self._waiting():
            self._lanes.wake(conversation_id)
        await self._lanes.drain()

    def wake(self, conversation_id: int) -> None:
        """A citizen sent files."""
        self._lanes.wake(conversation_id)

    async def _waiting(self) -> list[int]:
        async with self._database.session() as session:
            return await incoming_files.with_work(session, datetime.now(UTC))

    async def _step(self, conversation_id: int) -> None:
        now = datetime.now(UTC)
        async with self._database.session.begin() as session:
            claimed = await incoming_files.claim(session, conversation_id, now, now + _LEASE)
            channel = (await session.get_one(Conversation, conversation_id)).channel if claimed else ""
        for file in claimed:
            try:
                await self._take(file, self._channels.get(channel))
            except UserFacingError as error:
                await self._settle(file, state="refused", reason=str(error)[:200])
            except UpstreamError as error:
                await self._later(file, error)
        if await self._database.transact(_tell, conversation_id):
            self._on_replies(conversation_id)

    async def _take(self, file: IncomingFile, channel: Channel | None) -> None:
        """Fetch one file and put it into the case.

        Raises:
            UserFacingError: It cannot be kept; the message says why, to the citizen.
            UpstreamError: It did not work this time.
        """
        async with self._database.session() as session:
            recent = await incoming_files.count_recent(session, file.conversation_id, datetime.now(UTC) - timedelta(days=1))
        if recent >= incoming_files.MOST_A_DAY:
            raise UserFacingError(texts.FILE_TOO_MANY)
        if channel is None:
            raise FetchFailed("the channel is not configured")
        sent = Attachment(AttachmentKind(file.kind), url=file.url, ref=file.ref, name=file.name)
        data = await channel.fetch(sent, self._files.max_bytes)
        kept = await self._files.prepare(file.conversation_id, file.name or "", data, "citizen")
        async with self._database.session.begin() as session:
            if await incoming_files.still_here(session, file.id):  # else the sweep of orphans removes what was written
                session.add(kept)
                await incoming_files.settle(session, file.id, state="kept")

    async def _later(self, file: IncomingFile, error: UpstreamError) -> None:
        """Try again with growing pauses, or tell the citizen that it cannot be had."""
        log.warning("files.not_fetched", file=file.id, attempt=file.attempts, reason=str(error))
        if file.attempts >= _ATTEMPTS or (isinstance(error, FetchFailed) and error.permanent):
            await self._settle(file, state="refused", reason=texts.FILE_LOST)
            return
        pause = timedelta(seconds=_FIRST_PAUSE * 4.0 ** (file.attempts - 1))
        await self._settle(file, next_attempt_at=datetime.now(UTC) + pause)

    async def _settle(self, file: IncomingFile, **values: object) -> None:
        async with self._database.session.begin() as session:
            await incoming_files.settle(session, file.id, **values)


def _tell(connection: Connection, conversation_id: int) -> bool:
    """Say what became of the files of which nothing was said yet; whether there was something to say."""
    told = incoming_files.tell(connection, conversation_id)
    if told is None:
        return False
    said = [texts.FILE_REFUSED.format(reason=reason) for reason in told.refused]
    if told.kept and told.case_id is not None:
        said.append(texts.FILE_KEPT.format(count=told.kept, code=told.code))
        event = {"case_id": told.case_id, "kind": EventKind.ENCLOSED, "note": str(told.kept), "at": datetime.now(UTC)}
        connection.execute(insert(CaseEvent), event)
    for number, text in enumerate(said):
        outbox.say(connection, told.chat, f"{told.key}:{number}", Reply(text))
    return bool(said)

"""The nightly deletion of what is older than it may be kept, and the quick deletion of files nobody may see any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import structlog

from bot.repeating import Repeating
from bot.services.attachments import Attachments
from core.retention import Periods
from core.storage import audit, retention
from core.storage.database import Database
from core.storage.staff_models import RetentionRun

__all__ = ["Retention"]

log = structlog.get_logger(__name__)

_EVERY_SECONDS = 60.0
_AFTER_HOUR = 2
"""In Vietnam, when nobody writes."""
_VIETNAM = timezone(timedelta(hours=7))


class Retention:
    """Deletes by age.

    Args:
        database: What is kept.
        files: Photos and documents.
        periods: How long each kind is kept.
    """

    def __init__(self, database: Database, files: Attachments, periods: Periods) -> None:
        self._database = database
        self._files = files
        self._periods = periods
        self._looking = Repeating("retention", self._look, _EVERY_SECONDS)

    def start(self) -> None:
        """Begin to look every minute for files to delete, and every night for all that is over."""
        self._looking.start()

    async def stop(self) -> None:
        """Stop; what is left over is deleted after the next start."""
        await self._looking.stop()

    async def _look(self) -> None:
        await self._files.purge()
        await self.tonight(datetime.now(UTC))

    async def tonight(self, now: datetime) -> bool:
        """Run once a night, in one of the processes; a night without a running process is made up for in the morning.

        Returns:
            Whether this call was the one.
        """
        async with self._database.session() as session:
            run = await retention.claim_night(session, _night(now), now)
            if run is None:
                return False
            await session.commit()
        await self._delete(run.id, now)
        return True

    @property
    def periods(self) -> Periods:
        """How long each kind of data is kept."""
        return self._periods

    async def next_run(self, now: datetime) -> datetime:
        """When data are deleted next; not later than now, if that night's run is still due."""
        async with self._database.session() as session:
            if not await retention.is_claimed(session, _night(now)):
                return now
        local = now.astimezone(_VIETNAM)
        start = local.replace(hour=_AFTER_HOUR, minute=0, second=0, microsecond=0)
        return start if start > local else start + timedelta(days=1)

    async def run(self, *, dry: bool = False) -> dict[str, int]:
        """Delete now; returns how many of each kind.

        Args:
            dry: Only count.
        """
        now = datetime.now(UTC)
        if dry:
            async with self._database.session() as session:
                return {rule.name: await retention.count(session, rule) for rule in retention.rules(self._periods, now)}
        async with self._database.session.begin() as session:
            run = RetentionRun(started_at=now)
            session.add(run)
        return await self._delete(run.id, now)

    async def _delete(self, run_id: int, now: datetime) -> dict[str, int]:
        counts: dict[str, int] = {}
        for rule in retention.rules(self._periods, now):
            counts[rule.name] = 0
            while True:
                async with self._database.session.begin() as session:
                    erased = await retention.apply(session, rule)
                if not erased:
                    break
                counts[rule.name] += erased
        await self._files.purge()
        counts["orphans"] = await self._files.sweep()
        async with self._database.session.begin() as session:
            await retention.finish(session, run_id, counts, datetime.now(UTC))
            audit.record(session, audit.PROGRAM, "retention.run", f"retention:{run_id}", counts)
        log.info("retention.done", **counts)
        return counts


def _night(now: datetime) -> str:
    """The night whose run is due: from two o'clock on it is that day's."""
    return (now.astimezone(_VIETNAM) - timedelta(hours=_AFTER_HOUR)).date().isoformat()

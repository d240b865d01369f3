"""Looks after cases as time passes: warnings, the next team, people who went away, replies nobody got."""

from __future__ import annotations

import asyncio

import structlog

from core.storage.case_watch import look_after
from core.storage.database import Database

__all__ = ["Watch"]

log = structlog.get_logger(__name__)

_EVERY = 5.0


class Watch:
    """Does what is due, every few seconds, until stopped.

    Args:
        database: Where the cases are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="case-watch")

    async def stop(self) -> None:
        """Finish."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                async with self._database.session.begin() as session:
                    await look_after(session)
            except Exception:  # a database that is away for a moment must not end the watch
                log.exception("watch.failed")
            await asyncio.sleep(_EVERY)

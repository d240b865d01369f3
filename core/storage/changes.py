"""Tells open pages that something they may show was committed, so that they look when there is something to see.

What this process commits is noticed at its own connections; what another one does comes over `core.storage.sharing`.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event

__all__ = ["Changes"]

_SHOWN = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (?:case_events|cases|messages)\b", re.IGNORECASE)
_MARK = "troly_changed"


class Changes:
    """Counts changes, and lets anybody wait for the next one."""

    def __init__(self) -> None:
        self._count = 0
        self._next = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def notice(self, engine: Engine) -> None:
        """Ring after each transaction of an engine that changed cases or messages; its connections go back to a pool."""

        def executed(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
            if _SHOWN.match(statement):
                connection.info[_MARK] = True

        def undone(connection: Connection) -> None:
            if not connection.invalidated:  # a cancelled statement takes its connection, and the mark, along
                connection.info.pop(_MARK, None)

        def returned(_driver: object, record: Any) -> None:
            if record is not None and record.info.pop(_MARK, False):
                self.ring()

        event.listen(engine, "after_cursor_execute", executed)
        event.listen(engine, "rollback", undone)
        event.listen(engine, "checkin", returned)

    def committed(self, connection: Connection) -> None:
        """Ring if the transaction changed something; for a connection that is kept instead of going back."""
        if connection.info.pop(_MARK, False):
            self.ring()

    def ring(self) -> None:
        """Something changed; may be called on any thread."""
        if self._loop is not None:  # else nobody has ever waited
            with suppress(RuntimeError):  # the loop has ended, and with it everybody who waited
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._count += 1
        over, self._next = self._next, asyncio.Event()
        over.set()

    def now(self) -> int:
        """How many changes there were; to be asked before looking, so that none is missed while one looks."""
        self._loop = asyncio.get_running_loop()
        return self._count

    async def after(self, count: int, seconds: float) -> bool:
        """Wait for a change after the `count` that `now` gave; False when none came within so many seconds."""
        if self._count == count:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._next.wait()
        return self._count != count

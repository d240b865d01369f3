"""The notices in force, read again every few seconds: every turn looks at them, and they hardly ever change."""

from __future__ import annotations

import time
from collections.abc import Sequence

from core.aftercare.notices import PublicNotice
from core.storage.aftercare import list_notices
from core.storage.database import Database

__all__ = ["NoticeBoard"]


class NoticeBoard:
    """What operators posted.

    Args:
        database: Where notices are kept.
        max_age: Seconds until it is looked at again.
    """

    def __init__(self, database: Database, max_age: float = 10.0) -> None:
        self._database = database
        self._max_age = max_age
        self._read_at: float | None = None
        self._notices: Sequence[PublicNotice] = ()

    async def notices(self) -> Sequence[PublicNotice]:
        """All notices; a few may have expired."""
        now = time.monotonic()
        if self._read_at is None or now - self._read_at >= self._max_age:
            self._notices = await self._database.transact(list_notices)
            self._read_at = now
        return self._notices

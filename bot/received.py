"""Stores what citizens write, masked and cut to size, before their platform is told that it arrived."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from bot import enclosed
from core import texts
from core.messages import Inbound
from core.privacy import mask
from core.storage import turns
from core.storage.database import Database
from core.text import clean

__all__ = ["Received"]

_LONGEST_EVENT_ID = 150


class Received:
    """The messages "received".

    Args:
        database: Where they are kept.
        max_chars: Characters of a message that are kept.
    """

    def __init__(self, database: Database, max_chars: int) -> None:
        self._database = database
        self._max_chars = max_chars

    async def store(self, inbound: Inbound) -> tuple[int, int] | None:
        """Store one message durably.

        Returns:
            Conversation id and message id, or None when the same event was stored before.
        """
        inbound = _storable(inbound)
        masked = mask(clean(inbound.text[: self._max_chars * 2]))
        cut = len(masked.text) > self._max_chars or len(inbound.text) > self._max_chars * 2
        payload: dict[str, Any] = {"choice": inbound.choice} if inbound.choice is not None else {}
        if secrets_found := sorted(kind.value for kind in masked.found if kind.secret):
            payload["secrets"] = secrets_found
        if cut:
            payload["cut"] = True
        text = masked.text[: self._max_chars]
        if inbound.attachments:
            payload["enclosed"] = [attachment.kind.value for attachment in inbound.attachments]
            if not text and inbound.choice is None:
                payload["wordless"], text = True, enclosed.label(inbound.attachments)
        try:
            known = None if inbound.attachments else await self._database.statement(turns.add_to_known, inbound, text, payload)
            return known or await self._database.transact(turns.add_inbound, inbound, text, payload)
        except IntegrityError:
            return await self._add_piece(inbound, text) if inbound.attachments else None

    async def _add_piece(self, inbound: Inbound, text: str) -> tuple[int, int] | None:
        """A message that is stored already may be another picture of an album, or the one that has its caption."""
        stored = await self._database.transact(turns.add_files, inbound)
        if stored in {None, text} or text in texts.FILE_LABELS.values():
            return None
        caption = f"{inbound.event_id}:{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        return await self.store(replace(inbound, event_id=caption, attachments=()))


def _storable(inbound: Inbound) -> Inbound:
    """The same message with ids that any database takes; a very long event id is known by its digest."""
    event_id = _sound(inbound.event_id)
    if len(event_id) > _LONGEST_EVENT_ID:
        event_id = hashlib.sha256(event_id.encode()).hexdigest()
    choice = _sound(inbound.choice) if inbound.choice is not None else None
    return replace(inbound, event_id=event_id, chat_id=_sound(inbound.chat_id), choice=choice)


def _sound(identity: str) -> str:
    """`identity` without half surrogate pairs and NUL, which PostgreSQL or both databases refuse."""
    return identity.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")

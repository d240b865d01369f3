"""How much one sender, and a platform as a whole, may write: a polite word, then silence; never at the cost of others.

The web chat has limits of its own (bot.channels.web_requests): its page can be told to wait, and keeps what was typed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

import structlog

from bot.limits import RateLimit
from core import texts
from core.messages import Inbound, Reply
from core.storage import outbox
from core.storage.database import Database

__all__ = ["Admission"]

log = structlog.get_logger(__name__)

_REMEMBERED = 20_000
_CALM = 0.8
"""Share of its own allowance that a sender must have left to be heard while its platform is flooded."""


class Admission:
    """Passes messages on, as many as may come.

    When a platform as a whole brings too many, those are held back who write much; who writes little is heard.

    Args:
        receive: Stores a message and has it answered.
        database: Where the polite word is queued.
        per_sender: Messages of one chat taken per minute.
        per_channel: Messages of one platform per minute from which on busy chats are held back.
        on_replies: Called with a conversation id when its outbox has the polite word.
        free: Channels that see to this themselves.
    """

    def __init__(
        self,
        receive: Callable[[Inbound], Awaitable[bool]],
        database: Database,
        *,
        per_sender: int,
        per_channel: int,
        on_replies: Callable[[int], None],
        free: frozenset[str] = frozenset(),
    ) -> None:
        self._receive = receive
        self._database = database
        self._senders = RateLimit(per_sender)
        self._channels = RateLimit(per_channel)
        self._on_replies = on_replies
        self._free = free
        self._told: OrderedDict[str, int] = OrderedDict()

    async def receive(self, inbound: Inbound) -> bool:
        """Store one message, unless its sender writes too much; False when it was seen before or is held back."""
        if inbound.channel in self._free:
            return await self._receive(inbound)
        sender = f"{inbound.channel} {inbound.account} {inbound.chat_id}"
        flooded = not self._channels.allows(inbound.channel)
        if (flooded and self._senders.left(sender) < _CALM) or not self._senders.allows(sender):
            await self._hold_back(sender, inbound)
            return False
        if held_back := self._told.pop(sender, 0):
            log.warning("admission.held_back", channel=inbound.channel, messages=held_back)
        return await self._receive(inbound)

    async def _hold_back(self, sender: str, inbound: Inbound) -> None:
        """Say so once; from then on be silent until the sender is heard again."""
        self._told[sender] = self._told.get(sender, 0) + 1
        if self._told[sender] > 1:
            return
        while len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)
        chat = (inbound.channel, inbound.account, inbound.chat_id)
        told = await self._database.transact(outbox.say, chat, f"slow:{inbound.event_id}"[:160], Reply(texts.TOO_MANY))
        if told is not None:
            self._on_replies(told)

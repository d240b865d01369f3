"""Shows that an answer is being prepared, where that takes longer than a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from bot.channels.base import Channel
from core.messages import Chat, Inbound

__all__ = ["Typing"]

_MOMENT = 0.7
"""Seconds; most answers are there sooner, and a sign for each of them would only bring a platform's limits nearer."""


class Typing:
    """Asks channels to acknowledge messages that were not answered yet.

    Args:
        channels: By name.
    """

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = channels
        self._expected: dict[int, asyncio.TimerHandle] = {}
        self._shown: set[asyncio.Task[None]] = set()

    def expect(self, conversation_id: int, inbound: Inbound) -> None:
        """A message came in."""
        if conversation_id not in self._expected and inbound.channel in self._channels:
            loop = asyncio.get_running_loop()
            self._expected[conversation_id] = loop.call_later(_MOMENT, self._show, conversation_id, inbound)

    def answered(self, conversation_id: int) -> None:
        """Replies are on their way."""
        if timer := self._expected.pop(conversation_id, None):
            timer.cancel()

    def stop(self) -> None:
        """Show nothing any more."""
        for timer in self._expected.values():
            timer.cancel()
        for task in self._shown:
            task.cancel()
        self._expected.clear()

    def _show(self, conversation_id: int, inbound: Inbound) -> None:
        del self._expected[conversation_id]
        chat = Chat(inbound.account, inbound.chat_id)
        task = asyncio.create_task(self._channels[inbound.channel].acknowledge(chat, inbound.event_id))
        self._shown.add(task)
        task.add_done_callback(self._shown.discard)

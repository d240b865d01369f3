"""Delivers replies to Telegram, whole or as known failures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.channels.telegram_errors import as_send_error, describe, pause_after
from bot.channels.telegram_format import Part, keyboard, render
from core.errors import SendFailed, SendUncertain
from core.messages import Reply

__all__ = ["TelegramSender"]

_TYPING_SECONDS = 5.0
_LATER_PART_TRIES = 3
_LONGEST_WAIT_FOR_PART = 30.0
log = structlog.get_logger(__name__)


class TelegramSender:
    """The outgoing half of the channel.

    Args:
        bot: Makes the calls.
        sleep: Waits between attempts.
    """

    def __init__(self, bot: Bot, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._bot = bot
        self._sleep = sleep
        self._no_typing_before = 0.0

    async def send(self, chat_id: str, reply: Reply) -> str:
        """Deliver one reply, in several messages when it is long; buttons are under the last.

        A part whose delivery is uncertain does not keep back those after it. Parts after the first are tried again
        here, because a repeated `send` would repeat the first.

        Returns:
            Id of the last message.

        Raises:
            SendFailed: It did not arrive; says whether trying again can help, and after how long.
            SendUncertain: The request left, but no answer came: it may have arrived.
        """
        buttons = keyboard(reply.choices)
        parts = render(reply)
        uncertain: SendUncertain | None = None
        message_id = ""
        for number, part in enumerate(parts):
            is_last = number == len(parts) - 1
            tries = _LATER_PART_TRIES if number else 1
            try:
                message_id = await self._send_part(chat_id, part, buttons if is_last else None, tries)
            except SendUncertain as error:
                uncertain = error
        if uncertain:
            raise uncertain
        return message_id

    async def typing(self, chat_id: str) -> None:
        """Show that an answer is being prepared; best effort, never raises."""
        now = asyncio.get_running_loop().time()
        if now < self._no_typing_before:
            return
        try:
            await self._bot.send_chat_action(chat_id, ChatAction.TYPING, read_timeout=_TYPING_SECONDS)
        except TelegramError as error:
            if isinstance(error, RetryAfter):
                self._no_typing_before = now + pause_after(error, 1)
            log.debug("telegram.typing_failed", reason=describe(error))

    async def _send_part(self, chat_id: str, part: Part, buttons: InlineKeyboardMarkup | None, tries: int) -> str:
        for _ in range(tries - 1):
            try:
                return await self._send_once(chat_id, part, buttons)
            except SendFailed as error:
                if error.permanent:
                    raise
                await self._sleep(min(error.retry_after or 1.0, _LONGEST_WAIT_FOR_PART))
        return await self._send_once(chat_id, part, buttons)

    async def _send_once(self, chat_id: str, part: Part, buttons: InlineKeyboardMarkup | None) -> str:
        try:
            try:
                message = await self._send_text(chat_id, part.html, ParseMode.HTML, buttons)
            except BadRequest as error:
                if "parse entities" not in error.message.lower():
                    raise
                log.error("telegram.html_refused")
                message = await self._send_text(chat_id, part.plain, None, buttons)
        except TelegramError as error:
            raise as_send_error(error) from error
        return str(message.message_id)

    async def _send_text(self, chat_id: str, text: str, parse_mode: str | None, buttons: InlineKeyboardMarkup | None) -> Message:
        no_preview = LinkPreviewOptions(is_disabled=True)
        return await self._bot.send_message(
            chat_id, text, parse_mode=parse_mode, reply_markup=buttons, link_preview_options=no_preview
        )

"""Delivers replies to Telegram, whole or as known failures."""

from __future__ import annotations

import asyncio

import structlog
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.channels.base import ReadFile, bytes_of
from bot.channels.parts import Progress, send_parts
from bot.channels.telegram_errors import as_send_error, describe, pause_after
from bot.channels.telegram_files import send_file
from bot.channels.telegram_format import Part, keyboard, render
from core.messages import Reply, SentFile

__all__ = ["TelegramSender"]

_TYPING_SECONDS = 5.0
log = structlog.get_logger(__name__)


class TelegramSender:
    """The outgoing half of the channel.

    Args:
        bot: Makes the calls.
        read_file: Reads what staff send to citizens.
    """

    def __init__(self, bot: Bot, read_file: ReadFile) -> None:
        self._bot = bot
        self._read_file = read_file
        self._no_typing_before = 0.0

    async def send(self, chat_id: str, reply: Reply, progress: Progress | None = None) -> str | None:
        """Deliver one reply, in several messages when it is long; buttons are under the last.

        Returns:
            Id of the last message.

        Raises:
            Unreachable: The citizen blocked the bot or is gone.
            SendFailed: It did not arrive; says whether trying again can help, and after how long.
            SendUncertain: The request left, but no answer came: it may have arrived.
        """
        said: list[tuple[Part, InlineKeyboardMarkup | None] | SentFile]
        said = [(part, keyboard(part.choices)) for part in render(reply)]
        if reply.file:
            said.append(reply.file)
        return await send_parts(said, lambda part: self._send_any(chat_id, part), progress)

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

    async def _send_any(self, chat_id: str, part: tuple[Part, InlineKeyboardMarkup | None] | SentFile) -> str:
        if not isinstance(part, SentFile):
            return await self._send_once(chat_id, *part)
        data = await bytes_of(part.id, self._read_file)
        try:
            return await send_file(self._bot, chat_id, part, data)
        except TelegramError as error:
            raise as_send_error(error) from error

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

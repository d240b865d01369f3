"""From Telegram's updates to `Inbound`: which updates concern us, and what a tap or a command means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Bot, CallbackQuery, Message, Update
from telegram.constants import ChatType, UpdateType

from bot.channels.telegram_files import attachments_of
from core.cases import asked_code
from core.messages import Inbound

__all__ = ["ALLOWED_UPDATES", "CHANNEL", "COMMAND_CHOICES", "read_update", "to_inbound"]

CHANNEL = "telegram"
ALLOWED_UPDATES = (UpdateType.MESSAGE.value, UpdateType.CALLBACK_QUERY.value)
"""What Telegram is asked to deliver; edited messages are not among it."""

COMMAND_CHOICES = {"start": "start", "menu": "m", "help": "m", "canbo": "human", "xoa": "delete?", "hoso": "c"}
"""Choice that a typed command stands for."""

_CHAT_ID = re.compile(r"-?\d{1,20}", re.ASCII)
_COMMAND = re.compile(r"/([^\s/@]+)(?:@\w+)?(?!\S)")
log = structlog.get_logger(__name__)


def read_update(raw: Mapping[str, Any], bot: Bot) -> Update | None:
    """Parse one update.

    Returns:
        None when the library cannot read it: delivering it again would not help and would block those behind it.
    """
    try:
        return Update.de_json(dict(raw), bot)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError) as error:
        log.error("telegram.update_unreadable", update_id=raw.get("update_id"), error=type(error).__name__)
        return None


def to_inbound(update: Update, account: str) -> Inbound | None:
    """Take what a citizen said in a private chat.

    Returns:
        None for everything else: groups, edited messages, service messages, taps on messages of other bots, and what lacks a
        part that every message has, which the library lets pass.
    """
    try:
        if update.callback_query:
            return _sound(_from_tap(update.callback_query, str(update.update_id), account))
        if update.message:
            return _sound(_from_message(update.message, str(update.update_id), account))
    except (TypeError, ValueError, AttributeError) as error:
        log.error("telegram.update_unreadable", update_id=update.update_id, error=type(error).__name__)
    return None


def _sound(inbound: Inbound | None) -> Inbound | None:
    """The same; the library lets any JSON pass where ids and texts belong, and no database takes that.

    Raises:
        TypeError: It is not what the Bot API promises.
    """
    if inbound and not (_CHAT_ID.fullmatch(inbound.chat_id) and isinstance(inbound.text, str)):
        raise TypeError("an id or a text of another kind")
    return inbound


def _from_message(message: Message, event_id: str, account: str) -> Inbound | None:
    text = message.text or message.caption or ""
    is_service_message = not text and not message.effective_attachment
    if message.chat.type != ChatType.PRIVATE or is_service_message:
        return None
    choice = None
    if command := _COMMAND.match(text):
        choice = COMMAND_CHOICES.get(command.group(1).lower())
        if choice is None:
            text = (command.group(1) + text[command.end() :]).strip()
        elif choice == "c" and (code := asked_code(text)):  # "/hoso ABCD-2345"
            choice = f"c:{code}"
    if message.media_group_id:
        # An album comes as one update per picture: one shared event id makes it one message, so one answer.
        event_id = f"album-{message.media_group_id}"
    sent_at = message.date.astimezone(UTC)
    return Inbound(CHANNEL, account, str(message.chat.id), event_id, text, sent_at, choice, attachments_of(message))


def _from_tap(query: CallbackQuery, event_id: str, account: str) -> Inbound | None:
    message, choice = query.message, query.data
    if message is None or not choice or message.chat.type != ChatType.PRIVATE:
        return None
    # The date in the query is that of the message with the buttons, not of the tap.
    return Inbound(CHANNEL, account, str(message.chat.id), event_id, _label(query, choice), datetime.now(UTC), choice)


def _label(query: CallbackQuery, choice: str) -> str:
    """Label of the tapped button; the choice itself when Telegram no longer shows us an old message."""
    markup = query.message.reply_markup if isinstance(query.message, Message) else None
    rows = markup.inline_keyboard if markup else ()
    return next((button.text for row in rows for button in row if button.callback_data == choice), choice)

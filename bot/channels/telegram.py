"""The Telegram channel: takes updates by long polling or webhook, sends replies.

An update is confirmed to Telegram only after `receive` stored it. When polling, the offset stays at the first update
that could not be stored; in webhook mode the answer is 503. Either way Telegram delivers again (it keeps updates 24 h).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.base import Capabilities, Receive
from bot.channels.telegram_errors import as_send_error, describe, pause_after
from bot.channels.telegram_format import MAX_TEXT, Part, keyboard, render
from bot.channels.telegram_updates import ALLOWED_UPDATES, CHANNEL, read_update, to_inbound
from core import texts
from core.errors import ConfigurationError, SendFailed, SendUncertain, UpstreamError
from core.messages import Reply

__all__ = ["WEBHOOK_PATH", "TelegramChannel"]

WEBHOOK_PATH = "/hooks/telegram"
"""Where the web server passes Telegram's calls on to `TelegramChannel.handle_webhook`."""

_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_POLL_SECONDS = 30
_READ_SECONDS = 20.0
_HINT_SECONDS = 5.0
_LATER_PART_TRIES = 3
_LONGEST_WAIT_FOR_PART = 30.0
_LOG = logging.getLogger(__name__)


class TelegramChannel:
    """Telegram, private chats only.

    Args:
        token: Bot token from @BotFather.
        mode: ``polling`` or ``webhook``.
        webhook_secret: 1–256 of ``A–Z a–z 0–9 _ -``; needed in webhook mode.
        public_url: Address of our web server as Telegram sees it; needed in webhook mode.
        api_url: Address of the Bot API.
        commands: Name and description of each entry of the menu.
        request: How requests are made; for tests.
        get_updates_request: The same for polling.
        sleep: Waits between attempts; for tests.

    Raises:
        ConfigurationError: Names the setting that is missing or malformed.
    """

    name = CHANNEL
    capabilities = Capabilities(max_text=MAX_TEXT, max_choices=8, typing=True)

    def __init__(
        self,
        token: str,
        *,
        mode: str = "polling",
        webhook_secret: str | None = None,
        public_url: str | None = None,
        api_url: str = "https://api.telegram.org",
        commands: Mapping[str, str] = texts.BOT_COMMANDS,
        request: BaseRequest | None = None,
        get_updates_request: BaseRequest | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise ConfigurationError("TROLY_TELEGRAM_TOKEN: must look like 123456:ABC…, as @BotFather shows it")
        self._uses_webhook = mode == "webhook"
        self._secret = webhook_secret or ""
        self._public_url = (public_url or "").rstrip("/")
        if self._uses_webhook:
            self._check_webhook_settings()
        self.account = token.partition(":")[0]
        self._commands = commands
        self._sleep = sleep
        self._bot = _Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            request=request or HTTPXRequest(read_timeout=_READ_SECONDS, pool_timeout=_HINT_SECONDS),
            get_updates_request=get_updates_request,
        )
        self._receive: Receive | None = None
        self._is_set_up = False
        self._offset: int | None = None
        self._runner: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._no_typing_before = 0.0

    async def start(self, receive: Receive) -> None:
        """Begin to hand incoming messages to `receive`.

        When Telegram cannot be reached, the attempts go on in the background.

        Raises:
            ConfigurationError: Telegram rejected the token.
        """
        # These libraries log addresses, which hold the token, and whole answers, which hold what citizens wrote.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        logging.getLogger("telegram").setLevel(logging.CRITICAL)
        self._receive = receive
        try:
            await self._set_up()
        except InvalidToken:
            await self.stop()
            raise ConfigurationError("TROLY_TELEGRAM_TOKEN: rejected by Telegram; copy it again from @BotFather") from None
        except TelegramError as error:
            _LOG.warning("telegram.not_reachable reason=%s", describe(error))
        self._runner = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop receiving and close connections; messages already stored stay stored."""
        self._receive = None
        tasks = [*self._background, *([self._runner] if self._runner else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._is_set_up = False
        await self._bot.shutdown()

    async def handle_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> int:
        """Take one call of Telegram's webhook.

        Args:
            headers: Of the request; looked up as the mapping does, so pass a case-insensitive one.
            raw_body: The body as it came.

        Returns:
            HTTP status to answer with: 200 stored or not for us, 400 not an update, 403 not from Telegram, 404 polling
            is configured, 503 not stored, so that Telegram delivers again.
        """
        if not self._uses_webhook:
            return 404
        if not hmac.compare_digest(headers.get(_SECRET_HEADER, "").encode("utf-8", "replace"), self._secret.encode()):
            return 403
        try:
            raw = json.loads(raw_body)
        except (ValueError, RecursionError):
            return 400
        if not isinstance(raw, dict) or not isinstance(raw.get("update_id"), int):
            return 400
        try:
            await self._take(raw)
        except UpstreamError as error:
            _LOG.error("telegram.not_stored reason=%s", error)  # noqa: TRY400 - a traceback could quote the citizen
            return 503
        return 200

    async def send(self, chat_id: str, reply: Reply) -> str | None:
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
            try:
                message_id = await self._send_part(
                    chat_id, part, buttons if is_last else None, tries=_LATER_PART_TRIES if number else 1
                )
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
            await self._bot.send_chat_action(chat_id, ChatAction.TYPING, read_timeout=_HINT_SECONDS)
        except TelegramError as error:
            if isinstance(error, RetryAfter):
                self._no_typing_before = now + pause_after(error, 1)
            _LOG.debug("telegram.typing_failed reason=%s", describe(error))

    def _check_webhook_settings(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self._secret):
            raise ConfigurationError("TROLY_TELEGRAM_WEBHOOK_SECRET: webhook mode needs 1–256 of A–Z a–z 0–9 _ -")
        if not self._public_url:
            raise ConfigurationError("TROLY_PUBLIC_URL: webhook mode needs the https address Telegram can reach")

    async def _set_up(self) -> None:
        """Check the token and tell Telegram how to deliver."""
        await self._bot.initialize()
        if self._uses_webhook:
            await self._bot.set_webhook(
                self._public_url + WEBHOOK_PATH, secret_token=self._secret, allowed_updates=list(ALLOWED_UPDATES)
            )
        else:
            await self._bot.delete_webhook()
        await _best_effort(self._bot.set_my_commands(list(self._commands.items())))
        self._is_set_up = True
        _LOG.info("telegram.ready account=%s mode=%s", self.account, "webhook" if self._uses_webhook else "polling")

    async def _run(self) -> None:
        """Finish the set-up if `start` could not, then poll for ever; pauses grow with failures in a row."""
        failures = 0
        while not (self._is_set_up and self._uses_webhook):
            try:
                await (self._poll() if self._is_set_up else self._set_up())
                failures = 0
            except (TelegramError, UpstreamError) as error:
                failures += 1
                pause = pause_after(error, failures)
                reason = describe(error) if isinstance(error, TelegramError) else error
                _LOG.error("telegram.receiving_failed reason=%s pause_s=%.0f", reason, pause)  # noqa: TRY400 - a traceback could hold the token
                await self._sleep(pause)

    async def _poll(self) -> None:
        """Fetch and store one batch."""
        batch = await self._bot.get_raw_updates(self._offset)
        for raw in batch:
            await self._take(raw)
            self._offset = raw["update_id"] + 1
        if not batch:
            # After a week's silence Telegram goes on with a random id, perhaps a lower one, which an old offset would skip.
            self._offset = None

    async def _take(self, raw: Mapping[str, Any]) -> None:
        """Store one update, if it concerns us.

        Raises:
            UpstreamError: It was not stored and must be delivered again.
        """
        if self._receive is None:
            raise UpstreamError("the channel is stopped")
        update = read_update(raw, self._bot)
        if update is None:
            return
        query = update.callback_query
        if query:
            # In the background: Telegram is waiting for this function, the citizen's button for an answer.
            self._in_background(self._bot.answer_callback_query(query.id))
        inbound = to_inbound(update, self.account)
        if inbound is None:
            return
        try:
            await self._receive(inbound)
        except Exception as error:
            raise UpstreamError(f"storing failed: {type(error).__name__}") from error
        if query:
            self._in_background(self._remove_keyboard(query))

    async def _remove_keyboard(self, query: CallbackQuery) -> None:
        if query.message:
            await self._bot.edit_message_reply_markup(query.message.chat.id, query.message.message_id)

    def _in_background(self, call: Coroutine[Any, Any, object]) -> None:
        task = asyncio.create_task(_best_effort(call))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _send_part(self, chat_id: str, part: Part, buttons: InlineKeyboardMarkup | None, *, tries: int) -> str:
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
                _LOG.error("telegram.html_refused")  # noqa: TRY400 - the message quotes the reply
                message = await self._send_text(chat_id, part.plain, None, buttons)
        except TelegramError as error:
            raise as_send_error(error) from error
        return str(message.message_id)

    async def _send_text(self, chat_id: str, text: str, parse_mode: str | None, buttons: InlineKeyboardMarkup | None) -> Message:
        return await self._bot.send_message(
            chat_id, text, parse_mode=parse_mode, reply_markup=buttons, link_preview_options=LinkPreviewOptions(is_disabled=True)
        )


class _Bot(Bot):
    """Adds unparsed updates: `get_updates` fails as a whole, and logs the batch, when one update is not readable."""

    async def get_raw_updates(self, offset: int | None) -> list[dict[str, Any]]:
        """Wait for updates, at most `_POLL_SECONDS`."""
        data = {"timeout": _POLL_SECONDS, "offset": offset, "allowed_updates": list(ALLOWED_UPDATES)}
        raw: list[dict[str, Any]] = await self._post("getUpdates", data, read_timeout=_POLL_SECONDS + _READ_SECONDS)
        return raw


async def _best_effort(call: Coroutine[Any, Any, object]) -> None:
    """Make a call whose failure costs nobody anything, such as "query is too old" or "message is not modified"."""
    try:
        await call
    except TelegramError as error:
        _LOG.debug("telegram.hint_failed reason=%s", describe(error))

"""The Telegram channel: takes updates by long polling or webhook, sends replies.

An update is confirmed to Telegram only after `receive` stored it. When polling, the offset stays at the first update
that could not be stored; in webhook mode the answer is 503. Either way Telegram delivers again (it keeps updates 24 h).

Errors are logged without traceback: it could hold the token or what a citizen wrote.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import structlog
from httpx import Limits
from telegram import Bot, CallbackQuery
from telegram.error import InvalidToken, TelegramError
from telegram.request import BaseRequest, HTTPXRequest

from bot.channels.attempts import Attempts
from bot.channels.base import Capabilities, Event, NotAnEvent, ReadFile, Receive, no_files
from bot.channels.checking import Finding
from bot.channels.parts import Progress
from bot.channels.reading import read_object
from bot.channels.telegram_check import check_telegram
from bot.channels.telegram_errors import describe, pause_after
from bot.channels.telegram_files import SENDS, fetch
from bot.channels.telegram_format import MAX_CHOICES, MAX_TEXT
from bot.channels.telegram_sending import TelegramSender
from bot.channels.telegram_updates import ALLOWED_UPDATES, CHANNEL, read_update, to_inbound
from core import texts
from core.errors import ConfigurationError, SendFailed, UpstreamError
from core.messages import Attachment, Chat, Reply

__all__ = ["WEBHOOK_PATH", "TelegramChannel"]

WEBHOOK_PATH = "/hooks/telegram"
"""Where the web server passes Telegram's calls on to `TelegramChannel.handle_webhook`."""

_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_POLL_SECONDS = 30
_READ_SECONDS = 20.0
_POOL_SECONDS = 5.0
_CONNECTIONS = Limits(max_connections=96, max_keepalive_connections=16)
"""As many at a time as conversations in which something is sent, and some hints. For each request the client asks the system
about every idle connection, so of those only a few are kept; the library's default is 256."""
log = structlog.get_logger(__name__)


class TelegramChannel:
    """Telegram, private chats only.

    Args:
        token: Bot token from @BotFather.
        mode: ``polling`` or ``webhook``.
        webhook_secret: 1 to 256 of ``A-Z a-z 0-9 _ -``; needed in webhook mode.
        public_url: Address of our web server as Telegram sees it; needed in webhook mode.
        api_url: Address of the Bot API.
        commands: Name and description of each entry of the menu.
        read_file: Reads what staff send to citizens.
        request: How requests are made; for tests.
        get_updates_request: The same for polling.
        sleep: Waits between attempts; for tests.

    Raises:
        ConfigurationError: Names the setting that is missing or malformed.
    """

    name = CHANNEL
    webhook_path = WEBHOOK_PATH
    capabilities = Capabilities(max_text=MAX_TEXT, max_choices=MAX_CHOICES, typing=True, edits=True, sends=SENDS)

    def __init__(
        self,
        token: str,
        *,
        mode: str = "polling",
        webhook_secret: str | None = None,
        public_url: str | None = None,
        api_url: str = "https://api.telegram.org",
        commands: Mapping[str, str] = texts.BOT_COMMANDS,
        read_file: ReadFile = no_files,
        request: BaseRequest | None = None,
        get_updates_request: BaseRequest | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if not re.fullmatch(r"\d+:[\w-]+", token):
            raise ConfigurationError("TROLY_TELEGRAM_TOKEN: must look like 123456:ABC…, as @BotFather shows it")
        self.account = token.partition(":")[0]
        self._uses_webhook = mode == "webhook"
        self._secret = webhook_secret or ""
        self._public_url = (public_url or "").rstrip("/")
        if self._uses_webhook:
            self._check_webhook_settings()
        self._commands = commands
        self._attempts = Attempts(CHANNEL, pause_after, _reason, sleep)
        _silence_libraries()
        self._bot = _Bot(
            token,
            base_url=f"{api_url.rstrip('/')}/bot",
            base_file_url=f"{api_url.rstrip('/')}/file/bot",
            request=request or _requests(),
            get_updates_request=get_updates_request,
        )
        self._sender = TelegramSender(self._bot, read_file)
        self._receive: Receive | None = None
        self._offset: int | None = None
        self._runner: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    async def start(self, receive: Receive) -> None:
        """Begin to hand incoming messages to `receive`.

        When Telegram cannot be reached, the attempts go on in the background.

        Raises:
            ConfigurationError: Telegram rejected the token.
        """
        self._receive = receive
        is_set_up = False
        try:
            await self._set_up()
            is_set_up = True
        except InvalidToken:
            await self.stop()
            raise ConfigurationError("TROLY_TELEGRAM_TOKEN: rejected by Telegram; copy it again from @BotFather") from None
        except TelegramError as error:
            log.warning("telegram.not_reachable", reason=describe(error))
        self._runner = asyncio.create_task(self._run(is_set_up))

    async def stop(self) -> None:
        """Stop receiving and close connections; messages already stored stay stored."""
        self._receive = None
        tasks = [*self._background, *([self._runner] if self._runner else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._bot.shutdown()

    def verify(self, headers: Mapping[str, str], raw_body: bytes) -> bool:
        """Whether a call bears our secret, compared in constant time; the body is not looked at."""
        return hmac.compare_digest(headers.get(_HEADER, "").encode("utf-8", "replace"), self._secret.encode())

    def parse(self, raw_body: bytes) -> list[Event]:
        """The message or tap in an update; nothing when it is not for us.

        Raises:
            NotAnEvent: It is no update.
        """
        update = read_update(_as_update(raw_body), self._bot)
        inbound = to_inbound(update, self.account) if update else None
        return [inbound] if inbound else []

    async def handle_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> int:
        """Take one call of Telegram's webhook.

        Args:
            headers: Of the request; looked up as the mapping does, so pass a case-insensitive one.
            raw_body: The body as it came.

        Returns:
            HTTP status to answer with: 200 stored or not for us, 400 not an update, 403 not from Telegram, 404 webhook
            mode is off, 503 not stored, so that Telegram delivers again.
        """
        if not self._uses_webhook:
            return 404
        if not self.verify(headers, raw_body):
            return 403
        try:
            await self._take(_as_update(raw_body))
        except NotAnEvent:
            return 400
        except UpstreamError as error:
            log.error("telegram.not_stored", reason=str(error))
            return 503
        return 200

    async def send(self, chat: Chat, reply: Reply, progress: Progress | None = None) -> str | None:
        """Deliver one reply, in several messages when it is long; buttons are under the last.

        Returns:
            Id of the last message.

        Raises:
            Unreachable: The citizen blocked the bot or is gone.
            SendFailed: It did not arrive; says whether trying again can help, and after how long.
            SendUncertain: The request left, but no answer came: it may have arrived.
        """
        if self._receive is None:
            raise SendFailed("the channel is stopped")
        return await self._sender.send(chat.chat_id, reply, progress)

    async def fetch(self, attachment: Attachment, most: int) -> bytes:
        """Get a photo or document that a citizen sent; Telegram itself hands out at most 20 MB.

        Raises:
            UserFacingError: It has more than `most` bytes.
            FetchFailed: It cannot be had, or not now.
        """
        return await fetch(self._bot, attachment, most)

    async def acknowledge(self, chat: Chat, event_id: str) -> None:
        """Show "is typing"; best effort, never raises."""
        await self._sender.typing(chat.chat_id)

    async def check(self) -> list[Finding]:
        """Ask Telegram who we are and how it delivers; changes nothing there."""
        where = self._public_url + WEBHOOK_PATH if self._uses_webhook else ""
        try:
            return await check_telegram(self._bot, self._public_url, where, {_HEADER: self._secret})
        finally:
            await self._bot.shutdown()

    def _check_webhook_settings(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self._secret):
            raise ConfigurationError("TROLY_TELEGRAM_WEBHOOK_SECRET: webhook mode needs 1 to 256 of A-Z a-z 0-9 _ -")
        if not self._public_url:
            raise ConfigurationError("TROLY_PUBLIC_URL: webhook mode needs the https address Telegram can reach")

    async def _set_up(self) -> None:
        """Check the token and tell Telegram how to deliver."""
        await self._bot.initialize()
        if self._uses_webhook:
            await self._bot.set_webhook(
                self._public_url + WEBHOOK_PATH, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES
            )
        else:
            await self._bot.delete_webhook()
        await _best_effort(self._bot.set_my_commands(list(self._commands.items())))
        log.info("telegram.ready", account=self.account, webhook=self._uses_webhook)

    async def _run(self, is_set_up: bool) -> None:
        """Finish the set-up if `start` could not, then poll for ever, unless Telegram calls us."""
        while not is_set_up:
            is_set_up = await self._attempts.make(self._set_up)
        while not self._uses_webhook:
            await self._attempts.make(self._poll)

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
            # In the background: Telegram waits for this function, the citizen's button for its answer.
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


class _Bot(Bot):
    """Adds unparsed updates: `get_updates` fails as a whole, and logs the batch, when one update is not readable."""

    async def get_raw_updates(self, offset: int | None) -> list[dict[str, Any]]:
        """Wait for updates, at most `_POLL_SECONDS`."""
        data = {"timeout": _POLL_SECONDS, "offset": offset, "allowed_updates": ALLOWED_UPDATES}
        raw: list[dict[str, Any]] = await self._post("getUpdates", data, read_timeout=_POLL_SECONDS + _READ_SECONDS)
        return raw


def _requests() -> HTTPXRequest:
    limits = {"limits": _CONNECTIONS}
    return HTTPXRequest(read_timeout=_READ_SECONDS, pool_timeout=_POOL_SECONDS, httpx_kwargs=limits)


def _as_update(raw_body: bytes) -> dict[str, Any]:
    """The JSON of an update.

    Raises:
        NotAnEvent: It is none.
    """
    raw = read_object(raw_body)
    if not isinstance(raw.get("update_id"), int):
        raise NotAnEvent("no update")
    return raw


async def _best_effort(call: Coroutine[Any, Any, object]) -> None:
    """Make a call whose failure costs nobody anything, such as "query is too old" or "message is not modified"."""
    try:
        await call
    except TelegramError as error:
        log.debug("telegram.hint_failed", reason=describe(error))


def _reason(error: Exception) -> str:
    if isinstance(error, TelegramError):
        return describe(error)
    return str(error) if isinstance(error, UpstreamError) else type(error).__name__


def _silence_libraries() -> None:
    """They log addresses, which hold the token, and whole answers, which hold what citizens wrote."""
    for name, level in (("httpx", logging.WARNING), ("httpcore", logging.WARNING), ("telegram", logging.CRITICAL)):
        logging.getLogger(name).setLevel(level)

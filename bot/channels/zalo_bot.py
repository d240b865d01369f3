"""The Zalo Bot Platform channel: takes updates by webhook or long polling, sends plain text with numbered choices.

The platform has no buttons, no acknowledgement of polled updates and no update ids. An update that was polled is kept until
it is stored; one that was fetched by a process that then died is lost, which is why production uses the webhook.
"""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from bot.channels.attempts import Attempts
from bot.channels.base import Capabilities, Event, Receive
from bot.channels.checking import Finding
from bot.channels.downloads import Downloads
from bot.channels.layout import Part, lay_out, utf16_units
from bot.channels.parts import Progress, send_parts
from bot.channels.webhook import Intake
from bot.channels.zalo_bot_api import BotRefused, ZaloBotApi
from bot.channels.zalo_bot_check import check_zalo_bot
from bot.channels.zalo_bot_events import CHANNEL, read_update, to_inbound
from core.errors import ConfigurationError, ProjectError, SendFailed
from core.messages import Attachment, Chat, Reply

__all__ = ["WEBHOOK_PATH", "ZaloBotChannel"]

WEBHOOK_PATH = "/hooks/zalo-bot"
_HEADER = "X-Bot-Api-Secret-Token"
_POLL_SECONDS = 30
_LONGEST_PAUSE = 60.0
log = structlog.get_logger(__name__)


class ZaloBotChannel:
    """One bot of the Zalo Bot Platform, private chats only.

    Args:
        token: ``id:secret`` from "Zalo Bot Manager".
        mode: ``polling`` or ``webhook``.
        webhook_secret: 8 to 256 characters; needed in webhook mode.
        public_url: Address of our web server as Zalo sees it; needed in webhook mode.
        api_url: Address of the platform.
        file_hosts: Hosts that photos of citizens may be on.
        sleep: Waits between attempts; for tests.

    Raises:
        ConfigurationError: Names the setting that is missing or malformed.
    """

    name = CHANNEL
    webhook_path = WEBHOOK_PATH
    capabilities = Capabilities(max_text=2000, max_choices=0, typing=True)

    def __init__(
        self,
        token: str,
        *,
        mode: str = "polling",
        webhook_secret: str | None = None,
        public_url: str | None = None,
        api_url: str = "https://bot-api.zaloplatforms.com",
        file_hosts: tuple[str, ...] = (),
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if not re.fullmatch(r"\w+:[\w-]+", token, re.ASCII):
            raise ConfigurationError("TROLY_ZALO_BOT_TOKEN: must look like 123456:abc…, as Zalo Bot Manager sends it")
        self.account = token.partition(":")[0]
        self._uses_webhook = mode == "webhook"
        self._secret = webhook_secret or ""
        self._public_url = (public_url or "").rstrip("/")
        if self._uses_webhook:
            self._check_webhook_settings()
        self._api = ZaloBotApi(token, api_url)
        self._downloads = Downloads(file_hosts, api_url)
        self._sleep = sleep
        self._attempts = Attempts(CHANNEL, _pause, _reason, sleep)
        self._intake = Intake(CHANNEL)
        self._receive: Receive | None = None
        self._runner: asyncio.Task[None] | None = None

    def _check_webhook_settings(self) -> None:
        if not re.fullmatch(r"[!-~]{8,256}", self._secret):
            raise ConfigurationError("TROLY_ZALO_BOT_WEBHOOK_SECRET: webhook mode needs 8 to 256 characters without blanks")
        if not self._public_url.startswith("https://"):
            raise ConfigurationError("TROLY_PUBLIC_URL: webhook mode needs the https address Zalo can reach")

    async def start(self, receive: Receive) -> None:
        """Begin to hand incoming messages to `receive`.

        When the platform cannot be reached, the attempts go on in the background.

        Raises:
            ConfigurationError: The platform rejected the token.
        """
        self._receive = receive
        self._intake.open(receive)
        is_set_up = False
        try:
            await self._set_up()
            is_set_up = True
        except BotRefused as error:
            if error.code in (401, 404):
                await self.stop()
                raise ConfigurationError("TROLY_ZALO_BOT_TOKEN: rejected by Zalo; copy it again from Zalo Bot Manager") from None
            log.warning("zalo_bot.not_ready", code=error.code)
        except ProjectError as error:
            log.warning("zalo_bot.not_reachable", reason=str(error))
        self._runner = asyncio.create_task(self._run(is_set_up), name="zalo-bot")

    async def stop(self) -> None:
        """Stop receiving and close connections; messages already stored stay stored."""
        self._receive = None
        if self._runner:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        await self._intake.close()
        await self._api.close()
        await self._downloads.close()

    def verify(self, headers: Mapping[str, str], raw_body: bytes) -> bool:
        """Whether a call bears our secret, compared in constant time; the body is not looked at."""
        return hmac.compare_digest(headers.get(_HEADER, "").encode("utf-8", "replace"), self._secret.encode())

    def parse(self, raw_body: bytes) -> Sequence[Event]:
        """The message in an update; nothing when it is not for us.

        Raises:
            NotAnEvent: It is no update.
        """
        inbound = to_inbound(read_update(raw_body), self.account)
        return [inbound] if inbound else []

    async def handle_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> int:
        """Take one call of the platform's webhook.

        Returns:
            HTTP status to answer with: 200 stored or not for us, 400 not an update, 403 not from Zalo, 404 webhook mode is
            off, 503 not stored yet.
        """
        if not self._uses_webhook:
            return 404
        if not self.verify(headers, raw_body):
            return 403
        return await self._intake.take(lambda: self.parse(raw_body))

    async def send(self, chat: Chat, reply: Reply, progress: Progress | None = None) -> str | None:
        """Deliver one reply, in several messages when it is long; choices are numbered.

        Returns:
            Id of the last message.

        Raises:
            Unreachable: The citizen blocked the bot.
            SendFailed: It did not arrive; says whether trying again can help, and after how long.
            SendUncertain: The request left, but no answer came: it may have arrived.
        """
        if self._receive is None:
            raise SendFailed("the channel is stopped")
        parts = lay_out(reply, self.capabilities, utf16_units)
        return await send_parts(parts, lambda part: self._send_part(chat, part), progress)

    async def fetch(self, attachment: Attachment, most: int) -> bytes:
        """Get a photo that a citizen sent.

        Raises:
            UserFacingError: It has more than `most` bytes.
            FetchFailed: It cannot be had, or not now.
        """
        return await self._downloads.fetch(attachment.url, most)

    async def acknowledge(self, chat: Chat, event_id: str) -> None:
        """Show "is typing"; best effort, never raises."""
        try:
            await self._api.call("sendChatAction", {"chat_id": chat.chat_id, "action": "typing"})
        except (ProjectError, BotRefused) as error:
            log.debug("zalo_bot.typing_failed", error=type(error).__name__)

    async def check(self) -> list[Finding]:
        """Ask Zalo who we are and how it delivers; changes nothing there."""
        where = self._public_url + WEBHOOK_PATH if self._uses_webhook else ""
        try:
            return await check_zalo_bot(self._api, self._public_url, where, {_HEADER: self._secret})
        finally:
            await self._api.close()

    async def _send_part(self, chat: Chat, part: Part) -> str | None:
        try:
            sent = await self._api.call("sendMessage", {"chat_id": chat.chat_id, "text": part.text})
        except BotRefused as error:
            raise error.as_send_error() from None
        return str(sent["message_id"]) if isinstance(sent, dict) and sent.get("message_id") else None

    async def _set_up(self) -> None:
        """Check the token and tell the platform how to deliver."""
        await self._api.call("getMe")
        if self._uses_webhook:
            await self._api.call("setWebhook", {"url": self._public_url + WEBHOOK_PATH, "secret_token": self._secret})
        else:
            await self._api.call("deleteWebhook")
        log.info("zalo_bot.ready", account=self.account, webhook=self._uses_webhook)

    async def _run(self, is_set_up: bool) -> None:
        """Finish the set-up if `start` could not, then poll for ever, unless the platform calls us."""
        while not is_set_up:
            is_set_up = await self._attempts.make(self._set_up)
        while not self._uses_webhook:
            await self._attempts.make(self._poll)

    async def _poll(self) -> None:
        """Fetch one update, and keep at it until it is stored: the platform will not give it again."""
        try:
            update = await self._api.call("getUpdates", {"timeout": str(_POLL_SECONDS)}, timeout=_POLL_SECONDS + 15.0)
        except BotRefused as error:
            if error.code == 408:  # nothing new
                return
            raise
        if not update:
            await self._sleep(1.0)  # the platform should have waited; if it does not, we must
        for one in update if isinstance(update, list) else [update]:
            await self._take(one)

    async def _take(self, update: Any) -> None:
        inbound = to_inbound(update, self.account) if isinstance(update, dict) else None
        failures = 0
        while inbound is not None and self._receive is not None:
            try:
                await self._receive(inbound)
                return
            except Exception as error:  # noqa: BLE001 - whatever it is, the update must not be lost for it
                failures += 1
                log.error("zalo_bot.not_stored", error=type(error).__name__)
                await self._sleep(_pause(error, failures))


def _pause(_error: Exception, failures: int) -> float:
    return min(_LONGEST_PAUSE, 2.0 ** min(failures - 1, 6))


def _reason(error: Exception) -> str:
    if isinstance(error, BotRefused):
        return f"error_code {error.code}"
    return str(error) if isinstance(error, ProjectError) else type(error).__name__

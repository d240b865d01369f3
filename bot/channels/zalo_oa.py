"""The Zalo Official Account channel: takes signed events by webhook, sends consultation messages.

One app may serve several Official Accounts; each has its own tokens, and they are told apart by id. Errors are logged
without traceback: it could hold a token or what a citizen wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import FormData

from bot.channels.base import Capabilities, Event, NotAnEvent, ReadFile, Receive, bytes_of, no_files
from bot.channels.checking import Finding
from bot.channels.downloads import Downloads
from bot.channels.http import JsonApi
from bot.channels.layout import Part, lay_out, shorten, utf16_units
from bot.channels.parts import Progress, send_parts
from bot.channels.reading import as_text, part, read_object
from bot.channels.webhook import Intake
from bot.channels.zalo_oa_check import check_accounts, check_webhook
from bot.channels.zalo_oa_errors import BUTTONS_REFUSED, TOKEN_REJECTED, as_send_error
from bot.channels.zalo_oa_events import CHANNEL, payload_of, read_event
from bot.channels.zalo_oa_files import SENDS, file_message
from bot.channels.zalo_oa_signature import Signature
from bot.channels.zalo_oa_tokens import ZaloTokens
from bot.repeating import Repeating
from core.errors import ProjectError, SendFailed, SendUncertain
from core.messages import Attachment, Chat, Choice, Reply, SentFile

__all__ = ["WEBHOOK_PATH", "ZaloOaChannel"]

WEBHOOK_PATH = "/hooks/zalo-oa"
_MAX_TITLE = 100
_LOOK_AT_TOKENS_SECONDS = 300.0
_REACTION = "/-strong"

_Body = Mapping[str, Any] | FormData | None
log = structlog.get_logger(__name__)


class ZaloOaChannel:
    """Zalo Official Accounts of one app.

    Args:
        signature: Tells Zalo's calls from others.
        tokens: What sends are authorised with.
        public_url: Address of our web server as Zalo sees it; looked at by `check` only.
        api_url: ``https://openapi.zalo.me``, or a fake.
        file_hosts: Hosts that files of citizens may be on.
        read_file: Reads what staff send to citizens.
    """

    name = CHANNEL
    webhook_path = WEBHOOK_PATH
    capabilities = Capabilities(
        max_text=2000,
        max_choices=5,
        typing=False,
        reply_window=timedelta(days=7),
        free_window=timedelta(hours=48),
        sends=SENDS,
    )

    def __init__(
        self,
        signature: Signature,
        tokens: ZaloTokens,
        *,
        public_url: str | None = None,
        api_url: str = "https://openapi.zalo.me",
        file_hosts: tuple[str, ...] = (),
        read_file: ReadFile = no_files,
    ) -> None:
        self._signature = signature
        self._tokens = tokens
        self._public_url = public_url
        self._api = JsonApi(api_url)
        self._downloads = Downloads(file_hosts, api_url)
        self._read_file = read_file
        self._intake = Intake(CHANNEL)
        self._running = False
        self._takes_buttons = True
        self._watch = Repeating("zalo_oa.tokens", tokens.renew_due, _LOOK_AT_TOKENS_SECONDS)

    async def start(self, receive: Receive) -> None:
        """Begin to take events, and to keep the tokens fresh."""
        self._intake.open(receive)
        self._running = True
        accounts = await self._tokens.accounts()
        if not accounts:
            log.error("zalo_oa.no_account", cure="an administrator of the OA must run: troly zalo login")
        self._watch.start()
        log.info("zalo_oa.ready", accounts=[row.account for row in accounts])

    async def stop(self) -> None:
        """Stop receiving and close connections; messages already stored stay stored."""
        self._running = False
        await self._intake.close()
        await self._watch.stop()
        await self._api.close()
        await self._downloads.close()
        await self._tokens.close()

    def verify(self, headers: Mapping[str, str], raw_body: bytes) -> bool:
        """Whether a call is signed with our key, compared in constant time."""
        try:
            body = read_object(raw_body)
        except NotAnEvent:
            body = {}
        return self._signature.fits(headers, raw_body, body)

    def parse(self, raw_body: bytes) -> Sequence[Event]:
        """What an event means for us; nothing when it does not concern us.

        Raises:
            NotAnEvent: Zalo never sends this.
        """
        return read_event(read_object(raw_body))

    async def handle_webhook(self, headers: Mapping[str, str], raw_body: bytes) -> int:
        """Take one call of Zalo's webhook.

        Returns:
            HTTP status to answer with: 200 stored or not for us, 400 not an event, 403 not from Zalo, 503 not stored yet.
            The unsigned ``{}``, with which Zalo checks the address when it is saved in the console, gets 200.
        """
        if raw_body.strip() == b"{}":
            log.info("zalo_oa.address_checked")
            return 200
        if not self.verify(headers, raw_body):
            return 403
        return await self._intake.take(lambda: self.parse(raw_body))

    async def send(self, chat: Chat, reply: Reply, progress: Progress | None = None) -> str | None:
        """Deliver one reply, in several messages when it is long; at most five buttons, under the last.

        Returns:
            Id of the last message.

        Raises:
            Unreachable: The citizen left, or was silent for more than seven days.
            SendFailed: It did not arrive; says whether trying again can help, and after how long.
            SendUncertain: The request left, but no answer came: it may have arrived.
        """
        if not self._running:
            raise SendFailed("the channel is stopped")
        parts: list[Part | SentFile] = [*self._parts(reply), *([reply.file] if reply.file else [])]
        return await send_parts(parts, lambda part: self._send_part(chat, part), progress)

    async def fetch(self, attachment: Attachment, most: int) -> bytes:
        """Get a photo or document that a citizen sent.

        Raises:
            UserFacingError: It has more than `most` bytes.
            FetchFailed: It cannot be had, or not now.
        """
        return await self._downloads.fetch(attachment.url, most)

    async def acknowledge(self, chat: Chat, event_id: str) -> None:
        """React to the message with a thumb, for Zalo has no "is typing"; never raises."""
        if ":" in event_id:
            return  # an event without a message: there is nothing to react to
        reaction = {"react_icon": _REACTION, "react_message_id": event_id}
        try:
            await self._call(chat.account, "/v2.0/oa/message", {"recipient": _to(chat), "sender_action": reaction})
        except (ProjectError, _Refused) as error:
            log.debug("zalo_oa.reaction_failed", error=type(error).__name__)

    async def check(self) -> list[Finding]:
        """Ask Zalo about every account, and call our own webhook over the public address."""
        try:
            accounts = await check_accounts(await self._tokens.accounts(), self._who)
            return [*accounts, *await check_webhook(self._public_url, WEBHOOK_PATH, self._signature.headers(b"[]"))]
        finally:
            await self._api.close()
            await self._tokens.close()

    async def _who(self, account: str) -> Mapping[str, Any]:
        """What Zalo says of an account."""
        try:
            answer = await self._call(account, "/v2.0/oa/getoa")
        except _Refused as refusal:
            raise as_send_error(refusal.code, account) from None
        return part(answer, "data")

    def _parts(self, reply: Reply) -> list[Part]:
        allowed = self.capabilities if self._takes_buttons else _WITHOUT_BUTTONS
        return lay_out(reply, allowed, utf16_units)

    async def _send_part(self, chat: Chat, piece: Part | SentFile) -> str | None:
        try:
            message = await self._file(chat.account, piece) if isinstance(piece, SentFile) else _message(piece)
            answer = await self._call(chat.account, "/v3.0/oa/message/cs", {"recipient": _to(chat), "message": message})
        except _Refused as refusal:
            if isinstance(piece, SentFile) or not piece.choices or refusal.code not in BUTTONS_REFUSED:
                raise as_send_error(refusal.code, chat.account) from None
            # Whether this version of the interface knows buttons is told by one source only (docs/channels/zalo-oa.md).
            log.error("zalo_oa.buttons_refused", code=refusal.code, now="choices are numbered until the next start")
            self._takes_buttons = False
            return await send_parts(self._parts(Reply(piece.text, piece.choices)), lambda plain: self._send_part(chat, plain))
        return as_text(part(answer, "data").get("message_id")) or None

    async def _file(self, account: str, file: SentFile) -> dict[str, Any]:
        data = await bytes_of(file.id, self._read_file)
        return await file_message(file, data, lambda path, form: self._call(account, path, form))

    async def _call(self, account: str, path: str, body: _Body = None) -> Mapping[str, Any]:
        """Make one call, a GET if there is no body; with a fresh token if Zalo no longer takes the one at hand.

        Raises:
            _Refused: Zalo answered with an error.
            SendFailed: The call was not made, or not carried out.
            SendUncertain: It may have been.
        """
        token = await self._tokens.access_token(account)
        try:
            return await self._call_with(token, path, body)
        except _Refused as refusal:
            if refusal.code not in TOKEN_REJECTED:
                raise
            if isinstance(body, FormData):  # which can be sent once only
                await self._tokens.renew_rejected(account, token)
                raise SendFailed("the token was renewed", retry_after=1.0) from None
            return await self._call_with(await self._tokens.renew_rejected(account, token), path, body)

    async def _call_with(self, token: str, path: str, body: _Body) -> Mapping[str, Any]:
        sent: dict[str, Any] = {"form": body} if isinstance(body, FormData) else {"json_body": body}
        answer = await self._api.call("POST" if body else "GET", path, **sent, headers={"access_token": token})
        code = answer.body.get("error")
        if not isinstance(code, int) or isinstance(code, bool):
            raise SendUncertain("an answer without an error number")
        if code:
            raise _Refused(code)
        return answer.body


class _Refused(Exception):
    """Zalo answered with an error number."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


_WITHOUT_BUTTONS = Capabilities(max_text=ZaloOaChannel.capabilities.max_text, max_choices=0, typing=False)


def _message(part: Part) -> dict[str, Any]:
    message: dict[str, Any] = {"text": part.text}
    if part.choices:
        buttons = [_button(choice) for choice in part.choices]
        message["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return message


def _to(chat: Chat) -> dict[str, str]:
    return {"user_id": chat.chat_id}


def _button(choice: Choice) -> dict[str, str]:
    return {"title": shorten(choice.label, _MAX_TITLE), "type": "oa.query.hide", "payload": payload_of(choice)}

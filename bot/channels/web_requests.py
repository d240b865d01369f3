"""What the web chat reads from a request: who sends it, whether it may, and the message in it."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from bot.limits import RateLimit
from core import texts
from core.conversation import CHOICE_ID
from core.errors import UserFacingError
from core.messages import Inbound

__all__ = ["CLIENT_ID", "COOKIE", "Admission", "Refused", "known_browser", "last_seen", "new_browser", "read_message"]

COOKIE = "troly_chat"
_KEY = re.compile(r"[A-Za-z0-9_-]{22,64}")
CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_HALF_CHARACTERS = re.compile(r"[\ud800-\udfff]")
_BODY_SECONDS = 15.0
_NEW_PER_ADDRESS = 5
_ALL_PER_ADDRESS = 20


class Refused(UserFacingError):
    """A request that is not served.

    Args:
        status: HTTP status.
        message: What the citizen is told.
    """

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        super().__init__(message)


class Admission:
    """Who may write now.

    New conversations of one address have their own bucket: a flood without cookies empties that one, and browsers that
    already talk to us, even from the same address, go on.

    Args:
        per_minute: Messages of one browser taken per minute.
    """

    def __init__(self, per_minute: int) -> None:
        self._browser = RateLimit(per_minute)
        self._new = RateLimit(per_minute * _NEW_PER_ADDRESS)
        self._address = RateLimit(per_minute * _ALL_PER_ADDRESS)

    def takes_known(self, browser: str, address: str) -> bool:
        """Take a message of a browser that has a conversation."""
        return self._browser.allows(browser) and self._address.allows(address)

    def takes_new(self, address: str) -> bool:
        """Begin a conversation with a browser never seen."""
        return self._new.allows(address) and self._address.allows(address)


def known_browser(request: web.Request) -> str | None:
    """The browser's own random id, if it sent one."""
    sent = request.cookies.get(COOKIE, "")
    return sent if _KEY.fullmatch(sent) else None


def new_browser() -> str:
    """A random id for a browser."""
    return secrets.token_urlsafe(24)


def last_seen(request: web.Request) -> int:
    """Id of the newest message the page has; 0 = none."""
    for value in (request.headers.get("Last-Event-ID"), request.query.get("after")):
        if value and value.isascii() and value.isdecimal() and len(value) < 19:
            return int(value)
    return 0


async def read_message(request: web.Request, chat_id: str) -> Inbound:
    """The message in a request's body.

    Raises:
        Refused: There is none that can be read.
    """
    if request.content_type != "application/json":  # what a form on another site cannot send
        raise Refused(415, texts.WEB_BAD_MESSAGE)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body: Any = json.loads(await request.read())
    except web.HTTPRequestEntityTooLarge:
        raise Refused(413, texts.WEB_BAD_MESSAGE) from None
    except TimeoutError:
        raise Refused(408, texts.TRY_LATER) from None
    except (ValueError, RecursionError, web.RequestPayloadError):
        raise Refused(400, texts.WEB_BAD_MESSAGE) from None
    inbound = _inbound(body, chat_id)
    if inbound is None:
        raise Refused(400, texts.WEB_BAD_MESSAGE)
    return inbound


def _inbound(body: Any, chat_id: str) -> Inbound | None:
    if not isinstance(body, dict):
        return None
    client_id, text, choice = body.get("id"), body.get("text", ""), body.get("choice")
    if not isinstance(client_id, str) or not CLIENT_ID.fullmatch(client_id) or not isinstance(text, str):
        return None
    if choice is not None and not (isinstance(choice, str) and CHOICE_ID.fullmatch(choice)):
        return None
    # JSON can carry half of a character, which no database takes.
    return Inbound("web", "page", chat_id, client_id, _HALF_CHARACTERS.sub("", text), datetime.now(UTC), choice)

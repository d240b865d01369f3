"""Calls to the Zalo Bot Platform.

Every answer has ``ok``; ``error_code`` looks like an HTTP status. What the platform means by them is not documented beyond
401 and 408, so they are read as Telegram's, whose interface it copies:

================  ================================================================
``error_code``    meaning
================  ================================================================
401, 404          failed: the token is wrong, a person can mend it; alert
403               unreachable: the citizen blocked the bot
408               failed; of ``getUpdates``: nothing new
429, 5xx          failed: again later
any other         failed for good: the same request would fail again
================  ================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from bot.channels.http import JsonApi
from core.errors import SendFailed, SendUncertain, Unreachable

__all__ = ["BotRefused", "ZaloBotApi"]

log = structlog.get_logger(__name__)


class BotRefused(Exception):
    """The platform answered with an error.

    Args:
        code: Its ``error_code``.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)

    def as_send_error(self) -> SendFailed:
        """What it means for a reply; the module docstring has the table."""
        reason = f"Zalo Bot {self.code}"
        if self.code == 403:
            return Unreachable(reason)
        if self.code in (401, 404):
            log.error("zalo_bot.token_rejected", code=self.code, cure="copy the token again from Zalo Bot Manager")
            return SendFailed(reason)
        return SendFailed(reason, permanent=not (self.code in (408, 429) or self.code >= 500))


class ZaloBotApi:
    """Methods of one bot.

    Args:
        token: ``id:secret``; it is part of every address, so addresses are never logged.
        api_url: ``https://bot-api.zaloplatforms.com``, or a fake.
    """

    def __init__(self, token: str, api_url: str) -> None:
        self._api = JsonApi(f"{api_url.rstrip('/')}/bot{token}")

    async def call(self, method: str, parameters: Mapping[str, Any] | None = None, timeout: float | None = None) -> Any:
        """Make one call.

        Args:
            method: Such as ``sendMessage``.
            parameters: Of the method.
            timeout: Seconds, where the platform takes its time on purpose.

        Returns:
            The ``result``, or None when there is none.

        Raises:
            BotRefused: The platform answered with an error.
            SendFailed: The call was not made, or not carried out.
            SendUncertain: It may have been.
        """
        answer = await self._api.call("POST", f"/{method}", json_body=dict(parameters or {}), timeout=timeout)
        if answer.body.get("ok") is True:
            return answer.body.get("result")
        if "ok" not in answer.body and answer.status < 300:
            raise SendUncertain("an answer that cannot be read")
        raise BotRefused(_code(answer.body, answer.status))

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


def _code(body: Mapping[str, Any], status: int) -> int:
    code = body.get("error_code")
    return code if isinstance(code, int) and not isinstance(code, bool) else status

"""What an error of the Bot API means for us: was the reply delivered, and how long to wait before trying again.

The Bot API takes no key that makes a repeated ``sendMessage`` harmless, so a reply is sent again only when it is known
not to have arrived:

==========================================================  ===========================================
what happened                                               meaning
==========================================================  ===========================================
429                                                         failed, wait as long as Telegram says
no connection (refused, DNS, TLS, proxy, connect timeout)   failed: the request never left
no free connection in the pool                              failed: the request never left
500, 502, 503, or a 429 without a time                      failed: Telegram answered that it did not work
401, 404                                                    failed: the token is wrong, a person can mend it
403 (blocked, account deleted), 400 (chat not found)        unreachable: until the citizen writes again
other 400                                                   failed for good: the same request fails again
403 or 400 with a page instead of Telegram's JSON           failed: a proxy spoke
504                                                         uncertain: a gateway spoke, not Telegram
timeout or broken line after the request left               uncertain
an answer that cannot be read                               uncertain
==========================================================  ===========================================
"""

from __future__ import annotations

from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from core.errors import SendFailed, SendUncertain, Unreachable

__all__ = ["as_send_error", "describe", "pause_after"]

_LONGEST_PAUSE = 60.0
_MAX_REASON = 120
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def as_send_error(error: TelegramError) -> SendFailed | SendUncertain:
    """Translate what `sendMessage` raised; the module docstring has the table."""
    reason = describe(error)
    if isinstance(error, RetryAfter):
        return SendFailed(reason, retry_after=_seconds(error))
    if isinstance(error, Forbidden | BadRequest | ChatMigrated):
        if not _unreadable(error) and (isinstance(error, Forbidden) or "chat not found" in error.message.lower()):
            return Unreachable(reason)
        return SendFailed(reason, permanent=not _unreadable(error))
    if isinstance(error, InvalidToken) or _never_left(error) or _refused_by_server(error):
        return SendFailed(reason)
    return SendUncertain(reason)


def describe(error: TelegramError) -> str:
    """Give a short reason for logs and the outbox.

    Only what Telegram says about a refused request is quoted: texts of other errors can hold the token (as part of an
    address) or a piece of an answer.
    """
    if isinstance(error, InvalidToken):
        return "the token was rejected"
    if isinstance(error, Conflict):
        return "another process polls with the same token, or a webhook was set: stop it, or use webhook mode"
    if _unreadable(error):
        return error.message.partition(". Parsing")[0]
    if error.__cause__:
        return type(error.__cause__).__name__
    return f"{type(error).__name__}: {error.message}"[:_MAX_REASON]


def pause_after(error: Exception, failures: int) -> float:
    """Seconds to wait after the `failures`-th failure in a row: what Telegram asks for, else 1, 2, 4 … 60."""
    if isinstance(error, RetryAfter):
        return _seconds(error)
    return min(_LONGEST_PAUSE, 2.0 ** min(failures - 1, 6))


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def _never_left(error: TelegramError) -> bool:
    return isinstance(error.__cause__, _NEVER_LEFT) or (isinstance(error, TimedOut) and "was *not* sent" in error.message)


def _refused_by_server(error: TelegramError) -> bool:
    """Whether an HTTP answer said that nothing was done."""
    answered = type(error) is NetworkError and (error.__cause__ is None or _unreadable(error))
    return answered and "gateway time" not in error.message.lower()


def _unreadable(error: TelegramError) -> bool:
    """Whether the answer was not Telegram's JSON: a proxy's page, for instance."""
    return isinstance(error.__cause__, TelegramError)

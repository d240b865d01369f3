"""Sends the parts of a long reply one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from core.errors import SendFailed, SendUncertain

__all__ = ["send_parts"]

_P = TypeVar("_P")
_LATER_PART_TRIES = 3
_LONGEST_WAIT_FOR_PART = 30.0


async def send_parts(
    parts: Sequence[_P], send: Callable[[_P], Awaitable[str | None]], sleep: Callable[[float], Awaitable[object]]
) -> str | None:
    """Deliver parts in order.

    A part whose delivery is uncertain does not keep back those after it. Parts after the first are tried again here,
    because the outbox, which would begin with the first again, would repeat it.

    Args:
        parts: In order.
        send: Delivers one.
        sleep: Waits between attempts.

    Returns:
        Id of the last message.

    Raises:
        SendFailed: A part did not arrive.
        SendUncertain: A part may have arrived.
    """
    uncertain: SendUncertain | None = None
    message_id: str | None = None
    for number, part in enumerate(parts):
        try:
            message_id = await _send_part(part, send, sleep, _LATER_PART_TRIES if number else 1)
        except SendUncertain as error:
            uncertain = error
    if uncertain:
        raise uncertain
    return message_id


async def _send_part(
    part: _P, send: Callable[[_P], Awaitable[str | None]], sleep: Callable[[float], Awaitable[object]], tries: int
) -> str | None:
    for _ in range(tries - 1):
        try:
            return await send(part)
        except SendFailed as error:
            if error.permanent:
                raise
            await sleep(min(error.retry_after or 1.0, _LONGEST_WAIT_FOR_PART))
    return await send(part)

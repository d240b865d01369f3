"""What Zalo's error numbers mean for a reply. They come with HTTP 200.

====================================  ========================================================================
number                                meaning
====================================  ========================================================================
-216, -220                            the access token is no good: renewed, tried once more, then failed
-32                                   too many calls: failed, again in the next minute
-200, -100                            Zalo could not: failed, again later
-211                                  the package's quota is used up: failed, again in an hour; alert
-213, -217, -218, -227, -230, -232,   unreachable: the citizen unfollowed, blocked, is banned, was silent for
-244                                  more than seven days, or cannot be sent this
-201, -210, -233                      our mistake: failed for good
-204, -205, -209, -212, -219, -221,   the OA or the app is not set up: failed for good; alert
-223, -224, -242
any other                             failed for good: what is not known is not repeated; alert
====================================  ========================================================================
"""

from __future__ import annotations

import time

import structlog

from core.errors import SendFailed, Unreachable

__all__ = ["BUTTONS_REFUSED", "TOKEN_REJECTED", "as_send_error"]

TOKEN_REJECTED = frozenset({-216, -220})
BUTTONS_REFUSED = frozenset({-201, -233})
"""What Zalo would say to a button template that this version of its interface does not know."""

_UNREACHABLE = {
    -213: "does not follow the OA",
    -217: "blocked invitations",
    -218: "receives no more today",
    -227: "banned or long away",
    -230: "silent for more than 7 days",
    -232: "the interaction expired",
    -244: "restricted this kind of message",
}
_LATER = frozenset({-200, -100})
_OURS = frozenset({-201, -210, -233})
_SET_UP = frozenset({-204, -205, -209, -212, -219, -221, -223, -224, -242})
_QUOTA_PAUSE = 3600.0
log = structlog.get_logger(__name__)


def as_send_error(code: int, account: str) -> SendFailed:
    """What to raise for an error number; what a person must mend is logged as an error."""
    if code in _UNREACHABLE:
        return Unreachable(f"Zalo {code}: {_UNREACHABLE[code]}")
    if code == -32:
        return SendFailed("Zalo -32: too many calls", retry_after=60 - time.time() % 60)
    if code in _LATER:
        return SendFailed(f"Zalo {code}")
    if code in TOKEN_REJECTED:
        log.error("zalo_oa.token_rejected", code=code, account=account, cure="an administrator must run: troly zalo login")
        return SendFailed(f"Zalo {code}: the access token was rejected")
    if code == -211:
        log.error("zalo_oa.quota_used_up", account=account, cure="buy a larger package at Zalo Cloud, or wait for its renewal")
        return SendFailed("Zalo -211: the quota is used up", retry_after=_QUOTA_PAUSE)
    kind = "request_refused" if code in _OURS else "set_up_wrong" if code in _SET_UP else "error_unknown"
    log.error(f"zalo_oa.{kind}", code=code, account=account, cure="docs/channels/zalo-oa.md lists the numbers")
    return SendFailed(f"Zalo {code}", permanent=True)

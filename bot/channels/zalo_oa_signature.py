"""The signature on Zalo's calls: ``mac = sha256(id + body + time stamp + OA secret key)``, plain SHA-256, no HMAC.

Sources disagree on which id and which time stamp go in, and whether the value is written with ``mac=``: all forms that
need the secret key are taken. Which one came is logged, so that the others can be dropped one day.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import structlog

from bot.channels.reading import as_id, as_text, part

__all__ = ["Signature"]

_HEADER = "X-ZEvent-Signature"
_STAMP_HEADER = "X-ZEvent-Timestamp"
log = structlog.get_logger(__name__)


class Signature:
    """Tells Zalo's calls from others.

    Args:
        app_id: Number of the app in Zalo's console.
        secret: "OA Secret Key" of the console's webhook page; not the app's secret key.
    """

    def __init__(self, app_id: str, secret: str) -> None:
        self._app_id = app_id
        self._secret = secret
        self._forms_seen: set[tuple[str, str, bool]] = set()

    def fits(self, headers: Mapping[str, str], raw_body: bytes, body: Mapping[str, Any]) -> bool:
        """Whether a call is signed with our key.

        There is no limit on the time stamp's age: Zalo repeats a call for more than an hour with the same body. What was
        taken before is recognised by its event id.

        Args:
            headers: Of the request, case-insensitive.
            raw_body: As it came: writing the JSON anew would change it.
            body: The same, read.
        """
        given = headers.get(_HEADER, "").strip().lower()
        mac = given.removeprefix("mac=").encode("utf-8", "replace")
        fitting = None
        for id_name, identity in self._ids(body):
            for stamp_name, stamp in (("body", as_text(body.get("timestamp"))), ("header", headers.get(_STAMP_HEADER, ""))):
                signed = identity.encode() + raw_body + stamp.encode("utf-8", "replace") + self._secret.encode()
                equal = hmac.compare_digest(mac, hashlib.sha256(signed).hexdigest().encode())
                if equal and stamp and fitting is None:
                    fitting = (id_name, stamp_name, given.startswith("mac="))
        if fitting is not None and fitting not in self._forms_seen:
            self._forms_seen.add(fitting)
            log.info("zalo_oa.signature_form", id=fitting[0], stamp=fitting[1], prefix=fitting[2])
        return fitting is not None

    def headers(self, raw_body: bytes) -> dict[str, str]:
        """Those of a genuine call, for trying our own webhook."""
        stamp = "1"
        mac = hashlib.sha256(self._app_id.encode() + raw_body + stamp.encode() + self._secret.encode()).hexdigest()
        return {_HEADER: f"mac={mac}", _STAMP_HEADER: stamp}

    def _ids(self, body: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [("app_id", self._app_id), ("oa_id", as_id(body.get("oa_id")) or as_id(part(body, "recipient").get("id")))]

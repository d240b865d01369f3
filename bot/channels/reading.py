"""Reads JSON from outside without trusting it: what is missing or of the wrong kind counts as not there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import NotAnEvent

__all__ = ["as_address", "as_id", "as_text", "at_milliseconds", "part", "read_object"]

_ID = re.compile(r"[A-Za-z0-9_.=+/-]{1,64}")
_LONGEST_ADDRESS = 2000


def read_object(raw_body: bytes) -> dict[str, Any]:
    """The JSON object in a body.

    Raises:
        NotAnEvent: It is none.
    """
    try:
        body = json.loads(raw_body)
    except (ValueError, RecursionError):
        raise NotAnEvent("no JSON") from None
    if not isinstance(body, dict):
        raise NotAnEvent("no object")
    return body


def part(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """The object in a field."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}


def as_text(value: object) -> str:
    """A text or number as text; platforms write ids, times and sizes now as the one, now as the other."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def as_id(value: object) -> str:
    """An id of a chat, a person or a message; empty when it cannot be one."""
    known = as_text(value)
    return known if _ID.fullmatch(known) else ""


def as_address(value: object) -> str | None:
    """An address of sensible length; bot.channels.downloads decides whether it is opened."""
    known = isinstance(value, str) and value.startswith(("https://", "http://")) and len(value) <= _LONGEST_ADDRESS
    return str(value) if known else None


def at_milliseconds(value: object) -> datetime:
    """A time in milliseconds since 1970, as number or text; now, when it is none."""
    try:
        return datetime.fromtimestamp(int(as_text(value)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)

"""From Zalo's events to core.messages: which concern us, and what a tap means.

=====================================  ======================================================================
event                                  becomes
=====================================  ======================================================================
``user_send_text``, ``_image``, …      the citizen's message, or a tap when its text is one of our payloads
``follow``                             the choice ``start``: the citizen is greeted
``unfollow``                           a signal that they left
``oa_send_…`` with ``admin_id``        a signal that a person answered in Zalo's own tool
``oa_send_…`` without                  nothing: the echo of what we sent
``user_withdraw``                      a signal that their data are to be deleted
``user_submit_info``                   nothing: nobody asked for it, and it is not kept
receipts, groups, anonymous chats      nothing
=====================================  ======================================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from bot.channels.base import Event, NotAnEvent
from bot.channels.reading import as_address, as_id, as_text, at_milliseconds, part
from core.conversation import CHOICE_ID
from core.messages import Attachment, AttachmentKind, Choice, Inbound, Signal, SignalKind

__all__ = ["CHANNEL", "payload_of", "read_event"]

CHANNEL = "zalo_oa"
_PREFIX = "#troly:"
_MAX_PAYLOAD = 1000
_LONGEST_NAME = 200
_NAME = re.compile(r"[a-z_]{1,60}")
_KINDS = {
    "image": AttachmentKind.IMAGE,
    "photo": AttachmentKind.IMAGE,
    "gif": AttachmentKind.IMAGE,
    "file": AttachmentKind.FILE,
    "audio": AttachmentKind.AUDIO,
    "voice": AttachmentKind.AUDIO,
    "video": AttachmentKind.VIDEO,
    "location": AttachmentKind.LOCATION,
    "sticker": AttachmentKind.STICKER,
}
_MESSAGES = frozenset(
    f"user_send_{kind}"
    for kind in ("text", "image", "gif", "link", "audio", "video", "sticker", "location", "business_card", "file")
) | {"user_click_button"}  # named by one source only; a tap arrives as user_send_text
log = structlog.get_logger(__name__)


def payload_of(choice: Choice) -> str:
    """What a button sends back: the choice, and its label, which Zalo does not tell with a tap."""
    return f"{_PREFIX}{choice.id} {choice.label}"[:_MAX_PAYLOAD]


def read_event(body: Mapping[str, Any]) -> list[Event]:
    """What one event means for us; nothing, when it does not concern us or lacks what it should have.

    Raises:
        NotAnEvent: It bears no event's name.
    """
    name = body.get("event_name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise NotAnEvent("no event_name")
    reader = _READERS.get(name) or (_message if name in _MESSAGES else _echo if name.startswith("oa_send_") else None)
    if reader is None:
        if name not in _IGNORED and not name.startswith(("anonymous_", "user_send_group_")):
            log.info("zalo_oa.event_unknown", event_name=name)
        return []
    event = reader(body, name)
    if event is None and reader is not _echo:
        log.warning("zalo_oa.event_incomplete", event_name=name)
    return [event] if event is not None else []


def _message(body: Mapping[str, Any], name: str) -> Inbound | None:
    citizen, account = _id(body, "sender"), _id(body, "recipient")
    message = part(body, "message")
    if not citizen or not account:
        return None
    if name == "user_click_button":
        log.info("zalo_oa.click_button_seen")
    sent = message.get("text")
    text, choice = _tapped(sent) if isinstance(sent, str) else ("", None)
    event_id = _key(message, body, name)
    return Inbound(CHANNEL, account, citizen, event_id, text, _sent_at(body), choice, _attachments(message))


def _follow(body: Mapping[str, Any], name: str) -> Inbound | None:
    citizen, account = _id(body, "follower"), _account(body)
    if not citizen or not account:
        return None
    return Inbound(CHANNEL, account, citizen, _made_up(body, name), "", _sent_at(body), choice="start")


def _unfollow(body: Mapping[str, Any], name: str) -> Signal | None:
    citizen, account = _id(body, "follower"), _account(body)
    if not citizen or not account:
        return None
    return Signal(SignalKind.LEFT, CHANNEL, account, citizen, _made_up(body, name), _sent_at(body))


def _withdraw(body: Mapping[str, Any], name: str) -> Signal | None:
    citizen = as_id(body.get("user_id")) or _id(body, "sender")
    if not citizen:
        return None
    return Signal(SignalKind.WITHDREW, CHANNEL, _account(body), citizen, _made_up(body, name), _sent_at(body))


def _echo(body: Mapping[str, Any], name: str) -> Signal | None:
    account, citizen = _id(body, "sender"), _id(body, "recipient")
    if not account or not citizen or not as_text(part(body, "sender").get("admin_id")):
        return None
    message = part(body, "message")
    text = message.get("text")
    event_id = _key(message, body, name)
    said = text if isinstance(text, str) else ""
    return Signal(SignalKind.STAFF, CHANNEL, account, citizen, event_id, _sent_at(body), said)


_READERS: dict[str, Callable[[Mapping[str, Any], str], Event | None]] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "user_withdraw": _withdraw,
}
_IGNORED = frozenset({"user_received_message", "user_seen_message", "user_submit_info", "user_click_chatnow"})
"""Known and of no use; user_click_chatnow is no interaction that would let us write."""


def _tapped(text: str) -> tuple[str, str | None]:
    """Label and choice of a tap; any other text as it is. Who types a payload may do no more than who taps it."""
    if not text.startswith(_PREFIX):
        return text, None
    choice, _, label = text.removeprefix(_PREFIX).partition(" ")
    return (label or choice, choice) if CHOICE_ID.fullmatch(choice) else (text, None)


def _attachments(message: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found = message.get("attachments")
    parts = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return tuple(_attachment(one) for one in parts[:20])


def _attachment(one: Mapping[str, Any]) -> Attachment:
    payload = part(one, "payload")
    kind = one.get("type")
    known = _KINDS.get(kind, AttachmentKind.OTHER) if isinstance(kind, str) else AttachmentKind.OTHER
    if known is AttachmentKind.LOCATION:
        at = part(payload, "coordinates")
        north, east = _degrees(at, "latitude", "lat"), _degrees(at, "longitude", "long")
        return Attachment(known, latitude=north, longitude=east)
    size = as_text(payload.get("size"))
    return Attachment(
        known,
        url=as_address(payload.get("url")),
        ref=as_id(payload.get("id")) or None,
        name=as_text(payload.get("name"))[:_LONGEST_NAME] or None,
        size=int(size) if size.isascii() and size.isdecimal() and len(size) < 16 else None,
    )


def _degrees(at: Mapping[str, Any], *names: str) -> float | None:
    """Zalo sends text in some versions and numbers in others."""
    for name in names:
        try:
            degrees = float(as_text(at.get(name)))
        except ValueError:
            continue
        if -180 <= degrees <= 180:
            return degrees
    return None


def _id(body: Mapping[str, Any], name: str) -> str:
    return as_id(part(body, name).get("id"))


def _account(body: Mapping[str, Any]) -> str:
    return as_id(body.get("oa_id")) or _id(body, "recipient")


def _key(message: Mapping[str, Any], body: Mapping[str, Any], name: str) -> str:
    """What makes a message the same as another: its id, where it has one."""
    return as_id(message.get("msg_id")) or _made_up(body, name)


def _made_up(body: Mapping[str, Any], name: str) -> str:
    """Key of an event that has no message id: a repetition has the same time stamp."""
    return f"{name}:{as_text(body.get('timestamp'))[:20]}"


def _sent_at(body: Mapping[str, Any]) -> datetime:
    return at_milliseconds(body.get("timestamp"))

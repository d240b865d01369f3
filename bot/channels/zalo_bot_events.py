"""From the updates of the Zalo Bot Platform to core.messages.

The platform's pages disagree on names, so all that were seen are read: with and without the ``ok``/``result`` wrapper,
``photo_url`` or ``photo``, ``text`` or ``caption``. There are no buttons and so no taps; groups are not served.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import structlog

from bot.channels.base import NotAnEvent
from bot.channels.reading import as_address, as_id, at_milliseconds, part, read_object
from core.messages import Attachment, AttachmentKind, Inbound

__all__ = ["CHANNEL", "read_update", "to_inbound"]

CHANNEL = "zalo_bot"
_NAME = re.compile(r"[a-z_.]{1,60}")
_MEDIA = {
    "photo_url": AttachmentKind.IMAGE,
    "photo": AttachmentKind.IMAGE,
    "voice_url": AttachmentKind.AUDIO,
    "sticker": AttachmentKind.STICKER,
    "url": AttachmentKind.OTHER,
}
log = structlog.get_logger(__name__)


def read_update(raw_body: bytes) -> Mapping[str, Any]:
    """The update in a call's body, out of its wrapper.

    Raises:
        NotAnEvent: It is none.
    """
    body = read_object(raw_body)
    update = body.get("result", body)
    if not isinstance(update, dict) or not isinstance(update.get("event_name"), str):
        raise NotAnEvent("no update")
    return update


def to_inbound(update: Mapping[str, Any], account: str) -> Inbound | None:
    """What a citizen said in a private chat; None for everything else."""
    name, message = str(update.get("event_name")), part(update, "message")
    chat, sender = part(message, "chat"), part(message, "from")
    if not _NAME.fullmatch(name) or not name.startswith("message.") or sender.get("is_bot") is True:
        return None
    if str(chat.get("chat_type", "PRIVATE")).upper() != "PRIVATE":
        return None
    chat_id, message_id = as_id(chat.get("id")), as_id(message.get("message_id"))
    if not chat_id or not message_id:
        log.warning("zalo_bot.update_incomplete", event_name=name)
        return None
    text = next((value for key in ("text", "caption") if isinstance(value := message.get(key), str)), "")
    return Inbound(
        CHANNEL,
        account,
        chat_id,
        f"{name}:{message_id}",
        text,
        at_milliseconds(message.get("date")),
        attachments=_media(message, name),
    )


def _media(message: Mapping[str, Any], name: str) -> tuple[Attachment, ...]:
    for key, kind in _MEDIA.items():
        value = message.get(key)
        if isinstance(value, str) and value:
            return (Attachment(kind, url=as_address(value), ref=as_id(value) or None),)
    return () if name.startswith("message.text.") else (Attachment(AttachmentKind.OTHER),)

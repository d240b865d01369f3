"""Files on Telegram: what hangs on a message, fetching it, and sending one."""

from __future__ import annotations

from typing import Any

from telegram import (
    Animation,
    Audio,
    Bot,
    Document,
    InputFile,
    Location,
    Message,
    PhotoSize,
    Sticker,
    Venue,
    Video,
    VideoNote,
    Voice,
)
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels.telegram_errors import describe
from bot.services.attachments import too_large
from core.errors import FetchFailed
from core.messages import Attachment, AttachmentKind, SentFile

__all__ = ["SENDS", "attachments_of", "fetch", "send_file"]

SENDS = {"image/jpeg": 10_000_000, "image/png": 10_000_000, "application/pdf": 50_000_000}
"""Media types with the most bytes of one that Telegram takes."""

_KINDS: dict[type, AttachmentKind] = {
    PhotoSize: AttachmentKind.IMAGE,
    Document: AttachmentKind.FILE,
    Voice: AttachmentKind.AUDIO,
    Audio: AttachmentKind.AUDIO,
    Video: AttachmentKind.VIDEO,
    VideoNote: AttachmentKind.VIDEO,
    Animation: AttachmentKind.VIDEO,
    Sticker: AttachmentKind.STICKER,
    Location: AttachmentKind.LOCATION,
    Venue: AttachmentKind.LOCATION,
}
_LONGEST_REF = 200
_LONGEST_NAME = 200
_SEND_SECONDS = 60.0


def attachments_of(message: Message) -> tuple[Attachment, ...]:
    """What hangs on a message; of a photo its largest size."""
    found: Any = message.effective_attachment
    if isinstance(found, list | tuple):
        found = found[-1] if found else None
    if found is None:
        return ()
    kind = _KINDS.get(type(found), AttachmentKind.OTHER)
    if kind is AttachmentKind.LOCATION:
        at = found if isinstance(found, Location) else found.location
        return (Attachment(kind, latitude=at.latitude, longitude=at.longitude),)
    ref, name, size = (getattr(found, field, None) for field in ("file_id", "file_name", "file_size"))
    return (
        Attachment(
            kind,
            ref=ref if isinstance(ref, str) and len(ref) <= _LONGEST_REF else None,
            name=name[:_LONGEST_NAME] if isinstance(name, str) else None,
            size=size if isinstance(size, int) else None,
        ),
    )


async def fetch(bot: Bot, attachment: Attachment, most: int) -> bytes:
    """Get a file by its id; its size is asked for first.

    Raises:
        UserFacingError: It has more than `most` bytes.
        FetchFailed: It cannot be had, or not now.
    """
    if (attachment.size or 0) > most:
        raise too_large(most)
    try:
        file = await bot.get_file(attachment.ref or "")
        if (file.file_size or 0) > most:
            raise too_large(most)
        data = bytes(await file.download_as_bytearray())
    except TelegramError as error:
        if "file is too big" in str(error).lower():
            raise too_large(most) from None
        raise FetchFailed(describe(error), permanent=isinstance(error, BadRequest | Forbidden)) from None
    if len(data) > most:
        raise too_large(most)
    return data


async def send_file(bot: Bot, chat_id: str, file: SentFile, data: bytes) -> str:
    """Send a photo as one that is shown, anything else as a document; returns the message's id.

    Raises:
        TelegramError: It did not work, or may not have worked.
    """
    named = InputFile(data, filename=file.name)
    if file.media_type.startswith("image/"):
        message = await bot.send_photo(chat_id, named, write_timeout=_SEND_SECONDS, read_timeout=_SEND_SECONDS)
    else:
        message = await bot.send_document(chat_id, named, write_timeout=_SEND_SECONDS, read_timeout=_SEND_SECONDS)
    return str(message.message_id)

"""Photos and documents: only what they seem to be, without what they carry, out of everybody's way."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from bot.services.attachments import Attachments
from core.errors import UserFacingError
from core.storage import attachments, audit, conversations
from core.storage.database import Database
from core.storage.models import Conversation
from core.storage.staff_models import Attachment
from tests.services.files import GPS, document, gigapixel_png, photo, screenshot

_LARGEST = 2_000_000


@pytest.fixture
def files(database: Database, tmp_path: Path) -> Attachments:
    """A store with a folder that is not there yet."""
    return Attachments(database, tmp_path / "kho" / "tệp", _LARGEST)


async def _conversation(database: Database) -> int:
    async with database.session.begin() as session:
        return await conversations.get_or_add(session, "thu", "bot", "chat")


async def test_photo_loses_place_and_maker_and_keeps_its_look(files: Attachments, database: Database) -> None:
    """It stands upright, as the phone showed it; on the disk only its owner can read it."""
    sent = photo((640, 480))
    assert b"Exif" in sent
    kept = await files.add(await _conversation(database), "IMG_0001.PNG", sent, "citizen")
    stored = await files.read(kept)
    assert (kept.media_type, kept.name, kept.size) == ("image/jpeg", "IMG_0001.jpg", len(stored))
    with Image.open(io.BytesIO(stored)) as picture:
        assert picture.size == (480, 640)
        assert dict(picture.getexif()) == {}
        assert "comment" not in picture.info
    assert GPS.encode() not in stored
    path = next(files._folder.iterdir())
    assert (path.name, path.stat().st_mode & 0o777) == (kept.stored_as, 0o600)
    assert files._folder.stat().st_mode & 0o777 == 0o700


async def test_picture_loses_notes_and_whatever_follows_it(files: Attachments, database: Database) -> None:
    """A file that is a picture and a page at once is only a picture afterwards."""
    kept = await files.add(await _conversation(database), "a.html", screenshot(), "citizen")
    stored = await files.read(kept)
    assert (kept.media_type, kept.name) == ("image/png", "a.png")
    assert [trace for trace in (b"<script>", b"<?php", GPS.encode(), b"Author") if trace in stored] == []


async def test_large_photo_is_made_smaller(files: Attachments, database: Database) -> None:
    """Still good to read, no longer twelve megapixels."""
    kept = await files.add(await _conversation(database), "a.jpg", photo((4000, 1000), orientation=1), "citizen")
    with Image.open(io.BytesIO(await files.read(kept))) as picture:
        assert picture.size == (3000, 750)


async def test_document_keeps_its_pages_only(files: Attachments, database: Database) -> None:
    """No author, no script, no file inside."""
    sent = document(3)
    assert b"/JavaScript" in sent
    kept = await files.add(await _conversation(database), "đơn.pdf", sent, "lan")
    stored = await files.read(kept)
    reader = PdfReader(io.BytesIO(stored))
    assert (kept.media_type, kept.name, len(reader.pages)) == ("application/pdf", "đơn.pdf", 3)
    assert [trace for trace in (b"/JavaScript", b"/JS", b"/EmbeddedFile", b"MZ not", b"/Author", b"/AA") if trace in stored] == []
    assert not reader.attachments


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "rỗng"),
        (b"x" * (_LARGEST + 1), "lớn quá 2 MB"),
        (b"<html><script>alert(1)</script></html>", "Chỉ nhận ảnh"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "Chỉ nhận ảnh"),
        (b"MZ\x90\0" + b"\0" * 500, "Chỉ nhận ảnh"),
        (b"PK\x03\x04" + b"\0" * 500, "Chỉ nhận ảnh"),
        (b"%PDF-1.7\n" + b"rubbish " * 200, "hỏng"),
        (photo()[:600], "hỏng"),
        (gigapixel_png(), "lớn quá"),
        (document(51), "50 trang"),
        (document(1, password="bi mat"), "mật khẩu"),
    ],
    ids=["empty", "large", "html", "svg", "program", "archive", "no pdf", "half a photo", "bomb", "long", "locked"],
)
async def test_what_cannot_be_kept_is_refused_with_a_cure(files: Attachments, database: Database, data: bytes, told: str) -> None:
    """By what it is, whatever it is called; nothing is stored."""
    with pytest.raises(UserFacingError, match=told):
        await files.add(await _conversation(database), "anh.jpg", data, "citizen")
    assert not files._folder.exists()
    async with database.session() as session:
        assert list(await session.scalars(select(Attachment))) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.png"), ("C:\\Users\\Lan\\cccd 046123456789.png", "cccd [số giấy tờ].png"), ("", "tệp.png"),
        ("a\0b\r\nSet-Cookie: x\u202egnp.exe", "abSet-Cookie xgnp.png"), ("x" * 500 + ".png", "x" * 100 + ".png"),
        ("<img src=x>.png", "<img src=x>.png"),
    ],
)  # fmt: skip
async def test_name_is_never_a_path(files: Attachments, database: Database, name: str, shown: str) -> None:
    """Masked, short, with its true ending; the file itself has a random name."""
    kept = await files.add(await _conversation(database), name, screenshot(), "citizen")
    assert kept.name.replace(":", "") == shown.replace(":", "")
    assert [path.name for path in files._folder.iterdir()] == [kept.stored_as]


async def test_only_own_names_are_read(files: Attachments) -> None:
    """Even if somebody wrote another one into the database."""
    for name in ("../secret", "/etc/passwd", "a" * 31, "A" * 32, ""):
        with pytest.raises(ValueError, match="not a name"):
            await files.read(Attachment(stored_as=name))


async def test_forgetting_a_citizen_deletes_the_files(files: Attachments, database: Database) -> None:
    """Out of sight with the wish, off the disk a moment later; other people's stay."""
    mine = await _conversation(database)
    async with database.session.begin() as session:
        other = await conversations.get_or_add(session, "thu", "bot", "other")
    first = await files.add(mine, "sổ hộ khẩu.png", screenshot(), "citizen")
    kept = await files.add(other, "b.png", screenshot(), "citizen")
    async with database.session.begin() as session:
        await conversations.forget(session, await session.get_one(Conversation, mine))
    async with database.session() as session:
        assert await attachments.list_of(session, mine) == []
        assert (await session.get_one(Attachment, first.id)).name == ""
        proof = (await audit.list_entries(session, action="citizen.forget"))[0]
        assert (proof.actor, proof.detail) == (audit.PROGRAM, {"messages": 0, "cases": 0, "attachments": 1})
    assert await files.purge() == 1
    assert [path.name for path in files._folder.iterdir()] == [kept.stored_as]
    async with database.session() as session:
        assert [row.id for row in await session.scalars(select(Attachment))] == [kept.id]
    assert await files.purge() == 0


async def test_file_that_belongs_to_nothing_is_swept(files: Attachments, database: Database) -> None:
    """What a crash left behind, but not an upload under way, and nothing that is no file of ours."""
    kept = await files.add(await _conversation(database), "a.png", screenshot(), "citizen")
    for name in ("0" * 32, "1" * 32, "khác.txt"):
        (files._folder / name).write_bytes(b"x")
    old = time.time() - 2 * 24 * 3600
    for name in (kept.stored_as, "0" * 32, "khác.txt"):
        os.utime(files._folder / name, (old, old))
    assert await files.sweep() == 1
    assert {path.name for path in files._folder.iterdir()} == {kept.stored_as, "1" * 32, "khác.txt"}

"""What citizens send along: into their case, or a polite word; nothing twice, nothing lost in silence; on both databases."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from bot.incoming_files import IncomingFiles
from bot.picking import Patience
from bot.services.attachments import REASONS, Attachments
from bot.turns import TurnEngine
from core import texts
from core.errors import FetchFailed
from core.messages import Attachment, AttachmentKind, Reply, SentFile
from core.storage import attachments, case_moves, conversations
from core.storage.database import Database
from core.storage.incoming_files import OFFERED
from core.storage.models import Case, Conversation, Turn
from core.storage.staff_models import IncomingFile
from tests.services.files import document, photo
from tests.storage.desk import case_of, events, hire, moving
from tests.storage.making import EchoBrain, KeepingChannel, everything_stored, inbound, messages

_PHOTO = Attachment(AttachmentKind.IMAGE, ref="anh-1")


class _Platform(KeepingChannel):
    """A channel that has files; `trouble` is raised first."""

    def __init__(self) -> None:
        super().__init__()
        self.files = {"anh-1": photo(), "anh-2": photo((64, 48)), "don": document(1), "rong": b"MZ"}
        self.trouble: deque[Exception] = deque()
        self.fetched: list[str] = []

    async def fetch(self, attachment: Attachment, most: int) -> bytes:
        """By its id."""
        self.fetched.append(attachment.ref or "")
        if self.trouble:
            raise self.trouble.popleft()
        return self.files[attachment.ref or ""]


class _World:
    """Turns, and the worker that fetches files."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.platform = _Platform()
        self.engine = TurnEngine(database, EchoBrain(), link_hosts=())
        self.kept = Attachments(database, folder / "tep", 2_000_000)
        self.files = self.worker()

    def worker(self) -> IncomingFiles:
        """One process's."""
        return IncomingFiles(self.database, {"thu": self.platform}, self.kept, lambda _conversation: None)

    async def sends(
        self, *files: Attachment, text: str = "", event_id: str | None = None, choice: str | None = None
    ) -> list[str]:
        """A citizen writes; what is said to that, by the bot and about the files."""
        before = len(await messages(self.database, "out"))
        await self.engine.receive(replace(inbound(text, event_id=event_id, choice=choice), attachments=files))
        await self.engine.drain()
        await self.files.drain()
        return [message.text for message in (await messages(self.database, "out"))[before:]]

    async def in_the_case(self) -> list[tuple[str, str]]:
        """Name and type of what is kept."""
        async with self.database.session() as session:
            conversation = await session.scalar(select(func.min(Conversation.id)))
            return [(file.name, file.media_type) for file in await attachments.list_of(session, conversation or 0)]

    async def code(self) -> str:
        """Of the only case."""
        async with self.database.session() as session:
            return (await session.scalars(select(Case.code))).one()


@pytest.fixture
def world(database: Database, tmp_path: Path) -> _World:
    """A citizen who has not written yet."""
    return _World(database, tmp_path)


async def test_photo_goes_into_the_open_case(world: _World) -> None:
    """The citizen is told once, the case notes it, and nothing of where it came from stays."""
    await world.sends(choice="human")
    code = await world.code()
    said = await world.sends(_PHOTO, Attachment(AttachmentKind.FILE, ref="don", name="đơn.docx"))
    assert said == [texts.FILE_KEPT.format(count=2, code=code)]
    assert await world.in_the_case() == [("tệp.jpg", "image/jpeg"), ("đơn.pdf", "application/pdf")]
    assert ("enclosed", "2") in await events(world.database, code)
    assert "anh-1" not in await everything_stored(world.database)
    assert await world.sends() != said
    assert world.platform.fetched == ["anh-1", "don"]


async def test_photo_without_a_case_is_offered_to_a_person_and_follows_into_the_case(world: _World) -> None:
    """Nobody's photo is fetched as long as nobody is going to look at it."""
    assert await world.sends(_PHOTO) == [texts.FILE_NEEDS_CASE]
    (offer,) = await messages(world.database, "out")
    assert [choice["id"] for choice in offer.payload["choices"]] == ["human", "m"]
    assert world.platform.fetched == []
    said = await world.sends(choice="human")
    assert said[-1] == texts.FILE_KEPT.format(count=1, code=await world.code())
    assert len(await world.in_the_case()) == 1


async def test_offer_ends_after_a_day(world: _World) -> None:
    """A case opened for something else does not pull in what was sent long before."""
    await world.sends(_PHOTO)
    async with world.database.session.begin() as session:
        long_ago = datetime.now(UTC) - OFFERED - timedelta(minutes=1)
        await session.execute(update(IncomingFile).values(created_at=long_ago))
    await world.sends(choice="human")
    assert world.platform.fetched == []


async def test_words_beside_a_photo_are_answered(world: _World) -> None:
    """After a word about the photo."""
    said = await world.sends(_PHOTO, text="cái này điền sao")
    assert said == [texts.FILE_NEEDS_CASE, "1: cái này điền sao"]


async def test_wish_for_a_person_beside_a_photo_needs_no_offer(world: _World) -> None:
    """The case is being opened already."""
    said = await world.sends(_PHOTO, text="xem giúp", choice="human")
    assert texts.FILE_NEEDS_CASE not in said
    assert len(await world.in_the_case()) == 1


@pytest.mark.parametrize("kind", [AttachmentKind.AUDIO, AttachmentKind.STICKER, AttachmentKind.VIDEO, AttachmentKind.LOCATION])
async def test_voice_and_stickers_get_a_polite_word(world: _World, kind: AttachmentKind) -> None:
    """Also while a person has the conversation, who could not hear them either."""
    sent = Attachment(kind, ref="x")
    assert await world.sends(sent) == [texts.FILE_UNREADABLE]
    await world.sends(choice="human")
    member = await hire(world.database, "Lan")
    async with moving(world.database, await world.code(), member) as (session, case):
        await case_moves.claim(session, case, member)
    assert await world.sends(sent) == [texts.FILE_UNREADABLE_BY_STAFF]
    assert (await messages(world.database, "in"))[0].text == texts.FILE_LABELS[kind.value]
    assert world.platform.fetched == []


async def test_photo_to_a_person_is_only_confirmed(world: _World) -> None:
    """The bot does not talk over them; the case they wait in goes on."""
    await world.sends(choice="human")
    code, member = await world.code(), await hire(world.database, "Lan")
    async with moving(world.database, code, member) as (session, case):
        await case_moves.claim(session, case, member)
        await case_moves.ask(session, case, member, "Bác chụp màn hình giúp.", "1")
    assert await world.sends(_PHOTO) == [texts.FILE_KEPT.format(count=1, code=code)]
    assert (await case_of(world.database, code))[0].state == "open"


async def test_photo_opens_a_closed_case_again(world: _World) -> None:
    """As words would."""
    await world.sends(choice="human")
    code, member = await world.code(), await hire(world.database, "Lan")
    async with moving(world.database, code, member) as (session, case):
        await case_moves.claim(session, case, member)
        await case_moves.close(session, case, member, "guide")  # type: ignore[arg-type]  # its value
    said = await world.sends(_PHOTO)
    assert (await case_of(world.database, code))[0].state == "new"
    assert texts.FILE_NEEDS_CASE not in said
    assert len(await world.in_the_case()) == 1


async def test_album_is_one_message_with_every_picture(world: _World) -> None:
    """Platforms deliver it picture by picture, in any order, some of them again; the caption is not lost."""
    await world.sends(choice="human")
    pieces: Sequence[tuple[Attachment, str]] = [
        (_PHOTO, ""), (Attachment(AttachmentKind.IMAGE, ref="anh-2"), "giấy của cháu"), (_PHOTO, ""),
    ]  # fmt: skip
    for file, text in (*pieces, *pieces):
        await world.engine.receive(replace(inbound(text, event_id="album-7"), attachments=(file,)))
    await world.engine.drain()
    await world.files.drain()
    assert len(await world.in_the_case()) == 2
    assert [message.text for message in await messages(world.database, "in")][1:] == ["[ảnh]", "giấy của cháu"]
    async with world.database.session() as session:
        assert await session.scalar(select(func.count(Turn.id))) == 3


async def test_photos_in_a_row_are_answered_once(database: Database, tmp_path: Path) -> None:
    """They wait a moment for each other, like pieces of a thought."""
    engine = TurnEngine(database, EchoBrain(), link_hosts=(), patience=Patience(burst=5.0))
    for n in range(3):
        await engine.store(replace(inbound("", event_id=f"a{n}"), attachments=(Attachment(AttachmentKind.IMAGE, ref=f"{n}"),)))
    stored = await engine.store(inbound("bị báo lỗi này", event_id="t"))
    assert stored
    engine.wake(stored[0])
    await engine.drain()
    assert [message.text for message in await messages(database, "out")] == [texts.FILE_NEEDS_CASE, "1: bị báo lỗi này"]


async def test_platform_in_trouble_is_asked_again(world: _World) -> None:
    """Nothing is said until it is known."""
    await world.sends(choice="human")
    world.platform.trouble.append(FetchFailed("HTTP 503"))
    assert await world.sends(_PHOTO) == []
    async with world.database.session.begin() as session:
        await session.execute(update(IncomingFile).values(next_attempt_at=IncomingFile.created_at))
    await world.files.drain()
    assert len(await world.in_the_case()) == 1
    assert (await messages(world.database, "out"))[-1].text == texts.FILE_KEPT.format(count=1, code=await world.code())


async def test_what_cannot_be_had_is_told(world: _World) -> None:
    """With what to do instead."""
    await world.sends(choice="human")
    world.platform.trouble.append(FetchFailed("HTTP 404", permanent=True))
    assert await world.sends(_PHOTO) == [texts.FILE_REFUSED.format(reason=texts.FILE_LOST)]
    program = Attachment(AttachmentKind.FILE, ref="rong", name="anh.jpg")
    assert await world.sends(program, event_id="z") == [texts.FILE_REFUSED.format(reason=REASONS["unknown_type"])]
    assert await world.in_the_case() == []


async def test_two_processes_fetch_a_file_once(world: _World) -> None:
    """Whichever is first; the other passes it over."""
    await world.sends(choice="human")
    await world.engine.store(replace(inbound("", event_id="f"), attachments=(_PHOTO,)))
    await asyncio.gather(world.files.drain(), world.worker().drain())
    assert world.platform.fetched == ["anh-1"]
    assert len(await world.in_the_case()) == 1


async def test_forgotten_while_it_is_fetched_is_not_kept(world: _World) -> None:
    """What the citizen had deleted does not come back with a slow download."""
    await world.sends(choice="human")
    await world.engine.store(replace(inbound("", event_id="f"), attachments=(_PHOTO,)))
    original = world.platform.fetch

    async def fetch(attachment: Attachment, most: int) -> bytes:
        async with world.database.session.begin() as session:
            await conversations.forget(session, (await session.scalars(select(Conversation))).one())
        return await original(attachment, most)

    world.platform.fetch = fetch  # type: ignore[method-assign]  # in the middle of it
    await world.files.drain()
    assert await world.in_the_case() == []
    async with world.database.session() as session:
        assert await session.scalar(select(func.count(IncomingFile.id))) == 0


async def test_no_case_holds_a_disk_full(world: _World, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a limit for a day, and it is told."""
    monkeypatch.setattr("core.storage.incoming_files.MOST_A_DAY", 1)
    await world.sends(choice="human")
    await world.sends(_PHOTO)
    second = Attachment(AttachmentKind.IMAGE, ref="anh-2")
    assert await world.sends(second) == [texts.FILE_REFUSED.format(reason=texts.FILE_TOO_MANY)]
    assert len(await world.in_the_case()) == 1


def test_reply_keeps_its_file_through_the_outbox() -> None:
    """As stored and read again."""
    reply = Reply("Mẫu đơn đây ạ.", file=SentFile(7, "mẫu.pdf", "application/pdf", 1200))
    assert Reply.from_dict(reply.as_dict()) == reply

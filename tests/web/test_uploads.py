"""Files that the page sends: into an open case only, of the right kind and size, once."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.agent import Brain
from bot.app import Running
from core import texts
from core.storage.models import Message
from core.storage.staff_models import Attachment
from tests.services.files import document, photo
from tests.web.citizen import Citizen, answering


@pytest_asyncio.fixture
async def product(brain: Brain, sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """The product that takes files of one megabyte."""
    folder = tmp_path_factory.mktemp("tep")
    async with answering(brain, sqlite_url, max_upload_mb=1, attachments_dir=folder) as started:
        yield started


async def _upload(
    citizen: Citizen, data: bytes, media_type: str = "image/jpeg", client_id: str | None = None, **headers: str
) -> tuple[int, str]:
    query = {"id": client_id or str(uuid.uuid4()), "name": "ảnh.jpg"}
    sent = {"Content-Type": media_type} | {name.replace("_", "-"): value for name, value in headers.items()}
    async with citizen.http.post("/api/chat/files", params=query, data=data, headers=sent) as answer:
        return answer.status, (await answer.json()).get("error", "")


async def _kept(product: Running) -> list[Attachment]:
    async with product.database.session() as session:
        return list(await session.scalars(select(Attachment)))


async def test_file_without_a_case_is_not_kept(citizen: Citizen, product: Running) -> None:
    """The page says how to open one."""
    assert await _upload(citizen, photo()) == (409, texts.WEB_FILE_NEEDS_CASE)
    assert await _kept(product) == []


async def test_file_is_kept_once_however_often_it_is_sent(citizen: Citizen, product: Running) -> None:
    """It stands in the transcript as what it is."""
    await citizen.ask("", choice="human")
    client_id = str(uuid.uuid4())
    assert [(await _upload(citizen, photo(), client_id=client_id))[0] for _ in range(3)] == [202] * 3
    assert [(file.media_type, file.sent_by, file.shared) for file in await _kept(product)] == [("image/jpeg", "citizen", False)]
    async with product.database.session() as session:
        assert (await session.scalars(select(Message.text).where(Message.key == client_id))).all() == ["[ảnh]"]


@pytest.mark.parametrize(
    ("data", "media_type", "status"),
    [
        (b"x" * 1_000_001, "image/jpeg", 422),
        (b"MZ program", "image/png", 422),
        (b"", "image/png", 422),
        (b"hello", "text/plain", 415),
        (b"<svg/>", "image/svg+xml", 415),
        (document(1, password="x"), "application/pdf", 422),
    ],
)
async def test_what_cannot_be_taken_is_refused_in_words(
    citizen: Citizen, product: Running, data: bytes, media_type: str, status: int
) -> None:
    """And nothing of it stays."""
    await citizen.ask("", choice="human")
    answered, error = await _upload(citizen, data, media_type)
    assert (answered, bool(error)) == (status, True)
    assert await _kept(product) == []


async def test_endless_file_is_cut_off(citizen: Citizen, product: Running) -> None:
    """Without a length told beforehand."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 65536

    await citizen.ask("", choice="human")
    try:
        async with citizen.http.post(
            f"/api/chat/files?id={uuid.uuid4()}", data=endless(), headers={"Content-Type": "image/jpeg"}
        ) as answer:
            assert answer.status == 422
    except aiohttp.ClientError:
        pass  # the server hung up on the rest
    assert await _kept(product) == []


async def test_other_site_cannot_send_files(citizen: Citizen, product: Running) -> None:
    """Whatever cookie the browser has."""
    await citizen.ask("", choice="human")
    assert (await _upload(citizen, photo(), Origin="https://evil.example"))[0] == 403
    assert await _kept(product) == []


async def test_stranger_opens_no_file(citizen: Citizen, product: Running) -> None:
    """Nor does the citizen open what staff keep for themselves."""
    await citizen.ask("", choice="human")
    await _upload(citizen, photo())
    (file,) = await _kept(product)
    async with Citizen(product) as stranger:
        await stranger.open()
        for browser in (stranger, citizen):
            async with browser.http.get(f"/api/chat/files/{file.id}") as answer:
                assert answer.status == 404
    async with product.database.session.begin() as session:
        (await session.get_one(Attachment, file.id)).shared = True
    async with citizen.http.get(f"/api/chat/files/{file.id}") as answer:
        assert (answer.status, answer.headers["Content-Disposition"][:6]) == (200, "inline")
        assert "sandbox" in answer.headers["Content-Security-Policy"]

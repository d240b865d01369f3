"""A photo through the whole product: from the platform into a case, before the eyes of staff, and a picture of theirs back.

The web chat's way is in tests/console/test_case_files.py, in a browser.
"""

from __future__ import annotations

import asyncio
import io
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from bot.agent import Brain
from core import texts
from core.staff import Role
from tests.channels.telegram_double import CHAT, Telegram
from tests.channels.test_zalo_end_to_end import official_account
from tests.console.office import Answer, Desk, Office
from tests.console.product import WholeOffice, whole_product
from tests.services.files import GPS, photo


@dataclass(frozen=True)
class Citizen:
    """Somebody on a platform, and the office that answers them.

    Args:
        office: The product's.
        says: Writes a text.
        sends: Sends a photo.
        heard: All texts that came so far.
        pictures: What is known of the pictures that came: their bytes, or as many as they have.
    """

    office: Office
    says: Callable[[str], Awaitable[object]]
    sends: Callable[[bytes], Awaitable[object]]
    heard: Callable[[], Awaitable[list[str]]]
    pictures: Callable[[], Awaitable[list[bytes | int]]]

    async def hears(self, text: str) -> str:
        """Wait for a message that holds a text."""
        give_up = time.monotonic() + 30
        while True:
            heard = await self.heard()
            if found := [message for message in heard if text in message]:
                return found[0]
            assert time.monotonic() < give_up, f"{text!r} did not come, but {heard}"
            await asyncio.sleep(0.05)


@asynccontextmanager
async def on_telegram(brain: Brain, folder: Path, double: str) -> AsyncIterator[Citizen]:
    async with whole_product(brain, folder, double) as office:
        assert isinstance(office.telegram, Telegram)
        telegram = office.telegram

        async def sends(data: bytes) -> None:
            await telegram.does(photo_file_id=await telegram.has(data))

        async def heard() -> list[str]:
            return [call["text"] for call in await telegram.calls("sendMessage") if call["chat_id"] == CHAT]

        async def pictures() -> list[bytes | int]:
            return [await telegram.picture(call["file_id"]) for call in await telegram.calls("sendPhoto")]

        yield Citizen(office, lambda text: telegram.does(text=text), sends, heard, pictures)


@asynccontextmanager
async def on_zalo(brain: Brain, folder: Path, _double: str) -> AsyncIterator[Citizen]:
    keys = folder / "keys.txt"
    more = {"key_file": keys, "attachments_dir": folder / "files", "public_url": None}  # or the console wanted https
    async with official_account(brain, folder, more) as (fake, product):

        async def sends(data: bytes) -> None:
            await fake.sends_file(fake.address + fake.keep("anh.jpg", data, "image/jpeg"))

        async def heard() -> list[str]:
            return [sent["text"] for sent in fake.sent if "text" in sent]

        async def pictures() -> list[bytes | int]:
            shown = [sent for sent in fake.sent if sent.get("attachment", {}).get("payload", {}).get("template_type") == "media"]
            return [size for _, (_, _, size) in zip(shown, fake.uploaded, strict=False)]

        yield Citizen(WholeOffice(product, keys), fake.says, sends, heard, pictures)


Way = Callable[[Brain, Path, str], AbstractAsyncContextManager[Citizen]]


@pytest.mark.parametrize("way", [on_telegram, on_zalo])
async def test_photo_reaches_staff_and_theirs_comes_back(way: Way, brain: Brain, tmp_path: Path, double: str) -> None:
    """Without a case the citizen is told how to get one; then it is in the case, and nothing but the picture of it."""
    async with way(brain, tmp_path, double) as citizen:
        await citizen.sends(photo())
        await citizen.hears("“Gặp cán bộ”")
        await citizen.says("cho tôi gặp cán bộ")
        found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}", await citizen.hears("Mã của bà con là"))
        assert found
        await citizen.hears(texts.FILE_KEPT.format(count=1, code=found[0]))

        await citizen.office.hire("lan", Role.STAFF)
        async with citizen.office.desk("lan") as desk:
            case = f"/canbo/ho-so/{found[0]}"
            seen = await _pictures_of(desk, case)
            assert [Image.open(io.BytesIO(data)).format for data in seen] == ["JPEG"]
            assert GPS.encode() not in seen[0]
            await desk.post(f"{case}/nhan", form=case)
            assert (await _answer(desk, case, "Bác xem mẫu này.", photo((300, 200)))).status in {200, 303}
        await citizen.hears("Bác xem mẫu này.")
        async with asyncio.timeout(30):
            while not (came := await citizen.pictures()):
                await asyncio.sleep(0.05)
    (picture,) = came
    assert picture
    assert not isinstance(picture, bytes) or Image.open(io.BytesIO(picture)).size in {(300, 200), (200, 300)}


async def _pictures_of(desk: Desk, case: str) -> list[bytes]:
    page = (await desk.get(f"{case}/tep")).text
    found = []
    for path in dict.fromkeys(re.findall(r'src="(/canbo/tep/\d+)"', page)):
        async with desk.http.get(path) as answer:
            assert answer.status == 200
            found.append(await answer.read())
    return found


async def _answer(desk: Desk, case: str, text: str, data: bytes) -> Answer:
    form = aiohttp.FormData(quote_fields=False)  # as browsers write names
    for name, value in (("noi_dung", text), ("kieu", "tra_loi"), ("khoa", "1")):
        form.add_field(name, value)
    form.add_field("tep", data, filename="mẫu.jpg", content_type="image/jpeg")
    headers = {"Origin": desk.address, "X-CSRF-Token": (await desk.get(case)).csrf, "HX-Request": "true"}
    return await desk.ask("POST", f"{case}/tra-loi", data=form, headers=headers)

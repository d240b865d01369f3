"""Files in both directions: fetched from where a platform keeps them and from nowhere else, sent in its own way."""

from __future__ import annotations

import io
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from telegram.error import TimedOut

from bot.channels.downloads import Downloads
from bot.channels.parts import Progress
from bot.channels.zalo_bot import ZaloBotChannel
from core.errors import FetchFailed, SendFailed, SendUncertain, UserFacingError
from core.messages import Attachment, AttachmentKind, Chat, Choice, Reply, SentFile
from tests.channels.telegram_api import CHAT, ScriptedRequest, ok, refused, update
from tests.channels.telegram_api import World as Telegram
from tests.channels.zalo_oa_world import World
from tests.fakes.zalo_bot import TOKEN
from tests.fakes.zalo_oa import CITIZEN, OA
from tests.services.files import document, photo

_IMAGE = Attachment(AttachmentKind.IMAGE, ref="AgACAgUAAxkBAAIC", size=100)
_SENT = {"message_id": 9, "date": 1794999600, "chat": {"id": 5550001, "type": "private"}}
_PHOTO = SentFile(1, "ảnh mẫu.jpg", "image/jpeg", 3)
_FORM = SentFile(2, "mẫu đơn.pdf", "application/pdf", 4)


def _noise(side: int) -> bytes:
    """A JPEG that is hard to pack."""
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(out, "JPEG", quality=90)
    return out.getvalue()


_FILES = {1: b"anh", 2: document(1)}


async def _read(file_id: int) -> bytes:
    if file_id not in _FILES:
        raise FileNotFoundError(file_id)
    return _FILES[file_id]


# --- Telegram


@asynccontextmanager
async def _telegram(api: ScriptedRequest) -> AsyncIterator[Any]:
    world = Telegram(api)
    channel = world.channel("webhook", read_file=_read)
    await channel.start(world.receive)
    yield channel
    await channel.stop()


async def test_telegram_hands_over_what_hangs_on_a_message() -> None:
    """Of a photo the largest size; of a document its name."""
    async with _telegram(ScriptedRequest()) as channel:
        found = {}
        for name in ("photo_of_album", "document", "voice", "sticker", "location"):
            (event,) = channel.parse(json.dumps(update(name)).encode())
            (found[name],) = event.attachments
    assert (found["photo_of_album"].kind, found["photo_of_album"].ref) == (AttachmentKind.IMAGE, "AgACAgUAAxkBAAIC")
    assert (found["document"].kind, found["document"].name) == (AttachmentKind.FILE, "to-khai.pdf")
    kinds = [found[name].kind for name in ("voice", "sticker", "location")]
    assert kinds == [AttachmentKind.AUDIO, AttachmentKind.STICKER, AttachmentKind.LOCATION]


async def test_telegram_file_is_fetched_by_its_id() -> None:
    """Its size is asked for before it is loaded."""
    api = ScriptedRequest()
    api.script["getFile"].append(ok({"file_id": "x", "file_unique_id": "y", "file_size": 5, "file_path": "photos/file_1.jpg"}))
    api.script["file_1.jpg"].append((200, b"bytes"))
    async with _telegram(api) as channel:
        assert await channel.fetch(_IMAGE, 1000) == b"bytes"
        api.script["getFile"].append(ok({"file_id": "x", "file_unique_id": "y", "file_size": 5000, "file_path": "p/f.jpg"}))
        with pytest.raises(UserFacingError, match="lớn quá"):
            await channel.fetch(_IMAGE, 1000)
        assert api.of("f.jpg") == []


@pytest.mark.parametrize(
    ("answer", "permanent"),
    [(refused(400, "Bad Request: wrong file_id"), True), (refused(500, "Internal"), False), (TimedOut(), False)],
)
async def test_telegram_file_that_cannot_be_had(answer: Any, permanent: bool) -> None:
    """Whether trying again can help is told."""
    api = ScriptedRequest()
    api.script["getFile"].append(answer)
    async with _telegram(api) as channel:
        with pytest.raises(FetchFailed) as caught:
            await channel.fetch(_IMAGE, 1000)
    assert caught.value.permanent is permanent


async def test_telegram_says_that_a_file_is_too_big() -> None:
    """As the citizen is told."""
    api = ScriptedRequest()
    api.script["getFile"].append(refused(400, "Bad Request: file is too big"))
    async with _telegram(api) as channel:
        with pytest.raises(UserFacingError, match="lớn quá"):
            await channel.fetch(_IMAGE, 1000)


@pytest.mark.parametrize(("file", "method"), [(_PHOTO, "sendPhoto"), (_FORM, "sendDocument")])
async def test_telegram_sends_text_then_file(file: SentFile, method: str) -> None:
    """A photo is shown, anything else is a document; buttons stay under the text."""
    api = ScriptedRequest()
    api.default[method] = ok(_SENT)
    async with _telegram(api) as channel:
        assert await channel.send(CHAT, Reply("Bác xem mẫu này.", (Choice("m", "Chủ đề khác"),), file=file)) == "9"
    called = [name for name, _ in api.calls if name.startswith("send")]
    assert called == ["sendMessage", method]
    assert "reply_markup" in api.of("sendMessage")[0]


async def test_file_that_fails_is_sent_without_its_text_again() -> None:
    """It is a part of the reply like any other."""
    api, progress = ScriptedRequest(), Progress()
    api.script["sendPhoto"].append(refused(500, "Internal"))
    api.default["sendPhoto"] = ok(_SENT)
    async with _telegram(api) as channel:
        with pytest.raises(SendFailed):
            await channel.send(CHAT, Reply("Mẫu đây.", file=_PHOTO), progress)
        await channel.send(CHAT, Reply("Mẫu đây.", file=_PHOTO), progress)
    assert [name for name, _ in api.calls if name.startswith("send")] == ["sendMessage", "sendPhoto", "sendPhoto"]


async def test_deleted_file_is_a_failure_that_lasts() -> None:
    """It was kept as long as the rules allow."""
    async with _telegram(ScriptedRequest()) as channel:
        with pytest.raises(SendFailed) as caught:
            await channel.send(CHAT, Reply("Mẫu đây.", file=SentFile(7, "x.pdf", "application/pdf", 1)))
    assert caught.value.permanent


# --- Zalo Official Account


def _sending(world: World) -> Any:
    world.channel._read_file = _read
    return world.channel


async def test_zalo_oa_uploads_then_sends(world: World) -> None:
    """A photo as media, a document by its token; both after the text."""
    channel = _sending(world)
    for file in (_PHOTO, _FORM):
        await channel.send(Chat(OA, CITIZEN), Reply("Bác xem mẫu này.", file=file))
    first, shown, _, sent = world.fake.sent
    assert first["text"] == "Bác xem mẫu này."
    assert shown["attachment"]["payload"]["elements"][0]["media_type"] == "image"
    assert sent["attachment"]["type"] == "file"
    assert [(name, kind) for name, kind, _ in world.fake.uploaded] == [
        ("ảnh mẫu.jpg", "image/jpeg"),
        ("mẫu đơn.pdf", "application/pdf"),
    ]


async def test_zalo_oa_makes_a_large_photo_smaller(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The upload takes one megabyte."""
    large = _noise(1500)
    assert len(large) > 1_000_000
    monkeypatch.setitem(_FILES, 3, large)
    await _sending(world).send(Chat(OA, CITIZEN), Reply("Ảnh.", file=SentFile(3, "a.png", "image/png", len(large))))
    ((name, kind, size),) = world.fake.uploaded
    assert (name, kind, size <= 1_000_000) == ("a.jpg", "image/jpeg", True)


async def test_zalo_oa_upload_with_a_dead_token_is_tried_again_with_a_fresh_one(world: World) -> None:
    """And the text is not repeated."""
    channel, progress = _sending(world), Progress(sent=1)
    world.fake.expire()
    with pytest.raises(SendFailed) as caught:
        await channel.send(Chat(OA, CITIZEN), Reply("Mẫu.", file=_FORM), progress)
    assert (caught.value.permanent, world.fake.refreshed) == (False, 1)
    await channel.send(Chat(OA, CITIZEN), Reply("Mẫu.", file=_FORM), progress)
    assert len(world.fake.sent) == 1


@pytest.mark.parametrize("fault", ["500", "cut", "garbage", -200])
async def test_trouble_of_an_upload_is_never_uncertain(world: World, fault: int | str) -> None:
    """Nobody has been sent anything by then, so it may be done again."""
    world.fake.faults.append(fault)
    with pytest.raises(SendFailed) as caught:
        await _sending(world).send(Chat(OA, CITIZEN), Reply("Mẫu.", file=_FORM), Progress(sent=1))
    assert not caught.value.permanent
    assert world.fake.sent == []


async def test_lost_answer_to_a_sent_file_is_uncertain(world: World) -> None:
    """The upload went well, the message may have arrived."""
    channel = _sending(world)
    original = channel._call_with

    async def cut_the_message(token: str, path: str, body: Any) -> Any:
        if path.endswith("/cs"):
            world.fake.faults.append("cut")
        return await original(token, path, body)

    channel._call_with = cut_the_message
    with pytest.raises(SendUncertain):
        await channel.send(Chat(OA, CITIZEN), Reply("Mẫu.", file=_FORM), Progress(sent=1))


async def test_zalo_oa_fetches_from_its_platform(world: World) -> None:
    """By the address in the event."""
    path = world.fake.keep("anh.jpg", photo(), "image/jpeg")
    address = world.channel._api._base_url + path
    assert await world.channel.fetch(Attachment(AttachmentKind.IMAGE, url=address), 2_000_000) == photo()


async def test_zalo_bot_fetches_from_its_platform(world: World) -> None:
    """In the same way."""
    path, address = world.fake.keep("anh.jpg", b"anh", "image/jpeg"), world.channel._api._base_url
    channel = ZaloBotChannel(TOKEN, api_url=address)
    assert await channel.fetch(Attachment(AttachmentKind.IMAGE, url=address + path), 100) == b"anh"
    assert channel.capabilities.sends == {}
    await channel.stop()


# --- addresses in events


@asynccontextmanager
async def _host(answer: Any) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        None, "", "http://f1.zdn.vn/a.jpg", "https://zdn.vn.evil.example/a", "https://evil.example/zdn.vn", "https://a@f1.zdn.vn/a",
        "https://f1.zdn.vn:8443/a", "https://127.0.0.1/a", "file:///etc/passwd", "https://169.254.169.254/latest",
    ],
)  # fmt: skip
async def test_no_other_host_is_asked(url: str | None, logs: list[dict[str, Any]]) -> None:
    """Whoever forged an event cannot make us open addresses; the host, and not the address, is logged."""
    downloads = Downloads(("zdn.vn",), "https://openapi.zalo.me")
    with pytest.raises(FetchFailed) as caught:
        await downloads.fetch(url, 100)
    assert caught.value.permanent
    assert [entry["event"] for entry in logs] == ["files.host_not_allowed"]
    assert "/a" not in str(logs)
    await downloads.close()


async def test_redirect_to_another_host_is_not_followed(logs: list[dict[str, Any]]) -> None:
    """Nor one in a circle."""

    async def elsewhere(request: web.Request) -> web.Response:
        where = "/circle" if "circle" in request.path else "http://127.0.0.1:1/"
        return web.Response(status=302, headers={"Location": where})

    async with _host(elsewhere) as address:
        downloads = Downloads((), address)
        for path in ("/away", "/circle"):
            with pytest.raises(FetchFailed) as caught:
                await downloads.fetch(address + path, 100)
            assert caught.value.permanent
        await downloads.close()


async def test_large_file_is_not_read_to_its_end() -> None:
    """Whatever it claims to be."""
    written = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal written
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while written < 50_000_000:
                await response.write(b"x" * 65536)
                written += 65536
        except (aiohttp.ClientError, ConnectionError):
            pass
        return response

    async with _host(endless) as address:
        downloads = Downloads((), address)
        with pytest.raises(UserFacingError, match="lớn quá"):
            await downloads.fetch(f"{address}/x", 1_000_000)
        await downloads.close()
    assert written < 50_000_000


@pytest.mark.parametrize(("status", "permanent"), [(404, True), (403, True), (429, False), (503, False)])
async def test_refusal_tells_whether_to_ask_again(status: int, permanent: bool) -> None:
    """A file that is gone stays gone."""

    async def refuse(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with _host(refuse) as address:
        downloads = Downloads((), address)
        with pytest.raises(FetchFailed) as caught:
            await downloads.fetch(f"{address}/x", 100)
        await downloads.close()
    assert caught.value.permanent is permanent

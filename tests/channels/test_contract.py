"""What every adapter owes, run over all of them: behind the real web server, over captured payloads."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.channels.base import WebhookChannel
from bot.channels.layout import utf16_units
from bot.settings import ROOT
from core.messages import AttachmentKind, Choice, Inbound, Reply
from tests.channels.benches import BENCHES, FIXTURES, Bench

LONG = "Bà con ở phường Thuận Hóa hỏi: đăng ký tạm trú cần giấy tờ gì, nộp ở đâu, mấy ngày thì xong? " * 220

_TAPS = {
    "telegram": [("tap", "human", "Gặp cán bộ")],
    "zalo_oa": [("tap", "human", "Gặp cán bộ"), ("tap_without_label", "m", "m"), ("click_button", "m", "Chủ đề khác")],
    "web": [("tap", "human", "Gặp cán bộ")],
}
_EMPTY = {"telegram": "sticker", "zalo_oa": "text_empty", "zalo_bot": "text_empty", "web": "text_empty"}
_NOT_FOR_US = {
    "telegram": ["edited_text", "group_text", "service_pinned", "tap_in_group", "unreadable"],
    "zalo_oa": [
        "event_of_tomorrow",
        "incomplete",
        "user_submit_info",
        "user_click_chatnow",
        "user_received_message",
        "user_seen_message",
        "anonymous_send_text",
        "user_send_group_text",
        "echo_of_ours",
    ],
    "zalo_bot": ["event_of_tomorrow", "incomplete", "group_text", "from_a_bot"],
}
_ATTACHED = {
    "zalo_oa": {
        "image": AttachmentKind.IMAGE,
        "gif": AttachmentKind.IMAGE,
        "file": AttachmentKind.FILE,
        "audio": AttachmentKind.AUDIO,
        "video": AttachmentKind.VIDEO,
        "sticker": AttachmentKind.STICKER,
        "location": AttachmentKind.LOCATION,
        "location_lat_long": AttachmentKind.LOCATION,
        "link": AttachmentKind.OTHER,
        "business_card": AttachmentKind.OTHER,
    },
    "zalo_bot": {
        "image_photo_url": AttachmentKind.IMAGE,
        "image_photo": AttachmentKind.IMAGE,
        "sticker": AttachmentKind.STICKER,
        "voice": AttachmentKind.AUDIO,
        "unsupported": AttachmentKind.OTHER,
    },
}


def _pairs(table: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, case) for name, cases in table.items() for case in (cases.items() if isinstance(cases, dict) else cases)]


@pytest_asyncio.fixture
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    """The adapter that the test's parameter names, started."""
    async with BENCHES[request.param](tmp_path) as started:
        yield started


every_adapter = pytest.mark.parametrize("bench", list(BENCHES), indirect=True)
every_webhook = pytest.mark.parametrize("bench", [name for name in BENCHES if name != "web"], indirect=True)


def _only(bench: Bench) -> Inbound:
    (event,) = bench.stored
    assert isinstance(event, Inbound)
    return event


# what it is


@every_adapter
async def test_adapter_is_what_it_says(bench: Bench) -> None:
    """Its name is that of its payloads and of its page in docs/, and its limits are sensible."""
    channel, allowed = bench.channel, bench.channel.capabilities
    assert bench.folder.is_dir()
    assert (ROOT / "docs" / "channels" / f"{channel.name.replace('_', '-')}.md").is_file()
    assert allowed.max_text >= 1000
    assert allowed.max_choices >= 0
    assert isinstance(channel, WebhookChannel) is (channel.name != "web")
    assert allowed.free_window is None or (allowed.reply_window and allowed.free_window < allowed.reply_window)


def test_every_folder_of_payloads_has_its_adapter() -> None:
    """No payload is left without a test."""
    assert {path.name for path in FIXTURES.iterdir() if path.is_dir()} == set(BENCHES)


# in


@every_adapter
async def test_text_is_stored_as_it_was_written(bench: Bench) -> None:
    """With everything a turn and a reply need, and aware of its time."""
    assert await bench.post(bench.payload("text")) == bench.accepted
    inbound = _only(bench)
    assert inbound.channel == bench.channel.name
    assert inbound.account == bench.chat.account
    assert inbound.chat_id == bench.chat.chat_id
    assert inbound.text.endswith("giấy tờ gì")
    assert inbound.choice is None
    assert inbound.sent_at.tzinfo == UTC


@every_adapter
async def test_repeated_call_is_the_same_event(bench: Bench) -> None:
    """Taken and answered alike each time, with the same id."""
    bodies = [bench.payload("text")] * 3
    assert [await bench.post(body) for body in bodies] == [bench.accepted] * 3
    assert len({event.event_id for event in bench.stored}) == 1


@every_adapter
async def test_forged_call_is_refused_and_read_by_nobody(bench: Bench) -> None:
    """Whoever found the address cannot speak for a citizen."""
    for headers in bench.forged:
        assert await bench.post(bench.payload("text"), headers) == 403
    assert bench.stored == []


@pytest.mark.parametrize(("bench", "name"), _pairs(_NOT_FOR_US), indirect=["bench"])
async def test_call_that_does_not_concern_us_is_taken_and_dropped(bench: Bench, name: str) -> None:
    """Delivering it again would help nobody."""
    assert await bench.post(bench.payload(name)) == bench.accepted
    assert bench.stored == []


@pytest.mark.parametrize(("bench", "name"), list(_EMPTY.items()), indirect=["bench"])
async def test_message_without_words_is_a_message(bench: Bench, name: str) -> None:
    """The citizen is told what the bot can read."""
    assert await bench.post(bench.payload(name)) == bench.accepted
    assert _only(bench).text == ""


@every_adapter
async def test_very_long_text_arrives_whole(bench: Bench) -> None:
    """Cutting is the business of the turns, which tell the citizen."""
    body = json.loads(json.dumps(bench.payload("text")))
    _put_text(body, LONG)
    assert await bench.post(body) == bench.accepted
    assert _only(bench).text == LONG


def _put_text(body: Any, text: str) -> None:
    """Write another text where the payload has one."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key == "text" and isinstance(value, str):
                body[key] = text
            else:
                _put_text(value, text)


@pytest.mark.parametrize(("bench", "tap"), _pairs(_TAPS), indirect=["bench"])
async def test_tap_is_a_choice_with_its_label(bench: Bench, tap: tuple[str, str, str]) -> None:
    """The label is what the transcript shows."""
    name, choice, label = tap
    assert await bench.post(bench.payload(name)) == bench.accepted
    inbound = _only(bench)
    assert (inbound.choice, inbound.text) == (choice, label)


@pytest.mark.parametrize(("bench", "case"), _pairs(_ATTACHED), indirect=["bench"])
async def test_what_is_sent_along_is_handed_over(bench: Bench, case: tuple[str, AttachmentKind]) -> None:
    """One attachment, of the right kind, with an https address where the platform gives one."""
    name, kind = case
    assert await bench.post(bench.payload(name)) == bench.accepted
    (attachment,) = _only(bench).attachments
    assert attachment.kind is kind
    assert attachment.url is None or attachment.url.startswith("https://")
    if kind is AttachmentKind.LOCATION:
        assert (attachment.latitude, attachment.longitude) == (16.4637, 107.5909)


@every_adapter
@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"17", b'"x"', b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 40_000])
async def test_what_is_no_event_is_refused(bench: Bench, raw: bytes) -> None:
    """Even when it is signed."""
    assert await bench.post(raw) in {400, 403}
    assert bench.stored == []


@every_adapter
async def test_body_over_the_limit_is_refused(bench: Bench) -> None:
    """Before it is read whole."""
    assert await bench.post(b" " * 300_000) == 413


@every_adapter
async def test_platform_is_told_when_storing_fails(bench: Bench) -> None:
    """It delivers again, and then the message is taken."""
    bench.failures.append(OSError("đĩa đầy"))
    assert await bench.post(bench.payload("text")) == 503
    assert await bench.post(bench.payload("text")) == bench.accepted
    assert len(bench.stored) == 1


@every_adapter
async def test_stopped_channel_takes_nothing(bench: Bench) -> None:
    """While the process goes down, the platform keeps the message."""
    await bench.channel.stop()
    assert await bench.post(bench.payload("text")) == 503
    assert bench.stored == []


# out


@every_webhook
@pytest.mark.parametrize("count", [0, 1, 5, 6, 12, 30])
async def test_long_reply_with_many_choices_keeps_the_limits(bench: Bench, count: int) -> None:
    """No message is over the platform's limits, no word and no choice is lost, and choices come last."""
    allowed = bench.channel.capabilities
    choices = tuple(Choice(f"g:{n}", f"Việc số {n}") for n in range(1, count + 1))
    await bench.channel.send(bench.chat, Reply(LONG.strip(), choices))
    sent = bench.sent()
    assert all(utf16_units(text) <= allowed.max_text and len(labels) <= max(allowed.max_choices, 1) for text, labels in sent)
    said = " ".join(" ".join(text for text, _ in sent).split())
    assert said.startswith(" ".join(LONG.split()))
    shown = [label for _, labels in sent for label in labels]
    if shown:
        assert shown == [choice.label for choice in choices]
        assert sent[-1][1]
    else:
        lines = sent[-1][0].splitlines() if count else []
        assert [line for line in lines if line[:1].isdigit()] == [f"{n}. Việc số {n}" for n in range(1, count + 1)]


@every_adapter
async def test_acknowledging_never_raises(bench: Bench) -> None:
    """Also for a chat and a message that nobody knows."""
    await bench.channel.acknowledge(bench.chat, "khong-co")

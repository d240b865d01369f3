"""What the Telegram channel makes of each kind of update, over captured shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram import Bot

from bot.channels.telegram_updates import COMMAND_CHOICES, read_update, to_inbound
from core.messages import Inbound
from core.texts import BOT_COMMANDS
from tests.channels.telegram_api import FIXTURES, captured_log

BOT = Bot("123456789:TEST")


def payload(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return raw


def parse(name: str) -> Inbound | None:
    update = read_update(payload(name), BOT)
    return to_inbound(update, "123456789") if update else None


def test_text_keeps_every_field() -> None:
    """A text becomes an Inbound with nothing of Telegram's format left."""
    assert parse("text") == Inbound(
        channel="telegram",
        account="123456789",
        chat_id="5550001",
        event_id="700000101",
        text="làm lại căn cước cần giấy tờ gì",
        sent_at=datetime(2026, 11, 18, 11, 0, tzinfo=UTC),
        choice=None,
    )


@pytest.mark.parametrize(
    ("name", "text", "choice"),
    [
        ("text_markup", "phí <b>bao nhiêu</b> & mấy ngày? 😊", None),
        ("text_with_fields_of_tomorrow", "mất căn cước", None),
        ("command_start", "/start", "start"),
        ("command_start_deep_link", "/start to_gap_phuong", "start"),
        ("command_menu_at_bot", "/menu@troly_mau_bot", "m"),
        ("command_help", "/help", "m"),
        ("command_canbo", "/canbo", "human"),
        ("command_xoa", "/xoa", "delete?"),
        ("command_unknown", "khaisinh cho con", None),
        ("photo", "", None),
        ("photo_with_caption", "màn hình báo lỗi này là sao", None),
        ("sticker", "", None),
        ("voice", "", None),
        ("document", "", None),
        ("location", "", None),
        ("tap", "Gặp cán bộ", "human"),
        ("tap_on_inaccessible_message", "m", "m"),
    ],
)
def test_text_and_choice_of_each_kind(name: str, text: str, choice: str | None) -> None:
    """Commands and taps become choices, content that is not text becomes an empty text."""
    inbound = parse(name)
    assert inbound is not None
    assert (inbound.text, inbound.choice, inbound.chat_id) == (text, choice, "5550001")


@pytest.mark.parametrize(
    "name", ["group_text", "group_command", "edited_text", "service_pinned", "tap_in_group", "tap_on_inline_message"]
)
def test_ignored_kinds(name: str) -> None:
    """Groups, edits, service messages and taps outside a private chat concern nobody."""
    assert parse(name) is None


def test_unreadable_update_is_reported_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update the library cannot read is logged by number only."""
    logs = captured_log(monkeypatch)
    assert read_update(payload("unreadable"), BOT) is None
    assert "700000126" in str(logs)
    assert "thiếu" not in str(logs)


def test_album_is_one_message() -> None:
    """All pictures of an album share one event id, so that the citizen gets one answer."""
    first, second = payload("photo_of_album"), payload("photo_of_album")
    second["update_id"] += 1
    second["message"]["message_id"] += 1
    events = set()
    for raw in (first, second):
        update = read_update(raw, BOT)
        assert update is not None
        inbound = to_inbound(update, "123456789")
        assert inbound is not None
        events.add(inbound.event_id)
    assert events == {"album-13371337"}


def test_tap_is_dated_now() -> None:
    """The date of yesterday's keyboard is not the date of today's tap."""
    inbound = parse("tap")
    assert inbound is not None
    assert datetime.now(UTC) - inbound.sent_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("typed", "text", "choice"),
    [
        ("/START", "/START", "start"),
        ("/canbo tôi bị kẹt", "/canbo tôi bị kẹt", "human"),
        ("/giấy khai sinh", "giấy khai sinh", None),
        ("/khaisinh@troly_mau_bot", "khaisinh", None),
        ("/", "/", None),
        ("/start/stop", "/start/stop", None),
        ("số 1/2 phố chợ /menu", "số 1/2 phố chợ /menu", None),
        ("/startup", "startup", None),
        ("/hoso", "/hoso", "c"),
        ("/hoso acdh-2345", "/hoso acdh-2345", "c:ACDH-2345"),
        ("/hoso 046123456789", "/hoso 046123456789", "c"),
    ],
)
def test_what_counts_as_a_command(typed: str, text: str, choice: str | None) -> None:
    """Only a whole known word after a leading slash is a command."""
    raw = payload("text")
    raw["message"]["text"] = typed
    update = read_update(raw, BOT)
    assert update is not None
    inbound = to_inbound(update, "123456789")
    assert inbound is not None
    assert (inbound.text, inbound.choice) == (text, choice)


def test_every_menu_command_means_something() -> None:
    """The menu lists no command that the channel would pass on as plain text."""
    assert set(BOT_COMMANDS) <= set(COMMAND_CHOICES)
    assert all(len(description) <= 256 for description in BOT_COMMANDS.values())

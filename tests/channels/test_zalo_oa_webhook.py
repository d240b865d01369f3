"""Zalo Official Account: whose calls are believed, in which time they are answered, and what events mean."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels.base import NotAnEvent
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_events import payload_of, read_event
from bot.channels.zalo_oa_signature import Signature
from core.messages import Choice, Inbound, Signal, SignalKind
from tests.channels.zalo_oa_world import World, body
from tests.fakes.zalo_oa import APP_ID, CITIZEN, OA, WEBHOOK_KEY, now_ms, sign


@pytest.mark.parametrize("identity", [APP_ID, OA])
@pytest.mark.parametrize("stamp_from", ["body", "header"])
@pytest.mark.parametrize("prefix", [True, False])
@pytest.mark.parametrize("upper", [True, False])
def test_every_form_of_the_signature_is_taken_and_told(
    identity: str, stamp_from: str, prefix: bool, upper: bool, logs: list[dict[str, Any]]
) -> None:
    """Sources disagree on id, time stamp and prefix; which one came is logged once, never the value."""
    raw = json.dumps(body("text")).encode()
    stamp = body("text")["timestamp"] if stamp_from == "body" else "1795422009999"
    mac = sign(raw, stamp, app_id=identity)
    headers = {"X-ZEvent-Signature": mac if prefix else mac.removeprefix("mac=")}
    if upper:
        headers = {"X-ZEvent-Signature": headers["X-ZEvent-Signature"].upper()}
    headers |= {"X-ZEvent-Timestamp": stamp} if stamp_from == "header" else {}
    signature = Signature(APP_ID, WEBHOOK_KEY)
    assert signature.fits(headers, raw, body("text"))
    assert signature.fits(headers, raw, body("text"))
    (told,) = logs
    assert (told["id"], told["stamp"], told["prefix"]) == ("app_id" if identity == APP_ID else "oa_id", stamp_from, prefix)
    assert mac.removeprefix("mac=") not in str(logs)


@pytest.mark.parametrize("change", ["body", "stamp", "key", "spacing"])
def test_signature_of_something_else_does_not_fit(change: str) -> None:
    """One changed byte, another time, another key, the same JSON with other blanks."""
    raw = json.dumps(body("text")).encode()
    mac = sign(raw, "1" if change == "stamp" else body("text")["timestamp"], key="x" if change == "key" else WEBHOOK_KEY)
    if change == "body":
        raw = raw.replace(b"g\\u00ec", b"g")
    if change == "spacing":
        raw = json.dumps(body("text"), indent=1).encode()
    assert not Signature(APP_ID, WEBHOOK_KEY).fits({"X-ZEvent-Signature": mac}, raw, json.loads(raw))


def test_unsigned_body_without_a_time_stamp_does_not_fit() -> None:
    """An empty time stamp signs nothing, even with the right key."""
    assert not Signature(APP_ID, WEBHOOK_KEY).fits({"X-ZEvent-Signature": sign(b'{"a":1}', "")}, b'{"a":1}', {"a": 1})


@pytest.mark.parametrize("raw", [b"{}", b" {}\n"])
async def test_check_of_the_address_gets_200(world: World, raw: bytes) -> None:
    """Zalo posts an unsigned {} when the address is saved; nothing is done with it."""
    assert await world.channel.handle_webhook({}, raw) == 200
    assert await world.channel.handle_webhook({}, b'{"event_name":"user_send_text"}') == 403
    assert world.stored == []


async def test_retry_of_an_hour_ago_is_still_genuine(world: World) -> None:
    """Zalo repeats with the same body for more than an hour: there is no window."""
    raw = json.dumps(body("text") | {"timestamp": str(now_ms() - 4000_000)}).encode()
    headers = {"X-ZEvent-Signature": sign(raw, json.loads(raw)["timestamp"]), "num_retry": "5"}
    assert await world.channel.handle_webhook(headers, raw) == 200


async def test_answer_comes_in_time_while_storing_hangs(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 before Zalo's two seconds are over; the message is stored all the same, once the database is back."""
    from bot.channels import webhook

    monkeypatch.setattr(webhook, "_PATIENCE", 0.05)
    gate = asyncio.Event()

    async def slow(event: Any) -> bool:
        await gate.wait()
        return await world.receive(event)

    channel = ZaloOaChannel(Signature(APP_ID, WEBHOOK_KEY), world.tokens)
    channel._intake = webhook.Intake("zalo_oa", 0.05)
    await channel.start(slow)
    raw = json.dumps(body("text")).encode()
    headers = {"X-ZEvent-Signature": sign(raw, body("text")["timestamp"])}
    assert await channel.handle_webhook(headers, raw) == 503
    gate.set()
    async with asyncio.timeout(5):
        while not world.stored:
            await asyncio.sleep(0.005)
    await channel.stop()


async def test_message_that_could_not_be_stored_is_tried_again_here(
    world: World, monkeypatch: pytest.MonkeyPatch, logs: list[dict[str, Any]]
) -> None:
    """Whether Zalo repeats after an error is not known, so we do not rely on it."""
    from bot.channels import webhook

    monkeypatch.setattr(webhook, "_PAUSES", (0.0, 0.0, 0.0))
    failures = [OSError("đĩa đầy"), OSError("đĩa đầy")]

    async def failing(event: Any) -> bool:
        if failures:
            raise failures.pop()
        return await world.receive(event)

    channel = ZaloOaChannel(Signature(APP_ID, WEBHOOK_KEY), world.tokens)
    await channel.start(failing)
    raw = json.dumps(body("text")).encode()
    headers = {"X-ZEvent-Signature": sign(raw, body("text")["timestamp"])}
    assert await channel.handle_webhook(headers, raw) == 503
    async with asyncio.timeout(5):
        while not world.stored:
            await asyncio.sleep(0.005)
    assert "đĩa đầy" not in str(logs)
    await channel.stop()


def test_follow_greets_and_unfollow_is_noticed() -> None:
    """A follower is greeted as by /start; the same event twice has the same id."""
    (follow,) = read_event(body("follow"))
    assert isinstance(follow, Inbound)
    assert (follow.choice, follow.account, follow.chat_id) == ("start", OA, CITIZEN)
    assert follow.event_id == "follow:1795422000123"
    (left,) = read_event(body("unfollow"))
    assert isinstance(left, Signal)
    assert (left.kind, left.account, left.chat_id) == (SignalKind.LEFT, OA, CITIZEN)


def test_answer_of_a_person_is_noticed_and_our_echo_is_not() -> None:
    """Only a person's message bears an admin_id."""
    (signal,) = read_event(body("echo_of_a_person"))
    assert signal == Signal(
        SignalKind.STAFF,
        "zalo_oa",
        OA,
        CITIZEN,
        "oa20",
        datetime.fromtimestamp(1795422000.123, UTC),
        "Chào bác, cháu ở phường đây ạ.",
    )
    (picture,) = read_event(body("echo_of_a_person_image"))
    assert isinstance(picture, Signal)
    assert picture.text == ""
    assert read_event(body("echo_of_ours")) == []


def test_withdrawal_is_noticed_even_without_an_account() -> None:
    """Zalo may not say which OA: then it is all of them."""
    (signal,) = read_event(body("user_withdraw"))
    assert isinstance(signal, Signal)
    assert (signal.kind, signal.account, signal.chat_id) == (SignalKind.WITHDREW, "", CITIZEN)


def test_accounts_of_one_app_are_told_apart() -> None:
    """By the receiver's id."""
    other = body("text") | {"recipient": {"id": "123"}}
    assert [event.account for event in read_event(body("text")) + read_event(other)] == [OA, "123"]


def test_text_that_only_looks_like_a_tap_is_text() -> None:
    """What has not the form of a choice is what the citizen wrote."""
    (inbound,) = read_event(body("text_like_a_tap"))
    assert isinstance(inbound, Inbound)
    assert (inbound.choice, inbound.text) == (None, "#troly:<script> xin chào")


def test_info_that_nobody_asked_for_is_not_kept(logs: list[dict[str, Any]]) -> None:
    """Neither stored nor logged."""
    assert read_event(body("user_submit_info")) == []
    assert "Nguyễn" not in str(logs)


@pytest.mark.parametrize("name", [None, 7, "", "x" * 61, "Có Dấu", ["a"]])
def test_event_without_a_name_is_no_event(name: Any) -> None:
    """Zalo never sends it."""
    with pytest.raises(NotAnEvent):
        read_event(body("text") | {"event_name": name})


def test_payload_keeps_choice_and_label() -> None:
    """And never more than Zalo takes."""
    raw = body("text")
    raw["message"]["text"] = payload_of(Choice("g:dang_ky_tam_tru:fee", "Lệ phí bao nhiêu?"))
    (inbound,) = read_event(raw)
    assert isinstance(inbound, Inbound)
    assert (inbound.choice, inbound.text) == ("g:dang_ky_tam_tru:fee", "Lệ phí bao nhiêu?")
    assert len(payload_of(Choice("m", "dài " * 500))) == 1000

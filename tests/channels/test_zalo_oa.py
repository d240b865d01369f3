"""The Zalo Official Account channel against a fake of the platform: signatures, tokens, buttons, errors, signals."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from bot.channels.base import NotAnEvent
from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_errors import as_send_error
from bot.channels.zalo_oa_events import payload_of, read_event
from bot.channels.zalo_oa_oauth import Consent, OAuth, Pair
from bot.channels.zalo_oa_signature import Signature
from bot.channels.zalo_oa_tokens import ZaloTokens
from bot.sealing import Seal
from core.errors import ConfigurationError, SendFailed, SendUncertain, Unreachable, UserFacingError
from core.messages import Chat, Choice, Inbound, Reply, Signal, SignalKind
from core.storage import channel_tokens
from core.storage.database import Database
from core.storage.models import ChannelToken
from tests.channels.benches import FIXTURES, buttons, pair
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, CITIZEN, OA, WEBHOOK_KEY, FakeZaloOa, now_ms, sign

CHAT = Chat(OA, CITIZEN)
MENU = (Choice("m", "Chủ đề khác"), Choice("human", "Gặp cán bộ"))


def body(name: str) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((FIXTURES / "zalo_oa" / f"{name}.json").read_text(encoding="utf-8"))
    return raw


class World:
    """A channel, its tokens and its platform."""

    def __init__(self, fake: FakeZaloOa, address: str, database: Database) -> None:
        self.fake = fake
        self.database = database
        self.oauth = OAuth(address, APP_ID, APP_SECRET)
        self.tokens = ZaloTokens(database, self.oauth, Seal(APP_SECRET, "zalo_oa tokens"))
        self.channel = ZaloOaChannel(Signature(APP_ID, WEBHOOK_KEY), self.tokens, api_url=address)
        self.stored: list[Any] = []

    async def receive(self, event: Any) -> bool:
        """Store everything."""
        self.stored.append(event)
        return True

    async def row(self) -> ChannelToken:
        """The tokens as stored."""
        async with self.database.session() as session:
            found = await channel_tokens.find(session, "zalo_oa", OA)
        assert found is not None
        return found


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Started, logged in, and with a citizen who wrote a moment ago."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'zalo.db'}")
    await database.migrate()
    fake = FakeZaloOa()
    fake.last_interaction[CITIZEN] = now_ms()
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        made = World(fake, str(server.make_url("/")), database)
        await made.tokens.keep(OA, pair(*fake.log_in(OA)))
        await made.channel.start(made.receive)
        yield made
        await made.channel.stop()
    await database.close()


# signature


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


# events


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


# out


async def test_reply_has_text_and_buttons(world: World) -> None:
    """Buttons that send a hidden, namespaced payload; the id is Zalo's."""
    message_id = await world.channel.send(CHAT, Reply("Bà con chọn việc.", MENU))
    (sent,) = world.fake.sent
    assert (sent["oa"], sent["to"], sent["text"], sent["message_id"]) == (OA, CITIZEN, "Bà con chọn việc.", message_id)
    assert buttons(sent) == [
        {"title": "Chủ đề khác", "type": "oa.query.hide", "payload": "#troly:m Chủ đề khác"},
        {"title": "Gặp cán bộ", "type": "oa.query.hide", "payload": "#troly:human Gặp cán bộ"},
    ]


@pytest.mark.parametrize("code", [-201, -233])
async def test_choices_become_numbers_where_buttons_are_refused(world: World, code: int, logs: list[dict[str, Any]]) -> None:
    """Only one source says that this interface knows buttons: if it does not, nothing is lost, and it is tried once."""
    world.fake.refusals.append(code)
    await world.channel.send(CHAT, Reply("Bà con chọn việc.", MENU))
    await world.channel.send(CHAT, Reply("Chọn tiếp.", MENU))
    assert [buttons(sent) for sent in world.fake.sent] == [[], []]
    assert "1. Chủ đề khác\n2. Gặp cán bộ" in world.fake.sent[0]["text"]
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["zalo_oa.buttons_refused"]


async def test_reaction_acknowledges_a_message_and_nothing_else(world: World) -> None:
    """A follow has no message to react to."""
    await world.channel.acknowledge(CHAT, "96d3cdf3af150460909")
    await world.channel.acknowledge(CHAT, "follow:1795422000123")
    (reaction,) = world.fake.reactions
    assert reaction["recipient"] == {"user_id": CITIZEN}
    assert reaction["sender_action"] == {"react_icon": "/-strong", "react_message_id": "96d3cdf3af150460909"}


@pytest.mark.parametrize("code", [-213, -217, -218, -227, -230, -232, -244])
def test_citizen_out_of_reach(code: int) -> None:
    """Until they write again."""
    assert isinstance(as_send_error(code, OA), Unreachable)


@pytest.mark.parametrize(
    ("code", "permanent", "alert"),
    [
        (-32, False, None), (-200, False, None), (-100, False, None), (-211, False, "zalo_oa.quota_used_up"),
        (-216, False, "zalo_oa.token_rejected"), (-220, False, "zalo_oa.token_rejected"),
        (-201, True, "zalo_oa.request_refused"), (-210, True, "zalo_oa.request_refused"),
        (-233, True, "zalo_oa.request_refused"), (-204, True, "zalo_oa.set_up_wrong"), (-224, True, "zalo_oa.set_up_wrong"),
        (-242, True, "zalo_oa.set_up_wrong"), (-99999, True, "zalo_oa.error_unknown"),
    ],
)  # fmt: skip
def test_every_error_number_has_its_meaning(code: int, permanent: bool, alert: str | None, logs: list[dict[str, Any]]) -> None:
    """Again later, or never; and what a person must mend is said loudly."""
    error = as_send_error(code, OA)
    assert type(error) is SendFailed
    assert error.permanent is permanent
    assert [entry["event"] for entry in logs] == ([alert] if alert else [])
    if code == -32:
        assert error.retry_after is not None
        assert 0 < error.retry_after <= 60


async def test_silent_citizen_is_out_of_reach(world: World) -> None:
    """Seven days after the last message Zalo refuses."""
    world.fake.last_interaction[CITIZEN] -= 8 * 24 * 3600 * 1000
    with pytest.raises(Unreachable, match="-230"):
        await world.channel.send(CHAT, Reply("Hồ sơ đã có kết quả."))


@pytest.mark.parametrize(
    ("fault", "error"),
    [("cut", SendUncertain), ("garbage", SendUncertain), ("504", SendUncertain), ("500", SendFailed), ("503", SendFailed),
     ("429", SendFailed), (-200, SendFailed)],
)  # fmt: skip
async def test_trouble_on_the_way_is_told_apart(world: World, fault: int | str, error: type[Exception]) -> None:
    """What may have arrived is not sent again; what did not, is."""
    world.fake.faults.append(fault)
    with pytest.raises(error) as caught:
        await world.channel.send(CHAT, Reply("Chào bà con"))
    assert not getattr(caught.value, "permanent", False)


async def test_platform_that_is_not_there_is_a_failure(world: World) -> None:
    """The request never left."""
    channel = ZaloOaChannel(Signature(APP_ID, WEBHOOK_KEY), world.tokens, api_url="http://127.0.0.1:9")
    await channel.start(world.receive)
    with pytest.raises(SendFailed) as caught:
        await channel.send(CHAT, Reply("Chào bà con"))
    assert not caught.value.permanent
    await channel.stop()


# tokens


async def test_rejected_token_is_renewed_and_the_reply_sent_once(world: World) -> None:
    """The new pair is in the database before it is used; the old refresh token is spent."""
    world.fake.expire()
    await world.channel.send(CHAT, Reply("Chào bà con"))
    assert [sent["text"] for sent in world.fake.sent] == ["Chào bà con"]
    assert world.fake.refreshed == 1
    await world.channel.send(CHAT, Reply("Chào lần nữa"))
    assert world.fake.refreshed == 1


async def test_many_replies_at_once_renew_once(world: World) -> None:
    """The refresh token works once: one refreshes, the others come back in a moment."""
    world.fake.expire()
    results = await asyncio.gather(*(world.channel.send(CHAT, Reply(f"câu {n}")) for n in range(20)), return_exceptions=True)
    assert world.fake.refreshed == 1
    put_off = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(error, SendFailed) and not error.permanent and error.retry_after for error in put_off)
    assert len(world.fake.sent) + len(put_off) == 20


async def test_two_processes_renew_once(world: World) -> None:
    """They share nothing but the database."""
    other = ZaloTokens(world.database, OAuth(world.oauth._base_url, APP_ID, APP_SECRET), Seal(APP_SECRET, "zalo_oa tokens"))
    made = (await world.row()).renewed_at
    results = await asyncio.gather(world.tokens.renew(OA, made), other.renew(OA, made), return_exceptions=True)
    assert world.fake.refreshed == 1
    assert all(result is None or isinstance(result, SendFailed) for result in results)
    await other.renew(OA, made)  # known to be older than what is there: nothing is done
    assert world.fake.refreshed == 1
    await other.close()


async def test_pair_is_renewed_after_twenty_hours_and_not_before(world: World) -> None:
    """Five hours remain to signal that renewing fails."""
    await world.tokens.renew_due()
    assert world.fake.refreshed == 0
    row = await world.row()
    access, refresh = world.fake.log_in(OA)
    old = datetime.now(UTC) - timedelta(hours=20)
    await world.tokens.keep(OA, Pair(access, refresh, old, old + timedelta(hours=25)))
    await world.tokens.renew_due()
    assert world.fake.refreshed == 1
    assert (await world.row()).renewed_at > row.renewed_at


async def test_refused_renewal_is_told_loudly_and_the_old_pair_stays(world: World, logs: list[dict[str, Any]]) -> None:
    """What to do is in the log; the access token may be good for hours still."""
    before = await world.row()
    world.fake.forget_refresh_tokens()
    with pytest.raises(SendFailed, match="troly zalo login"):
        await world.tokens.renew(OA, before.renewed_at)
    (alert,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert alert["event"] == "zalo_oa.token_refresh_refused"
    assert "troly zalo login" in alert["cure"]
    after = await world.row()
    assert (after.sealed, after.leased_until) == (before.sealed, None)
    assert after.failure is not None
    await world.channel.send(CHAT, Reply("vẫn gửi được"))


async def test_dead_process_does_not_hold_the_renewal_for_ever(world: World) -> None:
    """Its lease ends by itself."""
    async with world.database.session() as session, session.begin():
        long_ago = datetime.now(UTC) - timedelta(seconds=1)
        assert await channel_tokens.lease(session, "zalo_oa", OA, datetime.now(UTC) - timedelta(hours=1), long_ago)
    await world.tokens.renew(OA, (await world.row()).renewed_at)
    assert world.fake.refreshed == 1


async def test_tokens_are_of_no_use_in_a_copy_of_the_database(world: World) -> None:
    """They are sealed with the app's secret, which is not in there."""
    access, refresh = world.fake.log_in(OA)
    await world.tokens.keep(OA, pair(access, refresh))
    sealed = (await world.row()).sealed
    assert access.encode() not in sealed
    assert refresh.encode() not in sealed
    with pytest.raises(ConfigurationError):
        Seal("another secret", "zalo_oa tokens").open(sealed)


async def test_reply_waits_for_the_login(world: World) -> None:
    """An OA nobody logged in for: the reply stays in the outbox, and the log says what to do."""
    with pytest.raises(SendFailed, match="troly zalo login") as caught:
        await world.channel.send(Chat("999", CITIZEN), Reply("Chào bà con"))
    assert not caught.value.permanent


# login


async def test_administrator_logs_in_once(world: World) -> None:
    """From the consent page over the pasted address to a pair in the database."""
    import aiohttp

    consent = Consent.begin()
    address = world.oauth.consent_url(consent, "https://troly.example.vn/zalo/login")
    async with aiohttp.ClientSession() as browser, browser.get(address, allow_redirects=False) as answer:
        callback = answer.headers["Location"]
    assert callback.startswith("https://troly.example.vn/zalo/login?")
    code, account = consent.code_from(f"  {callback}\n")
    await world.tokens.keep(account, await world.oauth.exchange(code, consent))
    await world.channel.send(CHAT, Reply("Chào bà con"))
    assert account == OA


@pytest.mark.parametrize(
    ("callback", "says"),
    [
        ("https://x.vn/?state={state}&oa_id=1", "code="),
        ("https://x.vn/?code=a&state=khac&oa_id=1", "lần đăng nhập khác"),
        ("https://x.vn/?code=a&oa_id=1", "lần đăng nhập khác"),
        ("https://x.vn/?code=a&state={state}", "oa_id"),
        ("không phải địa chỉ", "code="),
    ],
)
def test_wrong_callback_is_explained(callback: str, says: str) -> None:
    """In words an operator understands."""
    consent = Consent.begin()
    with pytest.raises(UserFacingError, match=says):
        consent.code_from(callback.format(state=consent.state))


async def test_code_of_somebody_else_gives_no_token(world: World) -> None:
    """PKCE: without the verifier the code is worth nothing."""
    import aiohttp

    consent = Consent.begin()
    address = world.oauth.consent_url(consent, "https://troly.example.vn/")
    async with aiohttp.ClientSession() as browser, browser.get(address, allow_redirects=False) as answer:
        code, _ = consent.code_from(answer.headers["Location"])
    with pytest.raises(Exception, match="no token"):
        await world.oauth.exchange(code, Consent.begin())

"""Zalo Official Account: tokens are renewed once, kept sealed, and begin with a consent."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.channels.zalo_oa_oauth import Consent, OAuth, Pair
from bot.channels.zalo_oa_tokens import ZaloTokens
from bot.sealing import Seal
from core.errors import ConfigurationError, SendFailed, UserFacingError
from core.messages import Chat, Reply
from core.storage import channel_tokens
from tests.channels.benches import pair
from tests.channels.zalo_oa_world import CHAT, World
from tests.fakes.zalo_oa import APP_ID, APP_SECRET, CITIZEN, OA


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

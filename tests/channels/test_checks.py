"""`troly channels check` over each platform: what it says when all is well, and when something is not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner

from bot import channels_cli
from bot.channels.checking import Finding, Level, check_address, try_webhook
from bot.channels.web_check import check_page
from bot.channels.zalo_bot import ZaloBotChannel
from bot.channels.zalo_oa_check import check_accounts
from core.errors import ConfigurationError, SendFailed
from core.storage.models import ChannelToken
from tests.channels.telegram_api import ScriptedRequest, World, ok, refused
from tests.fakes.zalo_bot import SECRET, TOKEN, FakeZaloBot

ADDRESS = "https://troly.example.vn/hooks/telegram"


def _errors(found: list[Finding]) -> str:
    return "\n".join(f"{one.says} {one.cure}" for one in found if one.level is Level.ERROR)


def _info(**more: Any) -> Any:
    return ok({"url": "", "has_custom_certificate": False, "pending_update_count": 0} | more)


@asynccontextmanager
async def answering_with(status: int) -> AsyncIterator[str]:
    """A web server that answers everything alike."""

    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/hook"))


# addresses


@pytest.mark.parametrize(
    ("address", "is_good"),
    [("https://troly.hue.gov.vn", True), ("https://troly.hue.gov.vn/", True), ("https://troly.hue.gov.vn:443", True),
     (None, False), ("", False), ("http://troly.hue.gov.vn", False), ("https://troly.hue.gov.vn:8443", False), ("troly", False)],
)  # fmt: skip
def test_address_is_one_that_platforms_call(address: str | None, is_good: bool) -> None:
    """What is wrong has a cure that names the setting."""
    found = check_address(address)
    assert (found == []) is is_good
    assert all("TROLY_PUBLIC_URL" in one.cure for one in found)


@pytest.mark.parametrize(
    ("status", "says"), [(403, "bí mật"), (404, "đường dẫn"), (413, "256 KB"), (502, "troly serve"), (500, "nhật ký")]
)
async def test_webhook_that_answers_wrongly_has_its_cure(status: int, says: str) -> None:
    """Each status points to its likeliest cause."""
    async with answering_with(status) as address:
        found = await try_webhook(address, {})
    assert found.level is Level.ERROR
    assert str(status) in found.says
    assert says in found.cure


async def test_webhook_that_knows_the_secret_and_refuses_the_body_is_right() -> None:
    """400 means: from the platform, and no event."""
    async with answering_with(400) as address:
        assert (await try_webhook(address, {})).level is Level.OK
    assert (await try_webhook("http://127.0.0.1:9/hook", {})).level is Level.ERROR


# Telegram


async def _telegram(mode: str, info: Any, me: Any = None) -> list[Finding]:
    api = ScriptedRequest()
    api.default["getWebhookInfo"] = info
    if me is not None:
        api.default["getMe"] = me
    found = await World(api).channel(mode).check()
    assert not {name for name, _ in api.calls} - {"getMe", "getWebhookInfo"}, "a check changes nothing"
    return found


async def test_telegram_when_all_is_well() -> None:
    """It names the bot."""
    found = await _telegram("polling", _info())
    assert "@troly_mau_bot" in found[0].says
    assert _errors(found) == ""


@pytest.mark.parametrize(
    ("mode", "info", "says"),
    [
        ("polling", _info(url="https://elsewhere.vn/"), "webhook"),
        ("webhook", _info(), "chưa có webhook"),
        ("webhook", _info(url="https://elsewhere.vn/"), "địa chỉ khác"),
    ],
)
async def test_telegram_delivers_elsewhere(mode: str, info: Any, says: str) -> None:
    """A webhook that is missing, forgotten or another machine's."""
    assert says in _errors(await _telegram(mode, info))


async def test_telegram_tells_of_its_troubles() -> None:
    """The last error, messages that wait, and that the bot may be put into groups."""
    me = ok({"id": 1, "is_bot": True, "first_name": "T", "username": "t_bot", "can_join_groups": True})
    info = _info(url=ADDRESS, last_error_date=1795422000, last_error_message="Connection refused", pending_update_count=500)
    warnings = [one for one in await _telegram("webhook", info, me) if one.level is Level.WARNING]
    told = "\n".join(f"{one.says} {one.cure}" for one in warnings)
    assert "Connection refused" in told
    assert "500 tin" in told
    assert "/setjoingroups" in told


async def test_telegram_refuses_the_token() -> None:
    """The cure says where the token is to be found; the token itself is not said."""
    (found,) = await _telegram("polling", _info(), refused(401, "Unauthorized"))
    assert "@BotFather" in found.cure
    assert "TOKEN-OF-THE-TEST" not in found.says + found.cure


# Zalo Official Account


def _row(age_hours: float = 1.0, failure: str | None = None) -> ChannelToken:
    made = datetime.now(UTC) - timedelta(hours=age_hours)
    return ChannelToken(channel="zalo_oa", account="579", sealed=b"", renewed_at=made, expires_at=made, failure=failure)


async def test_account_that_nobody_logged_in_for() -> None:
    async def who(_account: str) -> dict[str, Any]:
        raise AssertionError("there is nobody to ask about")

    assert "troly zalo login" in _errors(await check_accounts([], who))


@pytest.mark.parametrize(
    ("row", "answer", "level", "says"),
    [
        (_row(), {"name": "UBND phường"}, Level.OK, "UBND phường"),
        (_row(failure="Zalo gave no token (-14014)"), {"name": "x"}, Level.ERROR, "từ chối"),
        (_row(age_hours=23), {"name": "x"}, Level.WARNING, "quá hạn làm mới"),
        (_row(), {"name": "x", "is_verified": False}, Level.WARNING, "chưa được xác thực"),
        (_row(), SendFailed("Zalo -216"), Level.ERROR, "-216"),
        (_row(), ConfigurationError("sealed with another secret"), Level.ERROR, "TROLY_ZALO_OA_APP_SECRET"),
    ],
)
async def test_account_is_looked_at(row: ChannelToken, answer: Any, level: Level, says: str) -> None:
    """Whatever is not in order has a cure."""

    async def who(_account: str) -> dict[str, Any]:
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    found = [one for one in await check_accounts([row], who) if one.level is level]
    assert any(says in one.says for one in found)
    assert all(one.cure for one in found if level is not Level.OK)


# Zalo Bot


@pytest.mark.parametrize(
    ("mode", "known", "token", "says"),
    [
        ("polling", "https://elsewhere.vn", TOKEN, "còn giữ một webhook"),
        ("webhook", "", TOKEN, "chưa có webhook"),
        ("webhook", "https://elsewhere.vn", TOKEN, "địa chỉ khác"),
        ("polling", "", "1:other", "không nhận token"),
    ],
)
async def test_zalo_bot_is_looked_at(mode: str, known: str, token: str, says: str) -> None:
    """Without changing what the platform has."""
    fake = FakeZaloBot(token=token, webhook=known)
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        options = {"webhook_secret": SECRET, "public_url": "https://troly.invalid"} if mode == "webhook" else {}
        channel = ZaloBotChannel(TOKEN, mode=mode, api_url=str(server.make_url("/")), **options)
        assert says in _errors(await channel.check())
    assert fake.webhook == known


async def test_zalo_bot_that_polls_is_warned() -> None:
    """What was fetched by a process that dies is lost."""
    async with TestServer(FakeZaloBot().app(), host="127.0.0.1") as server:
        found = await ZaloBotChannel(TOKEN, api_url=str(server.make_url("/"))).check()
    assert [one.level for one in found] == [Level.OK, Level.WARNING]
    assert "TROLY_ZALO_BOT_MODE=webhook" in found[1].cure


async def test_platform_that_is_not_there_is_told() -> None:
    """With what to look at."""
    (found,) = await ZaloBotChannel(TOKEN, api_url="http://127.0.0.1:9").check()
    assert found.level is Level.ERROR
    assert "tường lửa" in found.cure


# the page


async def test_page_is_opened_over_the_public_address() -> None:
    """As a citizen would."""
    assert [one.level for one in await check_page(None)] == [Level.WARNING]
    async with answering_with(200) as address:
        assert (await check_page(address.removesuffix("/hook")))[-1].level is Level.OK
    async with answering_with(502) as address:
        assert (await check_page(address.removesuffix("/hook")))[-1].level is Level.ERROR


# the command


@pytest.mark.parametrize(("level", "status"), [("ok", 0), ("note", 0), ("warning", 0), ("error", 1)])
@pytest.mark.parametrize("as_json", [True, False])
def test_command_tells_programs_and_people(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, level: str, status: int, as_json: bool
) -> None:
    """The exit status says whether something is wrong."""
    row = {"channel": "zalo_oa", "level": level, "says": "OA 579: [x] Zalo nhận ra.", "cure": "Không cần làm gì."}

    async def found(_settings: Any) -> list[dict[str, str]]:
        return [row]

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(channels_cli, "_check", found)
    result = CliRunner().invoke(channels_cli.channels_app, ["check", *(["--json"] if as_json else [])])
    assert result.exit_code == status
    if as_json:
        assert json.loads(result.stdout) == [row]
    else:
        assert "Zalo Official Account" in result.stdout
        assert "OA 579: [x] Zalo nhận ra." in result.stdout
        assert "→ Không cần làm gì." in result.stdout

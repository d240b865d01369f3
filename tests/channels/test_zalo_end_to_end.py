"""Citizens talk to the whole product over Zalo: real server, real database, real model; only the platform is a fake."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from bot.agent import Brain
from bot.app import Running
from bot.channels.zalo_oa import WEBHOOK_PATH
from bot.channels_cli import _check
from bot.platforms import zalo_tokens
from core import texts
from core.storage.database import Database
from core.storage.holding import release
from core.storage.models import Conversation, Message
from tests.channels.benches import FIXTURES, buttons, pair
from tests.channels.damage import damaged
from tests.fakes import zalo_bot as fake_bot
from tests.fakes import zalo_oa as fake_oa
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import CITIZEN, OA, FakeZaloOa
from tests.web.citizen import answering, settings


def oa_settings(database_url: str, platform: str) -> dict[str, Any]:
    return {
        "database_url": database_url,
        "public_url": "https://troly.example.vn",
        "zalo_oa_app_id": fake_oa.APP_ID,
        "zalo_oa_app_secret": fake_oa.APP_SECRET,
        "zalo_oa_webhook_key": fake_oa.WEBHOOK_KEY,
        "zalo_oa_api_url": platform,
        "zalo_oa_oauth_url": platform,
    }


@asynccontextmanager
async def official_account(
    brain: Brain, folder: Path, more: Mapping[str, Any] | None = None, **fake_options: Any
) -> AsyncIterator[tuple[FakeZaloOa, Running]]:
    """The product with one Official Account that somebody logged in for, and `more` settings."""
    fake, url = FakeZaloOa(**fake_options), f"sqlite+aiosqlite:///{folder / 'oa.db'}"
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        fake.address = str(server.make_url("")).rstrip("/")
        changes = oa_settings(url, fake.address) | dict(more or {})
        database = Database(url)
        await database.migrate()
        _, tokens = zalo_tokens(settings(**changes), database)
        for oa in fake.oas:
            await tokens.keep(oa, pair(*fake.log_in(oa)))
        await database.close()
        async with answering(brain, url, **{name: value for name, value in changes.items() if name != "database_url"}) as product:
            fake.webhook = product.address + WEBHOOK_PATH
            yield fake, product


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def seen(
    fake: FakeZaloOa, ends: Callable[[dict[str, Any]], bool], after: int = 0, citizen: str = CITIZEN
) -> list[dict[str, Any]]:
    """What a citizen got after the first `after` messages, once its last one is as it should be."""

    def got() -> list[dict[str, Any]]:
        return [sent for sent in fake.sent if sent["to"] == citizen][after:]

    await until(lambda: got() and ends(got()[-1]))
    return got()


async def test_citizen_follows_asks_and_taps(brain: Brain, tmp_path: Path) -> None:
    """Greeting, answer with buttons, a tapped button: from the signed webhook to the database and back."""
    async with official_account(brain, tmp_path) as (fake, _):
        assert await fake.follows() == 200
        greeting = await seen(fake, lambda sent: sent["text"].startswith(texts.GREETING))
        assert await fake.says("đăng ký tạm trú cần giấy tờ gì") == 200
        answer = await seen(fake, lambda sent: bool(buttons(sent)), after=len(greeting))
        assert "tạm trú" in answer[0]["text"].lower()
        assert all(button["payload"].startswith("#troly:") for button in buttons(answer[-1]))
        assert await fake.taps(0) == 200
        assert await seen(fake, lambda sent: True, after=len(greeting) + len(answer))


@pytest.mark.parametrize("form", [("body", True), ("header", True), ("body", False)])
async def test_repeated_delivery_is_answered_once(brain: Brain, tmp_path: Path, form: tuple[str, bool]) -> None:
    """Zalo repeats with the same body; whichever way it signs."""
    async with official_account(brain, tmp_path, form=form) as (fake, product):
        fake.patience = 30.0  # what is repeated is looked at here, not how quickly a busy machine answers
        fake.last_interaction[CITIZEN] = fake_oa.now_ms()
        message = {"text": "cảm ơn", "msg_id": "u77"}
        raw = fake.body("user_send_text", sender={"id": CITIZEN}, recipient={"id": OA}, message=message)
        assert [await fake.post(raw, num_retry=number) for number in range(4)] == [200] * 4
        await product.engine.drain()
        await fake.sees(1)
        await asyncio.sleep(0.05)
        assert [sent["text"] for sent in fake.sent] == [texts.THANKS]


async def test_stranger_is_refused(brain: Brain, tmp_path: Path) -> None:
    """And nothing is stored."""
    async with official_account(brain, tmp_path) as (fake, product):
        raw = fake.body("user_send_text", sender={"id": CITIZEN}, recipient={"id": OA}, message={"text": "xin", "msg_id": "u1"})
        assert await fake.post(raw, signature="mac=" + "0" * 64) == 403
        async with product.database.session() as session:
            assert await session.scalar(select(func.count(Conversation.id))) == 0


async def test_damaged_events_never_break_the_product(brain: Brain, tmp_path: Path) -> None:
    """Genuinely signed, and stored by the real inbox where they can be: no 5xx, and the next citizen is answered."""
    chance = random.Random(20261123)
    captured = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FIXTURES / "zalo_oa").glob("*.json"))]
    async with official_account(brain, tmp_path) as (fake, product):
        for _ in range(300):
            body = damaged(chance.choice(captured), chance)
            raw = json.dumps(body).encode()
            stamp = body.get("timestamp") if isinstance(body, dict) else None
            signature = fake_oa.sign(raw, str(stamp)) if isinstance(stamp, str | int) else "mac="
            async with aiohttp.ClientSession() as platform:
                headers = {"X-ZEvent-Signature": signature.encode("utf-8", "replace").decode()}
                async with platform.post(fake.webhook, data=raw, headers=headers) as answer:
                    assert answer.status in {200, 400, 403}, raw
        await product.engine.drain()
        await fake.says("cảm ơn", citizen="9" * 18)
        await until(lambda: any(sent["text"] == texts.THANKS for sent in fake.sent if sent["to"] == "9" * 18))


async def test_each_account_answers_for_itself(brain: Brain, tmp_path: Path) -> None:
    """Two OAs of one app: the same person is answered by the one they wrote to."""
    async with official_account(brain, tmp_path, oas=(OA, "1111")) as (fake, _):
        await fake.says("cảm ơn", oa=OA)
        await fake.says("tạm biệt", oa="1111")
        await fake.sees(2)
        assert {(sent["oa"], sent["text"]) for sent in fake.sent} == {(OA, texts.THANKS), ("1111", texts.GOODBYE)}


async def test_faults_of_the_platform_lose_and_repeat_nothing(brain: Brain, tmp_path: Path) -> None:
    """A dead token, a full minute, a refusal on Zalo's side: the answer arrives, once."""
    async with official_account(brain, tmp_path) as (fake, _):
        fake.expire()
        fake.faults.extend([-200])
        await fake.says("cảm ơn")
        await fake.sees(1)
        assert [sent["text"] for sent in fake.sent] == [texts.THANKS]
        assert fake.refreshed == 1


async def test_withdrawal_deletes_what_was_said(brain: Brain, tmp_path: Path) -> None:
    """In every account, as if the citizen had confirmed it."""
    async with official_account(brain, tmp_path, oas=(OA, "1111")) as (fake, product):
        await fake.says("căn cước của tôi bị mất", oa=OA)
        await fake.says("làm khai sinh cho cháu", oa="1111")
        await fake.sees(2)
        await product.engine.drain()
        assert await fake.post(fake.body("user_withdraw", user_id=CITIZEN)) == 200
        await product.engine.drain()
        async with product.database.session() as session:
            said = set(await session.scalars(select(Message.text).where(Message.text != "")))
            chats = set(await session.scalars(select(Conversation.chat_id)))
        assert said == {texts.DELETED}
        assert {chat for chat in chats if not chat.startswith("deleted:")} == {CITIZEN}


async def test_page_after_the_consent_says_what_to_copy(brain: Brain, tmp_path: Path) -> None:
    """The code in its address is shown to nobody else and kept by nobody."""
    async with official_account(brain, tmp_path) as (_, product), aiohttp.ClientSession() as browser:
        async with browser.get(f"{product.address}/zalo/login?code=SECRET&state=x&oa_id=1") as answer:
            page = await answer.text()
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
            assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "troly zalo login" in page
    assert "SECRET" not in page


async def test_bot_is_silent_while_a_person_answers_in_zalo(brain: Brain, tmp_path: Path) -> None:
    """Until the time is over, except for what is the machine's own business, such as a warning of a scam."""
    async with official_account(brain, tmp_path) as (fake, product):
        await fake.says("cảm ơn")
        await fake.sees(1)
        assert await fake.person_answers("Chào bác, cháu ở phường đây ạ.") == 200
        await fake.says("đăng ký tạm trú cần giấy tờ gì")
        await product.engine.drain()
        await asyncio.sleep(0.1)
        assert [sent["text"] for sent in fake.sent] == [texts.THANKS]
        async with product.database.session() as session, session.begin():
            spoken = list(await session.scalars(select(Message.author).order_by(Message.id)))
            assert spoken == ["citizen", "bot", "staff", "citizen"]
            assert await release(session, datetime.now(UTC) + timedelta(hours=3)) == 1
        await fake.says("tạm biệt")
        await fake.sees(2)
        assert fake.sent[-1]["text"] == texts.GOODBYE


async def test_check_says_what_is_right_and_wrong(brain: Brain, tmp_path: Path) -> None:
    """Zalo knows the account; the public address of this test leads nowhere."""
    async with official_account(brain, tmp_path) as (fake, product):
        address = product.address
        url = f"sqlite+aiosqlite:///{tmp_path / 'oa.db'}"
        platform = str(product.channels["zalo_oa"]._api._base_url)  # type: ignore[attr-defined]  # the fake's address
        rows = await _check(settings(**oa_settings(url, platform)))
        by_level = {row["level"]: row for row in rows if row["channel"] == "zalo_oa"}
        assert "Trợ lý Dịch vụ công (giả lập)" in by_level["ok"]["says"]
        assert "webhook" in by_level["error"]["says"]
        assert by_level["error"]["cure"]
        assert address
        fake.expire()
        fake.forget_refresh_tokens()
        rows = await _check(settings(**oa_settings(url, platform)))
        assert any("troly zalo login" in row["cure"] for row in rows)


# Zalo Bot


async def test_citizen_talks_to_a_zalo_bot_by_numbers(brain: Brain, tmp_path: Path) -> None:
    """Long polling; no buttons, so the menu is numbered and a number is a choice."""
    fake = FakeZaloBot()
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        changes = {"zalo_bot_token": fake_bot.TOKEN, "zalo_bot_api_url": str(server.make_url("/"))}
        async with answering(brain, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}", **changes):
            await fake.says("menu")
            await until(lambda: fake.sent and "1. " in fake.sent[-1]["text"])
            menu = fake.sent[-1]["text"]
            assert texts.REPLY_WITH_NUMBER in menu
            first = next(line.removeprefix("1. ") for line in menu.splitlines() if line.startswith("1. "))
            before = len(fake.sent)
            await fake.says("1")
            await until(lambda: len(fake.sent) > before)
            assert first in fake.sent[before]["text"]


async def test_zalo_bot_by_webhook(brain: Brain, tmp_path: Path) -> None:
    """The bot registers address and secret itself; wrapped and bare updates are taken, repeated ones once."""
    fake = FakeZaloBot()
    async with TestServer(fake.app(), host="127.0.0.1") as server:
        changes = {
            "public_url": "https://troly.example.vn",
            "zalo_bot_token": fake_bot.TOKEN,
            "zalo_bot_api_url": str(server.make_url("/")),
            "zalo_bot_mode": "webhook",
            "zalo_bot_webhook_secret": fake_bot.SECRET,
        }
        async with answering(brain, f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}", **changes) as product:
            assert fake.webhook == "https://troly.example.vn/hooks/zalo-bot"
            here = product.address + "/hooks/zalo-bot"
            for wrapped, text in ((True, "cảm ơn"), (False, "tạm biệt")):
                fake.wrapped = wrapped
                update = fake.update(text)
                assert [await fake.deliver(update, here) for _ in range(3)] == [200] * 3
                await product.engine.drain()
            assert await fake.deliver(fake.update("xin chào"), here, secret="doan-mo") == 403
            sent = await fake.sees(2)
            await asyncio.sleep(0.05)
            assert [call["text"].split("\n\n")[0] for call in sent] == [texts.THANKS, texts.GOODBYE]


def test_events_of_the_fake_are_the_captured_shapes() -> None:
    """The fake's events have the fields of the captured ones, so that neither drifts from the other."""
    captured = json.loads((FIXTURES / "zalo_oa" / "text.json").read_text(encoding="utf-8"))
    made = json.loads(
        FakeZaloOa.body("user_send_text", sender={"id": "1"}, recipient={"id": "2"}, message={"text": "", "msg_id": ""})
    )
    assert made.keys() == captured.keys()
    assert made["message"].keys() == captured["message"].keys()
    captured = json.loads((FIXTURES / "zalo_bot" / "text.json").read_text(encoding="utf-8"))["result"]
    update = FakeZaloBot().update("xin chào")
    assert update.keys() == captured.keys()
    assert update["message"].keys() == captured["message"].keys()

"""A citizen talks to the bot through a Telegram that nobody here wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from bot.agent import Brain
from bot.app import running
from bot.channels.telegram import WEBHOOK_PATH, TelegramChannel
from bot.settings import Settings
from core import texts
from core.messages import Chat, Choice, Footer, Inbound, Link, Reply
from tests.channels.telegram_api import library_log, loudest
from tests.channels.telegram_double import CHAT, Place, Telegram, from_app

GREETING, MENU, TEXT_ONLY = "Chào bà con!", "Bà con chọn một nhóm.", "Tôi chỉ đọc được chữ."


@dataclass
class StandIn:
    """A conversation of a few sentences around the real channel, with a store in memory that can fail."""

    failures: int = 0
    seen: dict[str, Inbound] = field(default_factory=dict)

    def app(self, place: Place) -> web.Application:
        """Serve the webhook at a place."""
        channel = TelegramChannel(
            place.token, mode="webhook", webhook_secret=place.secret, public_url=place.public_url, api_url=place.api_url
        )
        turns: set[asyncio.Task[None]] = set()

        async def receive(inbound: Inbound) -> bool:
            if self.failures:
                self.failures -= 1
                raise OSError("no space")
            if inbound.event_id in self.seen:
                return False
            self.seen[inbound.event_id] = inbound
            turns.add(asyncio.create_task(self._turn(channel, inbound)))
            return True

        async def hook(request: web.Request) -> web.Response:
            return web.Response(status=await channel.handle_webhook(request.headers, await request.read()))

        async def life(_: web.Application) -> AsyncIterator[None]:
            await channel.start(receive)
            yield
            await asyncio.gather(*turns)
            await channel.stop()

        app = web.Application()
        app.router.add_post(WEBHOOK_PATH, hook)
        app.cleanup_ctx.append(life)
        return app

    async def _turn(self, channel: TelegramChannel, inbound: Inbound) -> None:
        chat = Chat(inbound.account, inbound.chat_id)
        await channel.acknowledge(chat, inbound.event_id)
        answers = {"start": GREETING, "m": MENU, None: f"Bà con hỏi: {inbound.text}" if inbound.text else TEXT_ONLY}
        footer = Footer((Link("Cổng dịch vụ công", "https://dichvucong.gov.vn/?a=1&b=2"),), verified_on="2026-11-05")
        choices = (Choice("m", "Chủ đề khác"), Choice("human", "Gặp cán bộ"))
        await channel.send(chat, Reply(answers[inbound.choice], choices, footer if inbound.text else None))


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


# --- the conversations


async def test_citizen_writes_and_is_answered(telegram: Telegram, stand_in: StandIn) -> None:
    """Text in; typing, then escaped HTML with buttons, footer and without preview out."""
    async with telegram.open(from_app(stand_in.app)):
        sent = await telegram.does(text="phí < 5.000 đ & mấy ngày")
        (message,) = await telegram.sees()
        assert sent["delivery"]["status_code"] == 200
        assert message["chat_id"] == CHAT
        text, footer = message["text"].split("\n\n")
        assert text == "Bà con hỏi: phí &lt; 5.000 đ &amp; mấy ngày"
        assert footer == (
            '<i>Đã kiểm tra ngày 05/11/2026</i>\nNguồn: <a href="https://dichvucong.gov.vn/?a=1&amp;b=2">Cổng dịch vụ công</a>'
        )
        assert message["raw"]["parse_mode"] == "HTML"
        assert message["raw"]["link_preview_options"] == {"is_disabled": True}
        assert message["reply_markup"]["inline_keyboard"] == [
            [{"text": "Chủ đề khác", "callback_data": "m"}],
            [{"text": "Gặp cán bộ", "callback_data": "human"}],
        ]
        (typing,) = await telegram.calls("sendChatAction")
        assert typing["raw"] == {"chat_id": CHAT, "action": "typing"}


async def test_citizen_taps_a_button(telegram: Telegram, stand_in: StandIn) -> None:
    """The tap is answered, its keyboard goes away, and the choice is acted on."""
    async with telegram.open(from_app(stand_in.app)):
        await telegram.does(text="xin chào")
        (first,) = await telegram.sees()
        tap = await telegram.does(callback_data="m", callback_message_id=first["message_id"])
        _, second = await telegram.sees(count=2)
        assert second["text"].startswith(MENU)
        (answer,) = await telegram.sees("answerCallbackQuery")
        assert answer["callback_query_id"] == tap["update"]["callback_query"]["id"]
        (edit,) = await telegram.sees("editMessageReplyMarkup")
        assert edit["raw"] == {"chat_id": CHAT, "message_id": first["message_id"]}


@pytest.mark.parametrize(
    ("update", "answer"),
    [
        ({"command": "/start"}, GREETING),
        ({"command": "/menu@telemelya_bot"}, MENU),
        ({"photo_file_id": "AgACAgUAAxkBAAIB"}, TEXT_ONLY),
    ],
)
async def test_citizen_sends_a_command_or_a_photo(
    telegram: Telegram, stand_in: StandIn, update: dict[str, str], answer: str
) -> None:
    """Commands mean what the menu says; a photo gets a polite answer."""
    async with telegram.open(from_app(stand_in.app)):
        await telegram.does(**update)
        (message,) = await telegram.sees()
        assert message["text"].startswith(answer)


async def test_repeated_delivery_is_answered_once(telegram: Telegram, stand_in: StandIn) -> None:
    """Telegram repeats when an answer was lost on the way; the citizen does not notice."""
    async with telegram.open(from_app(stand_in.app)):
        sent = await telegram.does(text="xin chào")
        await telegram.sees()
        assert await telegram.deliver(sent["update"]) == 200
    assert len(await telegram.calls("sendMessage")) == 1


async def test_failed_store_is_told_to_telegram(telegram: Telegram, stand_in: StandIn) -> None:
    """Telegram is asked to deliver again, and the second delivery is answered."""
    stand_in.failures = 1
    async with telegram.open(from_app(stand_in.app)):
        sent = await telegram.does(text="xin chào")
        assert sent["delivery"]["status_code"] == 503
        assert await telegram.deliver(sent["update"]) == 200
        assert len(await telegram.sees()) == 1


async def test_stranger_without_the_secret_is_refused(telegram: Telegram, stand_in: StandIn) -> None:
    """Who merely found the address of the webhook cannot speak for a citizen."""
    async with telegram.open(from_app(stand_in.app)):
        sent = await telegram.does(text="xin chào")
        await telegram.sees()
        forged = sent["update"] | {"update_id": 1}
        assert await telegram.deliver(forged, secret="doan") == 403
    assert len(await telegram.calls("sendMessage")) == 1


async def test_token_and_text_stay_out_of_the_log(
    telegram: Telegram, stand_in: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    """At the loudest level, the libraries under the channel show neither addresses nor answers."""
    loudest(caplog)
    async with telegram.open(from_app(stand_in.app)):
        await telegram.does(text="số nhà 7 kiệt 12")
        await telegram.sees()
    logged = library_log(caplog)
    assert telegram.place.token not in logged
    assert "kiệt 12" not in logged


async def test_whole_product_talks_on_telegram(telegram: Telegram, brain: Brain, tmp_path: Path) -> None:
    """Greeting, answer in several messages and a tapped button, from the webhook to the database and back."""

    @asynccontextmanager
    async def product(place: Place) -> AsyncIterator[str]:
        settings = Settings.model_validate(
            {
                "host": "127.0.0.1",
                "port": 0,
                "public_url": place.public_url,
                "database_url": f"sqlite+aiosqlite:///{tmp_path / 'test.db'}",
                "telegram_token": place.token,
                "telegram_mode": "webhook",
                "telegram_webhook_secret": place.secret,
                "telegram_api_url": place.api_url,
            }
        )
        async with running(settings, brain) as started:
            yield started.address

    async with telegram.open(product):
        await telegram.does(command="/start")
        greeting = await telegram.sees_buttons()
        assert greeting["text"] == texts.GREETING
        await telegram.does(text="đăng ký tạm trú cần giấy tờ gì")
        answer = await telegram.sees_buttons(after=greeting)
        data = answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        await telegram.does(callback_data=data, callback_message_id=answer["message_id"])
        assert await telegram.sees_buttons(after=answer)
        (edit,) = await telegram.sees("editMessageReplyMarkup")
        assert edit["message_id"] == answer["message_id"]

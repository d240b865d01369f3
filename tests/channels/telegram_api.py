"""Telegram as the tests play it: scripted answers below the real library, and a store that can fail."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import CapturedCall, CapturingLogger
from telegram.request import BaseRequest, RequestData

from bot.channels import attempts, telegram, telegram_sending, telegram_updates
from bot.channels.telegram import TelegramChannel
from core.messages import Chat, Inbound

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "channels" / "telegram"
CHAT = Chat("123456789", "5550001")
TOKEN = "123456789:TOKEN-OF-THE-TEST"
SECRET = "bi_mat-2026"
HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
SENT = {"message_id": 7, "date": 1794999600, "chat": {"id": 5550001, "type": "private"}, "text": "x"}
ME = {"id": 123456789, "is_bot": True, "first_name": "Trợ lý", "username": "troly_mau_bot"}
Answer = tuple[int, bytes] | Exception


def ok(result: Any = True) -> Answer:
    return 200, json.dumps({"ok": True, "result": result}).encode()


def refused(code: int, description: str, **parameters: Any) -> Answer:
    body = {"ok": False, "error_code": code, "description": description}
    return code, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


def update(name: str, update_id: int | None = None) -> dict[str, Any]:
    raw: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))
    return raw if update_id is None else raw | {"update_id": update_id}


class ScriptedRequest(BaseRequest):
    """Answers each method with what was scripted for it, then as Telegram would when all is well."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.script: defaultdict[str, deque[Answer]] = defaultdict(deque)
        self.default: dict[str, Answer] = {"getMe": ok(ME), "sendMessage": ok(SENT)}

    @property
    def read_timeout(self) -> float | None:
        """Never used: nothing waits."""
        return 5.0

    async def initialize(self) -> None:
        """There is nothing to open."""

    async def shutdown(self) -> None:
        """There is nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Note the call and answer it; a poll without a script waits as the real one does."""
        name = url.rsplit("/", 1)[1]
        self.calls.append((name, dict(request_data.parameters) if request_data else {}))
        if not self.script[name] and name == "getUpdates":
            await asyncio.Event().wait()
        answer = self.script[name].popleft() if self.script[name] else self.default.get(name, ok())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def of(self, name: str) -> list[dict[str, Any]]:
        """Parameters of each call of one method, in order."""
        return [parameters for called, parameters in self.calls if called == name]


@dataclass
class World:
    """A channel with its scripted Telegram and a store that can fail."""

    api: ScriptedRequest = field(default_factory=ScriptedRequest)
    stored: list[Inbound] = field(default_factory=list)
    failures: deque[Exception | None] = field(default_factory=deque)
    pauses: list[float] = field(default_factory=list)

    def channel(self, mode: str = "polling", **more: Any) -> TelegramChannel:
        """Make a channel in this world."""
        settings: dict[str, Any] = {"request": self.api, "get_updates_request": self.api, "sleep": self.sleep}
        if mode == "webhook":
            settings |= {"webhook_secret": SECRET, "public_url": "https://troly.example.vn/"}
        return TelegramChannel(TOKEN, mode=mode, **(settings | more))

    async def receive(self, inbound: Inbound) -> bool:
        """Store a message, or fail as scripted."""
        if self.failures and (failure := self.failures.popleft()):
            raise failure
        is_new = inbound.event_id not in {seen.event_id for seen in self.stored}
        if is_new:
            self.stored.append(inbound)
        return is_new

    async def sleep(self, seconds: float) -> None:
        """Note a pause without waiting."""
        self.pauses.append(seconds)
        await asyncio.sleep(0)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


def captured_log(monkeypatch: pytest.MonkeyPatch) -> list[CapturedCall]:
    """Catch what the channel logs from now on, whatever other tests did to the logging."""
    logger = CapturingLogger()
    for module in (attempts, telegram, telegram_sending, telegram_updates):
        monkeypatch.setattr(module, "log", logger)
    return logger.calls


def loudest(caplog: pytest.LogCaptureFixture) -> None:
    """Let every library log everything, as if no channel had been made in this process before."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)


def library_log(caplog: pytest.LogCaptureFixture) -> str:
    """Join what the libraries of this thread logged; the double, in other threads, may log what it likes."""
    here = threading.current_thread().name
    return "\n".join(record.getMessage() for record in caplog.records if record.threadName == here)

"""The Zalo Bot Platform: its methods, its webhook calls and its long polling, and a citizen who writes.

Written from what is publicly known of the platform, apart from the adapter. For local development:

    python -m tests.fakes.zalo_bot

prints the settings to start the bot with (long polling), and takes what a citizen writes as POST /sim/says.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.platform import FakePlatform, now_ms

__all__ = ["FakeZaloBot"]

TOKEN = "2837465:abcDEF-ghi"
SECRET = "bi-mat-2026"
CITIZEN = "6ede9afa66b88fe6d6a9"
_LONGEST_POLL = 30.0


@dataclass
class FakeZaloBot(FakePlatform):
    """One bot.

    Args:
        wrapped: Whether webhook calls have the ``ok``/``result`` wrapper; the sources disagree.
        faults: What the next sends are answered with instead: an ``error_code``, ``"cut"`` or ``"garbage"``.
        webhook: Set by the bot's own ``setWebhook``; empty = polling.
    """

    wrapped: bool = True
    faults: deque[int | str] = field(default_factory=deque)
    webhook: str = ""
    secret: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waiting: deque[dict[str, Any]] = field(default_factory=deque)
    token: str = TOKEN

    def __post_init__(self) -> None:
        """Make its counters."""
        self._prepare()
        self._news = asyncio.Event()

    def app(self) -> web.Application:
        """Every address of the platform, and those that play the citizen."""
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._method)
        app.router.add_post("/sim/says", self._sim)
        return self._serve(app)

    async def _method(self, request: web.Request) -> web.Response:
        method, body = request.match_info["method"], await request.json()
        self.calls.append((method, body))
        self._arrived.set()
        if request.match_info["token"] != self.token:
            return _refused(401, "Unauthorized")
        answer = {
            "getMe": self._me,
            "getUpdates": self._updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "sendMessage": self._send,
            "sendChatAction": self._action,
        }.get(method)
        return await answer(request, body) if answer else _refused(404, "Not Found")

    async def _me(self, _request: web.Request, _body: dict[str, Any]) -> web.Response:
        return _ok(
            {"id": self.token.partition(":")[0], "account_name": "bot.troly", "account_type": "BASIC", "can_join_groups": False}
        )

    async def _set_webhook(self, _request: web.Request, body: dict[str, Any]) -> web.Response:
        if not str(body.get("url", "")).startswith("https://") or not 8 <= len(str(body.get("secret_token", ""))) <= 256:
            return _refused(400, "Bad Request")
        self.webhook, self.secret = body["url"], body["secret_token"]
        return await self._webhook_info(_request, body)

    async def _delete_webhook(self, _request: web.Request, body: dict[str, Any]) -> web.Response:
        self.webhook = ""
        return await self._webhook_info(_request, body)

    async def _webhook_info(self, _request: web.Request, _body: dict[str, Any]) -> web.Response:
        return _ok({"url": self.webhook, "updated_at": now_ms()})

    async def _updates(self, _request: web.Request, body: dict[str, Any]) -> web.Response:
        if self.webhook:
            return _refused(400, "Webhook is active")
        try:
            async with asyncio.timeout(min(float(body.get("timeout", 30)), _LONGEST_POLL)):
                while not self.waiting:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return _refused(408, "Request timeout")
        return _ok(self.waiting.popleft())  # once: there is no acknowledgement

    async def _send(self, request: web.Request, body: dict[str, Any]) -> web.Response:
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, int):
            return _refused(fault, "scripted")
        if fault == "cut":
            assert request.transport is not None
            request.transport.abort()
        if fault == "garbage":
            return web.Response(text="<html>")
        if not 1 <= len(str(body.get("text", ""))) <= 2000 or not body.get("chat_id"):
            return _refused(400, "Bad Request")
        return _ok({"message_id": f"b{next(self._ids):x}", "date": now_ms()})

    async def _action(self, _request: web.Request, _body: dict[str, Any]) -> web.Response:
        return web.json_response({"ok": True})

    async def _sim(self, request: web.Request) -> web.Response:
        body = await request.json()
        status = await self.says(str(body.get("text", "")), str(body.get("from", CITIZEN)))
        return web.json_response({"webhook_answered": status})

    # what citizens do and see

    def update(self, text: str, citizen: str = CITIZEN, **more: Any) -> dict[str, Any]:
        """An update as the platform writes it."""
        message = {
            "message_id": f"u{next(self._ids):x}",
            "date": now_ms(),
            "text": text,
            "chat": {"id": citizen, "chat_type": "PRIVATE"},
            "from": {"id": citizen, "display_name": "Bác Tư", "is_bot": False},
        }
        return {"event_name": "message.text.received", "message": message | more}

    async def says(self, text: str, citizen: str = CITIZEN, address: str | None = None) -> int:
        """A citizen writes; returns what the webhook answered, 0 when the update waits to be polled."""
        return await self.deliver(self.update(text, citizen), address)

    async def sends_photo(self, url: str, caption: str = "", citizen: str = CITIZEN, address: str | None = None) -> int:
        """A citizen sends a photo, which the platform keeps at `url`."""
        update = self.update(caption, citizen, photo_url=url) | {"event_name": "message.image.received"}
        return await self.deliver(update, address)

    async def deliver(self, update: dict[str, Any], address: str | None = None, secret: str | None = None) -> int:
        """Post one update, or leave it for polling.

        Args:
            update: What to deliver.
            address: Where to, instead of the webhook's own address.
            secret: Sent instead of the right one.
        """
        if not self.webhook:
            self.waiting.append(update)
            self._news.set()
            return 0
        body = {"ok": True, "result": update} if self.wrapped else update
        headers = {"X-Bot-Api-Secret-Token": self.secret if secret is None else secret}
        async with self._http.post(address or self.webhook, json=body, headers=headers) as answer:
            return answer.status

    @property
    def sent(self) -> list[dict[str, Any]]:
        """What the bot sent."""
        return [body for method, body in self.calls if method == "sendMessage"]

    async def sees(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the citizen has got so many messages."""
        return await self._wait(lambda: self.sent, count)


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _refused(code: int, description: str) -> web.Response:
    return web.json_response({"ok": False, "error_code": code, "description": description})


def main() -> None:
    """Serve until Ctrl-C."""
    options = argparse.ArgumentParser(description="A Zalo Bot Platform for local development.")
    options.add_argument("--port", type=int, default=9102)
    port = options.parse_args().port
    here = f"http://127.0.0.1:{port}"
    print(f"export TROLY_ZALO_BOT_TOKEN={TOKEN}\nexport TROLY_ZALO_BOT_API_URL={here}")  # noqa: T201 - a command's output
    print(f'# curl {here}/sim/says -d \'{{"text": "đăng ký tạm trú"}}\'; curl {here}/sim/seen')  # noqa: T201
    web.run_app(FakeZaloBot().app(), host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main()

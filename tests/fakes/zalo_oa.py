"""A Zalo Official Account: the consent page, the token endpoint, the Open API, and citizens who write.

Written from what is publicly known of the platform, apart from the adapter, and stricter than friendly: what the real one
refuses, this one refuses with the same numbers, in answers that say HTTP 200.

For local development:

    python -m tests.fakes.zalo_oa --webhook http://127.0.0.1:8080/hooks/zalo-oa

prints the settings to start the bot with, and takes what a citizen does as POST /sim/says, /sim/taps, /sim/sends
(a photo), /sim/follows; /sim/fault makes the platform's next answer a bad one.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.fakes.platform import FakePlatform, now_ms

__all__ = ["FakeZaloOa", "sign"]

APP_ID = "4370000000000000001"
APP_SECRET = "app-secret-of-the-fake"
WEBHOOK_KEY = "oa-secret-key-of-the-fake"
OA = "579745863508352884"
CITIZEN = "8421000000000000007"
_DAY_MS = 24 * 3600 * 1000
_UPLOADS = {
    "image": (1_000_000, {"image/jpeg", "image/png"}),
    "gif": (5_000_000, {"image/gif"}),
    "file": (5_000_000, {"application/pdf", "application/msword", "text/csv"}),
}
"""Most bytes and media types of each kind."""
_DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A picture of one pixel, for who tries things by hand."""
_RETRIES = (30, 300, 900, 1800, 3600)
"""Seconds after which the real platform delivers again."""


def sign(raw: bytes, timestamp: str, app_id: str = APP_ID, key: str = WEBHOOK_KEY) -> str:
    """The value of X-ZEvent-Signature."""
    return "mac=" + hashlib.sha256(app_id.encode() + raw + timestamp.encode("utf-8", "replace") + key.encode()).hexdigest()


@dataclass
class FakeZaloOa(FakePlatform):
    """One app with its Official Accounts.

    Args:
        webhook: Where events are posted.
        faults: What the next calls of the Open API are answered with instead: an error number, an HTTP status as
            ``"500"``, ``"slow"``, ``"cut"`` or ``"garbage"``.
        form: Which time stamp signs, and whether ``mac=`` is written; the sources disagree.
        patience: Seconds that an event waits for its answer.
    """

    webhook: str = ""
    oas: tuple[str, ...] = (OA,)
    faults: deque[int | str] = field(default_factory=deque)
    refusals: deque[int] = field(default_factory=deque)
    form: tuple[str, bool] = ("body", True)
    sent: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[dict[str, Any]] = field(default_factory=list)
    delivered: list[tuple[str, int]] = field(default_factory=list)
    last_interaction: dict[str, int] = field(default_factory=dict)
    unfollowed: set[str] = field(default_factory=set)
    uploaded: list[tuple[str, str, int]] = field(default_factory=list)
    refreshed: int = 0
    patience: float = 2.0

    def __post_init__(self) -> None:
        """Make its memory of tokens and codes."""
        self._codes: dict[str, tuple[str, str]] = {}
        self._access: dict[str, str] = {}
        self._refresh: dict[str, str] = {}
        self._uploads: dict[str, tuple[str, str]] = {}
        self._prepare()

    # what the platform serves

    def app(self) -> web.Application:
        """Every address of the platform, and those that play the citizen."""
        app = web.Application(client_max_size=10 * 1024 * 1024)
        app.router.add_get("/v4/oa/permission", self._permission)
        app.router.add_post("/v4/oa/access_token", self._token)
        app.router.add_post("/v3.0/oa/message/cs", self._message)
        app.router.add_post("/v2.0/oa/message", self._reaction)
        app.router.add_get("/v2.0/oa/getoa", self._who)
        app.router.add_post("/sim/{what:says|taps|sends|follows}", self._sim)
        app.router.add_post("/v2.0/oa/upload/{kind:image|file|gif}", self._upload)
        return self._serve(app)

    async def _permission(self, request: web.Request) -> web.Response:
        """The administrator agrees at once."""
        asked = request.query
        if asked.get("app_id") != APP_ID:
            return web.json_response({"error": -14002, "error_name": "invalid_app"})
        code = secrets.token_urlsafe(32)
        self._codes[code] = (asked.get("code_challenge", ""), self.oas[0])
        back = urlencode({"oa_id": self.oas[0], "code": code, "state": asked.get("state", "")})
        raise web.HTTPFound(f"{asked['redirect_uri']}?{back}")

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if request.headers.get("secret_key") != APP_SECRET or form.get("app_id") != APP_ID:
            return web.json_response(
                {"error": -14004, "error_name": "Invalid secret key", "error_reason": "", "error_description": ""}
            )
        if form.get("grant_type") == "authorization_code":
            challenge, oa = self._codes.pop(str(form.get("code")), ("", ""))
            digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
            if not oa or base64.urlsafe_b64encode(digest).decode().rstrip("=") != challenge:
                return web.json_response({"error_name": "Invalid code", "error_reason": "expired", "error_description": "x"})
            return self._pair(oa)
        oa = self._refresh.pop(str(form.get("refresh_token")), "")
        if not oa:
            return web.json_response({"error": -14014, "error_name": "Invalid refresh token", "error_description": "used"})
        self.refreshed += 1
        return self._pair(oa)

    def _pair(self, oa: str) -> web.Response:
        access, refresh = self.log_in(oa)
        return web.json_response({"access_token": access, "refresh_token": refresh, "expires_in": "90000"})

    def log_in(self, oa: str) -> tuple[str, str]:
        """A pair of tokens as after the consent; an earlier access token dies at once."""
        self._access = {token: account for token, account in self._access.items() if account != oa}
        access, refresh = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._access[access], self._refresh[refresh] = oa, oa
        return access, refresh

    def expire(self) -> None:
        """Every access token is no good any more."""
        self._access.clear()

    def forget_refresh_tokens(self) -> None:
        """Every refresh token is no good any more."""
        self._refresh.clear()

    async def _fault(self, request: web.Request) -> web.StreamResponse | None:
        fault = self.faults.popleft() if self.faults else None
        if fault is None:
            return None
        if isinstance(fault, int):
            return web.json_response({"error": fault, "message": "scripted"})
        if fault == "slow":
            await asyncio.sleep(3600)
        if fault == "cut":
            assert request.transport is not None
            request.transport.abort()
        if fault == "garbage":
            return web.Response(text="<html>", content_type="text/html")
        return web.Response(status=int(fault), text="proxy") if fault.isdecimal() else web.Response(text="")

    def _oa_of(self, request: web.Request) -> str | None:
        return self._access.get(request.headers.get("access_token", ""))

    async def _message(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if fault := await self._fault(request):
            return fault
        oa = self._oa_of(request)
        if oa is None:
            return web.json_response({"error": -216, "message": "Access token is invalid"})
        error = self._refusal(body)
        if error:
            return web.json_response({"error": error, "message": "refused"})
        message_id = f"oa{next(self._ids):x}"
        self.sent.append({"oa": oa, "to": body["recipient"]["user_id"], "message_id": message_id, **body["message"]})
        self._arrived.set()
        data = {"message_id": message_id, "user_id": body["recipient"]["user_id"], "sent_time": str(now_ms())}
        return web.json_response({"data": data, "error": 0, "message": "Success"})

    def _refusal(self, body: dict[str, Any]) -> int:
        citizen, message = str(body["recipient"]["user_id"]), body["message"]
        text, attachment = message.get("text", ""), message.get("attachment", {})
        payload = attachment.get("payload", {})
        buttons = payload.get("buttons", [])
        if citizen in self.unfollowed:
            return -213
        if citizen not in self.last_interaction or now_ms() - self.last_interaction[citizen] > 7 * _DAY_MS:
            return -230
        if attachment and not buttons:
            return self._file_refusal(attachment["type"], payload)
        if not text or len(text) > 2000:
            return -210
        if buttons and self.refusals:
            return self.refusals.popleft()
        if len(buttons) > 5:
            return -201
        ok = (
            button["type"] == "oa.query.hide" and 1 <= len(button["title"]) <= 100 and 1 <= len(button["payload"]) <= 1000
            for button in buttons
        )
        return 0 if all(ok) else -201

    def _file_refusal(self, kind: str, payload: dict[str, Any]) -> int:
        """A picture or document must have been uploaded before, as what it is sent as."""
        if kind == "file":
            return 0 if self._uploads.get(str(payload.get("token")), ("", ""))[0] == "file" else -100
        elements = payload.get("elements", [])
        if payload.get("template_type") != "media" or len(elements) != 1 or elements[0].get("media_type") != "image":
            return -201
        return 0 if self._uploads.get(str(elements[0].get("attachment_id")), ("", ""))[0] == "image" else -100

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        kind, form = request.match_info["kind"], await request.post()
        if fault := await self._fault(request):
            return fault
        if self._oa_of(request) is None:
            return web.json_response({"error": -216, "message": "Access token is invalid"})
        file = form.get("file")
        if not isinstance(file, web.FileField):
            return web.json_response({"error": -201, "message": "file is missing"})
        data, allowed = file.file.read(), _UPLOADS[kind]
        if len(data) > allowed[0] or file.content_type not in allowed[1]:
            return web.json_response({"error": -201, "message": "file is too large or of another type"})
        known = secrets.token_urlsafe(12)
        self._uploads[known] = kind, file.filename
        self.uploaded.append((file.filename, file.content_type, len(data)))
        named = {"token": known} if kind == "file" else {"attachment_id": known}
        return web.json_response({"data": named, "error": 0, "message": "Success"})

    async def _reaction(self, request: web.Request) -> web.StreamResponse:
        if self._oa_of(request) is None:
            return web.json_response({"error": -216, "message": "Access token is invalid"})
        self.reactions.append(await request.json())
        return web.json_response({"data": {}, "error": 0, "message": "Success"})

    async def _who(self, request: web.Request) -> web.Response:
        oa = self._oa_of(request)
        if oa is None:
            return web.json_response({"error": -216, "message": "Access token is invalid"})
        data = {"oa_id": oa, "name": "Trợ lý Dịch vụ công (giả lập)", "is_verified": True, "package_name": "Nâng cao"}
        return web.json_response({"data": data, "error": 0, "message": "Success"})

    async def _sim(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        body = await request.json() if request.can_read_body else {}
        citizen = str(body.get("from", CITIZEN))
        if what == "says":
            status = await self.says(str(body.get("text", "")), citizen)
        elif what == "taps":
            status = await self.taps(int(body.get("button", 1)) - 1, citizen)
        elif what == "sends":
            path = self.keep("anh.png", base64.b64decode(_DOT), "image/png")
            status = await self.sends_file(str(request.url.origin()) + path, citizen=citizen)
        else:
            status = await self.follows(citizen)
        return web.json_response({"webhook_answered": status})

    # what citizens do

    async def says(self, text: str, citizen: str = CITIZEN, oa: str = OA) -> int:
        """A citizen writes; returns what the webhook answered."""
        return await self.event("user_send_text", citizen, oa, message={"text": text, "msg_id": f"u{next(self._ids):x}"})

    async def sends_file(
        self, url: str, kind: str = "image", name: str | None = None, citizen: str = CITIZEN, text: str = "", oa: str = OA
    ) -> int:
        """A citizen sends a photo or a document, which the platform keeps at `url`."""
        payload = {"url": url, "thumbnail": url} if kind == "image" else {"url": url, "name": name, "size": "1", "type": "pdf"}
        message = {"msg_id": f"u{next(self._ids):x}", "text": text, "attachments": [{"type": kind, "payload": payload}]}
        return await self.event(f"user_send_{kind}", citizen, oa, message=message)

    async def taps(self, button: int, citizen: str = CITIZEN, oa: str = OA) -> int:
        """A citizen taps a button (from 0) under the last message that has buttons."""
        menu = next(sent for sent in reversed(self.sent) if sent["to"] == citizen and "attachment" in sent)
        return await self.says(menu["attachment"]["payload"]["buttons"][button]["payload"], citizen, oa)

    async def follows(self, citizen: str = CITIZEN, oa: str = OA) -> int:
        """A citizen follows the OA."""
        self.unfollowed.discard(citizen)
        self.last_interaction[citizen] = now_ms()
        return await self.post(self.body("follow", oa_id=oa, follower={"id": citizen}, source="oa_profile"))

    async def unfollows(self, citizen: str = CITIZEN, oa: str = OA) -> int:
        """A citizen leaves."""
        self.unfollowed.add(citizen)
        return await self.post(self.body("unfollow", oa_id=oa, follower={"id": citizen}, source="oa_profile"))

    async def person_answers(self, text: str, citizen: str = CITIZEN, oa: str = OA) -> int:
        """An administrator writes in Zalo's own tool."""
        sender = {"id": oa, "admin_id": "5501"}
        message = {"text": text, "msg_id": f"a{next(self._ids):x}"}
        return await self.post(self.body("oa_send_text", sender=sender, recipient={"id": citizen}, message=message))

    async def event(self, name: str, citizen: str, oa: str, **more: Any) -> int:
        """Any event from a citizen to an OA, which counts as an interaction."""
        self.last_interaction[citizen] = now_ms()
        return await self.post(self.body(name, sender={"id": citizen}, recipient={"id": oa}, **more))

    @staticmethod
    def body(name: str, **more: Any) -> bytes:
        """An event as the platform writes it."""
        common = {"app_id": APP_ID, "user_id_by_app": "1", "event_name": name, "timestamp": str(now_ms())}
        return json.dumps(common | more, ensure_ascii=False).encode()

    async def post(self, raw: bytes, num_retry: int = 0, signature: str | None = None) -> int:
        """Deliver a signed body; returns the status, and notes it."""
        where, with_prefix = self.form
        stamp = json.loads(raw).get("timestamp", "") if where == "body" else str(now_ms())
        mac = sign(raw, stamp) if signature is None else signature
        headers = {"X-ZEvent-Signature": mac if with_prefix else mac.removeprefix("mac="), "Content-Type": "application/json"}
        headers |= {"X-ZEvent-Timestamp": stamp} if where == "header" else {}
        headers |= {"num_retry": str(num_retry)} if num_retry else {}
        patience = aiohttp.ClientTimeout(self.patience)
        try:
            async with self._http.post(self.webhook, data=raw, headers=headers, timeout=patience) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.delivered.append((json.loads(raw).get("event_name", ""), status))
        return status

    async def post_until_taken(self, raw: bytes, seconds_are: float = 0.0) -> int:
        """Deliver as the platform does when it gets no answer: again after 30 s, 5, 15, 30 and 60 minutes.

        Args:
            raw: The body, the same each time.
            seconds_are: How long a second of the platform's pauses takes here.
        """
        status = await self.post(raw)
        for number, pause in enumerate(_RETRIES, 1):
            if status == 200:
                break
            await asyncio.sleep(pause * seconds_are)
            status = await self.post(raw, num_retry=number)
        return status

    async def sees(self, count: int = 1, citizen: str = CITIZEN) -> list[dict[str, Any]]:
        """Wait until a citizen has got so many messages."""
        return await self._wait(lambda: [sent for sent in self.sent if sent["to"] == citizen], count)


def main() -> None:
    """Serve until Ctrl-C."""
    options = argparse.ArgumentParser(description="A Zalo Official Account for local development.")
    options.add_argument("--port", type=int, default=9101)
    options.add_argument("--webhook", default="http://127.0.0.1:8080/hooks/zalo-oa")
    chosen = options.parse_args()
    here = f"http://127.0.0.1:{chosen.port}"
    lines = {
        "TROLY_ZALO_OA_APP_ID": APP_ID,
        "TROLY_ZALO_OA_APP_SECRET": APP_SECRET,
        "TROLY_ZALO_OA_WEBHOOK_KEY": WEBHOOK_KEY,
        "TROLY_ZALO_OA_API_URL": here,
        "TROLY_ZALO_OA_OAUTH_URL": here,
        "TROLY_PUBLIC_URL": chosen.webhook.partition("/hooks/")[0],
    }
    print("\n".join(f"export {name}={value}" for name, value in lines.items()))  # noqa: T201 - a command's output
    print(f'# curl {here}/sim/says -d \'{{"text": "đăng ký tạm trú"}}\'; curl {here}/sim/seen')  # noqa: T201
    web.run_app(FakeZaloOa(webhook=chosen.webhook).app(), host="127.0.0.1", port=chosen.port, print=None)


if __name__ == "__main__":
    main()

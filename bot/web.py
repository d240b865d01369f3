"""The web server: security headers, errors without traces, health, and the routes of the channels."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from html import escape
from typing import Protocol

import structlog
from aiohttp import hdrs, web

from bot.channels.base import WebhookChannel
from bot.console.visit import PREFIX
from core import texts

__all__ = ["LOGIN_PATH", "make_web_app"]

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BODY_LIMIT = 256 * 1024
"""20,000 characters fit even when each is written as a JSON escape."""

_BODY_SECONDS = 15.0

LOGIN_PATH = "/zalo/login"
"""Callback address for Zalo's console."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FOR_PROGRAMS = ("/api/", "/hooks/", "/healthz")
_ERROR_TEXTS = {404: texts.WEB_NOT_FOUND, 405: texts.WEB_NOT_FOUND, 413: texts.WEB_BAD_MESSAGE, 429: texts.TOO_MANY}
_PAGE = """<!DOCTYPE html>
<html lang="vi">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title}</title>
  <link rel="icon" href="/static/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/chat.css">
</head>
<body>
  <main class="error column">
    <h1>{title}</h1>
    <p>{message}</p>
    <p><a href="/">{back}</a></p>
  </main>
</body>
</html>
"""


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing but a polite sentence leaves when something fails."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        response = _error(request, error.status)
        if allow := error.headers.get(hdrs.ALLOW):
            response.headers[hdrs.ALLOW] = allow
        return response
    except Exception:  # the last resort of every request
        log.exception("web.failed", path=request.path)
        return _error(request, 500)


def _error(request: web.Request, status: int) -> web.Response:
    """An error as a page for people, as JSON for programs."""
    message = _ERROR_TEXTS.get(status, texts.TRY_LATER)
    if request.path.startswith(_FOR_PROGRAMS):
        body, content_type = json.dumps({"error": message}, ensure_ascii=False), "application/json"
    else:
        body, content_type = _page(texts.WEB_ERROR_TITLE, message), "text/html"
    return web.Response(text=body, status=status, content_type=content_type, headers={hdrs.CACHE_CONTROL: "no-store"})


def _page(title: str, message: str) -> str:
    return _PAGE.format(title=title, message=escape(message), back=texts.WEB_BACK)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall(hdrs.SERVER, None)  # which versions run here is nobody's business
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


class Pages(Protocol):
    """Pages for citizens."""

    def add_routes(self, app: web.Application) -> None:
        """Put them into `app`."""


def make_web_app(pages: Iterable[Pages], webhooks: Iterable[WebhookChannel], console: web.Application) -> web.Application:
    """All routes of the process: the citizens' pages, the console, and where each platform calls."""
    app = web.Application(middlewares=[_errors], client_max_size=_BODY_LIMIT)
    app.on_response_prepare.append(_add_headers)
    for part in pages:
        part.add_routes(app)
    app.router.add_get("/healthz", _health)
    app.router.add_get(PREFIX, _to_console)
    app.add_subapp(f"{PREFIX}/", console)
    for channel in webhooks:
        app.router.add_post(channel.webhook_path, _hook(channel))
    app.router.add_get(LOGIN_PATH, _after_consent)
    return app


def _hook(channel: WebhookChannel) -> Handler:
    """What a platform calls; its answer is a status and nothing else."""

    async def hook(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                raw_body = await request.read()
        except TimeoutError:
            return web.Response(status=408)
        except web.RequestPayloadError:
            return web.Response(status=400)
        return web.Response(status=await channel.handle_webhook(request.headers, raw_body))

    return hook


async def _after_consent(_request: web.Request) -> web.Response:
    """Where Zalo leads an administrator who agreed: what counts is the address, which goes into `troly zalo login`."""
    page = _page(texts.ZALO_LOGIN_TITLE, texts.ZALO_LOGIN_COPY)
    return web.Response(text=page, content_type="text/html", headers={hdrs.CACHE_CONTROL: "no-store"})


async def _to_console(_request: web.Request) -> web.Response:
    return web.Response(status=308, headers={hdrs.LOCATION: f"{PREFIX}/"})


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})

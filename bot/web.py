"""The web server: security headers, errors without traces, health, and the routes of the channels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web

from bot.channels.telegram import TelegramChannel
from bot.channels.web import WebChannel
from core import texts

__all__ = ["make_web_app"]

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@web.middleware
async def _errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing but a polite sentence leaves when something fails."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception:  # noqa: BLE001  # the last resort of every request
        log.exception("web.failed", path=request.path)
        return web.json_response({"error": texts.TRY_LATER}, status=500)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-cache")  # ask whether it changed, then use the copy
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def make_web_app(web_chat: WebChannel, telegram: TelegramChannel | None) -> web.Application:
    """All routes of the process."""
    app = web.Application(middlewares=[_errors], client_max_size=256 * 1024)
    app.on_response_prepare.append(_add_headers)
    web_chat.add_routes(app)
    app.router.add_get("/healthz", _health)
    if telegram is not None:

        async def hook(request: web.Request) -> web.Response:
            return web.Response(status=await telegram.handle_webhook(request.headers, await request.read()))

        app.router.add_post("/hooks/telegram", hook)
    return app


async def _health(_request: web.Request) -> web.Response:
    return web.json_response({"ok": True})

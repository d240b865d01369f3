"""The console's two cookies: the session, and one for forms before anybody is signed in."""

from __future__ import annotations

import re
import secrets

from aiohttp import web

from bot.origins import Origins

__all__ = ["form_token", "give_form_token", "give_session", "new_form_token", "session_token", "take_session"]

_TOKEN = re.compile(r"[A-Za-z0-9_-]{30,64}")
_SESSION, _FORM = "troly_canbo", "troly_canbo_form"


def _name(origins: Origins, request: web.Request, name: str) -> str:
    """Over https with a prefix that browsers take from this very host only, never from a neighbour or over plain http."""
    return f"__Host-{name}" if origins.is_https(request) else name


def _read(origins: Origins, request: web.Request, name: str) -> str | None:
    sent = request.cookies.get(_name(origins, request, name), "")
    return sent if _TOKEN.fullmatch(sent) else None


def session_token(origins: Origins, request: web.Request) -> str | None:
    """The session's token, if the browser sent one."""
    return _read(origins, request, _SESSION)


def form_token(origins: Origins, request: web.Request) -> str | None:
    """The token of forms before sign-in, if the browser sent one."""
    return _read(origins, request, _FORM)


def give_session(origins: Origins, request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Signed in: the browser keeps the token until it is closed. Lax, so that a link from a chat opens its page."""
    name, secure = _name(origins, request, _SESSION), origins.is_https(request)
    response.set_cookie(name, token, httponly=True, samesite="Lax", secure=secure, path="/")


def take_session(origins: Origins, request: web.Request, response: web.StreamResponse) -> None:
    """Signed out."""
    response.del_cookie(_name(origins, request, _SESSION), path="/", secure=origins.is_https(request), httponly=True)


def give_form_token(origins: Origins, request: web.Request, response: web.StreamResponse, token: str) -> None:
    """For the forms of who is not signed in."""
    name, secure = _name(origins, request, _FORM), origins.is_https(request)
    response.set_cookie(name, token, httponly=True, samesite="Strict", secure=secure, path="/")


def new_form_token() -> str:
    """A random token."""
    return secrets.token_urlsafe(32)

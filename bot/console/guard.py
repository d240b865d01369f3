"""What stands before every page: the session, the authorization table, protection against forged requests, headers, errors."""

from __future__ import annotations

import hmac
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web

from bot.console import cookies, texts
from bot.console.access import Handler, Route
from bot.console.rendering import page
from bot.console.visit import CONSOLE, PREFIX, VISIT, Visit
from core.errors import UserFacingError
from core.storage import sessions
from core.storage.sessions import Stage

__all__ = ["ROUTE_TABLE", "add_headers", "errors", "guard"]

log = structlog.get_logger(__name__)

ROUTE_TABLE = web.AppKey("routes", dict[str, Route])

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),  # data: only for pictures: Tabler draws check marks and arrows so
    "Referrer-Policy": "same-origin",  # with no-referrer browsers would hide the origin of our own forms from us
    "X-Robots-Tag": "noindex, nofollow",
}
_STALE = "stale form"
_WHERE_TO_GO_ON = {Stage.CODE: "/ma-xac-thuc", Stage.ENROL: "/bao-mat-hai-lop"}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Stricter than, or different from, those of the citizen's page; nothing is kept by browsers or proxies."""
    response.headers.update(_HEADERS)
    if response.content_type != "text/html":  # a file opened by itself can do nothing, whatever is in it
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A polite page, or a line for htmx, when something fails."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        stale = error.reason == _STALE
        message = texts.STALE_FORM if stale else texts.ERRORS.get(error.status, texts.ERRORS[500])
        response = await _error(request, error.status, message)
        if stale and VISIT in request:  # the origin was right: console.js takes the new token, and the next click works
            response.headers["X-CSRF-Token"] = request[VISIT].csrf
        if allow := error.headers.get(hdrs.ALLOW):
            response.headers[hdrs.ALLOW] = allow
        return response
    except UserFacingError as error:
        return await _error(request, 422, str(error))
    except Exception:  # the last resort of every request
        log.exception("console.failed", path=request.match_info.route.name)
        return await _error(request, 500, texts.ERRORS[500])


async def _error(request: web.Request, status: int, message: str) -> web.Response:
    visit = request.get(VISIT) or Visit(request, request.app[CONSOLE], cookies.new_form_token())
    title = texts.ERROR_TITLES.get(status, texts.ERROR_TITLE)
    if not visit.wants_fragment:
        return page(visit, "error.html", status=status, message=message, title=title)
    response = page(visit, "notice.html", status=status, message=message, title=title, signed_out=status == 401)
    response.headers.update({"HX-Retarget": "#notices", "HX-Reswap": "innerHTML show:top"})
    return response


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through to its handler, or not."""
    console = request.app[CONSOLE]
    token = cookies.session_token(console.origins, request)
    found = None
    if token:
        async with console.database.session.begin() as session:
            found = await sessions.find(session, token)
    if found is None:
        form_token = cookies.form_token(console.origins, request)
        visit = Visit(request, console, form_token or cookies.new_form_token())
        fresh_form = form_token is None
    else:
        assert token is not None  # it was found by it
        visit, fresh_form = Visit(request, console, token, found.member, found.stage, found.pending_totp), False
    request[VISIT] = visit
    if refusal := _refusal(request, visit):
        return refusal
    if request.method not in {"GET", "HEAD"}:
        await _check_origin_and_token(visit)
    response = await handler(request)
    if fresh_form and not response.prepared:
        cookies.give_form_token(console.origins, request, response, visit.token)
    return response


def _refusal(request: web.Request, visit: Visit) -> web.StreamResponse | None:
    """Where to send who may not see this, or None. A route that is not in the table is for nobody."""
    route = request.app[ROUTE_TABLE].get(request.match_info.route.name or "")
    if route is None:
        raise request.match_info.http_exception or web.HTTPNotFound()
    if route.roles is None:
        return None
    if visit.open_as is None or visit.stage is None:
        return _to_sign_in(visit)
    if visit.stage not in route.stages and visit.stage in _WHERE_TO_GO_ON:
        return _redirect(visit, PREFIX + _WHERE_TO_GO_ON[visit.stage])
    if visit.stage not in route.stages:
        return _redirect(visit, f"{PREFIX}/")
    if not route.allows(visit.open_as.role, visit.stage):
        raise web.HTTPForbidden
    return None


def _to_sign_in(visit: Visit) -> web.StreamResponse:
    request = visit.request
    if visit.wants_fragment or request.headers.get(hdrs.ACCEPT) == "text/event-stream":
        # The page stays as it is, with what was typed; console.js offers to sign in beside it.
        raise web.HTTPUnauthorized
    wanted = request.path_qs if request.method == "GET" else f"{PREFIX}/"
    back = "" if wanted == f"{PREFIX}/" else f"?tiep={quote(wanted, safe='')}"
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/dang-nhap{back}"})


def _redirect(visit: Visit, path: str) -> web.StreamResponse:
    if visit.wants_fragment:
        return web.Response(headers={"HX-Redirect": path})
    return web.Response(status=303, headers={hdrs.LOCATION: path})


async def _check_origin_and_token(visit: Visit) -> None:
    """A change comes from a form of ours: the browser says so, and the form knows what only our pages know.

    Raises:
        HTTPForbidden: It does not.
    """
    request = visit.request
    if not visit.console.origins.is_ours(request):
        raise web.HTTPForbidden
    sent = request.headers.get("X-CSRF-Token")
    if sent is None and request.content_type == "application/x-www-form-urlencoded":
        sent = (await visit.form()).get("csrf")
    if not hmac.compare_digest((sent or "").encode(), visit.csrf.encode()):
        raise web.HTTPForbidden(reason=_STALE)

"""The console as one part of the web server."""

from __future__ import annotations

from aiohttp import web

from bot.console.guard import ROUTE_TABLE, add_headers, errors, guard
from bot.console.rendering import FILES, TEMPLATES, environment, read_files
from bot.console.routes import ROUTES
from bot.console.visit import CONSOLE, Console

__all__ = ["make_console"]


def make_console(console: Console) -> web.Application:
    """Everything below ``/canbo/``; every route is one of `ROUTES`."""
    app = web.Application(middlewares=[errors, guard])
    app[CONSOLE] = console
    app[ROUTE_TABLE] = {route.name: route for route in ROUTES}
    app[FILES] = read_files()
    app[TEMPLATES] = environment(app[FILES], console.places, ROUTES)
    app.on_response_prepare.append(add_headers)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, route.handler, name=route.name)
    return app

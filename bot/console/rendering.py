"""Templates: the environment, what every page knows, and how times and wards are written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.console import texts
from bot.console.access import Route
from bot.console.visit import PREFIX, Visit
from bot.page_files import PageFile
from core.places import Gazetteer
from core.staff import Role

__all__ = ["FILES", "TEMPLATES", "VIETNAM", "environment", "page", "read_files", "ward_name"]

VIETNAM = timezone(timedelta(hours=7))
"""The whole country, the whole year."""

TEMPLATES = web.AppKey("templates", Environment)
FILES = web.AppKey("files", dict[str, PageFile])
_HERE = Path(__file__).parent


def read_files() -> dict[str, PageFile]:
    """Style sheets, scripts and pictures, by their path below ``static``."""
    root = _HERE / "static"
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {name: PageFile.of(name, path.read_bytes()) for name, path in files.items()}


def environment(files: dict[str, PageFile], places: Gazetteer, routes: Iterable[Route]) -> Environment:
    """The templates; everything they print is escaped."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def static(name: str) -> str:
        return f"{PREFIX}/static/{name}?v={files[name].etag}"

    def icon(name: str, title: str = "") -> Markup:
        """A drawing of the sprite; with a title it says something, without it only decorates."""
        said = Markup('role="img" aria-label="{}"').format(title) if title else Markup('aria-hidden="true"')
        drawing = '<svg class="icon" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round" {}>'
        drawing += '<use href="{}#{}"></use></svg>'
        return Markup(drawing).format(said, static("vendor/icons.svg"), name)  # noqa: S704  # written here; the rest is escaped

    def wards(ids: Iterable[str]) -> str:
        return ", ".join(ward_name(places, ward) for ward in ids) or "Toàn thành phố"

    table = {route.name: route for route in routes}
    made.globals.update(static=static, icon=icon, routes=table, menu=[route for route in table.values() if route.menu])
    made.globals.update(done=texts.DONE, audit_areas=texts.AUDIT_AREAS)
    made.globals.update(audit_actions=texts.AUDIT_ACTIONS, audit_details=texts.AUDIT_DETAILS)
    made.filters.update(
        ve=_subject, gio=vietnam_time, truoc=ago, xa_phuong=wards, noi_ro=lambda value, key: _plain(value, key, places)
    )
    return made


def _subject(subject: str) -> str:
    """What an entry of the audit log is about, as people read it."""
    kind, _, name = subject.partition(":")
    return f"{texts.AUDIT_SUBJECTS[kind]} {name}" if kind in texts.AUDIT_SUBJECTS else subject


def _plain(value: Any, key: str, places: Gazetteer) -> str:
    """A value of the audit log's details, as people read it."""
    if isinstance(value, dict) and value.keys() == {"from", "to"}:
        return f"{_plain(value['from'], key, places)} → {_plain(value['to'], key, places)}"
    if isinstance(value, list):
        return ", ".join(ward_name(places, str(ward)) for ward in value) or "toàn thành phố"
    if key == "role" and value in list(Role):
        return Role(value).label
    return texts.AUDIT_VALUES.get(str(value), str(value))


def ward_name(places: Gazetteer, ward: str) -> str:
    """As one writes it, or the id of a ward that is not there any more."""
    unit = places.units.get(ward)
    return unit.full_name if unit else ward


def vietnam_time(moment: datetime | None) -> Markup:
    """Day and hour in Vietnam, readable for machines as well."""
    if moment is None:
        return Markup("–")
    local = moment.astimezone(VIETNAM)
    return Markup('<time datetime="{}">{}</time>').format(local.isoformat(timespec="seconds"), f"{local:%H:%M %d/%m/%Y}")


def ago(moment: datetime | None) -> Markup:
    """How long ago, with the exact time behind it."""
    if moment is None:
        return Markup("–")
    minutes = int((datetime.now(UTC) - moment).total_seconds()) // 60
    if minutes < 1:
        words = "vừa xong"
    elif minutes < 60:
        words = f"{minutes} phút trước"
    elif minutes < 24 * 60:
        words = f"{minutes // 60} giờ trước"
    elif minutes < 30 * 24 * 60:
        words = f"{minutes // (24 * 60)} ngày trước"
    else:
        return vietnam_time(moment)
    local = moment.astimezone(VIETNAM)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{local:%H:%M %d/%m/%Y}", words
    )


def page(visit: Visit, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A whole page, or the part of it that htmx asked for.

    Args:
        visit: Of the request.
        template: Below ``templates``.
        status: HTTP status.
        context: What the template shows.
    """
    app = visit.request.app

    def path(name: str, **parts: object) -> str:
        return str(app.router[name].url_for(**{key: str(value) for key, value in parts.items()}))

    html = (
        app[TEMPLATES]
        .get_template(template)
        .render(visit=visit, me=visit.open_as, path=path, here=visit.request.match_info.route.name, **context)
    )
    return web.Response(text=html, status=status, content_type="text/html", charset="utf-8")

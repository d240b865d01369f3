"""``troly notices``: what operators want citizens to know for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.settings import Settings
from core.errors import ConfigurationError
from core.guides import MAX_WORDS, load_guides
from core.links import only_allowed_links
from core.messages import Reply
from core.places import Gazetteer
from core.storage import aftercare
from core.storage.database import Database

__all__ = ["notices_app"]

notices_app = typer.Typer(no_args_is_help=True, help="What citizens are to know for a while, before the answer.")

out = Console(soft_wrap=True, highlight=False)

_HOME = ZoneInfo("Asia/Ho_Chi_Minh")
_T = TypeVar("_T")
_MOST_WORDS = MAX_WORDS - 2  # "Thông báo:" stands in front


def _run(settings: Settings, work: Callable[..., _T], *args: Any) -> _T:
    async def run() -> _T:
        database = Database(settings.database_url.get_secret_value())
        try:
            await database.migrate()
            return await database.transact(work, *args)
        finally:
            await database.close()

    return asyncio.run(run())


@notices_app.command("add")
def add(
    text: Annotated[str, typer.Argument(help="What is said, such as “Cổng đang bảo trì đến 17:00.”")],
    until: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"], help="Not shown from then on, Việt Nam time."),
    ],
    guide: Annotated[str | None, typer.Option(help="Only to those who ask about this guide (its id).")] = None,
    ward: Annotated[str | None, typer.Option(help="Only to those who named this ward or commune (its id).")] = None,
) -> None:
    """Post a notice; running bots show it within seconds, once in each conversation it concerns."""
    settings = Settings.load()
    expires_at = until.replace(tzinfo=_HOME).astimezone(UTC)
    text = " ".join(text.split())
    _check(settings, text, expires_at, guide, ward)
    number = _run(settings, aftercare.add_notice, text, guide, ward, expires_at)
    out.print(f"Đã đăng thông báo số {number}, hiện đến {expires_at.astimezone(_HOME):%H:%M %d/%m/%Y}.")


def _check(settings: Settings, text: str, expires_at: datetime, guide: str | None, ward: str | None) -> None:
    """Refuse what citizens would not be shown as it was meant.

    Raises:
        ConfigurationError: Says what to change.
    """
    if not text or len(text.split()) > _MOST_WORDS:
        raise ConfigurationError(f"a notice has 1 to {_MOST_WORDS} words, this one {len(text.split())}: shorten it")
    if only_allowed_links(Reply(text), settings.allowed_hosts).text != text:
        raise ConfigurationError("the notice links to a host that is not in TROLY_LINK_HOSTS: remove the link or allow its host")
    if expires_at <= datetime.now(UTC):
        raise ConfigurationError("--until is in the past: nobody would see the notice")
    if guide is not None and guide not in load_guides(settings.data_dir / "guides"):
        raise ConfigurationError(f"no guide '{guide}': troly guides list shows the ids")
    if ward is not None and ward not in Gazetteer.load(settings.data_dir / "places").units:
        raise ConfigurationError(f"no ward or commune '{ward}': the ids are in data/places")


@notices_app.command("list")
def list_all(as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False) -> None:
    """All notices, also expired ones."""
    notices = _run(Settings.load(), aftercare.list_notices)
    now = datetime.now(UTC)
    if as_json:
        rows = [
            {
                "id": notice.id,
                "text": notice.text,
                "expires_at": notice.expires_at.isoformat(),
                "expired": notice.expires_at <= now,
                "guide": notice.guide,
                "ward": notice.ward,
            }
            for notice in notices
        ]
        out.print_json(data=rows)
        return
    if not notices:
        out.print("Chưa có thông báo nào.")
        return
    table = Table("số", "hiện đến", "hướng dẫn", "phường, xã", "nội dung", box=None)
    for notice in notices:
        until = f"{notice.expires_at.astimezone(_HOME):%H:%M %d/%m/%Y}" + (" (đã hết hạn)" if notice.expires_at <= now else "")
        table.add_row(str(notice.id), until, notice.guide or "mọi việc", notice.ward or "mọi nơi", escape(notice.text))
    out.print(table)


@notices_app.command("remove")
def remove(number: Annotated[int, typer.Argument(help="Its number, as `troly notices list` shows it.")]) -> None:
    """Take a notice back."""
    if not _run(Settings.load(), aftercare.remove_notice, number):
        raise ConfigurationError(f"no notice {number}: troly notices list shows their numbers")
    out.print(f"Đã gỡ thông báo số {number}.")

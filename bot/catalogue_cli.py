"""``troly catalogue``: import the national catalogue of procedures, and look at what was imported."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from bot.settings import Settings
from core.answers import section_replies
from core.catalogue import Catalogue, CatalogueEntry
from core.catalogue_record import numbered_lines
from core.guides import Guide, Section
from core.text import clean, fold

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from core.storage.catalogue import Change, ImportReport

__all__ = ["catalogue_app"]

catalogue_app = typer.Typer(no_args_is_help=True, help="The imported national catalogue of procedures.")

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
Code = Annotated[str, typer.Argument(help="Portal code, such as 1.004194.")]

_SKIPPED_SHOWN = 20
_KINDS = {"added": "thêm mới", "changed": "thay đổi", "withdrawn": "rút khỏi danh mục", "restored": "có lại"}


@asynccontextmanager
async def _session() -> AsyncIterator[AsyncSession]:
    """A transaction on the installation's database; committed at the end.

    The database is imported here and below, and not above: every other command starts at once.
    """
    from core.storage.database import Database

    database = Database(Settings.load().database_url.get_secret_value())
    try:
        await database.migrate()
        async with database.session.begin() as session:
            yield session
    finally:
        await database.close()


@catalogue_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines, plain or gzip; docs/catalogue.md describes the fields.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="The file holds only some procedures: withdraw none of the others.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the catalogue to what a file says. All or nothing; lines that cannot be used are listed and skipped."""
    columns = (TextColumn("Đọc danh mục"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("", total=sum(1 for _ in numbered_lines(file)))
        report = asyncio.run(_import(numbered_lines(file), lambda: progress.advance(task), partial))
    if as_json:
        out.print_json(data=asdict(report))
        return
    for number, reason in report.skipped[:_SKIPPED_SHOWN]:
        err.print(f"Bỏ qua dòng {number}: {reason}", markup=False)
    if len(report.skipped) > _SKIPPED_SHOWN:
        err.print(f"… và {len(report.skipped) - _SKIPPED_SHOWN} dòng khác; xem hết bằng --json")
    out.print(
        f"Thêm {report.added}, đổi {report.changed}, giữ nguyên {report.unchanged}, rút {report.withdrawn}, "
        f"có lại {report.restored}, bỏ qua {len(report.skipped)} dòng."
    )


async def _import(lines: Iterator[tuple[int, bytes]], advance: Any, partial: bool) -> ImportReport:
    from core.storage.catalogue import import_records

    async with _session() as session:
        return await import_records(session, lines, advance, partial=partial)


async def _load() -> Catalogue:
    from core.storage.catalogue import load_catalogue

    async with _session() as session:
        return await load_catalogue(session)


@catalogue_app.command("list")
def list_(
    search: Annotated[str, typer.Option("--search", help="Only names with all these words; accents do not matter.")] = "",
    as_json: Json = False,
) -> None:
    """Procedures in force: code, name, level, and whether for the whole country (vn) or for one province."""
    catalogue = asyncio.run(_load())
    words = fold(clean(search)).split()
    found = [entry for entry in catalogue.entries if _matches(entry, words)]
    if as_json:
        out.print_json(data=[_brief(entry) for entry in found])
        return
    if not catalogue.entries:
        out.print("Chưa có danh mục. Nhập bằng: troly catalogue import TỆP")
        return
    for entry in found:
        out.print(f"{entry.code}  {entry.name}  ({entry.level}; {entry.applies_to})", markup=False)
    as_of = f", cập nhật đến {catalogue.as_of:%d/%m/%Y}" if catalogue.as_of else ""
    err.print(f"{len(found)}/{len(catalogue)} thủ tục{as_of}.")


def _matches(entry: CatalogueEntry, words: list[str]) -> bool:
    name = f"{entry.code} {fold(entry.name)}"
    return all(word in name for word in words)


def _brief(entry: CatalogueEntry) -> dict[str, str]:
    return {"code": entry.code, "name": entry.name, "level": entry.level, "sector": entry.sector, "applies_to": entry.applies_to}


@catalogue_app.command("show")
def show(code: Code, as_json: Json = False) -> None:
    """One procedure, as citizens get it."""
    guide = _guide(asyncio.run(_load()), code)
    if as_json:
        out.print_json(guide.model_dump_json())
        return
    for section in Section:
        if guide.has(section):
            for reply in section_replies(guide, section):
                out.print(_escaped(reply.text) + "\n")


def _guide(catalogue: Catalogue, code: str) -> Guide:
    guide = catalogue.guide(code)
    if guide is None:
        near = difflib.get_close_matches(code, [entry.code for entry in catalogue.entries], 3)
        hint = f"; did you mean {', '.join(near)}?" if near else "; see troly catalogue list"
        raise typer.BadParameter(f"no procedure '{code}' in force{hint}")
    return guide


@catalogue_app.command("history")
def history_(code: Code, as_json: Json = False) -> None:
    """What imports did to one procedure, oldest first."""
    changes = asyncio.run(_history(code))
    if not changes:
        raise typer.BadParameter(f"no procedure '{code}' was ever imported; see troly catalogue list")
    if as_json:
        out.print_json(data=[{"at": change.at.isoformat(), "kind": change.kind, "fields": change.fields} for change in changes])
        return
    table = Table("lúc", "việc", "phần thay đổi", box=None)
    for change in changes:
        table.add_row(f"{change.at:%d/%m/%Y %H:%M} UTC", _KINDS[change.kind], ", ".join(change.fields))
    out.print(table)


async def _history(code: str) -> list[Change]:
    from core.storage.catalogue import history

    async with _session() as session:
        return await history(session, code)


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")

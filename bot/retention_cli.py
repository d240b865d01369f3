"""``troly retention``: delete what is older than it may be kept, or look at what would be."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bot.settings import Settings

__all__ = ["retention_app"]

retention_app = typer.Typer(no_args_is_help=True, help="Deleting old data. The server does it every night by itself.")

out = Console(soft_wrap=True, highlight=False)

KINDS = {
    "messages": "tin nhắn",
    "conversations": "cuộc trò chuyện được gỡ khỏi người nhắn",
    "cases": "hồ sơ hỗ trợ đã đóng",
    "attachments": "ảnh và tài liệu",
    "incoming_files": "tệp bà con gửi không vào hồ sơ nào",
    "orphans": "tệp không thuộc về đâu",
    "inbox": "câu trong hộp thư huấn luyện",
    "rulings": "quyết định huấn luyện cũ",
    "audit": "mục nhật ký",
    "sessions": "phiên đăng nhập đã hết",
    "links": "liên kết thiết lập đã hết",
    "attempts": "lượt đăng nhập sai cũ",
}


@retention_app.command("run")
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Delete nothing, only count.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False,
) -> None:
    """Delete now what is older than the settings TROLY_KEEP_… allow, and report how many of each kind."""
    counts = asyncio.run(_run(Settings.load(), dry_run))
    if as_json:
        out.print_json(data=counts)
        return
    table = Table("loại", "sẽ xóa" if dry_run else "đã xóa", box=None)
    for name, number in counts.items():
        table.add_row(KINDS[name], str(number))
    out.print(table)


async def _run(settings: Settings, dry: bool) -> dict[str, int]:
    """The database is imported here and not above, so that every other command starts at once."""
    from bot.services.attachments import Attachments
    from bot.services.retention import Retention
    from core.storage.database import Database

    database = Database(settings.database_url.get_secret_value())
    try:
        await database.migrate()
        files = Attachments(database, settings.attachments_dir, settings.max_upload_bytes)
        return await Retention(database, files, settings.periods).run(dry=dry)
    finally:
        await database.close()


@retention_app.command("report")
def report(as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False) -> None:
    """What the last runs deleted."""
    found = asyncio.run(_report(Settings.load()))
    if as_json:
        out.print_json(data=found)
        return
    if not found:
        out.print("Chưa chạy lần nào. Máy chủ tự chạy mỗi đêm; chạy ngay bằng: troly retention run")
        return
    table = Table("lúc (UTC)", "đêm", "đã xóa", box=None)
    for row in found:
        said = ", ".join(f"{number} {KINDS[name]}" for name, number in row["counts"].items() if number) or "không có gì"
        table.add_row(row["started_at"][:16], row["night"] or "chạy tay", said if row["finished_at"] else "chưa xong")
    out.print(table)


async def _report(settings: Settings) -> list[dict[str, Any]]:
    from core.storage.database import Database
    from core.storage.retention import list_runs

    database = Database(settings.database_url.get_secret_value())
    try:
        await database.migrate()
        async with database.session() as session:
            return [
                {
                    "started_at": run.started_at.isoformat(),
                    "finished_at": run.finished_at.isoformat() if run.finished_at else None,
                    "night": run.night,
                    "counts": run.counts,
                }
                for run in await list_runs(session)
            ]
    finally:
        await database.close()

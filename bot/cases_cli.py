"""``troly cases``: what the bot could not solve, for the operator's terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from bot.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from core.storage.models import Case

__all__ = ["cases_app"]

cases_app = typer.Typer(no_args_is_help=True, help="What the bot could not solve.")

out = Console(soft_wrap=True, highlight=False, markup=False)

T = TypeVar("T")

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


@cases_app.command("list")
def cases_list(
    state: Annotated[str | None, typer.Option(help="Only cases of this state, such as new.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10000)] = 50,
    as_json: Json = False,
) -> None:
    """Cases, newest first: code, reason, guide, ward, and what the citizen said."""

    async def read(session: AsyncSession) -> list[dict[str, Any]]:
        from core.storage.cases import list_cases

        return [_as_dict(case) for case in await list_cases(session, state, limit)]

    rows = asyncio.run(_read(read))
    if as_json:
        out.print_json(data=rows)
        return
    if not rows:
        out.print("Chưa có hồ sơ hỗ trợ nào.")
        return
    table = Table("mã", "lúc", "trạng thái", "lý do", "hướng dẫn", "bước", "phường, xã", "tin nhắn cuối", box=None)
    for row in rows:
        said = next((line["text"] for line in reversed(row["transcript"]) if line["author"] == "citizen"), "")
        step = str(row["detail"].get("step", ""))
        table.add_row(
            row["code"], row["at"][:16], row["state"], row["reason"], row["guide"] or "", step, row["ward"] or "", said[:60]
        )
    out.print(table)


@cases_app.command("show")
def cases_show(
    code: Annotated[str, typer.Argument(help="The code the citizen was told; small letters and no hyphen will do.")],
    as_json: Json = False,
) -> None:
    """One case: where the citizen is stuck, what was tried, and the whole conversation."""

    async def read(session: AsyncSession) -> dict[str, Any] | None:
        from core.storage.cases import find_case

        case = await find_case(session, code)
        return _as_dict(case) if case else None

    row = asyncio.run(_read(read))
    if row is None:
        raise typer.BadParameter(f"no case '{code}'; see: troly cases list")
    if as_json:
        out.print_json(data=row)
        return
    for name, value in _facts(row):
        out.print(f"{name + ':':<16}{value}")
    out.print("")
    for line in row["transcript"]:
        out.print(f"{line['at'][:16]}  {_AUTHORS.get(line['author'], line['author'])}: {line['text']}")


_AUTHORS = {"citizen": "Bà con", "bot": "Trợ lý", "staff": "Cán bộ"}
_REASONS = {"asked": "bà con muốn gặp người", "not_understood": "hai lần chưa hiểu", "stuck": "bị kẹt ở một bước"}


def _facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    detail = row["detail"]
    facts = [
        ("Mã", row["code"]),
        ("Lúc", row["at"][:16]),
        ("Trạng thái", row["state"]),
        ("Lý do", _REASONS.get(row["reason"], row["reason"])),
        ("Hướng dẫn", row["guide"] or "chưa rõ"),
        ("Phường, xã", row["ward"] or "chưa nói"),
    ]
    if "step" in detail:
        facts.append(("Bước", f"{detail['step']}/{detail['steps']}: {detail['action']}"))
        facts += [("Trường hợp", detail["case"])] if "case" in detail else []
        facts += [("Đã thử", tried) for tried in detail.get("tried", ("chưa thử cách nào",))]
    facts.append(("Thiết bị", detail.get("device", "chưa nói")))
    return facts


def _as_dict(case: Case) -> dict[str, Any]:
    return {
        "code": case.code,
        "at": case.created_at.isoformat(),
        "state": case.state,
        "reason": case.reason,
        "guide": case.guide,
        "ward": case.ward,
        "detail": case.detail,
        "intents": case.intents,
        "transcript": case.transcript,
    }


async def _read(read: Callable[[AsyncSession], Awaitable[T]]) -> T:
    from core.storage.database import Database

    database = Database(Settings.load().database_url.get_secret_value())
    try:
        await database.migrate()
        async with database.session() as session:
            return await read(session)
    finally:
        await database.close()

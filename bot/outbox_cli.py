"""``troly outbox``: replies that did not arrive, and what to do about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.layout import shorten
from bot.settings import Settings
from core.errors import UserFacingError
from core.privacy import mask
from core.storage import outbox
from core.storage.database import Database
from core.worktime import ZONE

__all__ = ["outbox_app"]

outbox_app = typer.Typer(no_args_is_help=True, help="Replies that did not arrive.")

out = Console(soft_wrap=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers, as `troly outbox list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="All of this state.")]
State = Annotated[str, typer.Option(help="failed (known not to have arrived) or uncertain (may have arrived).")]

_STATES = {
    "failed": "không gửi được",
    "uncertain": "không rõ đã tới chưa",
    "queued": "đang chờ gửi",
    "sent": "đã gửi",
    "dropped": "đã bỏ qua",
}
_T = TypeVar("_T")


def _run(work: Callable[[AsyncSession], Awaitable[_T]]) -> _T:
    async def run() -> _T:
        database = Database(Settings.load().database_url.get_secret_value())
        try:
            await database.migrate()
            async with database.session() as session, session.begin():
                return await work(session)
        finally:
            await database.close()

    return asyncio.run(run())


def _row(letter: outbox.Letter) -> dict[str, Any]:
    message, conversation = letter
    return {
        "id": message.id,
        "at": message.created_at.isoformat(timespec="seconds"),
        "channel": conversation.channel,
        "chat": "…" + conversation.chat_id[-3:],
        "state": message.state,
        "attempts": message.attempts,
        "reason": message.error,
        "text": mask(message.text).text,
    }


@outbox_app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(_STATES)}; default: failed and uncertain.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10000)] = 50,
    as_json: Json = False,
) -> None:
    """Replies that did not arrive, newest first, with the reason."""
    if state is not None and state not in _STATES:
        raise typer.BadParameter(f"one of {', '.join(_STATES)}", param_hint="--state")
    rows = [
        _row(letter) for letter in _run(lambda session: outbox.list_by_state(session, [state] if state else outbox.DEAD, limit))
    ]
    if as_json:
        out.print_json(data=rows)
        return
    if not rows:
        out.print("Không có câu trả lời nào bị kẹt.")
        return
    for row in rows:
        at = datetime.fromisoformat(row["at"]).astimezone(ZONE)
        delivery = f"{_STATES[row['state']]}, {row['attempts']} lần thử" + (f": {row['reason']}" if row["reason"] else "")
        out.print(escape(f"{row['id']}  {at:%d/%m %H:%M}  {row['channel']} {row['chat']}  {delivery}"))
        out.print(escape(f"    {shorten(' '.join(row['text'].split()), 100)}"))
    out.print("\nXem trọn: troly outbox show SỐ. Gửi lại: troly outbox resend SỐ. Bỏ qua: troly outbox drop SỐ.")


@outbox_app.command("show")
def show(number: Annotated[int, typer.Argument(help="Number, as `troly outbox list` shows it.")], as_json: Json = False) -> None:
    """One reply in full, masked, with how its delivery went."""
    letter = _run(lambda session: outbox.get(session, number))
    if letter is None:
        raise UserFacingError(f"Không có câu trả lời số {number}. Xem các số bằng: troly outbox list")
    message, conversation = letter
    more = {
        "choices": [choice["label"] for choice in message.payload.get("choices", ())],
        "next_attempt_at": message.next_attempt_at.isoformat() if message.next_attempt_at else None,
        "unreachable_since": conversation.unreachable_since.isoformat() if conversation.unreachable_since else None,
    }
    row = _row(letter) | more
    if as_json:
        out.print_json(data=row)
        return
    for name, value in row.items():
        out.print(f"{name}: {escape(str(value if value is not None else '–'))}")


@outbox_app.command("resend")
def resend(ids: Ids = None, every: All = False, state: State = "failed") -> None:
    """Send again; the running bot does it within seconds. An uncertain one may then arrive twice."""
    count = _run(lambda session: outbox.resend(session, _chosen(ids, every), _states(ids, state)))
    out.print(f"{count} câu trả lời được đưa lại vào hàng gửi.")


@outbox_app.command("drop")
def drop(ids: Ids = None, every: All = False, state: State = "failed") -> None:
    """Let them rest: they stay in the transcript and are no longer listed."""
    count = _run(lambda session: outbox.drop(session, _chosen(ids, every), _states(ids, state)))
    out.print(f"{count} câu trả lời được bỏ qua.")


def _chosen(ids: list[int] | None, every: bool) -> list[int] | None:
    if bool(ids) == every:
        raise typer.BadParameter("give numbers, or --all")
    return ids or None


def _states(ids: list[int] | None, state: str) -> tuple[str, ...]:
    """Numbers may be of any dead reply; --all means one state."""
    if state not in outbox.DEAD:
        raise typer.BadParameter(f"one of {', '.join(outbox.DEAD)}", param_hint="--state")
    return outbox.DEAD if ids else (state,)

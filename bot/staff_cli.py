"""``troly staff``: accounts of the console, for whoever may run commands on the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.settings import Settings
from core.places import Gazetteer
from core.staff import Role, clean_name, clean_username

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["staff_app"]

staff_app = typer.Typer(no_args_is_help=True, help="Accounts of the console (trang dành cho cán bộ).")

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Username = Annotated[str, typer.Argument(help="What the person signs in with.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


@asynccontextmanager
async def _session(settings: Settings) -> AsyncIterator[AsyncSession]:
    """A transaction; the database is imported here and not above, so that every other command starts at once."""
    from core.storage.database import Database

    database = Database(settings.database_url.get_secret_value())
    try:
        await database.migrate()
        async with database.session.begin() as session:
            yield session
    finally:
        await database.close()


def _show_link(settings: Settings, username: str, token: str) -> None:
    from core.storage.accounts import LINK_HOURS

    base = (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")
    out.print(f"Liên kết thiết lập của {username} (dùng một lần, trong {LINK_HOURS} giờ):", markup=False)
    out.print(f"{base}/canbo/thiet-lap/{token}", markup=False)


@staff_app.command("add")
def add(
    username: Username,
    name: Annotated[str, typer.Option("--name", help="Full name, for colleagues.")],
    role: Annotated[Role, typer.Option("--role", help="What the account is for.")] = Role.STAFF,
    ward: Annotated[
        list[str] | None, typer.Option("--ward", help="Id of a ward in data/places; may be given again. None: the whole city.")
    ] = None,
    shown_as: Annotated[str, typer.Option("--shown-as", help="What citizens see; the full name if left out.")] = "",
) -> None:
    """Add an account and print its one-time set-up link."""
    settings = Settings.load()
    units = Gazetteer.load(settings.data_dir / "places").units
    if unknown := [unit for unit in ward or [] if unit not in units]:
        raise typer.BadParameter(f"no ward '{unknown[0]}'; ids are those in {settings.data_dir / 'places'}")
    username, full_name = clean_username(username), clean_name(name, "--name")
    shown = clean_name(shown_as or full_name, "--shown-as")

    async def run() -> str:
        from core.storage import accounts, audit

        async with _session(settings) as session:
            account = await accounts.add(session, username, full_name, shown, role, ward or ())
            audit.record(session, audit.PROGRAM, "staff.add", f"staff:{username}", {"role": role.value, "wards": ward or []})
            return await accounts.make_link(session, account)

    _show_link(settings, username, asyncio.run(run()))


@staff_app.command("list")
def list_(as_json: Json = False) -> None:
    """Every account: role, wards, and whether it can be used."""

    async def run() -> list[dict[str, object]]:
        from core.storage import accounts

        async with _session(Settings.load()) as session:
            return [
                {
                    "username": account.username,
                    "name": account.full_name,
                    "shown_as": account.display_name,
                    "role": account.role,
                    "wards": account.wards,
                    "state": "disabled" if account.disabled_at else "active" if account.password else "invited",
                    "second_factor": account.totp_sealed is not None,
                    "signed_in_at": account.signed_in_at.isoformat() if account.signed_in_at else None,
                }
                for account in await accounts.list_all(session)
            ]

    found = asyncio.run(run())
    if as_json:
        out.print_json(data=found)
        return
    if not found:
        out.print("Chưa có tài khoản nào. Thêm bằng: troly staff add TÊN --name 'HỌ TÊN' --role quan_tri")
        return
    states = {"disabled": "đã khóa", "active": "đang dùng", "invited": "chờ đặt mật khẩu"}
    table = Table("tên đăng nhập", "họ tên", "vai trò", "phạm vi", "trạng thái", "hai lớp", box=None)
    for row in found:
        wards = ", ".join(map(str, row["wards"])) if isinstance(row["wards"], list) else ""
        cells = [row["username"], row["name"], Role(str(row["role"])).label, wards or "toàn thành phố"]
        cells += [states[str(row["state"])], "có" if row["second_factor"] else "không"]
        table.add_row(*(str(cell).replace("[", r"\[") for cell in cells))
    out.print(table)


@staff_app.command("reset")
def reset(
    username: Username,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Also forget the second factor: the phone and the recovery codes are lost.")
    ] = False,
) -> None:
    """Print a link that sets a new password; ends a lock-out and signs the person out everywhere."""
    settings = Settings.load()

    async def run() -> str:
        from core.errors import UserFacingError
        from core.storage import accounts, attempts, audit, sessions

        async with _session(settings) as session:
            account = await accounts.get(session, clean_username(username))
            if account.disabled_at is not None:
                raise UserFacingError(f"Tài khoản “{account.username}” đang khóa. Mở lại trước: troly staff enable {username}")
            await sessions.end_all(session, account.id)
            for counted in (account.username, f"{account.username} code"):
                await attempts.forget(session, attempts.ACCOUNT, counted, all_of_them=True)
            if second_factor:
                await accounts.reset_totp(session, account)
                audit.record(session, audit.PROGRAM, "staff.totp_off", f"staff:{account.username}")
            audit.record(session, audit.PROGRAM, "staff.link", f"staff:{account.username}")
            return await accounts.make_link(session, account)

    _show_link(settings, username, asyncio.run(run()))


@staff_app.command("disable")
def disable(username: Username) -> None:
    """Let somebody in no more, from this moment; what the person did stays."""

    async def run() -> None:
        from core.storage import accounts, audit

        async with _session(Settings.load()) as session:
            account = await accounts.get(session, clean_username(username))
            await accounts.disable(session, account)
            audit.record(session, audit.PROGRAM, "staff.disable", f"staff:{account.username}")

    asyncio.run(run())
    out.print(f"Đã khóa {username} và đăng xuất khỏi mọi nơi.", markup=False)


@staff_app.command("enable")
def enable(username: Username) -> None:
    """Let somebody in again, with the password as it was."""

    async def run() -> None:
        from core.storage import accounts, audit

        async with _session(Settings.load()) as session:
            account = await accounts.get(session, clean_username(username))
            account.disabled_at = None
            audit.record(session, audit.PROGRAM, "staff.enable", f"staff:{account.username}")

    asyncio.run(run())
    out.print(f"Đã mở lại {username}.", markup=False)

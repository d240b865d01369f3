"""``troly channels check`` and ``troly zalo login``: what operators do about channels."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from bot.settings import Settings
from core.errors import ConfigurationError

__all__ = ["channels_app", "zalo_app"]

channels_app = typer.Typer(no_args_is_help=True, help="The platforms the bot talks on.")
zalo_app = typer.Typer(no_args_is_help=True, help="Zalo Official Accounts.")

out = Console(soft_wrap=True, highlight=False, markup=False)
_SIGNS = {"ok": "✓", "note": "·", "warning": "!", "error": "✗"}
_NAMES = {"telegram": "Telegram", "zalo_oa": "Zalo Official Account", "zalo_bot": "Zalo Bot", "web": "Trang trò chuyện"}


@channels_app.callback()
def channels() -> None:
    """The platforms the bot talks on."""


@channels_app.command("check")
def channels_check(as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")] = False) -> None:
    """Ask each configured platform who we are and how it reaches us; changes nothing. Status 1: something is wrong."""
    rows = asyncio.run(_check(Settings.load()))
    if as_json:
        out.print_json(data=rows)
    else:
        for channel in dict.fromkeys(row["channel"] for row in rows):
            out.print(_NAMES.get(channel, channel))
            for row in rows:
                if row["channel"] == channel:
                    out.print(f"  {_SIGNS[row['level']]} {row['says']}" + (f"\n      → {row['cure']}" if row["cure"] else ""))
    if any(row["level"] == "error" for row in rows):
        raise typer.Exit(1)


async def _check(settings: Settings) -> list[dict[str, str]]:
    from bot.origins import Origins
    from bot.platforms import platforms, web_chat
    from bot.services.attachments import Attachments
    from core.storage.database import Database

    database, origins = Database(settings.database_url.get_secret_value()), Origins(settings.public_url, settings.trust_proxy)
    files = Attachments(database, settings.attachments_dir, settings.max_upload_bytes)
    try:
        await database.migrate()
        rows = []
        for channel in (web_chat(settings, database, origins, files), *platforms(settings, database, files)):
            for finding in await channel.check():
                rows.append({"channel": channel.name, "level": finding.level.value, "says": finding.says, "cure": finding.cure})
        return rows
    finally:
        await database.close()


@zalo_app.callback()
def zalo() -> None:
    """Zalo Official Accounts."""


@zalo_app.command("login")
def zalo_login() -> None:
    """Let an administrator of an Official Account agree, once; the bot renews the tokens from then on."""
    asyncio.run(_login(Settings.load()))


async def _login(settings: Settings) -> None:
    from bot.channels.zalo_oa_oauth import Consent
    from bot.platforms import zalo_tokens
    from core.storage.database import Database

    database = Database(settings.database_url.get_secret_value())
    oauth, tokens = zalo_tokens(settings, database)
    try:
        await database.migrate()
        verifier = settings.zalo_oa_code_verifier
        consent = Consent.begin(verifier.get_secret_value() if verifier else None)
        out.print("1. Một quản trị viên của Official Account mở địa chỉ sau trong trình duyệt, chọn OA rồi bấm đồng ý:\n")
        out.print(f"   {oauth.consent_url(consent, _callback_url(settings))}\n")
        out.print(
            "2. Trình duyệt chuyển sang một trang khác. Chép trọn địa chỉ trên thanh địa chỉ và dán vào đây (trong 10 phút):"
        )
        try:
            pasted = await asyncio.to_thread(input, "> ")
        except EOFError:
            raise ConfigurationError("Chưa dán địa chỉ nào; chưa có gì thay đổi.") from None
        code, account = consent.code_from(pasted)
        await tokens.keep(account, await oauth.exchange(code, consent))
        out.print(f"Xong. OA {account} đã đăng nhập; troly serve đang chạy dùng được ngay, không cần khởi động lại.")
        out.print("Kiểm tra: troly channels check")
    finally:
        await tokens.close()
        await database.close()


def _callback_url(settings: Settings) -> str:
    """The address saved in Zalo's console.

    Raises:
        ConfigurationError: Neither it nor the public address is set.
    """
    if settings.zalo_oa_callback_url:
        return settings.zalo_oa_callback_url
    if settings.public_url:
        return f"{settings.public_url.rstrip('/')}/zalo/login"
    raise ConfigurationError("TROLY_ZALO_OA_CALLBACK_URL or TROLY_PUBLIC_URL: needed, and saved in Zalo's console as callback")

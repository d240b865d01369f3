"""Asks Zalo who our Official Accounts are, and looks at what it needs to reach us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.channels.checking import Finding, Level, check_address, try_webhook
from bot.channels.zalo_oa_tokens import RENEW_AFTER
from core.errors import ConfigurationError, UpstreamError
from core.storage.models import ChannelToken

__all__ = ["check_accounts", "check_webhook"]

_LOGIN = "Một quản trị viên của OA chạy: troly zalo login"
_LATE = timedelta(hours=1)
_CONSOLE = (
    "Không xem được từ xa, cần tự kiểm tra ở trang quản trị Zalo: webhook đã lưu đúng địa chỉ; từng loại sự kiện đã bật "
    "(mặc định tắt hết); “Lọc cú pháp” tắt; “Webhook Retry” bật."
)

Who = Callable[[str], Awaitable[Mapping[str, Any]]]
"""Asks Zalo about the account with this id; raises UpstreamError or ConfigurationError."""


async def check_accounts(rows: list[ChannelToken], who: Who) -> list[Finding]:
    """What is right and wrong with each account somebody logged in for."""
    if not rows:
        return [Finding(Level.ERROR, "Chưa có Official Account nào được đăng nhập.", _LOGIN)]
    return [finding for row in rows for finding in await _check_account(row, who)]


async def _check_account(row: ChannelToken, who: Who) -> list[Finding]:
    found = []
    if row.failure:
        found.append(Finding(Level.ERROR, f"OA {row.account}: lần làm mới token gần nhất bị từ chối ({row.failure}).", _LOGIN))
    elif datetime.now(UTC) - row.renewed_at > RENEW_AFTER + _LATE:
        said = f"OA {row.account}: token đã quá hạn làm mới (20 giờ)."
        found.append(Finding(Level.WARNING, said, "troly serve phải chạy liên tục để tự làm mới token; xem nhật ký của nó."))
    try:
        data = await who(row.account)
    except ConfigurationError:
        said = f"OA {row.account}: không mở được token đã lưu, vì TROLY_ZALO_OA_APP_SECRET đã đổi."
        return [Finding(Level.ERROR, said, _LOGIN)]
    except UpstreamError as error:
        cure = f"Kiểm tra mạng và tường lửa (ra openapi.zalo.me, oauth.zaloapp.com, cổng 443). Nếu token hỏng: {_LOGIN}"
        return [*found, Finding(Level.ERROR, f"OA {row.account}: Zalo không trả lời như mong đợi ({error}).", cure)]
    found.append(Finding(Level.OK, f"OA {row.account}: Zalo nhận ra “{data.get('name', '')}”."))
    if data.get("is_verified") is False:
        said = f"OA {row.account} chưa được xác thực: bà con khó phân biệt với tài khoản giả mạo, nhiều quyền gửi tin bị khóa."
        found.append(Finding(Level.WARNING, said, "Xác thực OA bằng giấy tờ của cơ quan tại oa.zalo.me."))
    return found


async def check_webhook(public_url: str | None, path: str, headers: dict[str, str]) -> list[Finding]:
    """Whether Zalo can call us.

    Args:
        public_url: Address of our web server as seen from outside.
        path: Of the webhook.
        headers: Of a genuine call with the body ``[]``.
    """
    if wrong := check_address(public_url):
        return [*wrong, Finding(Level.NOTE, _CONSOLE)]
    url = (public_url or "").rstrip("/") + path
    return [await try_webhook(url, headers), Finding(Level.NOTE, f"{_CONSOLE} Địa chỉ webhook: {url}")]

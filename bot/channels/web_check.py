"""Looks whether citizens can open the page."""

from __future__ import annotations

import aiohttp

from bot.channels.checking import Finding, Level, check_address

__all__ = ["check_page"]

_TIMEOUT = aiohttp.ClientTimeout(total=10)


async def check_page(public_url: str | None) -> list[Finding]:
    """Open the page's health address from here, as a citizen's browser would."""
    if not public_url:
        said = "Chưa có địa chỉ công khai: trang trò chuyện chỉ mở được trên máy này."
        return [Finding(Level.WARNING, said, "Đặt TROLY_PUBLIC_URL khi cho bà con dùng.")]
    found = check_address(public_url, tuple(range(1, 65536)))
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, session.get(f"{public_url.rstrip('/')}/healthz") as answer:
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        said = f"Không mở được trang qua địa chỉ công khai ({type(error).__name__})."
        return [
            *found,
            Finding(Level.ERROR, said, "troly serve có đang chạy? Tên miền, chứng chỉ và máy chủ chuyển tiếp có đúng?"),
        ]
    if status != 200:
        said = f"Trang trả lời bằng lỗi HTTP {status} qua địa chỉ công khai."
        return [*found, Finding(Level.ERROR, said, "Xem nhật ký của máy chủ chuyển tiếp và của troly serve.")]
    return [*found, Finding(Level.OK, "Trang trò chuyện mở được qua địa chỉ công khai.")]

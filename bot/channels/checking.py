"""What `troly channels check` finds: in plain Vietnamese, with the cure, for the people who run an installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

import aiohttp

__all__ = ["Finding", "Level", "check_address", "try_webhook"]

_TIMEOUT = aiohttp.ClientTimeout(total=10)


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    NOTE = "note"
    """Cannot be seen from here; a person has to look."""
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        says: What is so; no token, no citizen's data.
        cure: What to do, if something is to be done.
    """

    level: Level
    says: str
    cure: str = ""


def check_address(public_url: str | None, ports: tuple[int, ...] = (443,)) -> list[Finding]:
    """Whether a platform can call the address at all, as far as its form tells.

    Args:
        public_url: Address of our web server as seen from outside.
        ports: Those the platform calls.
    """
    parts = urlsplit(public_url or "")
    if parts.scheme != "https" or not parts.hostname:
        said = "Chưa có địa chỉ https:// công khai." if not public_url else "Địa chỉ công khai không bắt đầu bằng https://."
        return [Finding(Level.ERROR, said, "Đặt TROLY_PUBLIC_URL là địa chỉ https:// mà bà con dùng, rồi khởi động lại.")]
    if (parts.port or 443) not in ports:
        allowed = ", ".join(map(str, ports))
        said = f"Nền tảng này không gọi vào cổng {parts.port}."
        return [Finding(Level.ERROR, said, f"Cho máy chủ chuyển tiếp nghe ở cổng {allowed} và sửa TROLY_PUBLIC_URL.")]
    return []


async def try_webhook(url: str, headers: Mapping[str, str]) -> Finding:
    """Call our own webhook over the public address, with the right secret and a body that is no event.

    Args:
        url: Of the webhook, from outside.
        headers: Of a genuine call with the body ``[]``.
    """
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
            async with session.post(url, data=b"[]", headers=headers, allow_redirects=False) as answer:
                status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Finding(
            Level.ERROR,
            f"Không gọi được webhook qua địa chỉ công khai ({type(error).__name__}).",
            "Kiểm tra: troly serve đang chạy; tên miền trỏ đúng máy; chứng chỉ còn hạn và đủ chuỗi; tường lửa mở cổng.",
        )
    if status == 400:  # the secret was recognised, the body was not: just as it should be
        return Finding(Level.OK, "Webhook nhận được cuộc gọi thử qua địa chỉ công khai.")
    cures = {
        403: "Máy chủ chuyển tiếp phải giữ nguyên tiêu đề và thân yêu cầu; mọi tiến trình phải dùng cùng một chuỗi bí mật.",
        404: "Cho máy chủ chuyển tiếp đưa đường dẫn này vào phần mềm; kiểm tra kênh đã bật, đúng chế độ webhook.",
        413: "Nâng giới hạn cỡ yêu cầu của máy chủ chuyển tiếp lên 256 KB.",
        502: "Máy chủ chuyển tiếp không tới được phần mềm: troly serve có đang chạy, đúng TROLY_HOST, TROLY_PORT?",
    }
    cure = cures.get(status, "Xem nhật ký của máy chủ chuyển tiếp và của troly serve.")
    return Finding(Level.ERROR, f"Webhook trả lời cuộc gọi thử bằng lỗi HTTP {status}.", cure)

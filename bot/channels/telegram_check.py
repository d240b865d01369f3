"""Asks Telegram who we are and how it delivers."""

from __future__ import annotations

from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.channels.checking import Finding, Level, check_address, try_webhook
from bot.channels.telegram_errors import describe

__all__ = ["check_telegram"]

_PORTS = (443, 80, 88, 8443)
_MANY_WAITING = 100


async def check_telegram(bot: Bot, public_url: str, webhook_url: str, secret_headers: dict[str, str]) -> list[Finding]:
    """What is right and wrong with a bot.

    Args:
        bot: Not started yet.
        public_url: Address of our web server; of no matter when polling.
        webhook_url: Where Telegram is to call; empty when polling.
        secret_headers: Of a genuine call.
    """
    try:
        me = await bot.get_me()
        info = await bot.get_webhook_info()
    except InvalidToken:
        cure = "Chép lại token từ @BotFather (/mybots → API Token) vào TROLY_TELEGRAM_TOKEN, rồi khởi động lại."
        return [Finding(Level.ERROR, "Telegram không nhận token.", cure)]
    except TelegramError as error:
        cure = "Kiểm tra mạng, tường lửa (ra cổng 443), HTTPS_PROXY và TROLY_TELEGRAM_API_URL."
        return [Finding(Level.ERROR, f"Không gọi được Telegram ({describe(error)}).", cure)]
    found = [Finding(Level.OK, f"Telegram nhận ra bot @{me.username}.")]
    if me.can_join_groups:
        said = "Bot đang cho phép thêm vào nhóm, mà bot không trả lời trong nhóm."
        found.append(Finding(Level.WARNING, said, "Gửi /setjoingroups cho @BotFather, chọn bot, chọn Disable."))
    if not webhook_url:
        return found + _polling(info)
    wrong = check_address(public_url, _PORTS)
    return [*found, *wrong, *_webhook(info, webhook_url), *([] if wrong else [await try_webhook(webhook_url, secret_headers)])]


def _polling(info: WebhookInfo) -> list[Finding]:
    if not info.url:
        return [Finding(Level.OK, "Nhận tin bằng polling; không có webhook nào chặn.")]
    said = "Đang chọn polling, nhưng Telegram còn giữ một webhook."
    cure = "Khởi động troly serve để gỡ webhook; nếu nó hiện lại, một máy khác đang dùng chung token: tạo bot riêng cho máy thử."
    return [Finding(Level.ERROR, said, cure)]


def _webhook(info: WebhookInfo, expected: str) -> list[Finding]:
    found = []
    if info.url != expected:
        said = "Telegram chưa có webhook." if not info.url else "Telegram đang gọi vào một địa chỉ khác."
        cure = "Khởi động lại troly serve để đăng ký; nếu vẫn khác, một máy khác đang dùng chung token."
        found.append(Finding(Level.ERROR, said, cure))
    else:
        found.append(Finding(Level.OK, "Webhook đã đăng ký đúng địa chỉ."))
    if info.last_error_message:
        when = f" lúc {info.last_error_date:%H:%M %d/%m/%Y} (giờ UTC)" if info.last_error_date else ""
        said = f"Lần giao tin lỗi gần nhất{when}: {info.last_error_message}"
        found.append(Finding(Level.WARNING, said, "Xem bảng trục trặc trong docs/channels/telegram.md."))
    if info.pending_update_count > _MANY_WAITING:
        said = f"{info.pending_update_count} tin đang chờ ở Telegram."
        found.append(Finding(Level.WARNING, said, "troly serve có đang chạy không? Tin chờ quá 24 giờ sẽ mất."))
    return found

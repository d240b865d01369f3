"""Asks the Zalo Bot Platform who we are and how it delivers."""

from __future__ import annotations

from bot.channels.checking import Finding, Level, check_address, try_webhook
from bot.channels.zalo_bot_api import BotRefused, ZaloBotApi
from core.errors import UpstreamError

__all__ = ["check_zalo_bot"]


async def check_zalo_bot(api: ZaloBotApi, public_url: str, webhook_url: str, secret_headers: dict[str, str]) -> list[Finding]:
    """What is right and wrong with a bot.

    Args:
        api: Its methods.
        public_url: Address of our web server; of no matter when polling.
        webhook_url: Where Zalo is to call; empty when polling.
        secret_headers: Of a genuine call.
    """
    try:
        me = await api.call("getMe")
        info = await api.call("getWebhookInfo")
    except BotRefused as error:
        if error.code in (401, 404):
            cure = "Chép lại token từ tin nhắn của “Zalo Bot Manager” vào TROLY_ZALO_BOT_TOKEN, rồi khởi động lại."
            return [Finding(Level.ERROR, "Zalo không nhận token.", cure)]
        return [Finding(Level.ERROR, f"Zalo trả lời lỗi {error.code}.", "Chờ ít phút rồi kiểm tra lại.")]
    except UpstreamError as error:
        cure = "Kiểm tra mạng, tường lửa (ra cổng 443) và TROLY_ZALO_BOT_API_URL."
        return [Finding(Level.ERROR, f"Không gọi được Zalo Bot Platform ({error}).", cure)]
    name = me.get("account_name", "") if isinstance(me, dict) else ""
    found = [Finding(Level.OK, f"Zalo nhận ra bot “{name}”.")]
    known = info.get("url", "") if isinstance(info, dict) else ""
    if not webhook_url:
        return [*found, *_polling(known)]
    wrong = check_address(public_url)
    return [*found, *wrong, _webhook(known, webhook_url), *([] if wrong else [await try_webhook(webhook_url, secret_headers)])]


def _polling(known: str) -> list[Finding]:
    advice = Finding(
        Level.WARNING,
        "Nhận tin bằng polling: tin vừa lấy về mà máy tắt đột ngột thì mất, vì Zalo không giao lại.",
        "Khi chạy thật, đặt TROLY_ZALO_BOT_MODE=webhook.",
    )
    if not known:
        return [advice]
    said = "Đang chọn polling, nhưng Zalo còn giữ một webhook nên không lấy được tin."
    return [
        Finding(Level.ERROR, said, "Khởi động troly serve để gỡ webhook; nếu nó hiện lại, máy khác đang dùng chung token."),
        advice,
    ]


def _webhook(known: str, expected: str) -> Finding:
    if known == expected:
        return Finding(Level.OK, "Webhook đã đăng ký đúng địa chỉ.")
    said = "Zalo chưa có webhook." if not known else "Zalo đang gọi vào một địa chỉ khác."
    return Finding(Level.ERROR, said, "Khởi động lại troly serve để đăng ký; nếu vẫn khác, máy khác đang dùng chung token.")

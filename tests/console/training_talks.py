"""Thirty citizens ask for something new, a few for something else: what a trainer finds in the inbox on a Monday."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.storage.database import Database
from tests.storage.inbox import close_as_misread, not_helped, say

__all__ = ["NEW_MATTER", "fill_inbox"]

NEW_MATTER = (
    "người già đi xe buýt có được miễn phí không",
    "làm thẻ xe buýt miễn phí cho người cao tuổi ở đâu",
    "lam the xe buyt mien phi cho nguoi gia o dau",
    "thẻ đi xe buýt cho người cao tuổi cần giấy tờ chi",
    "mệ tui 70 tuổi muốn làm thẻ xe buýt miễn phí",
    "xin cấp thẻ xe buýt miễn phí",
    "the xe bus mien phi cho nguoi cao tuoi",
    "đi xe buýt không mất tiền thì phải có thẻ chi",
    "ba tôi ngoài 60 tuổi làm thẻ xe buýt ra sao",
    "thẻ xe buýt miễn phí bao lâu thì có",
    "mất thẻ xe buýt miễn phí thì làm lại ở đâu",
    "cho hỏi thẻ xe buýt miễn phí người khuyết tật",
    "người khuyết tật có được đi xe buýt miễn phí k",
    "học sinh nghèo có thẻ xe buýt miễn phí không",
    "lam the xe buyt can mang theo giay to gi",
    "thẻ xe buýt cho ông bà làm ở phường hay bến xe",
    "dk the xe buyt mien phi online dc ko",
    "đăng ký thẻ xe buýt miễn phí qua mạng được không",
    "bao nhiêu tuổi thì được cấp thẻ xe buýt miễn phí",
    "xe buýt miễn phí cho người cao tuổi áp dụng từ khi mô",
    "tui 65 tuổi rồi đi xe buýt có phải mua vé nữa không",
    "vé xe buýt người già có giảm không",
    "thẻ xe buýt miễn phí có thời hạn không",
    "làm thẻ xe buýt cho mẹ có cần mẹ đi cùng không",
    "ai duoc cap the xe buyt mien phi",
    "thương binh có được cấp thẻ xe buýt miễn phí không",
    "hồ sơ xin thẻ xe buýt miễn phí",
    "the xe buyt nguoi cao tuoi nop o phuong duoc khong",
    "xin hỏi thủ tục làm thẻ xe buýt miễn phí cho cha mẹ",
    "thẻ xe buýt miễn phí có dùng được mọi tuyến không",
)
_GOLD = ("giá vàng hôm nay", "gia vang sjc hom nay bao nhieu", "vàng nhẫn giá mấy", "giá vàng hôm ni")
_RESIDENCE = (
    "chuyển nhà sang phường khác thì khai báo chi",
    "dọn tới chỗ trọ mới phải báo ai",
    "mới thuê trọ cần khai chi không",
)


async def fill_inbox(database: Database, now: datetime | None = None) -> None:
    """Store them: the new matter mostly this week, the others now and then."""
    now = now or datetime.now(UTC)
    for number, text in enumerate(NEW_MATTER):
        ago = timedelta(days=9) if number % 8 == 7 else timedelta(hours=3 + 4 * number)
        outcome = "clarify" if number % 5 == 4 else "fallback"
        known = (
            {"candidates": ["the_bhyt", "tro_cap_xa_hoi_hang_thang"], "intent": "other_procedure"} if outcome == "clarify" else {}
        )
        await say(database, text, outcome, ago=ago, now=now, **known)
    for number, text in enumerate(_GOLD):
        await say(database, text, ago=timedelta(days=2 + 4 * number), now=now)
    asked = {"candidates": ["dang_ky_tam_tru", "dang_ky_thuong_tru"], "intent": "ask_steps", "confidence": 0.6}
    for number, text in enumerate(_RESIDENCE):
        ago = timedelta(days=1, hours=number)
        await say(database, text, "clarify", chat=f"khách trọ {number}", ago=ago, now=now, **asked)
        tapped = {"intent": "choose", "guide": "dang_ky_tam_tru", "confidence": 1.0}
        await say(
            database, "Đăng ký tạm trú", "answered", chat=f"khách trọ {number}", ago=ago - timedelta(minutes=1), now=now, **tapped
        )
    wrong = {"guide": "dang_ky_khai_sinh", "candidates": ["dang_ky_khai_sinh"], "intent": "ask_documents", "confidence": 0.8}
    told = await say(
        database, "xin trích lục khai sinh bản sao cần giấy chi", "answered", ago=timedelta(hours=30), now=now, **wrong
    )
    await not_helped(database, told, now=now)
    misread = await say(database, "đổi họ cho con theo họ mẹ", "answered", ago=timedelta(hours=20), now=now, **wrong)
    await close_as_misread(database, misread, now=now)

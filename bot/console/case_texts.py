"""Words of the case pages: what people read for states, causes, reasons and everything that happens to a case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from core import texts
from core.cases import CaseView, Presence
from core.guides import Guide
from core.understanding import ASPECTS, TOPIC_PREFIX

__all__ = [
    "AREAS",
    "CAUSES",
    "CHANNELS",
    "DELIVERY",
    "EVENTS",
    "OUTCOMES",
    "PRESENCE",
    "PRIORITIES",
    "REASONS",
    "STATES",
    "VIEWS",
    "intent_name",
    "time_left",
    "why_not_sent",
]

AREAS = texts.AREA_TITLES
VIEWS = {
    CaseView.NEW: "Chờ nhận",
    CaseView.MINE: "Của tôi",
    CaseView.TEAM: "Nhóm tôi",
    CaseView.WAITING: "Chờ bà con",
    CaseView.OVERDUE: "Quá hạn",
    CaseView.CLOSED: "Đã đóng",
    CaseView.ALL: "Tất cả",
}
STATES = {"new": "chờ nhận", "open": "đang xử lý", "waiting": "chờ bà con", "closed": "đã đóng", "deleted": "đã xóa"}
PRIORITIES = {1: "Nghi lừa đảo", 2: "Sắp hết hạn", 3: "Kẹt giữa chừng", 4: "Câu hỏi"}
CAUSES = {
    "misunderstood": "Trợ lý hiểu sai ý",
    "guide": "Hướng dẫn cũ hoặc sai",
    "portal": "Cổng bị lỗi",
    "papers": "Thiếu giấy tờ",
    "officer": "Cần cán bộ xử lý",
    "other": "Khác",
}
REASONS = {"asked": "Bà con muốn gặp người", "stuck": "Kẹt, đã thử các cách", "not_understood": "Trợ lý không hiểu hai lần liền"}
CHANNELS = {"web": "Web", "telegram": "Telegram", "zalo_oa": "Zalo OA", "zalo_bot": "Zalo Bot"}
EVENTS = {
    "opened": "Mở hồ sơ",
    "claimed": "Nhận hồ sơ",
    "replied": "Trả lời bà con",
    "asked": "Hỏi thêm bà con",
    "wrote": "Bà con trả lời",
    "enclosed": "Bà con gửi tệp",
    "released": "Trả lại hàng chờ",
    "forwarded": "Chuyển tiếp",
    "returned": "Trả lại người chuyển",
    "closed": "Đóng hồ sơ",
    "reopened": "Mở lại",
    "undelivered": "Tin không tới bà con, về hàng chờ",
    "requeued": "Về hàng chờ vì người giữ nghỉ",
    "escalated": "Chuyển lên nhóm trên",
    "warned": "Sắp quá hạn trả lời",
    "raised": "Nâng mức ưu tiên: nghi lừa đảo",
}
OUTCOMES = {
    "answered": "trợ lý trả lời",
    "clarify": "trợ lý hỏi lại",
    "step": "trợ lý chỉ bước",
    "smalltalk": "trò chuyện",
    "fallback": "trợ lý chưa hiểu",
    "handoff": "dành cho cán bộ",
    "safety": "cảnh báo lừa đảo",
}
DELIVERY = {
    "queued": "đang gửi",
    "sent": "đã gửi",
    "uncertain": "chưa rõ đã tới",
    "failed": "không gửi được",
    "dropped": "không gửi được",
}
PRESENCE = {Presence.HERE: "Có mặt", Presence.BUSY: "Bận", Presence.AWAY: "Nghỉ"}
_DIALOGUE = {
    "human": "Muốn gặp người",
    "greet": "Chào hỏi",
    "thanks": "Cảm ơn",
    "goodbye": "Tạm biệt",
    "affirm": "Đồng ý",
    "deny": "Từ chối",
    "next_step": "Bước tiếp",
    "previous_step": "Bước trước",
    "repeat": "Nhắc lại",
    "stuck": "Bị kẹt",
    "menu": "Xem chủ đề",
    "bot_identity": "Hỏi về trợ lý",
    "delete_data": "Xóa dữ liệu",
    "complaint": "Phàn nàn",
    "insult": "Bực bội",
    "vague_help": "Cần giúp, chưa rõ việc",
    "out_of_scope": "Ngoài phạm vi",
    "other_procedure": "Thủ tục chưa có hướng dẫn",
    "choose": "Bấm nút",
}


def intent_name(intent: str, guides: Mapping[str, Guide]) -> str:
    """An intent as people read it."""
    if intent in ASPECTS:
        return texts.SECTION_TITLES[ASPECTS[intent]]
    if intent.startswith(TOPIC_PREFIX) and (guide := guides.get(intent.removeprefix(TOPIC_PREFIX))):
        return guide.title
    return _DIALOGUE.get(intent, intent)


_NOT_SENT = (
    (
        "follow|blocked|forbidden|kicked|deactivated|chat not found|unreachable|Zalo Bot 403",
        "bà con đã chặn hoặc rời khỏi kênh này",
    ),
    ("silent|expired|long away", "quá thời hạn nền tảng cho trả lời, chờ bà con nhắn lại"),
    ("no more today|quota|too many|restricted", "nền tảng không cho gửi thêm lúc này"),
    ("token|unauthorized|not configured|Zalo Bot 40[14]", "kênh này đang cấu hình sai, báo người quản trị"),
    ("deleted", "bà con đã xóa dữ liệu của mình"),
)
"""What technical reasons of channels (see their ``*_errors.py``) mean to who wrote the reply."""


def why_not_sent(reason: str | None) -> str:
    """Why a reply did not arrive, as people read it; what is not known is told as it came.

    >>> why_not_sent("Forbidden: bot was blocked by the user"), why_not_sent("HTTP 500")
    ('bà con đã chặn hoặc rời khỏi kênh này', 'nền tảng báo: HTTP 500')
    """
    if not reason:
        return "chưa rõ lý do"
    known = (said for pattern, said in _NOT_SENT if re.search(pattern, reason, re.IGNORECASE))
    return next(known, f"nền tảng báo: {reason}")


def time_left(left: timedelta) -> str:
    """A span as people say it: hours up to three days, then days.

    >>> time_left(timedelta(hours=31, minutes=20)), time_left(timedelta(minutes=45)), time_left(timedelta(days=6))
    ('31 giờ', '45 phút', '6 ngày')
    """
    minutes = int(left.total_seconds() // 60)
    if minutes < 60:
        return f"{max(0, minutes)} phút"
    return f"{minutes // 60} giờ" if minutes < 72 * 60 else f"{minutes // (24 * 60)} ngày"

"""Words of the trainers' inbox."""

from __future__ import annotations

from core.inbox import Kind, Order, Reason

__all__ = ["KINDS", "ORDERS", "REASONS"]

REASONS = {
    Reason.REFUSED: "không trả lời được",
    Reason.CLARIFIED: "hỏi lại",
    Reason.UNSURE: "trả lời mà không chắc",
    Reason.TOLD_WRONG: "bà con báo chưa đúng",
    Reason.MISREAD: "cán bộ ghi hiểu sai ý",
}
ORDERS = {
    Order.BOTH: "Nhiều người hỏi và đang tăng",
    Order.CITIZENS: "Nhiều người hỏi nhất",
    Order.RISE: "Tăng nhanh nhất",
    Order.NEWEST: "Mới nhất",
}
KINDS = {
    Kind.INTENT: "Thêm vào ý định",
    Kind.GUIDE: "Thuộc hướng dẫn",
    Kind.OUT_OF_SCOPE: "Ngoài phạm vi dịch vụ công",
    Kind.NOT_OURS: "Thủ tục chưa có hướng dẫn",
    Kind.UNCLEAR: "Không rõ hỏi gì",
    Kind.RIGHT: "Trợ lý đã làm đúng",
}

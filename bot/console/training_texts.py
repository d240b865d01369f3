"""Words of the trainers' pages that come from code."""

from __future__ import annotations

from nlu.training.intents import IntentKind

__all__ = ["EDITS", "KINDS", "subject_name"]

KINDS = {
    IntentKind.TOPIC: "Chủ đề có hướng dẫn",
    IntentKind.REPLY: "Câu trả lời ngắn",
    IntentKind.ASPECT: "Điều hỏi về thủ tục",
    IntentKind.DIALOGUE: "Trò chuyện",
}
EDITS = {
    "intent.new": "Thêm ý định",
    "intent.add": "Thêm câu",
    "intent.reword": "Sửa câu",
    "intent.move": "Chuyển câu",
    "intent.remove": "Xóa câu",
    "intent.answer": "Sửa câu trả lời",
    "intent.rename": "Đổi mã",
    "intent.split": "Tách ý định",
    "intent.merge": "Gộp ý định",
    "intent.drop": "Xóa ý định",
    "guide.new": "Thêm hướng dẫn",
    "guide.change": "Sửa hướng dẫn",
    "guide.wordings": "Thêm cách gọi",
    "story.add": "Thêm kịch bản kiểm thử",
    "import": "Nhập từ tệp",
    "undo": "Hoàn tác",
    "discard": "Bỏ thay đổi của tệp",
    "catch_up": "Lấy thay đổi của bản đang dùng",
}
"""What an edit of the draft did; others fall back to their own name."""


def subject_name(subject: str) -> str:
    """What an edit was made to, for reading."""
    kind, _, name = subject.partition(":")
    return {"intent": "ý định", "guide": "hướng dẫn", "file": "tệp"}.get(kind, kind) + f" {name}"

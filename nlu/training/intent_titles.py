"""What the product's own intents are called in the console. A topic has its guide's title, a reply its own (see content)."""

from __future__ import annotations

__all__ = ["INTENT_TITLES"]

INTENT_TITLES = {
    "ask_overview": "Hỏi chung về thủ tục",
    "ask_steps": "Hỏi cách làm từng bước",
    "ask_documents": "Hỏi giấy tờ cần có",
    "ask_fee": "Hỏi lệ phí",
    "ask_time": "Hỏi bao lâu xong",
    "ask_where": "Hỏi làm ở đâu",
    "ask_online": "Hỏi làm qua mạng được không",
    "ask_eligibility": "Hỏi ai được làm, điều kiện",
    "ask_result": "Hỏi nhận được gì",
    "ask_form": "Hỏi mẫu đơn, tờ khai",
    "ask_status": "Hỏi hồ sơ tới đâu rồi",
    "ask_problem": "Gặp trục trặc khi làm",
    "other_procedure": "Thủ tục chưa có hướng dẫn",
    "greet": "Chào hỏi",
    "thanks": "Cảm ơn",
    "goodbye": "Tạm biệt",
    "affirm": "Đồng ý",
    "deny": "Không đồng ý",
    "next_step": "Sang bước sau",
    "previous_step": "Về bước trước",
    "repeat": "Nói lại",
    "stuck": "Bị kẹt ở bước đang làm",
    "human": "Muốn gặp cán bộ",
    "menu": "Xem trợ lý giúp được gì",
    "bot_identity": "Hỏi trợ lý là ai",
    "delete_data": "Xóa dữ liệu của tôi",
    "complaint": "Phàn nàn trợ lý",
    "insult": "Nói nặng lời",
    "vague_help": "Nhờ giúp mà chưa nói việc gì",
    "out_of_scope": "Ngoài phạm vi dịch vụ công",
    "choose": "Bấm nút",
}

"""What the console says from code; the rest stands in its templates."""

from __future__ import annotations

__all__ = [
    "AUDIT_ACTIONS",
    "AUDIT_AREAS",
    "AUDIT_DETAILS",
    "AUDIT_SUBJECTS",
    "AUDIT_VALUES",
    "DONE",
    "ERRORS",
    "ERROR_TITLE",
    "ERROR_TITLES",
    "STALE_FORM",
]

ERROR_TITLE = "Không thực hiện được"
ERROR_TITLES = {401: "Phiên làm việc đã hết", 403: "Không có quyền", 404: "Không tìm thấy", 429: "Thử lại sau"}
ERRORS = {
    400: "Yêu cầu không đọc được. Hãy tải lại trang rồi thử lại.",
    401: "Phiên làm việc đã hết. Hãy đăng nhập lại ở thẻ mới rồi bấm lại; những gì đang gõ ở đây vẫn còn.",
    403: "Tài khoản của anh/chị không có quyền mở trang hoặc làm việc này.",
    404: "Trang hoặc dữ liệu này không có, hoặc không thuộc phạm vi của anh/chị.",
    405: "Trang này không nhận thao tác đó. Hãy quay lại và thử từ nút trên trang.",
    413: "Nội dung gửi lên quá lớn.",
    422: "Có mục chưa đúng. Hãy xem lại rồi gửi lại.",
    500: "Hệ thống đang trục trặc, thao tác chưa được lưu. Hãy thử lại sau ít phút; nếu vẫn lỗi, báo người quản trị.",
}
STALE_FORM = "Trang này mở đã lâu hoặc từ trước lần đăng nhập vừa rồi. Hãy quay lại, tải lại trang rồi gửi lại."

DONE = {
    "quyet-dinh": "Đã xếp xong các câu đã chọn.",
    "tra-lai": "Đã hoàn tác; các câu trở lại hộp thư.",
    "kich-ban": "Đã lưu kịch bản kiểm thử vào bản nháp.",
    "luu": "Đã lưu.",
    "hoan-tac": "Đã hoàn tác.",
    "duyet": "Đã duyệt.",
    "claim": "Anh/chị đã nhận hồ sơ. Trợ lý ngừng trả lời; bà con đã được báo.",
    "answer": "Đã gửi trả lời.",
    "ask": "Đã gửi câu hỏi thêm; hồ sơ chờ bà con.",
    "release": "Đã trả hồ sơ về hàng chờ; trợ lý trả lời tiếp.",
    "forward": "Đã chuyển hồ sơ.",
    "give_back": "Đã trả lại hồ sơ.",
    "close": "Đã đóng hồ sơ; bà con đã được báo.",
    "reopen": "Đã mở lại hồ sơ.",
    "dong": "Đã đóng các hồ sơ đã chọn.",
    "mat-khau": "Đã đổi mật khẩu. Những nơi khác đang đăng nhập đã bị đăng xuất.",
    "dang-xuat": "Đã đăng xuất.",
    "dang-xuat-noi-khac": "Đã đăng xuất ở mọi nơi khác.",
    "tat-hai-lop": "Đã tắt bảo mật hai lớp.",
    "khoa": "Đã khóa tài khoản và đăng xuất khỏi mọi nơi.",
    "mo": "Đã mở lại tài khoản.",
    "bo-hai-lop": "Đã bỏ bảo mật hai lớp của tài khoản. Người quản trị phải cài lại ở lần đăng nhập sau.",
}
"""After a change: the query parameter ``xong`` names one, so that no address can put words into the page."""

AUDIT_AREAS = {
    "sign_in": "Đăng nhập",
    "sign_out": "Đăng xuất",
    "staff": "Tài khoản",
    "case": "Hồ sơ hỗ trợ",
    "desk": "Điều phối",
    "file": "Ảnh, tài liệu",
    "retention": "Xóa dữ liệu cũ",
    "citizen": "Yêu cầu của bà con",
    "content": "Nội dung huấn luyện",
}
AUDIT_ACTIONS = {
    "sign_in": "Đăng nhập",
    "sign_in.refused": "Sai mật khẩu",
    "sign_in.code_refused": "Sai mã xác thực",
    "sign_out": "Đăng xuất",
    "sign_out.elsewhere": "Đăng xuất ở nơi khác",
    "case.view": "Xem hồ sơ",
    "case.claim": "Nhận hồ sơ",
    "case.answer": "Trả lời bà con",
    "case.ask": "Hỏi thêm bà con",
    "case.release": "Trả lại hàng chờ",
    "case.forward": "Chuyển hồ sơ",
    "case.give_back": "Trả lại người chuyển",
    "case.close": "Đóng hồ sơ",
    "case.reopen": "Mở lại hồ sơ",
    "case.export": "Xuất danh sách hồ sơ",
    "desk.rules": "Sửa giờ làm việc, thời hạn",
    "desk.teams": "Sửa nhóm, điều phối",
    "desk.canned": "Sửa câu trả lời soạn sẵn",
    "desk.presence": "Đổi trạng thái có mặt",
    "staff.add": "Thêm tài khoản",
    "staff.change": "Sửa tài khoản",
    "staff.link": "Cấp liên kết thiết lập",
    "staff.password_set": "Đặt mật khẩu",
    "staff.disable": "Khóa tài khoản",
    "staff.enable": "Mở lại tài khoản",
    "staff.totp_on": "Bật bảo mật hai lớp",
    "staff.totp_off": "Bỏ bảo mật hai lớp",
    "staff.recovery_codes": "Cấp mã dự phòng",
    "file.view": "Xem ảnh, tài liệu",
    "file.add": "Thêm ảnh, tài liệu",
    "retention.run": "Xóa dữ liệu cũ",
    "citizen.forget": "Xóa theo yêu cầu của bà con",
    "content.edit": "Sửa bản nháp",
    "training.view": "Xem hội thoại để huấn luyện",
    "training.rule": "Xếp câu trong hộp thư huấn luyện",
    "training.undo": "Hoàn tác việc xếp câu",
    "training.story": "Lưu kịch bản kiểm thử",
    "content.approve": "Duyệt hướng dẫn",
    "content.export": "Xuất câu ví dụ",
}
"""Actions of the audit log, as administrators read them."""

AUDIT_SUBJECTS = {
    "case": "hồ sơ",
    "staff": "tài khoản",
    "file": "tệp số",
    "conversation": "cuộc trò chuyện số",
    "retention": "lần xóa số",
    "team": "nhóm",
    "route": "tuyến số",
    "canned": "câu soạn sẵn",
}
"""What an entry is about: the kind before the colon."""

AUDIT_DETAILS = {
    "messages": "tin nhắn",
    "conversations": "cuộc trò chuyện",
    "cases": "hồ sơ hỗ trợ",
    "attachments": "ảnh và tài liệu",
    "orphans": "tệp không thuộc về đâu",
    "inbox": "câu trong hộp thư huấn luyện",
    "rulings": "quyết định huấn luyện",
    "audit": "mục nhật ký",
    "links": "liên kết thiết lập",
    "attempts": "lượt đăng nhập sai",
    "file": "tệp số",
    "bytes": "byte",
    "address": "địa chỉ mạng",
    "by": "bằng",
    "kind": "việc",
    "edit": "thay đổi số",
    "version": "bản",
    "format": "loại tệp",
    "display_name": "tên bà con thấy",
    "role": "vai trò",
    "sessions": "phiên đăng nhập",
    "wards": "phạm vi",
}
AUDIT_VALUES = {"link": "liên kết thiết lập", "totp": "mã trên điện thoại", "recovery": "mã dự phòng"}

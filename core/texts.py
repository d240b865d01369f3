"""Every sentence the bot says that is not part of a guide: plain, polite, short Vietnamese."""

from __future__ import annotations

from core.guides import Section

__all__ = ["AREA_TITLES", "FOLLOW_UP_LABELS", "SECTION_TITLES", "UNKNOWN_SECTION"]

SECTION_TITLES: dict[Section, str] = {
    Section.SUMMARY: "Tóm tắt",
    Section.ELIGIBILITY: "Ai được làm, điều kiện",
    Section.DOCUMENTS: "Giấy tờ cần có",
    Section.STEPS: "Các bước",
    Section.WHERE: "Nộp ở đâu",
    Section.ONLINE: "Nộp qua mạng",
    Section.FEE: "Lệ phí",
    Section.TIME: "Thời gian giải quyết",
    Section.RESULT: "Kết quả nhận được",
    Section.FORM: "Mẫu đơn, tờ khai",
    Section.PROBLEMS: "Vướng mắc hay gặp",
    Section.STATUS: "Theo dõi hồ sơ",
}

FOLLOW_UP_LABELS: dict[Section, str] = {
    Section.STEPS: "Chỉ tôi làm từng bước",
    Section.DOCUMENTS: "Cần giấy tờ gì?",
    Section.FEE: "Lệ phí bao nhiêu?",
    Section.TIME: "Mấy ngày xong?",
    Section.WHERE: "Nộp ở đâu?",
    Section.ONLINE: "Nộp qua mạng được không?",
    Section.ELIGIBILITY: "Ai được làm?",
    Section.PROBLEMS: "Vướng mắc hay gặp",
    Section.RESULT: "Nhận được gì?",
    Section.FORM: "Mẫu đơn nào?",
    Section.STATUS: "Theo dõi hồ sơ",
    Section.SUMMARY: "Tóm tắt",
}

UNKNOWN_SECTION: dict[Section, str] = {
    Section.SUMMARY: "",
    Section.ELIGIBILITY: "Tôi chưa có thông tin chắc chắn về điều kiện cho trường hợp này.",
    Section.DOCUMENTS: "Tôi chưa có danh sách giấy tờ chắc chắn cho việc này.",
    Section.STEPS: "Tôi chưa có hướng dẫn từng bước cho việc này.",
    Section.WHERE: "Tôi chưa có thông tin chắc chắn về nơi nộp.",
    Section.ONLINE: "Tôi chưa có thông tin chắc chắn về việc nộp qua mạng.",
    Section.FEE: "Tôi chưa có mức thu chính thức.",
    Section.TIME: "Tôi chưa có thời hạn chính thức.",
    Section.RESULT: "Tôi chưa có thông tin chắc chắn về kết quả nhận được.",
    Section.FORM: "Tôi chưa có mẫu đơn chính thức cho việc này. Nộp qua mạng thì điền mẫu ngay trên màn hình.",
    Section.PROBLEMS: "Tôi chưa có danh sách vướng mắc cho việc này.",
    Section.STATUS: "Bà con xem mã hồ sơ trên giấy hẹn, rồi tra cứu trên dichvucong.gov.vn hoặc xem thông báo trong VNeID.",
}

ASK_ON_THE_SPOT = "Bà con hỏi lại tại nơi nộp hồ sơ, hoặc bấm “Gặp cán bộ” để được trả lời."

AREA_TITLES: dict[str, str] = {
    "vneid": "VNeID, định danh điện tử",
    "cong_dvc": "Cổng dịch vụ công",
    "chu_ky_so": "Chữ ký số",
    "an_toan": "Cảnh giác lừa đảo",
    "ho_tich": "Khai sinh, kết hôn, khai tử",
    "cu_tru": "Cư trú, hộ khẩu",
    "can_cuoc": "Thẻ căn cước",
    "ho_chieu": "Hộ chiếu",
    "tu_phap": "Sao y, chứng thực, lý lịch",
    "giao_thong": "Xe, bằng lái, phạt nguội",
    "bao_hiem": "Bảo hiểm xã hội, y tế",
    "dat_dai": "Đất đai, sổ đỏ",
    "thue": "Thuế",
    "kinh_doanh": "Hộ kinh doanh, công ty",
    "xay_dung": "Xây nhà",
    "dien_nuoc": "Điện, nước",
    "an_sinh": "Trợ cấp, hộ nghèo",
    "nguoi_co_cong": "Người có công",
    "giao_duc": "Trường học, bằng cấp",
    "quan_su": "Nghĩa vụ quân sự",
    "phan_anh": "Phản ánh, góp ý",
}
"""Menu groups in the order they are offered."""

HUMAN = "Gặp cán bộ"
MENU = "Chủ đề khác"
NONE_OF_THESE = "Không phải những việc này"
DONE = "Xong"
STUCK = "Tôi bị kẹt"
BACK = "Quay lại"
MORE = "Xem thêm"
NOT_THESE_ERRORS = "Không phải những lỗi này"
OTHER_ERRORS = "Lỗi khác"

GREETING = (
    "Chào bà con! Tôi là Trợ lý Dịch vụ công Huế, một chương trình máy, không phải cán bộ. "
    "Tôi chỉ cách làm giấy tờ, nộp hồ sơ qua mạng và dùng VNeID. Bà con cần việc gì, cứ gõ như nói chuyện."
)
IDENTITY = (
    "Tôi là máy trả lời tự động của Trợ lý Dịch vụ công Huế, không phải cán bộ hay công an. "
    "Tôi chỉ hướng dẫn, không xem được hồ sơ và không bao giờ hỏi mật khẩu, mã OTP. Cần người, bà con bấm “Gặp cán bộ”."
)
THANKS = "Dạ không có chi. Cần thêm việc gì bà con cứ nhắn, tôi ở đây."
GOODBYE = "Dạ chào bà con. Khi nào cần, nhắn lại cho tôi là được."
PLEASE_SAY = (
    "Dạ, bà con cần làm giấy tờ gì hoặc đang vướng chỗ nào? "
    "Cứ nói ngắn gọn, ví dụ “làm giấy khai sinh” hoặc “quên mật khẩu VNeID”."
)
MENU_TEXT = "Tôi giúp được những nhóm việc sau. Bà con chọn một nhóm, hoặc gõ thẳng việc cần làm."
AREA_TEXT = "{area}: bà con cần việc nào?"
BY_LIFE_EVENT = "Theo việc trong đời"
BY_AREA = "Theo lĩnh vực"
LIFE_EVENTS_TEXT = "Nhà bà con đang có việc gì? Chọn một việc, tôi đưa các giấy tờ thường phải làm."
LIFE_EVENT_TEXT = "{event}: thường phải làm những việc sau, theo thứ tự. Bà con chọn việc cần."
ADDRESS_NOTED = "Dạ, tôi nhớ rồi. Bà con cần việc gì?"
REPEATING = "Tôi xin nhắc lại. Nếu chưa đúng việc, bà con nói cách khác giúp tôi, hoặc bấm “Gặp cán bộ”."
EMERGENCY = (
    "Nguy hiểm tính mạng, bà con gọi ngay: {numbers}. Tôi là máy, không gọi giúp được. "
    "Có người ở gần thì hô to để được giúp. An toàn rồi, bà con nhắn lại, tôi ở đây."
)
EMERGENCY_NUMBERS: dict[str, str] = {"113": "công an", "114": "chữa cháy, cứu nạn", "115": "cấp cứu"}
"""Nationwide numbers."""
INSULT = "Tôi xin lỗi vì chưa làm bà con vừa ý. Bà con nói lại việc cần làm, hoặc bấm “Gặp cán bộ” để có người giúp."
COMPLAINT = "Tôi xin lỗi vì trả lời chưa đúng ý. Bà con nói lại giúp bằng cách khác, hoặc bấm “Gặp cán bộ” để có người giúp."
NOT_UNDERSTOOD = "Tôi chưa hiểu ý bà con. Bà con nói rõ hơn tên việc cần làm, ví dụ “đăng ký tạm trú”, hoặc chọn bên dưới."
OUT_OF_SCOPE = (
    "Việc này nằm ngoài phần tôi giúp được. Tôi chỉ trả lời về thủ tục hành chính, dịch vụ công trực tuyến, VNeID và chữ ký số."
)
CLARIFY = "Bà con muốn hỏi việc nào sau đây?"
CLARIFY_SECTION = "Về “{section}”, bà con hỏi cho việc nào?"
WHICH_PROCEDURE = "Bà con hỏi về thủ tục nào? Ví dụ “đăng ký tạm trú”, “làm căn cước”, “sang tên xe”."
NO_CONTEXT_STEP = "Hiện tôi chưa đang chỉ bước nào. Bà con cần làm việc gì?"
STUCK_ASK = "Bước {n}: bà con vướng chỗ nào?"
STUCK_NO_CAUSES = "Bước này tôi chưa biết lỗi nào khác. Bà con thử làm lại từ đầu bước, hoặc bấm “Gặp cán bộ” để có người giúp."
STUCK_CURE = "{cause}: {cure}"
WALK_DONE = "Vậy là xong các bước của việc “{title}”. Bà con làm tốt lắm!"
WALK_DONE_TIME = "Thời gian giải quyết: {text}"
WALK_DONE_RESULT = "Kết quả: {text}"
WAITING = "Dạ, bà con cứ thong thả. Khi nào xong thì nhắn “xong”, vướng chỗ nào thì nhắn tôi biết."
STOPPED = "Dạ, mình tạm dừng ở đây. Khi nào làm tiếp, bà con nhắn “làm tiếp” là tôi chỉ lại đúng bước đang dở."
STEP = "Bước {n}/{total}: {do}"
STEP_SEE = "Làm đúng sẽ thấy: {see}"
STEPS_INTRO = "{title} có {total} bước. Mình đi từng bước một."
BRANCH_FIRST = "Để chỉ đúng phần của bà con, tôi hỏi một câu:"
BRANCH_MORE = "Phần còn lại tùy trường hợp. {ask}"
BRANCH_OWN = "Để tôi chỉ riêng phần của bà con: {ask}"
BRANCH_STEP = "Nếu là “{case}”: {do}"
NOT_SURE = "Tôi không rõ"
OTHER_CASE = "Đổi trường hợp"
NOTHING_TO_REPEAT = "Tôi chưa nói gì để nhắc lại. Bà con cần hỏi việc gì?"
CHOICE_EXPIRED = "Lựa chọn này không còn dùng được. Bà con gõ lại việc cần hỏi giúp tôi."
DELETE_ASK = "Xóa hết tin nhắn của bà con trong cuộc trò chuyện này, kể cả hồ sơ hỗ trợ đang chờ? Xóa rồi không lấy lại được."
DELETE_YES = "Đồng ý xóa"
DELETE_NO = "Không xóa"
DELETED = "Đã xóa mọi tin nhắn của bà con ở đây. Hệ thống chỉ giữ số đếm, không giữ nội dung."
KEPT = "Dạ, tôi giữ nguyên, không xóa gì."
CASE_OPENED = (
    "Tôi đã chuyển câu hỏi cho cán bộ hỗ trợ số. Mã của bà con là {code}. "
    "Cán bộ trả lời ngay trong cuộc trò chuyện này; bà con nhớ mã để hỏi lại khi cần."
)
CASE_AFTER_MISSES = (
    "Tôi vẫn chưa hiểu, nên đã chuyển câu hỏi cho cán bộ hỗ trợ số. Mã của bà con là {code}. "
    "Cán bộ trả lời ngay trong cuộc trò chuyện này."
)
CASE_STUCK = (
    "Tôi đã chuyển cho cán bộ hỗ trợ số: việc “{title}”, bước {n}, và những cách bà con đã thử. Mã của bà con là {code}. "
    "Cán bộ trả lời ngay trong cuộc trò chuyện này."
)
CASE_EXPECTED_TODAY = "Dự kiến có trả lời trước {time} hôm nay."
CASE_EXPECTED = "Dự kiến có trả lời trước {time}, {day}."
CASE_NOBODY_NOW = "Hiện ngoài giờ làm việc."
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
CASE_ALREADY = "Hồ sơ hỗ trợ {code} của bà con đang mở. {state}"
CASE_TAKEN = "{name} đã nhận hồ sơ hỗ trợ {code}. Từ giờ bà con nhắn ở đây là cán bộ đọc; tôi tạm ngừng trả lời."
CASE_RELEASED = "Hồ sơ hỗ trợ {code} đang chờ cán bộ khác. Trong lúc chờ, bà con vẫn hỏi tôi được."
CASE_CLOSED = (
    "Hồ sơ hỗ trợ {code} đã xong. Nếu vẫn vướng, trong {days} ngày bà con cứ nhắn tiếp ở đây, hồ sơ sẽ mở lại. "
    "Việc khác thì hỏi tôi như thường."
)
CASE_REOPENED = "Tôi đã mở lại hồ sơ hỗ trợ {code} để cán bộ xem tiếp. {state}"
CASE_STATES: dict[str, str] = {
    "new": "Hồ sơ đang chờ cán bộ nhận.",
    "open": "{name} đang xem hồ sơ.",
    "waiting": "{name} đã trả lời và chờ bà con nói thêm; bà con nhắn ngay ở đây.",
    "closed": "Hồ sơ đã xong ngày {date}.",
}
CASE_STATUS = "Hồ sơ hỗ trợ {code}: {state}"
CASE_NOT_YOURS = "Tôi không thấy hồ sơ hỗ trợ {code} trong cuộc trò chuyện này. Bà con xem lại mã giúp tôi."
CASE_NONE = "Bà con chưa có hồ sơ hỗ trợ nào ở đây. Cần người giúp, bà con bấm “Gặp cán bộ”."
STAFF = "Cán bộ"
STAFF_ALERT = "{what}: {code} · {harm} · {where} · {area}"
STAFF_ALERT_QUIET = "Trong giờ yên lặng có {number} hồ sơ mới hoặc cần xem lại; {waiting} hồ sơ còn chờ nhận{kinds}."
STAFF_ALERT_NO_WARD = "chưa rõ phường, xã"
STAFF_ALERT_NO_AREA = "chưa rõ lĩnh vực"
STAFF_ALERT_HARM = {1: "nghi lừa đảo", 2: "sắp hết hạn", 3: "kẹt giữa chừng", 4: "câu hỏi"}
STAFF_ALERTS: dict[str, str] = {
    "opened": "Hồ sơ mới",
    "reopened": "Hồ sơ mở lại",
    "undelivered": "Trả lời không tới bà con",
    "requeued": "Hồ sơ về hàng chờ",
    "escalated": "Chuyển lên nhóm trên",
    "warned": "Sắp quá hạn trả lời",
    "raised": "Nay nghi lừa đảo",
}
STAFF_SAYS = "{name}: {text}"
PRIVACY_WARNING = (
    "Tin nhắn vừa rồi có {what}. Tôi đã che đi và không lưu. Bà con đừng gửi mã OTP, mật khẩu hay số thẻ cho bất kỳ ai, "
    "kể cả cán bộ; nếu lỡ gửi nơi khác, hãy đổi ngay."
)
SECRET_NAMES = {"[mã xác thực]": "mã xác thực", "[mật khẩu]": "mật khẩu", "[số thẻ/tài khoản]": "số thẻ hoặc tài khoản ngân hàng"}
TOO_LONG = "Tin nhắn dài quá nên tôi chỉ đọc được phần đầu. Bà con hỏi ngắn gọn từng việc giúp tôi."
EMPTY = "Tôi chỉ đọc được chữ. Bà con gõ câu hỏi giúp tôi, ví dụ “làm căn cước cần giấy tờ gì”."
FILE_LABELS: dict[str, str] = {
    "image": "[ảnh]",
    "file": "[tài liệu]",
    "audio": "[tin nhắn thoại]",
    "video": "[video]",
    "location": "[vị trí]",
    "sticker": "[nhãn dán]",
    "other": "[nội dung khác]",
}
"""What stands in the transcript for a message without a word."""
FILE_NEEDS_CASE = (
    "Tôi là máy nên không xem được ảnh, tài liệu. Muốn cán bộ xem, bà con bấm “Gặp cán bộ” trong 24 giờ, "
    "tôi chuyển luôn vào hồ sơ. Cần hỏi gì, bà con cứ gõ chữ."
)
FILE_UNREADABLE = (
    "Tôi không nghe được tin nhắn thoại, không xem được video, nhãn dán, vị trí. Bà con gõ chữ giúp tôi, "
    "ví dụ “làm căn cước cần giấy tờ gì”."
)
FILE_UNREADABLE_BY_STAFF = (
    "Ở đây cán bộ chỉ đọc được chữ, ảnh và tài liệu PDF. Tin nhắn thoại, video hay vị trí thì bà con gõ lại bằng chữ giúp."
)
FILE_KEPT = "Tôi đã chuyển {count} tệp của bà con vào hồ sơ hỗ trợ {code} để cán bộ xem."
FILE_REFUSED = "Có tệp tôi chưa nhận được. {reason}"
FILE_LOST = "Nền tảng không giao tệp cho tôi. Bà con gửi lại giúp."
FILE_TOO_MANY = "Hôm nay bà con đã gửi nhiều tệp quá. Ngày mai bà con gửi tiếp giúp tôi."
FOREIGN = "Tôi chỉ hiểu tiếng Việt. Bà con gõ câu hỏi bằng tiếng Việt giúp tôi. (Please write in Vietnamese.)"
TRY_LATER = "Hệ thống đang trục trặc, tôi chưa trả lời được. Bà con nhắn lại sau ít phút giúp tôi."
LATE = (
    "Xin lỗi bà con, hệ thống gián đoạn nên tôi chưa kịp trả lời tin nhắn trước. "
    "Bà con còn cần việc gì thì nhắn lại, tôi trả lời ngay."
)
TO_CONFIRM = "Cần xác nhận tại nơi nộp: {what}"
OVERDUE = "Nội dung này lẽ ra được kiểm tra lại trước ngày {date}; có thể đã thay đổi, bà con hỏi lại nơi làm trước khi đi."
GUIDE_DUE = (
    "Hướng dẫn “{title}” đã đến hạn kiểm tra lại ({date}). Đơn vị phụ trách: {owner}. "
    "Quá 14 ngày thì trợ lý ngừng nói lệ phí và bước trả tiền."
)
STALE_STEP = "Bước này có thể đã thay đổi và đang chờ kiểm tra lại. Bà con liên hệ cán bộ trước khi làm bước này."
STALE_FEE = "Mức thu đang chờ kiểm tra lại nên tôi chưa dám nói. Bà con liên hệ cán bộ hoặc hỏi nơi nộp trước khi trả tiền."
LOW_CONFIDENCE = "Thông tin này còn cần xác nhận tại nơi nộp."
RESUME_STEP = "Tiếp tục bước {n}"
STILL_STUCK = "Vẫn chưa được"
REPLY_WITH_NUMBER = "Bà con trả lời bằng số, ví dụ: 1"
MORE_CHOICES = "Hoặc chọn:"
BOT_COMMANDS: dict[str, str] = {
    "start": "Bắt đầu lại từ đầu",
    "menu": "Xem các nhóm việc",
    "canbo": "Gặp cán bộ hỗ trợ",
    "hoso": "Xem hồ sơ hỗ trợ của tôi",
    "xoa": "Xóa tin nhắn của tôi",
}
"""The list behind Telegram's menu button."""
VERIFIED_ON = "Đã kiểm tra ngày {date}"
SOURCES = "Nguồn: {links}"
LEGAL_BASIS = "Căn cứ: {items}"

WEB_WRONG_ORIGIN = "Yêu cầu không đến từ trang này. Bà con mở lại trang trò chuyện rồi thử lại."
WEB_NO_COOKIE = "Trình duyệt chưa nhận cookie của trang. Bà con tải lại trang, hoặc cho phép cookie rồi thử lại."
TOO_MANY = "Bà con nhắn nhanh quá. Chờ một lát rồi gửi tiếp giúp tôi."
WEB_FILE_NEEDS_CASE = "Ảnh, tài liệu chỉ cán bộ xem được. Bà con bấm “Gặp cán bộ” để mở hồ sơ trước, rồi bấm “Gửi lại”."
WEB_FILE_TYPE = "Trang chỉ nhận ảnh và tài liệu PDF. Giấy tờ khác bà con chụp ảnh rồi gửi."
WEB_BAD_MESSAGE = "Tin nhắn không đọc được hoặc dài quá. Bà con tải lại trang và gửi ngắn hơn giúp tôi."
NOT_COVERED = (
    "Thủ tục này tôi chưa có hướng dẫn nên không dám trả lời sai. Bà con tìm tên thủ tục trên dichvucong.gov.vn, "
    "hoặc bấm “Gặp cán bộ” để được trả lời."
)
WEB_NOT_FOUND = "Đường dẫn này không có trên trang. Bà con bấm bên dưới để về trang trò chuyện."
WEB_ERROR_TITLE = "Không mở được trang"
ZALO_LOGIN_TITLE = "Đã đồng ý ở Zalo"
ZALO_LOGIN_COPY = "Chép trọn địa chỉ trên thanh địa chỉ của trình duyệt, rồi dán vào lệnh “troly zalo login” đang chờ."
WEB_BACK = "Về trang trò chuyện"

CATALOGUE_OWNER = "Cổng Dịch vụ công quốc gia"
CATALOGUE_SOURCE = "Theo Cổng Dịch vụ công quốc gia, cập nhật ngày {date}"
CATALOGUE_SOURCE_UNDATED = "Theo Cổng Dịch vụ công quốc gia, không ghi ngày cập nhật"
CATALOGUE_SEE_PORTAL = "xem trên Cổng"
CATALOGUE_ABOUT = "Thủ tục lĩnh vực {sector}, làm ở {level}."
CATALOGUE_ABOUT_SECTOR = "Thủ tục lĩnh vực {sector}."
CATALOGUE_ABOUT_LEVEL = "Thủ tục làm ở {level}."
CATALOGUE_DECIDES = "Nơi quyết định: {authority}."
CATALOGUE_ONLINE_SHORT = "Nộp qua mạng được (theo Cổng)."
CATALOGUE_OFFLINE_SHORT = "Cổng không nêu cách nộp qua mạng."
CATALOGUE_TIME_SHORT = "Thời hạn: {time}."
CATALOGUE_TIME_VARIES = "khác nhau tùy trường hợp"
CATALOGUE_LOCAL = "Thủ tục riêng của địa phương, do {publisher} công bố; nơi khác có thể làm khác."
CATALOGUE_AWAY = (
    "Thủ tục này do một tỉnh, thành phố khác công bố riêng, ở Huế có thể không có. "
    "Bà con hỏi Trung tâm Phục vụ hành chính công trước khi làm."
)
CATALOGUE_FULL_NAME = "Tên đầy đủ: {name}"
CATALOGUE_LEVELS: dict[str, str] = {
    "cấp xã": "phường, xã",
    "cấp tỉnh": "tỉnh, thành phố",
    "cấp bộ": "bộ, ngành trung ương",
}
CATALOGUE_CHANNELS: dict[str, str] = {
    "ONLINE": "Nộp qua mạng",
    "DIRECT": "Nộp trực tiếp",
    "POSTAL": "Gửi qua bưu điện",
}
CATALOGUE_OTHER_CHANNEL = "Cách nộp khác"
CATALOGUE_UNITS: dict[str, str] = {
    "WORKING_DAY": "ngày làm việc",
    "DAY": "ngày",
    "HOUR": "giờ",
    "MONTH": "tháng",
    "YEAR": "năm",
}
CATALOGUE_TIME_UNKNOWN = "Cổng không ghi rõ thời hạn."
CATALOGUE_TIME_ASK = "Bà con hỏi ngày hẹn trả kết quả tại nơi nộp."
CATALOGUE_TIME_MORE = "Cổng ghi thêm: {note}"
CATALOGUE_FEE_UNKNOWN = "Cổng không ghi số tiền; như vậy chưa phải là miễn phí, cần xác nhận tại nơi nộp."
CATALOGUE_FEE_NOTE = "Cần xác nhận tại nơi nộp: Cổng không ghi số tiền, chỉ ghi: {note}."
CATALOGUE_FEE_NO_UNIT = "Cần xác nhận tại nơi nộp: Cổng ghi số {value}, chưa rõ đơn vị tiền."
CATALOGUE_FEE_NO_UNIT_CASE = "Cần xác nhận tại nơi nộp: Cổng ghi số {value}, chưa rõ đơn vị tiền ({note})."
CATALOGUE_FEE_TO_CONFIRM = "Mức phí, lệ phí."
CATALOGUE_FEE_MORE = "Còn {count} mức khác, xem trên Cổng."
CATALOGUE_ONLINE_FULL = "Nộp qua mạng được. Theo Cổng, làm trọn trên mạng (toàn trình)."
CATALOGUE_ONLINE_PART = "Nộp qua mạng được. Theo Cổng, chỉ một phần làm trên mạng; có thể phải đến nơi."
CATALOGUE_ONLINE_UNSURE = "Nộp qua mạng được, nhưng Cổng ghi chưa thống nhất là toàn trình hay một phần; xem kỹ trước khi nộp."
CATALOGUE_ONLINE_LEVEL_UNKNOWN = "Nộp qua mạng được (theo Cổng)."
CATALOGUE_ONLINE_CONTRADICTS = "Cổng ghi là làm trọn trên mạng (toàn trình) nhưng không nêu cách nộp qua mạng; xem lại trên Cổng."
CATALOGUE_ONLINE_NONE = "Cổng không nêu cách nộp qua mạng cho thủ tục này."
CATALOGUE_ONLINE_HOW = "Mở dichvucong.gov.vn, tìm mã {code}, đăng nhập bằng tài khoản VNeID rồi nộp hồ sơ."
CATALOGUE_ONLINE_TO_CONFIRM = "Có nộp trọn qua mạng được không."
CATALOGUE_WHERE_DONE_BY = "Nơi giải quyết: {authority}."
CATALOGUE_COUNTER_WARD = "Nộp trực tiếp tại Trung tâm Phục vụ hành chính công phường, xã."
CATALOGUE_COUNTER_PROVINCE = "Nộp trực tiếp tại Trung tâm Phục vụ hành chính công tỉnh, thành phố."
CATALOGUE_COUNTER_BOTH = "Nộp trực tiếp tại Trung tâm Phục vụ hành chính công phường, xã hoặc tỉnh, thành phố."
CATALOGUE_COUNTER_OFFICE = "Nộp trực tiếp tại bộ phận nhận hồ sơ của cơ quan giải quyết."
CATALOGUE_NO_COUNTER = "Cổng không nêu cách nộp trực tiếp."
CATALOGUE_POSTAL = "Gửi qua bưu điện được."
CATALOGUE_WHERE_ONLINE = "Nộp qua mạng được trên dichvucong.gov.vn."
CATALOGUE_CONDITIONAL = "Chỉ khi thuộc trường hợp này"
CATALOGUE_MORE_DOCUMENTS = "Còn {count} giấy tờ khác, xem trên Cổng"
CATALOGUE_FORMS = "Mẫu cần điền: {name}."
CATALOGUE_FORMS_HOW = "Tải mẫu ở trang của thủ tục trên Cổng, hoặc lấy tại nơi nộp."
CATALOGUE_NO_FORM = "Cổng không ghi mẫu đơn riêng cho thủ tục này. Bà con hỏi mẫu tại nơi nộp."
CATALOGUE_MORE_STEPS = "Còn phần khác của trình tự, xem trên Cổng."
CATALOGUE_FOR = "Dành cho: {users}."
CATALOGUE_NO_CONDITIONS = "Cổng ghi không có điều kiện riêng."
CATALOGUE_MORE_CONDITIONS = "Còn điều kiện khác, xem trên Cổng."
CATALOGUE_MORE_RESULTS = "Còn {count} kết quả khác, xem trên Cổng."
CATALOGUE_STATUS = (
    "Bà con giữ mã hồ sơ trên giấy hẹn, rồi tra cứu trên dichvucong.gov.vn hoặc xem thông báo trong VNeID. "
    "Quá hẹn thì hỏi nơi nộp."
)

HELPED = "Giúp được"
NOT_HELPED = "Chưa giúp được"
FEEDBACK_REASONS = ("Trả lời sai việc", "Nói chưa rõ", "Thông tin cũ", "Lý do khác")
FEEDBACK_THANKS = "Dạ, cảm ơn bà con đã cho biết. Cần hỏi thêm gì cứ nhắn."
FEEDBACK_WHY = "Tôi xin lỗi. Chưa được ở chỗ nào, bà con cho tôi biết; hoặc chọn việc khác, hoặc gặp cán bộ."
FEEDBACK_NOTED = "Tôi đã ghi nhận để sửa, cảm ơn bà con. Có phải bà con cần một trong những việc này không?"
SAVE_FOR_LATER = "Lưu lại để làm sau"
CODE_GIVEN = (
    "Đã lưu việc “{title}”, bước {n}. Mã tiếp tục: {code}. Bà con chép lại; trước ngày {date}, gõ mã này ở đây hoặc ở kênh khác "
    "của tôi là làm tiếp. Mã không chứa thông tin riêng của bà con."
)
CODE_NOTHING = "Hiện chưa có việc nào đang làm dở để lưu. Nếu bà con đã có mã tiếp tục, cứ gõ mã vào đây, chữ thường cũng được."
CODE_UNKNOWN = "Mã này không đúng hoặc đã hết hạn. Bà con xem lại từng chữ rồi gõ lại, hoặc hỏi lại việc cần làm từ đầu."
CODE_TOO_OFTEN = "Bà con đã gõ sai mã nhiều lần. Một giờ nữa hãy thử lại, hoặc hỏi lại việc cần làm từ đầu."
DONE_ASK = "Hôm trước tôi có chỉ bà con việc “{title}”. Bà con đã làm xong chưa? Tôi chỉ hỏi việc này một lần."
DONE_YES = "Rồi"
DONE_NO = "Chưa"
DONE_WELL = "Vậy là tốt rồi, chúc mừng bà con! Cần thêm việc gì cứ nhắn tôi."
DONE_NOT_YET = "Dạ không sao, bà con cứ thong thả. Khi nào làm tiếp thì bấm bên dưới hoặc nhắn tôi."
BE_QUIET = "Đừng nhắn nữa"
QUIET = "Dạ, từ nay tôi không nhắn trước cho bà con nữa. Bà con hỏi gì, tôi vẫn trả lời."
NOTICE = "Thông báo: {text}"
CHECKLIST_LINK = "Bản in để mang theo"
BOT_NAME = "Trợ lý Dịch vụ công Huế"
CHECKLIST_NAME = "Tờ ghi việc cần làm – Trợ lý Dịch vụ công Huế"
CHECKLIST_CODE = "Mã thủ tục trên Cổng Dịch vụ công quốc gia: {code}"
CHECKLIST_DOCUMENTS = "Giấy tờ cần có"
CHECKLIST_WHEN = "Chỉ khi: {when}"
CHECKLIST_STEPS = "Các bước"
CHECKLIST_TO_ASK = "Cần hỏi lại tại nơi nộp"
CHECKLIST_QR = "Quét mã để mở trang này"
CHECKLIST_ADDRESS = "Địa chỉ trang này: {address}"
CHECKLIST_PRIVATE = "Tờ này không có thông tin riêng của ai. Bà con đừng ghi mật khẩu hay mã OTP vào đây."
CHECKLIST_PAGE = "Trang {n}"

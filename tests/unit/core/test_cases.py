"""Which message asks about a case, which reply asks for a secret, and who is helped first."""

from __future__ import annotations

import pytest

from core.cases import Priority, asked_code, priority_of
from core.errors import UserFacingError
from core.staff_reply import LONGEST, asks_for_secret, checked


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/hoso ACDH-2345", "ACDH-2345"),
        ("hoso acdh 2345", "ACDH-2345"),
        ("ACDH-2345", "ACDH-2345"),
        ("hồ sơ hỗ trợ ACDH-2345 tới đâu rồi", "ACDH-2345"),
        ("cho tôi hỏi mã hồ sơ acdh-2345 sao rồi cô", "ACDH-2345"),
        ("/hoso", ""),
        ("hồ sơ hỗ trợ của tôi tới đâu rồi?", ""),
        ("yêu cầu hỗ trợ đã giải quyết chưa", ""),
        ("xem hồ sơ hỗ trợ", ""),
        ("hồ sơ hỗ trợ hộ nghèo nộp thế nào", None),
        ("hồ sơ hỗ trợ mai táng phí gồm những gì", None),
        ("hồ sơ đất đai của tôi tới đâu rồi", None),
        ("số tôi 0905 1234", None),
        ("2025-2026 con tôi học lớp mấy", None),
        ("làm hộ chiếu cần gì", None),
    ],
)
def test_question_about_a_case_is_told_from_others(text: str, code: str | None) -> None:
    """By the words for it and by the look of its code; support for the poor is another matter."""
    assert asked_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "Bác gửi mã OTP cho em với",
        "mật khẩu VNeID của bác là gì ạ",
        "bác đọc giúp mã xác thực vừa về máy",
        "cho em xin mật khẩu để em vào làm giúp",
        "chup man hinh ma otp gui em",
        "Bác đừng lo. Nhắn mã kích hoạt qua đây nhé",
    ],
)
def test_demand_for_a_secret_is_noticed(text: str) -> None:
    """However it is worded, with or without accents."""
    assert asks_for_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "Bác đừng gửi mã OTP cho ai, kể cả cán bộ",
        "Không đọc mật khẩu cho bất kỳ ai",
        "Bác nhập mã OTP vào ô trên ứng dụng VNeID rồi bấm tiếp tục",
        "Bác cần đổi mật khẩu VNeID ngay",
        "Quên mật khẩu thì bấm Quên mật khẩu ở màn hình đăng nhập",
        "Bác gửi ảnh màn hình bị lỗi cho em",
    ],
)
def test_advice_about_secrets_passes(text: str) -> None:
    """Warning of them, and telling where to type them, is what staff are for."""
    assert not asks_for_secret(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("  ", "Chưa có nội dung"),
        ("a" * (LONGEST + 1), "tối đa"),
        ("CCCD của bác là 046123456789 đúng không", "số giấy tờ"),
        ("xem ở http://dichvucong-gov.vn.xyz.com", "đường dẫn"),
    ],
)
def test_reply_that_may_not_be_sent_says_why(text: str, said: str) -> None:
    """In Vietnamese, for who typed it."""
    with pytest.raises(UserFacingError, match=said):
        checked(text, ("gov.vn",))


def test_office_gives_out_its_own_number_and_pages() -> None:
    """They leave as they were typed."""
    text = "Bác gọi 0234 3822 123 hoặc xem https://dichvucong.gov.vn/p/home"
    assert checked(f" {text} ", ("gov.vn",)) == text


@pytest.mark.parametrize(
    ("said", "safety", "stuck", "priority"),
    [
        ("hỏi cho biết", False, False, Priority.QUESTION),
        ("làm không được", False, True, Priority.STUCK),
        ("thứ sáu này hết hạn rồi", False, True, Priority.DEADLINE),
        ("phai nop truoc ngay mai", False, False, Priority.DEADLINE),
        ("mai hết hạn", True, True, Priority.SCAM),
        ("thời hạn giải quyết bao lâu", False, False, Priority.QUESTION),
    ],
)
def test_most_harmful_wait_comes_first(said: str, safety: bool, stuck: bool, priority: Priority) -> None:
    """A scam, then a deadline, then a step, then a question."""
    assert priority_of([said], safety=safety, stuck=stuck) is priority

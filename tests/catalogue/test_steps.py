"""The course of a procedure as actions of the citizen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.catalogue.making import guide


def steps(*parts: str | dict[str, str], **fields: Any) -> list[str]:
    """What the citizen is told to do."""
    listed = [{"text": part} if isinstance(part, str) else part for part in parts]
    return [step.do for step in guide(steps=listed, **fields).sections.steps]


def test_steps_lose_their_numbering() -> None:
    """The bot numbers them itself."""
    assert steps("Bước 1: Người nộp chuẩn bị hồ sơ.\n Bước 2. - Người nộp gửi hồ sơ;") == [
        "Người nộp chuẩn bị hồ sơ.",
        "Người nộp gửi hồ sơ.",
    ]


def test_steps_within_one_line_are_told_apart() -> None:
    """Many records put them into one paragraph."""
    assert steps("Bước 1: Chủ xe khai báo; Bước 2: Chủ xe nộp phí.Bước 3: Chủ xe nhận biển số.") == [
        "Chủ xe khai báo.",
        "Chủ xe nộp phí.",
        "Chủ xe nhận biển số.",
    ]


def test_work_of_the_office_is_left_out() -> None:
    """With all that stands below it."""
    told = steps(
        "Bước 1: Cá nhân nộp hồ sơ đến Công an cấp xã.\n"
        "Bước 2: Cán bộ kiểm tra hồ sơ và thực hiện như sau:\n"
        "- Trường hợp hồ sơ đủ điều kiện thì cấp phiếu hẹn.\n"
        "- Chuyển hồ sơ đến lãnh đạo.\n"
        "Bước 3: Cá nhân nộp lệ phí."
    )
    assert told == ["Cá nhân nộp hồ sơ đến Công an cấp xã.", "Cá nhân nộp lệ phí."]


@pytest.mark.parametrize(
    "office",
    [
        "Trong thời hạn 07 ngày làm việc, kể từ ngày nhận đủ hồ sơ, công chức rà soát, trình Chủ tịch.",
        "Sau 05 ngày làm việc, Chủ tịch Ủy ban nhân dân cấp xã quyết định.",
        "Trường hợp hồ sơ chưa đầy đủ, hợp lệ thì cơ quan tiếp nhận báo cho người nộp bổ sung.",
        "Trường hợp hồ sơ cần sửa đổi, bổ sung, cơ quan thông báo cho doanh nghiệp.",
        "UBND xã tổ chức họp lấy ý kiến.",
        "Uỷ ban nhân dân xã niêm yết kết quả.",
        "Tổ chức thẩm định tại chỗ.",
        "Tiếp nhận hồ sơ và viết phiếu hẹn.",
    ],
)
def test_line_of_the_office_is_recognised(office: str) -> None:
    """By who its sentence begins with, after times and conditions."""
    assert steps(f"- Người dân nộp hồ sơ.\n- {office}") == ["Người dân nộp hồ sơ."]


@pytest.mark.parametrize(
    "citizen",
    [
        "Khi có nhu cầu đổi giấy thì người khuyết tật làm đơn.",
        "Bổ sung hồ sơ khi được yêu cầu.",
        "Các đối tượng có nhu cầu làm hồ sơ.",
        "Căn cứ ngày hẹn, tổ chức, cá nhân nhận kết quả.",
        "Nếu nộp trực tuyến, người yêu cầu đăng nhập Cổng dịch vụ công.",
        "Số lượng bao nhiêu do người nộp tự khai.",
    ],
)
def test_line_of_the_citizen_is_recognised(citizen: str) -> None:
    """Accents count: "Số" is no "Sở", and "Đối tượng" no "Đội"."""
    assert citizen in steps(f"- Người dân nộp hồ sơ.\n- {citizen}")


def test_procedure_of_offices_alone_is_still_told() -> None:
    """Better their course than none."""
    assert steps("- Sở lập danh sách.\n- Ủy ban nhân dân tỉnh quyết định.") == [
        "Sở lập danh sách.",
        "Ủy ban nhân dân tỉnh quyết định.",
    ]


def test_heading_joins_the_line_below_it() -> None:
    """Alone it is no action."""
    told = steps(
        {"name": "a) Nộp hồ sơ:", "text": "Chủ quán nộp một bộ."}, {"name": "b) Giải quyết:", "text": "Phường kiểm tra."}
    )
    assert told == ["Nộp hồ sơ: Chủ quán nộp một bộ."]
    assert steps("Trường hợp nộp qua mạng:\n- Người nộp đăng nhập bằng VNeID.") == [
        "Trường hợp nộp qua mạng: Người nộp đăng nhập bằng VNeID."
    ]


def test_heading_that_says_nothing_is_left_out() -> None:
    """As are notes after the course."""
    assert steps("Trình tự thực hiện:\n- Người nộp gửi đơn.\n* Lưu ý:\n- Người nộp giữ biên nhận.") == ["Người nộp gửi đơn."]


def test_line_broken_within_a_sentence_is_one_line() -> None:
    """Some texts were copied out of a page of print."""
    assert steps("- Người nộp gửi đơn tới\nphòng một cửa của\nphường.") == ["Người nộp gửi đơn tới phòng một cửa của phường."]


def test_long_step_ends_with_a_sentence_or_a_word() -> None:
    """At most 45 words."""
    sentence = "Người nộp mang " + "giấy tờ " * 14 + "theo."
    assert steps("- Người nộp gọi.\n- " + f"{sentence} {sentence}") == ["Người nộp gọi.", sentence]
    cut = steps("- Người nộp gọi.\n- Người nộp mang " + "giấy tờ " * 60)[1]
    assert len(cut.split()) <= 45
    assert cut.endswith("…")


def test_of_many_steps_nine_are_told() -> None:
    """The last says that there is more."""
    told = steps("\n".join(f"- Người nộp làm việc {n}." for n in range(1, 15)))
    assert told[7:] == ["Người nộp làm việc 8.", "Còn phần khác của trình tự, xem trên Cổng."]


def test_record_without_steps_has_none() -> None:
    """Nor does punctuation alone make one."""
    assert steps() == []
    assert steps("- \n…\n***") == []

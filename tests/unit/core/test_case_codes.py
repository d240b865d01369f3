"""A case code in a message: heard however it is typed, and never heard in ordinary words."""

from __future__ import annotations

import pytest

from core.cases import asked_code
from core.handoff import new_case_code


@pytest.mark.parametrize(
    "form", ["{}", "hồ sơ {}", "mã {} tới đâu rồi", "hồ sơ hỗ trợ {} của tôi giải quyết tới đâu rồi vậy ạ", "/hoso {}"]
)
def test_every_code_is_heard(form: str) -> None:
    """As it was given out, and in small letters."""
    for _ in range(200):
        code = new_case_code()
        assert asked_code(form.format(code)) == code
        assert asked_code(form.format(code.lower())) == code


def test_a_code_without_its_dash_is_heard() -> None:
    """In one word or two, where the message is little else or names the case."""
    for typed in ("acdh2345", "ACDH 2345", "mã acdh 2345 tới đâu rồi", "hồ sơ hỗ trợ của tôi là acdh2345, xem giúp"):
        assert asked_code(typed) == "ACDH-2345"


@pytest.mark.parametrize(
    "typed",
    [
        "điền mẫu CT01 nhập hộ khẩu như thế nào cho đúng",
        "mẫu CT07 dùng để làm chi, xem ở mô",
        "d9o7n xin chuye6n3 tru7o7ng2 cua3 con d9u7o7c5 cha6p1 nha6n5 chu7a, xem o73 d9a6u",
        "xem tuo6i3 lam2 nha2 na8m nay",
        "làm hộ chiếu",
    ],
)
def test_ordinary_words_are_no_code(typed: str) -> None:
    """Names of forms, and messages in VNI keystrokes."""
    assert asked_code(typed) is None

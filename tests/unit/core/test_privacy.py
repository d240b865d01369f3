"""Personal data never gets past `mask`; what is no personal data stays readable."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.privacy import PersonalData, mask
from core.text import clean

_DIGIT = re.compile(r"\d")


def grouped(digits: str, sizes: tuple[int, ...], gap: str) -> str:
    """`digits` in groups of the given sizes: ("046123456789", (4, 4, 4), " ") → "0461 2345 6789"."""
    groups, at = [], 0
    for size in sizes:
        groups.append(digits[at : at + size])
        at += size
    return gap.join(groups)


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


gaps = st.sampled_from([" ", "-", "", "\u00a0", "–", "_"])
before = st.sampled_from(["", "sđt ", "SĐT: ", "số em là ", "tôi tên Lan, ", "(", "cccd của mạ tui là ", "Zalo:", "…", "“"])
after = st.sampled_from(["", " nhé", ".", ", cảm ơn", ")", "!", "\nxin cảm ơn", "?", "”", " ạ"])

id_cards = st.builds(
    lambda rest, sizes, gap: grouped("0" + rest, sizes, gap),
    _digits(11),
    st.sampled_from([(12,), (4, 4, 4), (3, 3, 3, 3), (3, 9)]),
    gaps,
)
old_id_cards = st.builds(
    lambda rest, sizes, gap: grouped("1" + rest, sizes, gap), _digits(8), st.sampled_from([(9,), (3, 3, 3)]), gaps
)
mobiles = st.builds(
    lambda first, rest, sizes, gap: grouped(f"0{first}{rest}", sizes, gap),
    st.sampled_from("35789"), _digits(8), st.sampled_from([(10,), (4, 3, 3), (3, 3, 4), (4, 2, 2, 2), (3, 4, 3)]),
    st.one_of(gaps, st.just(".")),
)  # fmt: skip
abroad = st.builds(
    lambda plus, first, rest, sizes, gap: plus + gap + grouped(first + rest, sizes, gap),
    st.sampled_from(["+84", "84"]), st.sampled_from("35789"), _digits(8), st.sampled_from([(9,), (3, 3, 3), (2, 3, 4)]), gaps,
)  # fmt: skip
landlines = st.builds(lambda rest, gap: f"0234{gap}3{grouped(rest, (3, 3), gap)}", _digits(6), st.one_of(gaps, st.just(".")))
cards = st.builds(
    lambda digits, gap: grouped(digits, (4,) * (len(digits) // 4) + ((len(digits) % 4,) if len(digits) % 4 else ()), gap),
    st.one_of(_digits(16), _digits(19)), gaps,
)  # fmt: skip
accounts = st.integers(10**8, 10**14 - 1).map(lambda number: f"stk {number}")


@given(before, st.one_of(id_cards, old_id_cards, mobiles, abroad, landlines, cards, accounts), after)
def test_identity_phone_and_card_numbers_are_masked_in_every_spelling(lead: str, number: str, tail: str) -> None:
    """Not one digit of it is left, with or without gaps, whatever stands around it."""
    masked = mask(lead + number + tail)
    assert not _DIGIT.search(masked.text)
    assert masked.found
    assert masked.text.startswith(lead)
    assert masked.text.endswith(tail)


@given(st.one_of(id_cards, mobiles, cards), before, after)
def test_decomposed_text_is_masked_like_composed_text(number: str, lead: str, tail: str) -> None:
    """A phone that sends NFD gets the same protection."""
    text = lead + number + tail
    assert mask(unicodedata.normalize("NFD", text)) == mask(unicodedata.normalize("NFC", text))


@given(
    st.sampled_from(
        [
            "otp",
            "mã otp",
            "ma otp",
            "mã xác thực",
            "mã xác nhận",
            "ma xac minh",
            "mã kích hoạt",
            "mã pin",
            "pin",
            "passcode",
            "pass code",
            "mã 6 số",
        ]
    ),
    st.sampled_from(
        [" là ", ": ", " ", " = ", " của tôi là ", " vneid của em là ", " gửi về là ", " vừa nhận được: ", " mới là "]
    ),
    st.sampled_from(["482913", "4829", "482 913", "4 8 2 9 1 3", "48-29-13", "12345678"]),
    st.sampled_from(["NFC", "NFD"]),
    st.booleans(),
)
def test_one_time_codes_are_masked_after_every_introduction(words: str, glue: str, code: str, form: str, capitals: bool) -> None:
    """The words before a code give it away, accented or not, in capitals or not."""
    text = unicodedata.normalize(form, words + glue + code + " nhé")  # type: ignore[arg-type]  # one of two literals
    masked = mask(text.upper() if capitals else text)
    assert not _DIGIT.search(masked.text.lower().replace("6 số", ""))
    assert masked.found == {PersonalData.CODE}


@pytest.mark.parametrize(
    "text",
    ["482913 là mã otp của tôi", "OTP (482913)", "otp “482913”", "otp: [482913]", "OTP482913",
    "otp vneid gửi về máy tui là 482913", "mã otp bữa ni 482913",
     "họ bảo đọc otp thì tôi đọc 482913"],
)  # fmt: skip
def test_one_time_codes_are_masked_in_other_spellings(text: str) -> None:
    """In brackets, in quotes, run together with the word, with a few words between."""
    assert "482913" not in mask(text).text
    assert mask(text).found == {PersonalData.CODE}


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("mật khẩu là Hue@2024", "Hue@2024"), ("mk: hue12345", "hue12345"), ("pass: abcdef", "abcdef"), ("password=abc123!",
        "abc123!"),
        ("mật khẩu vneid của tôi là Hue@2024!", "Hue@2024"), ("mat khau moi la hue2024 nhé", "hue2024"), ("MẬT KHẨU: HUE2024",
        "HUE2024"),
        ("pass vneid của mẹ là con123", "con123"), ("mật khẩu đăng nhập: 123456", "123456"), ("mật khẩu cũ : abcd", "abcd"),
    ],
)  # fmt: skip
def test_passwords_are_masked(text: str, secret: str) -> None:
    """Whatever follows "mật khẩu là"."""
    masked = mask(text)
    assert secret not in masked.text
    assert masked.found == {PersonalData.PASSWORD}


@pytest.mark.parametrize("text", ["mật khẩu Hue@2024", "mk hue12345", "mật khẩu vneid Hue@2024 mà không vô được"])
def test_passwords_without_a_sign_before_them_are_masked(text: str) -> None:
    """Letters mixed with digits right after "mật khẩu" are no ordinary word."""
    assert "2024" not in mask(text).text
    assert "12345" not in mask(text).text


@pytest.mark.parametrize(
    "text",
    ["mật khẩu là gì", "mật khẩu là gì?", "mật khẩu cũ là sao", "quên mật khẩu", "mật khẩu bị sai", "đổi mật khẩu thế nào",
    "mk là chi", "mã otp là gì",
     "otp không về", "mật khẩu có 8 ký tự", "passcode 6 số là gì", "mã pin là mã chi rứa"],
)  # fmt: skip
def test_questions_about_passwords_and_codes_stay(text: str) -> None:
    """Asking is not telling."""
    assert mask(text).text == text
    assert not mask(text).found


@given(st.from_regex(r"[a-z][a-z0-9._+-]{0,20}[a-z0-9]@[a-z0-9]{2,12}(\.[a-z]{2,6}){1,2}", fullmatch=True), before, after)
def test_email_addresses_are_masked(address: str, lead: str, tail: str) -> None:
    """Also in brackets and before a full stop."""
    masked = mask(lead + address + tail)
    assert "@" not in masked.text
    assert PersonalData.EMAIL in masked.found


# beside other numbers and letters


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        ("046.123.456.789", "789"),
        ("cccd 046.123.456.789", "789"),
        ("cmnd 191.234.567", "567"),
        ("sinh 12/05/1990 0905 123 456", "456"),
        ("sinh 12/05/1990 046 123 456 789", "789"),
        ("1.004194 0905 123 456", "0905"),
        ("H57-250101-0001 0905 123 456", "0905"),
        ("sđt.0905 123 456", "0905"),
        ("Lan,0905.123.456", "0905"),
        ("sdt0905 123 456", "0905"),
        ("0905 123 456nhé", "0905"),
        ("0905.123.456ạ", "0905"),
        ("4111-1111-1111-1111x", "1111"),
        ("0905 - 123 - 456", "0905"),
        ("0905/123/456", "0905"),
        ("0905,123,456", "0905"),
        ("0905\u2011123\u2011456", "0905"),
        ("stk 12345678 vietcombank", "12345678"),
    ],
)
def test_numbers_beside_other_signs_are_masked(text: str, leak: str) -> None:
    """A date, a portal code, a letter or another gap next to a number does not save it from being masked."""
    assert leak not in mask(clean(text)).text


@pytest.mark.parametrize(
    "text",
    [
        "0905 123 456 0912 345 678",
        "0905123456, 0912345678",
        "046123456789;191234567",
        "0905123456/0912345678",
        "046123456789 0905123456 12/05/1990",
    ],
)
def test_several_numbers_are_all_masked(text: str) -> None:
    """One number does not hide the next."""
    assert not _DIGIT.search(mask(text).text.replace("12/05/1990", ""))


# kept


@pytest.mark.parametrize(
    "text",
    [
        "1.004194", "thủ tục 1.004194 là gì", "2.001234 và 1.001193", "H57.22-250101-0001", "000.00.22.H57-250101-0001",
        "mã hồ sơ H57-251120-0012 tới đâu rồi",
        "12/05/1990", "5/7/2025", "12-05-1990", "12.05.1990", "1990-05-12", "từ 01/7/2025 đến 28/02/2027",
        "15/08/2026 28/02/2027", "năm 2025, 2026",
        "19000368", "1900 0368", "1900.0368", "18001096", "1800 1096", "19001075", "gọi 113 hay 115", "156 và 5656",
        "120.000.000 đồng", "2.500.000.000", "8.000 đồng", "1.200.000đ", "50000000 đồng", "1,200,000,000 đồng",
        "500.000 - 700.000",
        "123/2015/NĐ-CP", "118/2025/QH15", "66.7/2025/NQ-CP", "số 12 đường Lê Lợi", "7h30-11h30 13h30-17h", "xe 75B1-123.45",
        "tôi 66 tuổi, con 14 tuổi",
        "https://dichvucong.gov.vn/thu-tuc/1.004194", "thửa đất 123 tờ bản đồ 45", "3.000.000",
    ],
)  # fmt: skip
def test_numbers_that_are_no_personal_data_stay(text: str) -> None:
    """Portal codes, application codes, dates, hotlines, money, laws and addresses are needed to answer."""
    assert mask(text) == mask(mask(text).text)
    assert mask(text).text == text


@pytest.mark.parametrize("text", ["000.00.22.h57-250101-0001", "h57-250101-0001", "h57.22-251120-00123"])
def test_application_codes_typed_in_small_letters_stay(text: str) -> None:
    """The entity extractor reads them in either case, so they must arrive whole."""
    assert mask(text).text == text


@given(st.dates(), st.sampled_from(["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]), before, after)
def test_dates_stay(day: object, form: str, lead: str, tail: str) -> None:
    """A date of birth is asked for by no one, but deadlines and laws are dated."""
    text = f"{lead}{day:{form}}{tail}"
    if len(f"{day:{form}}") == 10:  # years before 1000 are printed short
        assert mask(text).text == text


@given(
    st.integers(1, 9), st.lists(st.integers(0, 999), min_size=1, max_size=3), st.sampled_from([" đồng", "đ", " vnđ", "", " VND"])
)
def test_money_with_points_stays(first: int, groups: list[int], unit: str) -> None:
    """Fees are written 8.000 or 1.200.000."""
    text = "phí " + ".".join([str(first), *(f"{group:03}" for group in groups)]) + unit
    assert mask(text).text == text


# any text

_FRAGMENTS = st.one_of(
    st.sampled_from(["otp", "mã xác thực", "mật khẩu", "mk", "pass", "passcode", "là", ":", "=", " ", " ", ".", ",", "-", "/",
    "(", ")", "[", "]", "[email]",
                     "[mật khẩu]", "@", "gmail.com", "của tôi", "không", "gì", "H57-", "1.004194", "12/05/1990", "\n", "\u200b",
                     "１２３"]),
    st.text("0123456789", min_size=1, max_size=14),
    st.text(min_size=1, max_size=6),
)  # fmt: skip
any_text = st.lists(_FRAGMENTS, max_size=14).map("".join)


@given(any_text)
@example("mật khẩu:mật khẩu: abcd1")
@example("otp 123456789012")
def test_masking_twice_changes_nothing(text: str) -> None:
    """What is stored can be masked again, in a report or an export, without being damaged."""
    once = mask(text).text
    assert mask(once).text == once


@given(any_text)
def test_no_run_of_nine_digits_survives(text: str) -> None:
    """Whatever else is in the message."""
    assert not re.search(r"\d{9}", mask(text).text)


@given(any_text)
def test_what_was_found_stands_in_the_text(text: str) -> None:
    """The kinds reported are those that were put in."""
    masked = mask(text)
    assert all(kind.value in masked.text for kind in masked.found)


def test_only_codes_passwords_and_cards_are_secrets() -> None:
    """A citizen is warned about these; names of papers and phone numbers need no warning."""
    assert {kind for kind in PersonalData if kind.secret} == {PersonalData.CODE, PersonalData.PASSWORD, PersonalData.CARD}

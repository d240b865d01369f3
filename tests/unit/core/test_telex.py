"""Messages typed with the input method switched off."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.search import words_of
from core.telex import is_syllable, undo_telex
from core.text import Lexicon

_TELEX = [
    ("ddawng kys tamj trus", "đăng ký tạm trú"),
    ("ddawng kys keets hoon", "đăng ký kết hôn"),
    ("khai sinh cho con owr ddaau", "khai sinh cho con ở đâu"),
    ("toi muoons lamf canw cuwowcs", "toi muốn làm căn cước"),
    ("giaays chuwngs nhaanj", "giấy chứng nhận"),
    ("quyeenf suwr dungj ddaats", "quyền sử dụng đất"),
    ("dduwowngf truwowngf", "đường trường"),
    ("nguowif cao tuooir", "người cao tuổi"),
    ("hooj chieeus bao nhieeu tieenf", "hộ chiếu bao nhiêu tiền"),
    ("nghiax vuj quaan suwj", "nghĩa vụ quân sự"),
    ("baor hieemr xax hooij", "bảo hiểm xã hội"),
    ("chuwx kys soos", "chữ ký số"),
    ("soor ddor", "sổ đỏ"),
    ("hoof sow", "hồ sơ"),
    ("khoong nhaanj dduwowcj", "không nhận được"),
    ("maats ddieenj thoaij", "mất điện thoại"),
    ("lamf sao ddeer kichs hoatj", "làm sao để kích hoạt"),
    ("duocwj tuooir", "dược tuổi"),
    ("leej phis", "lệ phí"),
    ("thuwowngf trus", "thường trú"),
    ("xacs nhaanj tinhf trangj hoon nhaan", "xác nhận tình trạng hôn nhân"),
    ("vieets ddonw", "viết đơn"),
    ("mowr tieemj", "mở tiệm"),
    ("quee quans", "quê quán"),
    ("thuees ddaats", "thuế đất"),
    ("dangd kys", "đang ký"),
    ("duowngd ddaats", "đương đất"),
]
_VNI = [
    ("d9a8ng ky1", "đăng ký"),
    ("ho65 chie61u", "hộ chiếu"),
    ("ca8n cu7o7c1", "căn cước"),
    ("d9a8ng ky1 ta5m tru1", "đăng ký tạm trú"),
    ("gia61y to72", "giấy tờ"),
    ("le65 phi1 bao nhie6u", "lệ phí bao nhiêu"),
    ("so63 d9o3", "sổ đỏ"),
    ("kho6ng d9u7o75c", "không được"),
]
_STAYS = [
    "test",
    "test box max",
    "b1 hay b2",
    "bằng lái a1",
    "iphone 15 pro max",
    "xe sh150",
    "mẫu ct07",
    "kt3",
    "covid19",
    "wifi yếu quá",
    "gmail facebook zalo",
    "windows xp",
    "toi muon dang ky ket hon",
    "xin chao ban",
    "mua xe cu",
    "giay to xe may",
    "lam the can cuoc cho con nho",
    "nop phat giao thong",
    "vneid bị lỗi",
    "app của ai",
    "vb2 a4 f0",
    "ngày 2 tháng 9",
    "quốc lộ 1a",
    "mất sổ đỏ",
]


@pytest.mark.parametrize(("typed", "meant"), _TELEX)
def test_telex_keystrokes_are_replayed(typed: str, meant: str) -> None:
    """What the keys would have made, once enough words show that they are keystrokes."""
    assert " ".join(words_of(typed, Lexicon([]))) == meant


@pytest.mark.parametrize(("typed", "meant"), _VNI)
def test_vni_keystrokes_are_replayed(typed: str, meant: str) -> None:
    """Digits after letters are accents when the message shows it."""
    assert " ".join(words_of(typed, Lexicon([]))) == meant


@pytest.mark.parametrize("typed", _STAYS)
def test_ordinary_words_stay(typed: str) -> None:
    """Foreign words, licence classes, forms, unaccented and accented Vietnamese are no keystrokes."""
    assert undo_telex(typed.split()) == typed.split()


def test_one_look_alike_in_a_long_message_stays() -> None:
    """A single word that could be Telex proves nothing."""
    words = "tôi làm ở cty has bên kia".split()
    assert undo_telex(words) == words


@given(st.lists(st.text(st.sampled_from("abcdđeghiklmnoprstuvxywfjz0123456789ăâêôơư"), min_size=1, max_size=8), max_size=10))
def test_number_of_words_is_kept(words: list[str]) -> None:
    """Words stay aligned with what was typed, whatever was typed."""
    assert len(undo_telex(words)) == len(words)


@given(
    st.lists(
        st.sampled_from(
            "đăng ký tạm trú khai sinh hộ khẩu nghĩa vụ quân sự giấy chứng nhận người được ở đâu mười lăm ngày".split()
        ),
        max_size=12,
    )
)
def test_accented_vietnamese_is_never_touched(words: list[str]) -> None:
    """Whoever types with an input method is left alone."""
    assert undo_telex(words) == words


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("đăng", True), ("người", True), ("nguoi", True), ("tuyển", True), ("khuỷu", True), ("ngoằn", True), ("quyết", True),
        ("gì", True), ("ở", True), ("thuở", True), ("ddawng", False), ("tamj", False), ("cccd", False), ("vneid", False),
        ("flash", False), ("kà3", False), ("", False), ("các", True), ("càc", False), ("mặt", True), ("mắt", True), ("mằt",
        False),
    ],
)  # fmt: skip
def test_syllables_are_told_from_other_words(word: str, expected: bool) -> None:
    """Also that a syllable stopped by c, ch, p or t bears no falling tone."""
    assert is_syllable(unicodedata.normalize("NFC", word)) is expected

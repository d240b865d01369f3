"""Vietnamese words in whatever form they are typed."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import ROOT
from core.errors import ContentError
from core.search import words_of
from core.text import Lexicon, clean, fold, normalize_word, tokenize

_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
_LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxy"

_VOWELS = "aăâeêioôơuưy"

vietnamese_letters = st.sampled_from(
    [*_LETTERS, *(unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES[1:])]
)
vietnamese_text = st.text(st.one_of(vietnamese_letters, st.sampled_from(" .,;?!-/0123456789\n")), max_size=60)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    """The lexicon of the installation."""
    return Lexicon.load(ROOT / "data" / "lexicon")


# one form


@given(vietnamese_text)
def test_composed_and_decomposed_text_give_equal_words(text: str) -> None:
    """A phone that sends NFD is understood like one that sends NFC."""
    composed = [token.norm for token in tokenize(unicodedata.normalize("NFC", text))]
    assert [token.norm for token in tokenize(unicodedata.normalize("NFD", text))] == composed


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    """`fold` and `clean` are idempotent on any text, also on emoji and foreign scripts."""
    assert fold(fold(text)) == fold(text)
    assert clean(clean(text)) == clean(text)


@given(st.text(st.sampled_from(_LETTERS), max_size=7), st.integers(0, 7), st.sampled_from(_TONES))
def test_normalising_a_word_twice_changes_nothing(bare: str, at: int, tone: str) -> None:
    """`normalize_word` is idempotent on words, which bear one tone."""
    word = bare[:at] + (tone if at and bare else "") + bare[at:]
    assert normalize_word(normalize_word(word)) == normalize_word(word)


@given(vietnamese_text)
def test_folded_text_has_no_accents_and_no_capitals(text: str) -> None:
    """What is left of Vietnamese is plain ASCII."""
    assert fold(text.upper()).isascii()
    assert fold(text.upper()) == fold(text)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("hoà", "hòa"), ("Hoá", "hóa"), ("xoã", "xõa"), ("khoẻ", "khỏe"), ("hoè", "hòe"), ("thuý", "thúy"), ("thuỷ", "thủy"),
        ("uỷ", "ủy"), ("tuỳ", "tùy"), ("quý", "quý"), ("quỹ", "quỹ"), ("quà", "quà"), ("quít", "quít"), ("quỳnh", "quỳnh"),
        ("già", "già"), ("giá", "giá"), ("gì", "gì"), ("gìn", "gìn"), ("giữ", "giữ"), ("giếng", "giếng"), ("của", "của"),
        ("mía", "mía"), ("toán", "toán"), ("hoạt", "hoạt"), ("xoáy", "xoáy"), ("ngoèo", "ngoèo"), ("khuỷu", "khuỷu"),
        ("thuở", "thuở"), ("nguyễn", "nguyễn"), ("tuổi", "tuổi"), ("người", "người"), ("rượu", "rượu"), ("cứu", "cứu"),
        ("đường", "đường"), ("ĐƯỢC", "được"), ("ạ", "ạ"), ("không", "không"),
    ],
)  # fmt: skip
def test_tone_stands_where_the_new_orthography_puts_it(typed: str, expected: str) -> None:
    """Old placement is moved, right placement stays."""
    assert normalize_word(typed) == expected


@given(
    st.sampled_from(["h", "kh", "t", "th", "x", "ng", "l", "", "tr", "s"]),
    st.sampled_from(["oa", "oe", "uy"]),
    st.sampled_from(_TONES[1:]),
)
def test_both_tone_placements_are_one_word(onset: str, rhyme: str, tone: str) -> None:
    """Both "hoà" and "hòa" are the same word, whatever the onset and the tone."""
    old = unicodedata.normalize("NFC", onset + rhyme + tone)
    new = unicodedata.normalize("NFC", onset + rhyme[0] + tone + rhyme[1])
    assert normalize_word(old) == normalize_word(new) == new


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("khôngggg", "không"), ("giúpppp", "giúp"), ("được ccc", "được ccc"), ("đượccccc", "được"), ("ơiiiii", "ơi"), ("nhaaaa",
        "nha"),
        ("ơnnnn", "ơn"), ("trợợợợ", "trợ"), ("ạạạ", "ạ"),
    ],
)  # fmt: skip
def test_stretched_words_are_shortened(typed: str, expected: str) -> None:
    """Letters held down count once."""
    assert words_of(typed, Lexicon([])) == expected.split()


@pytest.mark.parametrize(("typed", "expected"), [("kýyyy", "ký"), ("quáaaa", "quá"), ("dạaaaa", "dạ")])
def test_stretched_words_whose_last_vowel_bears_the_tone_are_shortened(typed: str, expected: str) -> None:
    """Input methods put the tone on the first of the held letters only: "dạaaaa"."""
    assert words_of(typed, Lexicon([])) == [expected]


@pytest.mark.parametrize("word", ["cccd", "xxx", "www", "zzz", "2222", "ttt"])
def test_letters_that_make_no_syllable_stay(word: str) -> None:
    """Abbreviations with three equal letters are not stretched words."""
    assert words_of(word, Lexicon([])) == [word]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("C C C D", ["cccd"]),
        ("làm c c c d ở đâu", ["làm", "cccd", "ở", "đâu"]),
        ("v n e i d", ["vneid"]),
        ("a b", ["a", "b"]),
        ("C.C.C.D", ["cccd"]),
    ],
)
def test_words_spelled_letter_by_letter_are_joined(typed: str, expected: list[str]) -> None:
    """Three single letters in a row are one word; two are not."""
    assert words_of(typed, Lexicon([])) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("e k ở nhà", "em không ở nhà"),
        ("a e k biết", "anh em không biết"),
        ("đi r k ạ", "đi rồi không ạ"),
        ("C C C D ạ", "thẻ căn cước ạ"),
    ],
)
def test_words_of_one_letter_are_not_taken_for_spelling(lexicon: Lexicon, typed: str, expected: str) -> None:
    """Teencode and "ở", "ạ" put several one-letter words in a row."""
    assert " ".join(words_of(typed, lexicon)) == expected


def test_spelled_word_keeps_its_place_in_the_message() -> None:
    """The joined word spans all its letters."""
    token = tokenize("làm C C C D ở đâu")[1]
    assert (token.text, token.start, token.end) == ("CCCD", 4, 11)


# offsets


@given(vietnamese_text, st.sampled_from(["NFC", "NFD"]))
def test_offsets_are_those_of_the_text_as_given(text: str, form: str) -> None:
    """Every token stands at its own place, in order, also in decomposed text."""
    text = unicodedata.normalize(form, text)  # type: ignore[arg-type]  # hypothesis gives a plain str
    end = 0
    for token in tokenize(text):
        assert end <= token.start < token.end <= len(text)
        end = token.end
        typed = text[token.start : token.end]
        letters = "".join(ch for ch in typed if ch.isalnum() or unicodedata.combining(ch))
        assert token.text in {typed, letters}


def test_decomposed_text_keeps_its_own_offsets() -> None:
    """The second word of a decomposed message is found where it stands, accents included."""
    text = unicodedata.normalize("NFD", "đăng ký tạm trú")
    tokens = tokenize(text)
    assert [text[token.start : token.end] for token in tokens] == text.split()
    assert [token.norm for token in tokens] == ["đăng", "ký", "tạm", "trú"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("  xin \u200b chào\x07 ", "xin chào"),
        ("dòng một\r\n\r\n  dòng   hai \n", "dòng một\ndòng hai"),
        ("tạm\u00a0trú", "tạm trú"),
        ("ta\u0323m", "tạm"),
        ("\ufeff\u2060", ""),
        ("\u202egnad", "gnad"),
    ],
)
def test_clean_leaves_one_readable_form(typed: str, expected: str) -> None:
    """Control and invisible signs go, blanks fold, lines stay, accents compose."""
    assert clean(typed) == expected


# lexicon


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("chi rứa", "gì vậy"),
        ("chi phí", "chi phí"),
        ("chi nhánh", "chi nhánh"),
        ("cần giấy chi", "cần giấy gì"),
        ("làm răng chừ", "làm sao bây giờ"),
        ("khám răng", "khám răng"),
        ("răng hàm mặt", "răng hàm mặt"),
        ("thôn Chừ", "thôn chừ"),
        ("chừ làm", "bây giờ làm"),
        ("ông Mô", "ông mô"),
        ("nộp mô", "nộp đâu"),
        ("đi mô rứa", "đi đâu vậy"),
        ("quy mô", "quy mô"),
        ("mô hình", "mô hình"),
        ("chân tê", "chân tê"),
        ("cái tê", "cái kia"),
        ("vô gia cư", "vô gia cư"),
        ("bấm vô", "bấm vào"),
        ("lông mi", "lông mi"),
        ("mấy giờ", "mấy giờ"),
    ],
)
def test_dialect_is_undone_but_ordinary_words_stay(lexicon: Lexicon, typed: str, expected: str) -> None:
    """The same word is Huế dialect or an ordinary word; its neighbours decide."""
    assert " ".join(words_of(typed, lexicon)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("cccd", "thẻ căn cước"),
        ("căn cước công dân", "thẻ căn cước"),
        ("ko dc", "không được"),
        ("dk tạm trú", "đăng ký tạm trú"),
        ("không đk", "không được"),
        ("k biết", "không biết"),
        ("phí 50 k", "phí 50 k"),
        ("kết hôn", "kết hôn"),
        ("quên mk", "quên mật khẩu"),
        ("mk đi làm", "mk đi làm"),
        ("bn tiền", "bao nhiêu tiền"),
        ("hết bn", "hết bao nhiêu"),
        ("bn ơi", "bn ơi"),
        ("tiền ck", "tiền ck"),
        ("tks ad", "cảm ơn anh chị"),
        ("hoso thutuc tamtru", "hồ sơ thủ tục tạm trú"),
        ("/hoso", "hồ sơ"),
    ],
)
def test_teencode_is_undone_where_its_sense_is_certain(lexicon: Lexicon, typed: str, expected: str) -> None:
    """Abbreviations with several senses are left alone unless a neighbour decides."""
    assert " ".join(words_of(typed, lexicon)) == expected


def test_longest_form_wins_and_swallowed_words_are_empty() -> None:
    """Replacing keeps as many words as there were."""
    small = Lexicon([{"say": ["răng"], "means": "sao"}, {"say": ["làm răng"], "means": "làm sao"}])
    assert small.replace(["làm", "răng", "răng"]) == ["làm sao", "", "sao"]


def test_only_before_and_only_after_are_required_neighbours() -> None:
    """Such an entry never fires alone."""
    small = Lexicon(
        [{"say": "mắc", "means": "đắt", "only_before": ["quá"]}, {"say": "mốt", "means": "ngày kia", "only_after": "mai"}]
    )
    assert small.replace(["mắc", "quá"]) == ["đắt", "quá"]
    assert small.replace(["mắc", "kẹt"]) == ["mắc", "kẹt"]
    assert small.replace(["mai", "mốt"]) == ["mai", "ngày kia"]
    assert small.replace(["mốt"]) == ["mốt"]


@given(st.lists(st.text(vietnamese_letters, min_size=1, max_size=6), max_size=12))
def test_replacing_keeps_the_number_of_words(lexicon: Lexicon, words: list[str]) -> None:
    """Tokens and replaced words stay aligned, whatever is said."""
    assert len(lexicon.replace(words)) == len(words)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("replace: [{say: mô}]", "'means'"),
        ("replace: [mô]", "'say'"),
        ("replace: [", "not readable as YAML"),
        ("- {say: mô, means: đâu}", "replace"),
    ],
)
def test_broken_lexicon_names_file_and_cure(tmp_path: Path, content: str, told: str) -> None:
    """A trainer's slip is reported with the file it is in."""
    (tmp_path / "dialect.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        Lexicon.load(tmp_path)
    assert "dialect.yml" in caught.value.problems[0]
    assert told in caught.value.problems[0]

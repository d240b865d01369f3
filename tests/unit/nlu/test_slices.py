"""The generators of spellings: what each keeps, what it changes, and that chance is repeatable."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold, normalize_word
from nlu.training.slices import AS_TYPED, SLICES, joined, rewrite
from nlu.training.slices.accents import half_accented, nfd, other_tone_place, unaccented
from nlu.training.slices.forms import DIALECT, KEPT, TEENCODE
from nlu.training.slices.keys import telex, typos, vni
from nlu.training.slices.stories import long_message
from nlu.training.slices.words import dialect, teencode

QUESTIONS = (
    "Tôi mới chuyển đến trọ ở phường Vỹ Dạ, muốn khai báo tạm trú",
    "mất căn cước thì giờ phải làm sao để có lại thẻ?",
    "đăng ký hộ kinh doanh cần giấy tờ gì, nộp ở đâu vậy ạ",
    "khoá tài khoản VNeID của mẹ, huỷ thẻ bảo hiểm y tế như thế nào",
    "Quý cơ quan cho hỏi bao giờ có hộ chiếu",
)
sentences = st.one_of(
    st.sampled_from(QUESTIONS), st.lists(st.sampled_from(" ".join(QUESTIONS).split()), min_size=1, max_size=20).map(" ".join)
)
seeds = st.integers(0, 10_000)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


@given(st.sampled_from([AS_TYPED, *SLICES]), st.text(max_size=80), seeds)
def test_any_text_comes_out_and_the_same_each_time(name: str, text: str, seed: int) -> None:
    """Signs of any script, none at all, and the same chance for the same three arguments."""
    assert rewrite(name, text, seed) == rewrite(name, text, seed)


@pytest.mark.parametrize("name", [name for name in SLICES if name not in {"nfd", "tone_place"}])
def test_other_seeds_or_texts_give_other_spellings(name: str) -> None:
    """Every generator changes something, and those that throw dice do not always throw the same."""
    made = {rewrite(name, QUESTIONS[0], seed) for seed in range(20)}
    assert QUESTIONS[0] not in made
    assert len(made) > 1 or name in {"unaccented", "telex", "vni"}


def test_an_unknown_slice_is_refused() -> None:
    """A misspelled name never passes for "as typed"."""
    with pytest.raises(KeyError):
        rewrite("teen", "đăng ký")


@given(sentences)
def test_without_accents_only_plain_letters_are_left(text: str) -> None:
    """Capitals and signs stay, and folding finds the same words."""
    bare = unaccented(text)
    assert bare.isascii()
    assert fold(bare) == fold(text)
    assert [ch.isupper() for ch in bare] == [ch.isupper() for ch in text]
    assert unaccented(bare) == bare


@given(sentences, seeds)
def test_half_of_the_accented_words_lose_their_accents(text: str, seed: int) -> None:
    """Exactly half, rounded up, and nothing else changes."""
    made = half_accented(text, random.Random(seed))
    accented = sum(unaccented(word) != word for word in _words(text))
    changed = [(old, new) for old, new in zip(_words(text), _words(made), strict=True) if old != new]
    assert len(changed) == (accented + 1) // 2
    assert all(new == unaccented(old) for old, new in changed)


@given(sentences)
def test_decomposed_text_is_the_same_text(text: str) -> None:
    """NFD loses nothing: composing gives the sentence back."""
    assert unicodedata.normalize("NFC", nfd(text)) == unicodedata.normalize("NFC", text)


@given(sentences)
def test_the_other_tone_place_is_the_same_word(text: str) -> None:
    """Twice the other place is the first one, and both are matched by one form."""
    made = other_tone_place(text)
    assert other_tone_place(made) == text
    assert [normalize_word(word) for word in _words(made)] == [normalize_word(word) for word in _words(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("hoà", "hòa"), ("thúy", "thuý"), ("khoẻ", "khỏe"), ("Khoá", "Khóa"), ("hủy", "huỷ"), ("quý", "quý"), ("hoàn", "hoàn")],
)
def test_the_tone_moves_only_where_two_places_are_in_use(one: str, other: str) -> None:
    """Open oa, oe, uy; not behind q and not before a final consonant."""
    assert other_tone_place(one) == other


@pytest.mark.parametrize(
    ("text", "in_telex", "in_vni"),
    [
        ("đăng ký", "ddawng kys", "d9a8ng ky1"),
        ("người được", "nguowif dduowcj", "ngu7o7i2 d9u7o7c5"),
        ("Ở Huế", "Owr Hueés".replace("é", "e"), "O73 Hue61"),
        ("thuở nhỏ", "thuowr nhor", "thuo73 nho3"),
        ("tử tế", "tuwr tees", "tu73 te61"),
        ("xã hội chữ ký", "xax hooij chuwx kys", "xa4 ho6i5 chu74 ky1"),
    ],
)
def test_keystrokes_are_those_of_the_input_methods(text: str, in_telex: str, in_vni: str) -> None:
    """Shapes where they are typed, the tone at the end of the word."""
    assert telex(text) == in_telex
    assert vni(text) == in_vni


@given(sentences)
def test_keystrokes_hold_no_accent(text: str) -> None:
    """With the input method off nothing but plain keys reaches the screen."""
    assert telex(text).isascii()
    assert vni(text).isascii()


@given(sentences, seeds)
def test_typos_hit_one_word_in_six(text: str, seed: int) -> None:
    """At least one, never more, and no word comes or goes."""
    made = typos(text, random.Random(seed))
    old, new = _words(text), _words(made)
    long_enough = [word for word in old if len(word) >= 3]
    assert len(old) == len(new)
    assert sum(a != b for a, b in zip(old, new, strict=True)) <= max(1, round(len(old) / 6))
    assert made != text or not long_enough


@given(sentences, seeds)
def test_teencode_and_dialect_exchange_only_what_they_know(text: str, seed: int) -> None:
    """What no table has stays: all other words are in the result, in their order."""
    known = {word for entry in [*TEENCODE, *KEPT] for word in entry.split()}
    kept = [word for word in _words(text) if word.lower() not in known]
    rest = iter(_words(teencode(text, random.Random(seed))))
    assert all(any(word == other for other in rest) for word in kept)


@pytest.mark.parametrize("generate", [teencode, dialect])
def test_names_and_words_of_another_sense_stay(generate: object) -> None:
    """A capital inside a sentence is a name; "bản sao" is no question, "gì đó" none either."""
    assert callable(generate)
    for seed in range(30):
        made = generate("Chứng thực bản sao cho ông Sao, bà Này ở thôn Giờ. Sao y việc làm", random.Random(seed))
        assert "bản sao" in made
        assert "ông Sao, bà Này ở thôn Giờ" in made
        assert "Sao y" in made
        assert "việc làm" in made


def test_dialect_sounds_like_hue() -> None:
    """Words of asking, of time and of family, and hỏi for ngã."""
    made = {
        word
        for seed in range(40)
        for word in _words(dialect("mẹ tôi hỏi giờ phải làm sao, nộp ở đâu, cần gì, mã chữ", random.Random(seed)))
    }
    assert {"mạ", "tui", "răng", "mô", "chi", "mả", "mã"} <= made


@pytest.mark.parametrize("forms", [TEENCODE, DIALECT])
def test_every_form_can_come_up(forms: dict[str, tuple[str, ...]]) -> None:
    """No entry is longer than what is looked at, none is hidden by capitals, and each says something else."""
    generate = teencode if forms is TEENCODE else dialect
    for said in forms:
        assert said == said.lower()
        assert any(generate(said, random.Random(seed)) != said for seed in range(40)), said


@given(sentences, seeds)
def test_a_long_message_tells_a_story_around_the_question(text: str, seed: int) -> None:
    """The question stands in it, letter for letter but its first, among at least thirty other words."""
    made = long_message(text, random.Random(seed))
    assert text[1:] in made
    assert len(_words(made)) >= len(_words(text)) + 30


@given(sentences, sentences, seeds)
def test_two_questions_keep_their_order(first: str, second: str, seed: int) -> None:
    """Both stand in the message, the first one before the second."""
    made = joined(first, second, random.Random(seed))
    assert made.index(first.rstrip(" ?.!")) < made.rindex(second)

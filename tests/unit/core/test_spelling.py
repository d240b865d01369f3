"""Slips of keys are undone where the neighbours know the word, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.spelling import Speller
from core.text import fold

_TEXTS = [
    text.split()
    for text in (
        "đăng ký tạm trú cần giấy tờ gì",
        "đăng ký thường trú cho con",
        "cấp lại căn cước bị mất",
        "làm căn cước ở đâu",
        "giấy phép xây dựng nhà ở",
        "tạm trú bao nhiêu tiền",
    )
]


@pytest.fixture(scope="module")
def speller() -> Speller:
    """Has read each text twice: what occurs once is not learned."""
    return Speller.learn([*_TEXTS, *_TEXTS])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("đăng kí tạm trú", "dang ky tam tru"),  # another spelling
        ("đăg ký tạm trú", "dang ky tam tru"),  # missing
        ("đăng ký tạmm trú", "dang ky tam tru"),  # twice
        ("đăng ký tmạ trú", "dang ky tam tru"),  # swapped
        ("cấp lại căn cưpwc", "cap lai can cupwc"),  # two slips in a word are too many
        ("cấp lại căn cướx", "cap lai can cuoc"),  # the next key
        ("cấp lại cawn cước", "cap lai can cuoc"),  # keystrokes left standing
        ("xây dưng nhà ở", "xay dung nha o"),  # an accent missing
        ("ông Trứ ở Vĩ Dạ", "ong tru o vi da"),
    ],
)
def test_a_slip_is_undone(speller: Speller, typed: str, meant: str) -> None:
    """Each kind of slip, compared without accents."""
    assert [fold(word) for word in speller.repair(typed.lower().split())] == meant.split()


def test_a_wrong_accent_is_dropped_and_not_guessed(speller: Speller) -> None:
    """Which of several words without accents is meant is for the classifiers to say."""
    assert speller.repair("giấy phép xây dưng".split()) == ["giấy", "phép", "xây", "dung"]


def test_a_word_it_knows_is_left_alone(speller: Speller) -> None:
    """Whatever stands beside it, with its accents or without."""
    words = "cước phép trú tru dựng dung".split()
    assert speller.repair(words) == words


def test_a_syllable_of_its_own_needs_both_neighbours(speller: Speller) -> None:
    """A name may be one slip away from a word of ours."""
    assert speller.repair("bà tám trí".split()) == ["bà", "tám", "trí"]
    assert fold(speller.repair("ký tầm trú".split())[1]) == "tam"


@given(st.lists(st.text(min_size=1, max_size=12), max_size=12))
def test_any_words_stay_as_many(words: list[str]) -> None:
    """Whatever is typed, each word has one in its place, and twice repaired is repaired once."""
    speller = Speller.learn([*_TEXTS, *_TEXTS])
    assert len(speller.repair(words)) == len(words)


def test_it_is_the_same_after_storage(speller: Speller) -> None:
    """What a model file keeps is all there is."""
    again = Speller.from_dict(speller.as_dict())
    assert again.repair("đăg ký tmạ trú".split()) == speller.repair("đăg ký tmạ trú".split())

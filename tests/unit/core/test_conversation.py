"""What a conversation remembers, and what typed text selects."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation import ConversationState, picked
from core.text import fold

_OFFERED = [
    ("g:mot", "Đăng ký tạm trú"),
    ("g:hai", "Đăng ký thường trú"),
    ("g:ba", "Tách hộ"),
    ("none", "Không phải những việc này"),
]

texts = st.none() | st.text(min_size=1, max_size=20)
pairs = st.tuples(st.text(min_size=1, max_size=20), st.text(max_size=20))
states = st.builds(
    ConversationState,
    guide=texts,
    section=texts,
    walk=texts,
    step=st.none() | st.integers(0, 50),
    misses=st.integers(0, 3),
    offered=st.lists(pairs, max_size=5).map(tuple),
    last=texts,
    ward=texts,
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("1", "g:mot"), ("2", "g:hai"), (" 3. ", "g:ba"), ("4", "none"), ("số 2", "g:hai"), ("so 2 nha", "g:hai"),
        ("chọn số 3 ạ", "g:ba"),
        ("cái thứ 2", "g:hai"), ("thứ 1", "g:mot"), ("câu 3 đi", "g:ba"), ("ý 2", "g:hai"), ("cái đầu", "g:mot"),
        ("cai dau tien", "g:mot"),
        ("cái thứ hai", "g:hai"), ("cái thứ ba", "g:ba"), ("cái cuối", "none"), ("số cuối cùng", "none"), ("cái thứ tư nhé",
        "none"),
        ("Đăng ký tạm trú", "g:mot"), ("dang ky tam tru", "g:mot"), ("TÁCH HỘ!", "g:ba"), ("không phải những việc này", "none"),
    ],
)  # fmt: skip
def test_typed_number_place_or_label_selects_a_choice(said: str, expected: str) -> None:
    """For channels without buttons, and people who type where they could tap."""
    assert picked(said, _OFFERED) == expected
    assert picked(unicodedata.normalize("NFD", said), _OFFERED) == expected


@pytest.mark.parametrize(
    "said",
    [
        "",
        "0",
        "5",
        "99",
        "100",
        "12/05/1990",
        "đăng ký",
        "tạm trú",
        "cái nào",
        "2 người",
        "tôi có 3 con",
        "ba tôi mất",
        "hai",
        "cái thứ năm",
        "1 2",
        "số 0905123456",
        "?",
    ],
)
def test_other_text_selects_nothing(said: str) -> None:
    """A question that holds a number or part of a label is a question."""
    assert picked(said, _OFFERED) is None


def test_nothing_offered_selects_nothing() -> None:
    """A number alone means nothing without choices."""
    assert picked("1", []) is None


@given(st.text(max_size=20), st.lists(pairs, max_size=5))
def test_only_what_was_offered_can_be_picked(said: str, offered: list[tuple[str, str]]) -> None:
    """Whatever is typed and whatever stood there."""
    assert picked(said, offered) in {None, *(choice_id for choice_id, _ in offered)}


@given(st.integers(1, 8), st.data())
def test_every_offered_choice_can_be_picked_by_number_and_by_label(count: int, data: st.DataObject) -> None:
    """As many as there are."""
    offered = [(f"g:{n}", f"Việc chữ {'abcdefgh'[n]}") for n in range(count)]
    n = data.draw(st.integers(0, count - 1))
    assert picked(str(n + 1), offered) == f"g:{n}"
    assert picked(offered[n][1], offered) == f"g:{n}"
    assert picked(fold(offered[n][1]), offered) == f"g:{n}"


@given(states)
def test_state_survives_being_stored(state: ConversationState) -> None:
    """Stored as JSON and read again, it is the same."""
    stored = json.loads(json.dumps(state.as_memory()))
    assert ConversationState.from_memory(stored) == state


def test_only_what_is_remembered_is_stored() -> None:
    """An empty memory costs nothing."""
    assert ConversationState().as_memory() == {}
    assert ConversationState(guide="a", step=2).as_memory() == {"guide": "a", "step": 2}
    assert ConversationState.from_memory(None) == ConversationState()


def test_what_another_release_remembered_is_ignored() -> None:
    """Unknown fields do no harm; numbers that came back as floats are numbers."""
    memory = {"guide": "a", "step": 2.0, "misses": None, "old": 1}
    assert ConversationState.from_memory(memory) == ConversationState(guide="a", step=2)

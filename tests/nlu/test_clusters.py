"""Messages about the same thing fall into one group, however they are spelled; others do not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.knowledge import Knowledge
from nlu.training.clusters import cluster, keep_numbers

_PENSION = (
    "hưu trí xã hội mỗi tháng được bao nhiêu tiền",
    "huu tri xa hoi moi thang dc bn tien",
    "cụ bà 75 tuổi có được tiền hưu trí xã hội không",
    "làm hồ sơ hưu trí xã hội ở đâu",
    "trợ cấp hưu trí xã hội cho người 75 tuổi",
    "tro cap huu tri xh cho ng gia",
)
_OTHERS = ("giá vàng hôm nay", "gia vang hom nay", "đá bóng tối nay mấy giờ")


def test_one_matter_is_one_group_in_every_spelling(knowledge: Knowledge) -> None:
    """Accents and abbreviations do not tell messages apart; another matter does."""
    found = cluster([*_PENSION, *_OTHERS], knowledge)
    pension, others = found.labels[: len(_PENSION)], found.labels[len(_PENSION) :]
    assert len(set(pension)) == 1
    assert others[0] == others[1] != others[2]
    assert not set(pension) & set(others)
    assert all(0 < fit <= 1.001 for fit in found.fits)


def test_known_matters_are_found_in_other_words(knowledge: Knowledge) -> None:
    """What the guides know of people's words brings together what shares hardly any."""
    found = cluster(
        ["quên mật khẩu VNeID", "không nhớ pass app định danh", "làm giấy khai sinh", "khai sinh cho em bé"], knowledge
    )
    assert found.labels[0] == found.labels[1] != found.labels[2] == found.labels[3]


def test_same_messages_give_the_same_groups_in_any_order(knowledge: Knowledge) -> None:
    """And messages without a single known word are no error."""
    said = [*_PENSION, *_OTHERS, "???", "😀"]
    once, reversed_ = cluster(said, knowledge), cluster(said[::-1], knowledge)
    assert reversed_.labels[::-1] == once.labels
    assert cluster([], knowledge).labels == ()
    assert cluster(["xin chào"], knowledge).labels == (0,)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.integers(1, 30), st.integers(0, 5), max_size=12), st.dictionaries(st.integers(1, 30), st.integers(1, 30))
)
def test_numbers_tell_groups_apart(labels: dict[int, int], before: dict[int, int]) -> None:
    """Whatever the groups were before: the same label has one number, another label another."""
    numbers = keep_numbers(labels, before)
    assert numbers.keys() == labels.keys()
    pairs = {(labels[item], numbers[item]) for item in labels}
    assert len(pairs) == len(set(labels.values())) == len(set(numbers.values()))


def test_group_keeps_its_number_while_it_grows_or_shrinks() -> None:
    """When it falls apart, the larger half keeps it."""
    assert keep_numbers({1: 0, 2: 0, 3: 0, 4: 1}, {1: 7, 2: 7, 3: 7, 4: 7}) == {1: 7, 2: 7, 3: 7, 4: 4}
    assert keep_numbers({1: 1, 9: 1}, {1: 7}) == {1: 7, 9: 7}

"""How replies become messages, whatever the platform."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import Capabilities
from bot.channels.layout import choice_pages, lay_out, numbered, split_text, utf16_units
from core.conversation import picked
from core.messages import Choice, Footer, Link, Reply

FIVE = Capabilities(max_text=2000, max_choices=5, typing=False)
NONE = Capabilities(max_text=2000, max_choices=0, typing=True)


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"g:{n}", f"Việc thứ {n}") for n in range(1, count + 1))


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Đoạn một.\nDòng hai.\n\nĐoạn hai. Câu.", ["Đoạn một.\nDòng hai.", "Đoạn hai. Câu."]),
        ("Dòng thứ nhất dài.\nDòng hai. Câu nữa.", ["Dòng thứ nhất dài.", "Dòng hai. Câu nữa."]),
        ("Câu thứ nhất dài. Câu hai cũng dài đó.", ["Câu thứ nhất dài.", "Câu hai cũng dài đó."]),
        ("một hai ba bốn năm sáu bảy tám chín", ["một hai ba bốn năm", "sáu bảy tám chín"]),
        ("x" * 30, ["x" * 22, "x" * 8]),
    ],
)
def test_split_prefers_the_widest_boundary(text: str, pieces: list[str]) -> None:
    """Between paragraphs, else lines, else sentences, else words, else anywhere."""
    assert split_text(text, limit=22) == pieces


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("aệ 😊\n.<&"), max_size=400), st.integers(min_value=2, max_value=60))
def test_split_loses_nothing_and_keeps_the_limit(text: str, limit: int) -> None:
    """Every piece fits, and only white space is lost."""
    pieces = split_text(text, limit, utf16_units)
    assert all(utf16_units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_footer_follows_the_text_as_plain_lines() -> None:
    """Notes, the check date, sources that can be opened, legal basis."""
    footer = Footer((Link("Cổng", "https://dichvucong.gov.vn/"), Link("Sách")), ("Luật Cư trú",), "2026-11-05", ("Hỏi lại phí.",))
    (part,) = lay_out(Reply("Làm tại công an phường.", footer=footer), FIVE)
    assert part.text == (
        "Làm tại công an phường.\n\nHỏi lại phí.\n\n"
        "Đã kiểm tra ngày 05/11/2026\nNguồn: Cổng https://dichvucong.gov.vn/\nCăn cứ: Luật Cư trú"
    )


@pytest.mark.parametrize(("count", "pages"), [(0, [0]), (1, [1]), (5, [5]), (6, [5, 1]), (10, [5, 5]), (11, [0])])
def test_choices_that_do_not_fit_go_on_under_a_second_message(count: int, pages: list[int]) -> None:
    """At most two; then numbers."""
    assert [len(page) for page in choice_pages(choices(count), 5)] == pages
    assert bool(numbered(choices(count), 5)) is (count == 11)
    parts = lay_out(Reply("Bà con chọn việc.", choices(count)), FIVE)
    assert [len(part.choices) for part in parts] == pages
    assert all(part.text for part in parts)


@pytest.mark.parametrize("count", [1, 3, 12])
def test_numbers_are_understood_when_typed(count: int) -> None:
    """What a channel without buttons shows is what the conversation takes for an answer."""
    (part,) = lay_out(Reply("Bà con chọn việc.", choices(count)), NONE)
    offered = [(choice.id, choice.label) for choice in choices(count)]
    for number, (choice_id, label) in enumerate(offered, 1):
        assert f"{number}. {label}" in part.text.splitlines()
        assert {picked(said, offered) for said in (f"{number}", f"{number}.", f"số {number}", label)} == {choice_id}


def test_choices_are_under_the_last_part_of_a_long_text() -> None:
    """Nobody has to scroll back for the buttons, or for the numbers."""
    text = "Bà con mang theo giấy tờ sau đây. " * 200
    *early, last = lay_out(Reply(text, choices(3)), FIVE)
    assert early
    assert all(not part.choices and len(part.text) <= 2000 for part in early)
    assert last.choices == choices(3)
    assert "3. Việc thứ 3" in lay_out(Reply(text, choices(3)), NONE)[-1].text


def test_pages_of_ours_are_lines_with_their_address() -> None:
    """Where a citizen can open them: a path of our own server means nothing outside the web chat."""
    links = (Link("Bản in để mang theo", "https://troly.hue.gov.vn/huong-dan/x/in"), Link("Chỉ trên web", "/huong-dan/x/in"))
    (part,) = lay_out(Reply("Câu trả lời.", links=links), Capabilities(max_text=2000, max_choices=5, typing=False))
    assert part.text == "Câu trả lời.\n\nBản in để mang theo: https://troly.hue.gov.vn/huong-dan/x/in"

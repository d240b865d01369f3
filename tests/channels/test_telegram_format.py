"""How replies look on Telegram."""

from __future__ import annotations

import re
from html import unescape

import pytest

from bot.channels.telegram_format import MAX_TEXT, keyboard, render
from core.errors import SendFailed
from core.messages import Choice, Footer, Link, Reply

FOOTER = Footer(
    sources=(
        Link("Cổng Dịch vụ công <quốc gia>", "https://dichvucong.gov.vn/?a=1&b=2"),
        Link("Sách giấy"),
        Link("Hai", "https://hue.gov.vn/2"),
        Link("Ba", "https://hue.gov.vn/3"),
        Link("Bốn", "https://hue.gov.vn/4"),
    ),
    legal_basis=("Luật Căn cước 26/2023/QH15", "Nghị định 70/2024/NĐ-CP", "Thông tư 17/2024/TT-BCA & các văn bản khác " * 5),
    verified_on="2026-11-05",
    notes=("Cần xác nhận tại nơi nộp: lệ phí < 50.000 đ",),
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_text_is_escaped() -> None:
    """Nothing in a reply can open or close a tag."""
    (part,) = render(Reply('phí <b>5</b> & "10" > 3'))
    assert part.html == 'phí &lt;b&gt;5&lt;/b&gt; &amp; "10" &gt; 3'
    assert part.plain == 'phí <b>5</b> & "10" > 3'


def test_footer_is_compact() -> None:
    """Notes in full, then the check date, at most three links that have an address, and a shortened legal basis."""
    (part,) = render(Reply("Làm tại công an phường.", footer=FOOTER))
    text, note, footer = part.html.split("\n\n")
    assert text == "Làm tại công an phường."
    assert note == "Cần xác nhận tại nơi nộp: lệ phí &lt; 50.000 đ"
    checked, sources, law = footer.split("\n")
    assert checked == "<i>Đã kiểm tra ngày 05/11/2026</i>"
    assert sources == (
        'Nguồn: <a href="https://dichvucong.gov.vn/?a=1&amp;b=2">Cổng Dịch vụ công &lt;quốc gia&gt;</a>'
        ' · <a href="https://hue.gov.vn/2">Hai</a> · <a href="https://hue.gov.vn/3">Ba</a>'
    )
    assert law.startswith("<i>Căn cứ: Luật Căn cước 26/2023/QH15; Nghị định 70/2024/NĐ-CP; Thông tư")
    assert law.endswith("…</i>")
    assert len(law) < 200


def test_link_cannot_break_out_of_its_attribute() -> None:
    """Quotes in an address stay inside the address."""
    (part,) = render(Reply("a", footer=Footer(sources=(Link("t", 'https://hue.gov.vn/"onclick="x'),))))
    assert '<a href="https://hue.gov.vn/&quot;onclick=&quot;x">t</a>' in part.html


@pytest.mark.parametrize("footer", [None, Footer(), Footer(sources=(Link("Sách"),))])
def test_empty_footer_adds_nothing(footer: Footer | None) -> None:
    """No blank lines under an answer without sources."""
    assert render(Reply("Xong.", footer=footer))[0].html == "Xong."


def test_footer_that_does_not_fit_follows_alone() -> None:
    """A text just below the limit keeps its length; the footer becomes the next message."""
    first, second = render(Reply("a" * MAX_TEXT, footer=Footer(verified_on="2026-11-05")))
    assert first.html == "a" * MAX_TEXT
    assert second.html == "<i>Đã kiểm tra ngày 05/11/2026</i>"


def test_html_of_parts_is_split_after_the_source() -> None:
    """A cut never falls inside an escaped character or a tag."""
    parts = render(Reply("<&>" * 3000, footer=FOOTER))
    assert len(parts) > 1
    shown = [unescape(re.sub(r"</?(?:i|a)[^>]*>", "", part.html)) for part in parts]
    assert all(units(text) <= MAX_TEXT for text in shown)
    assert "".join(shown).startswith("<&>" * 3000)


def test_keyboard_has_one_short_button_a_row() -> None:
    """Labels end after a whole word."""
    markup = keyboard([Choice("m", "Chủ đề khác"), Choice("g:x", "Đăng ký thường trú cho con mới sinh theo cha mẹ")])
    assert markup is not None
    rows = [[(button.text, button.callback_data) for button in row] for row in markup.inline_keyboard]
    assert rows == [[("Chủ đề khác", "m")], [("Đăng ký thường trú cho con mới sinh…", "g:x")]]


def test_no_choices_no_keyboard() -> None:
    """A reply without choices sends no empty keyboard."""
    assert keyboard([]) is None


def test_choice_id_of_64_bytes_fits() -> None:
    """The limit counts bytes, not letters."""
    assert keyboard([Choice("đ" * 32, "x")])


@pytest.mark.parametrize("choice_id", ["đ" * 33, "g:" + "x" * 63, ""])
def test_choice_id_that_telegram_would_refuse(choice_id: str) -> None:
    """Found before sending, and final: trying again cannot help."""
    with pytest.raises(SendFailed) as caught:
        keyboard([Choice(choice_id, "x")])
    assert caught.value.permanent


def test_pages_of_ours_are_links_before_the_footer() -> None:
    """By their title; a path of our own server is left out."""
    links = (Link("Bản in", "https://troly.hue.gov.vn/huong-dan/x/in"), Link("Chỉ trên web", "/huong-dan/x/in"))
    (part,) = render(Reply("Câu trả lời.", footer=Footer(verified_on="2026-11-05"), links=links))
    assert part.html.split("\n\n") == [
        "Câu trả lời.",
        '<a href="https://troly.hue.gov.vn/huong-dan/x/in">Bản in</a>',
        "<i>Đã kiểm tra ngày 05/11/2026</i>",
    ]
    assert "https://troly.hue.gov.vn/huong-dan/x/in" in part.plain


def test_whether_it_helped_is_asked_in_one_row() -> None:
    """The other buttons keep theirs."""
    choices = (Choice("g:a", "A"), Choice("human", "Gặp cán bộ"), Choice("f:y:a:fee", "Giúp được"), Choice("f:n:a:fee", "Chưa"))
    made = keyboard(choices)
    assert made is not None
    assert [len(row) for row in made.inline_keyboard] == [1, 1, 2]

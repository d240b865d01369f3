"""Papers and forms: short names, and only honest words about when they are needed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.catalogue.making import guide


def papers(*listed: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    """Name, copies and case of each paper that is told."""
    return [(paper.name, paper.copies, paper.when) for paper in guide(documents=list(listed)).sections.documents]


def paper(name: str, group: str = "conditional", quantity: str | None = None) -> dict[str, Any]:
    """A paper as records have it."""
    return {"name": name, "group": group, "quantity": quantity}


def test_conditional_says_nothing_where_every_paper_is_called_so() -> None:
    """Two thousand real procedures call all their papers conditional, also the one everybody needs."""
    assert papers(paper("- Giấy chứng sinh;"), paper("Tờ khai", "forms")) == [
        ("Tờ khai", None, None),
        ("Giấy chứng sinh", None, None),
    ]


def test_conditional_counts_beside_normally_required() -> None:
    """Then it does tell papers apart."""
    told = papers(paper("Giấy ủy quyền"), paper("Giấy chứng sinh", "normally_required"))
    assert told == [("Giấy chứng sinh", None, None), ("Giấy ủy quyền", None, "Chỉ khi thuộc trường hợp này")]


@pytest.mark.parametrize(
    ("text", "name", "case"),
    [
        ("Trường hợp ủy quyền:: - Giấy ủy quyền;", "Giấy ủy quyền", "Trường hợp ủy quyền"),
        ("a) Đối với nhà chung chủ: Văn bản đồng ý của các chủ.", "Văn bản đồng ý của các chủ.", "Đối với nhà chung chủ"),
        ("Trường hợp trẻ bị bỏ rơi thì phải có biên bản.", "Biên bản.", "Trường hợp trẻ bị bỏ rơi"),
        ("Trường hợp sinh hộ phải có giấy của bệnh viện", "Giấy của bệnh viện", "Trường hợp sinh hộ"),
        ("Giấy tờ nhà đất (nếu có)", "Giấy tờ nhà đất", "Nếu có"),
        ("* Giấy tờ phải nộp:: - Giấy báo tử", "Giấy báo tử", None),
        ("Hộ chiếu: còn hạn ít nhất sáu tháng", "Hộ chiếu: còn hạn ít nhất sáu tháng", None),
        ("1.2. (i) Sơ đồ nhà,", "Sơ đồ nhà", None),
    ],
)
def test_case_is_read_from_the_text(text: str, name: str, case: str | None) -> None:
    """From the heading before the name, or from the sentence."""
    assert papers(paper(text)) == [(name, None, case)]


@pytest.mark.parametrize(
    "text",
    [
        "* Lưu ý :: Người nộp có quyền chọn nơi nộp.",
        "Số lượng hồ sơ: 01 bộ",
        "Thành phần hồ sơ gồm:",
        "Hồ sơ đề nghị cấp phép gồm:",
        "01 bộ hồ sơ",
        "Trường hợp thông tin đã có trong cơ sở dữ liệu thì không phải nộp.",
        "Không",
        "-",
    ],
)
def test_remark_is_no_paper(text: str) -> None:
    """Records put notes and headings among the papers."""
    assert papers(paper(text)) == []


def test_paper_without_a_name_is_left_out() -> None:
    """Some records have a quantity alone."""
    assert papers({"group": "forms", "quantity": "1 bản chính"}, paper("Tờ khai", quantity="2 bản chính")) == [
        ("Tờ khai", "2 bản chính", None)
    ]


def test_same_paper_is_told_once() -> None:
    """Unless it is for another case."""
    told = papers(paper("Sổ đỏ;"), paper("- Sổ đỏ"), paper("Trường hợp mất: Sổ đỏ"))
    assert told == [("Sổ đỏ", None, None), ("Sổ đỏ", None, "Trường hợp mất")]


def test_of_many_papers_ten_are_told_those_for_everybody_first() -> None:
    """And how many there are beside them."""
    told = papers(*[paper(f"Trường hợp {n}: Giấy loại {n}") for n in range(9)], *[paper(f"Bản vẽ {n}") for n in range(5)])
    assert [name for name, _, _ in told[:5]] == [f"Bản vẽ {n}" for n in range(5)]
    assert told[-1] == ("Còn 4 giấy tờ khác, xem trên Cổng", None, None)
    assert len(told) == 11


def test_long_name_is_cut() -> None:
    """At most 35 words, fewer beside a long case."""
    told = papers(paper("Giấy " + "rất dài " * 50))
    assert len(told[0][0].split()) <= 35
    assert told[0][0].endswith("…")


def test_forms_are_those_to_fill_in() -> None:
    """A receipt is in the group too, and is no form."""
    made = guide(
        documents=[paper("Đơn đề nghị (Mẫu số 02)", "forms"), paper("Chứng từ nộp thuế", "forms"), paper("Ảnh màu", "forms")]
    )
    assert made.sections.form[0] == "Mẫu cần điền: Đơn đề nghị (Mẫu số 02)."
    assert len(made.sections.form) == 2


def test_form_outside_its_group_is_found() -> None:
    """Birth registration has its declaration among the conditional papers."""
    assert guide(documents=[paper("Tờ khai đăng ký khai sinh")]).sections.form[0] == "Mẫu cần điền: Tờ khai đăng ký khai sinh."


def test_no_form_is_admitted() -> None:
    """With whom to ask."""
    assert guide(documents=[paper("Sổ đỏ")]).sections.form == (
        "Cổng không ghi mẫu đơn riêng cho thủ tục này. Bà con hỏi mẫu tại nơi nộp.",
    )

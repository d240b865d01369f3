"""What is done with a paper: heard in what citizens say, read in official names."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ContentError
from core.knowledge import Knowledge
from core.operations import Operations, plain_words


@pytest.fixture(scope="module")
def operations(knowledge: Knowledge) -> Operations:
    """Those of the project."""
    return knowledge.operations


@pytest.mark.parametrize(
    ("said", "operation"),
    [
        ("giấy phép xây nhà bị mất, xin bản khác", "reissue"),
        ("giay phep bi rach thi sao", "reissue"),
        ("giấy tạm trú sắp hết hạn", "extend"),
        ("xóa tên trong hộ khẩu", "cancel"),
        ("khai sinh bị ghi sai năm", "correct"),
        ("lấy chồng nước ngoài", "foreign"),
        ("nghi ban luon, cham dut ho kinh doanh", "end"),
    ],
)
def test_operation_is_heard(operations: Operations, said: str, operation: str) -> None:
    """With accents, without them, in everyday words."""
    assert operation in operations.said(plain_words(said))


@pytest.mark.parametrize(
    "said",
    ["làm cái này mất bao lâu", "mất mấy tiền", "thời hạn mấy ngày", "hiện nay nộp ở đâu", "thẻ của con", "đăng ký tạm trú"],
)
def test_other_words_are_no_operation(operations: Operations, said: str) -> None:
    """Words that look like one of them: "mất" that costs, "thời" beside "thôi", "hiện" beside "hiến"."""
    assert operations.said(plain_words(said)) == frozenset()


def test_accents_decide_where_they_are_typed(operations: Operations) -> None:
    """An official name with "thời" is not about ending ("thôi"); typed without accents, both are possible."""
    assert "end" not in operations.named(plain_words("Gia hạn thời gian"))
    assert "end" in operations.named(plain_words("Thôi làm hòa giải viên"))


def test_guide_tells_what_its_names_say(knowledge: Knowledge, operations: Operations) -> None:
    """By title alone, what it is all about; by all names, what it helps with."""
    assert operations.title_of(knowledge.guides["gia_han_tam_tru"]) == {"extend"}
    assert operations.title_of(knowledge.guides["dang_ky_tam_tru"]) == frozenset()
    assert "reissue" in operations.of_guide(knowledge.guides["cap_lai_so_bhxh"])


@pytest.mark.parametrize("content", ["", "operations: [{id: x}]", "operations: 3", ": ["])
def test_wrong_file_is_told_by_its_name(tmp_path: Path, content: str) -> None:
    """Whatever is wrong with it."""
    path = tmp_path / "operations.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=r"operations\.yml"):
        Operations.load(path)

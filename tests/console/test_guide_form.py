"""The form of a guide: what it shows, posted untouched, changes no byte of any guide's file; cases are edited like the rest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.console.pages.guide_form import shown, typed
from bot.settings import ROOT
from core.errors import ContentError, UserFacingError
from nlu.training.content import ContentTree

_ROWS = {"giay": "documents", "vm": "problems", "nguon": "sources", "buoc": "steps"}


def _posted(raw: Mapping[str, Any]) -> dict[str, str]:
    """What a browser sends back of the form."""
    fields = shown(raw)
    form = {name: value for name, value in fields.items() if isinstance(value, str)} | fields["paragraphs"]
    for prefix, name in _ROWS.items():
        for number, row in enumerate(fields[name]):
            form |= _flat(f"{prefix}-{number}", row)
    form["nhanh-ask"] = fields["branch"]["ask"]
    for number, row in enumerate(fields["branch"]["options"]):
        form |= _flat(f"nhanh-{number}", {**row, **row["sections"]})
    return form


def _flat(prefix: str, row: Mapping[str, Any]) -> dict[str, str]:
    found = {f"{prefix}-{name}": str(value) for name, value in row.items() if isinstance(value, str | int)}
    for number, stuck in enumerate(row.get("stuck", ())):
        found |= _flat(f"{prefix}-ket-{number}", stuck)
    return found


def test_an_untouched_form_changes_no_guide() -> None:
    """Of all guides of the project, with their cases."""
    tree = ContentTree(ROOT)
    assert any("branch" in tree.guides.raw(guide) for guide in tree.guides.paths())
    for guide in tree.guides.paths():
        raw = tree.guides.raw(guide)
        tree.guides.change(guide, typed(_posted(raw), raw))
    assert list(tree.files.changed()) == []


@pytest.fixture
def tree(tmp_path: Path) -> ContentTree:
    """A content tree with one guide that asks which case it is."""
    path = "data/guides/cu_tru/dang_ky_tam_tru.yml"
    (tmp_path / path).parent.mkdir(parents=True)
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = ["related: []\n" if line.startswith("related:") else line for line in text.splitlines(keepends=True)]
    (tmp_path / path).write_text("".join(lines), encoding="utf-8")
    return ContentTree(tmp_path)


def _change(tree: ContentTree, **changes: str) -> None:
    (guide,) = tree.guides.paths()
    raw = tree.guides.raw(guide)
    tree.guides.change(guide, typed(_posted(raw) | {name.replace("__", "-"): text for name, text in changes.items()}, raw))


def test_cases_are_reworded_and_added(tree: ContentTree) -> None:
    """The question, a button, the words that tell it, ages, a paragraph of its own; a new case gets its id from its button."""
    (guide,) = tree.guides.paths()
    before = tree.guides.get(guide).branch
    assert before is not None
    new = len(before.options)
    _change(
        tree,
        nhanh__ask="Bà con đăng ký tạm trú kiểu nào?",
        nhanh__0__label="Theo gia đình",
        **{
            f"nhanh__{new}__label": "Ở một mình",
            f"nhanh__{new}__says": "một mình\nđộc thân",
            f"nhanh__{new}__fee": "Hỏi tại nơi nộp.",
        },
        **{f"nhanh__{new}__ages_from": "14", f"nhanh__{new}__ages_below": "99"},
    )
    after = tree.guides.get(guide).branch
    assert after is not None
    assert (after.ask, after.options[0].label, after.options[0].id) == (
        "Bà con đăng ký tạm trú kiểu nào?",
        "Theo gia đình",
        before.options[0].id,
    )
    added = after.options[new]
    assert (added.id, added.says, added.ages, added.sections.fee) == (
        "o_mot_minh",
        ("một mình", "độc thân"),
        (14, 99),
        ("Hỏi tại nơi nộp.",),
    )


def test_wrong_cases_are_refused_in_plain_words(tree: ContentTree) -> None:
    """A question alone, a case that something still belongs to, an age that is none."""
    (guide,) = tree.guides.paths()
    text = tree.guides.text(guide)
    with pytest.raises(UserFacingError, match="cần cả câu hỏi"):
        _change(tree, nhanh__ask="")
    with pytest.raises(UserFacingError, match="phải là số"):
        _change(tree, nhanh__0__ages_from="mười")
    with pytest.raises(ContentError, match=r"trường hợp|Trường hợp"):
        _change(tree, nhanh__0__label="", nhanh__0__id="")
    assert tree.guides.text(guide) == text

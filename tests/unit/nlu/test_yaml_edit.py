"""Changing YAML leaves everything else as it is, byte for byte."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import ROOT
from core.errors import ContentError
from nlu.training.merging import merge
from nlu.training.yaml_edit import edit, insert_after, reconcile, remove_at, written

_FILES = [ROOT / "domain.yml", ROOT / "config.yml", *sorted((ROOT / "data").rglob("*.yml"))]


def _differing(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in {"+++", "---"}]


@pytest.mark.parametrize("path", _FILES[:2] + _FILES[2::6], ids=lambda path: path.name)
def test_no_change_changes_no_byte(path: Path) -> None:
    """Of the project's own files, every sixth (all would take seconds)."""
    text = path.read_text(encoding="utf-8")
    assert edit(text, lambda _document: None) == text


@pytest.mark.parametrize("name", ["lexicon/operations.yml", "talk/walking.yml", "places/hue.yml"])
def test_a_file_that_ruamel_would_lay_out_anew_keeps_its_layout(name: str) -> None:
    """Lists broken over two lines, written nulls: only the line that changes is taken."""
    text = (ROOT / "data" / name).read_text(encoding="utf-8")

    def change(document: Any) -> None:
        document["new_key"] = "x"

    assert _differing(text, edit(text, change)) == ["+new_key: x"]


def test_an_item_goes_into_its_group() -> None:
    """The comment that opens the next group stays with that group; so does the empty line at the end of the list."""
    text = "a:\n  - one\n  # second group\n  - two  # own words\n  - three\n\nb: 1\n"
    assert edit(text, lambda doc: insert_after(doc["a"], 0, "new")) == text.replace("- one\n", "- one\n  - new\n")
    assert edit(text, lambda doc: insert_after(doc["a"], 2, "new")) == text.replace("- three\n", "- three\n  - new\n")
    noted = edit(text, lambda doc: insert_after(doc["a"], 2, "new", "third group"))
    assert noted == text.replace("- three\n", "- three\n  # third group\n  - new\n")


def test_an_item_leaves_its_group() -> None:
    """And nothing else."""
    text = "a:\n  - one\n  # second group\n  - two  # own words\n  - three\n\nb: 1\n"
    assert edit(text, lambda doc: remove_at(doc["a"], 2)) == text.replace("  - three\n", "")
    before_group = text.replace("  # second group\n  - two", "  - two\n  # second group\n  - four")
    assert edit(before_group, lambda doc: remove_at(doc["a"], 1)) == before_group.replace("  - two\n", "")


def test_a_lost_comment_is_refused() -> None:
    """Rather than losing what a person wrote down."""
    text = "a:\n  # why\n  b: 1\nc: 2\n"

    def change(document: Any) -> None:
        del document["a"]

    with pytest.raises(ContentError, match="# why"):
        edit(text, change)


def test_reconcile_touches_what_differs() -> None:
    """Quotes of what stays are kept, a new field goes where it belongs, one sentence may stand for a list of one."""
    text = 'id: x\ncode: "1.004194"  # on the portal\nfee: Một câu.\n'
    text += 'steps:\n  - do: "Một."\n    see: A\n  - do: Hai.\ndate: 2026-11-23\n'
    wanted = yaml.safe_load(text)
    wanted["fee"] = ["Một câu."]
    wanted["steps"] = [{"do": "Không."}, {"do": "Một.", "see": "B"}, {"do": "Hai."}]
    wanted["title"] = "no"
    after = edit(text, lambda doc: reconcile(doc, wanted, ["id", "title", "code"]))
    assert _differing(text, after) == ['+title: "no"', "+  - do: Không.", "-    see: A", "+    see: B"]
    assert yaml.safe_load(after) == {**wanted, "fee": "Một câu."}


_PLAIN = st.recursive(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=12), st.integers(-9, 9), st.booleans()
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from("abcdef"), inner, max_size=4)),
    max_leaves=12,
)
_DOCUMENTS = st.dictionaries(st.sampled_from("abcdef"), _PLAIN, min_size=1, max_size=5)


@given(_DOCUMENTS, _DOCUMENTS)
def test_any_document_becomes_any_other(before: dict[str, Any], after: dict[str, Any]) -> None:
    """And every reader of YAML agrees on what it says."""
    text = edit(written(before), lambda doc: reconcile(doc, after))
    assert _listless(yaml.safe_load(text)) == _listless(after)


def _listless(value: Any) -> Any:
    """One sentence may stand for a list of one."""
    if isinstance(value, list):
        return _listless(value[0]) if len(value) == 1 and isinstance(value[0], str) else [_listless(item) for item in value]
    return {key: _listless(item) for key, item in value.items()} if isinstance(value, dict) else value


@given(st.lists(st.sampled_from("abcd"), max_size=8), st.lists(st.sampled_from("abcd"), max_size=8))
def test_a_change_merged_into_the_same_text_is_the_change(base: list[str], changed: list[str]) -> None:
    """Whichever side changed."""
    one, two = ("".join(f"{line}\n" for line in lines) for lines in (base, changed))
    assert merge(one, one, two) == two
    assert merge(one, two, one) == two
    assert not merge(one, two, one).conflict

"""Sizes, documentation and wording that belong together."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from bot.settings import ROOT, Settings
from core import texts
from core.guides import Section
from core.knowledge import Knowledge

_PACKAGES = ("core", "bot", "nlu", "actions")
_LONGEST = 400
_EXCEPTION = re.compile(
    r"# (?:noqa|type: ignore)(?P<code>: [A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*|\[[a-z, -]+\])?(?P<reason>\s*(?:#|-) \S+)?"
)


def _sources() -> list[Path]:
    vendored = "vendor"
    found = [
        path
        for package in _PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.suffix in {".py", ".js", ".css", ".html"} and vendored not in path.parts and "__pycache__" not in path.parts
    ]
    assert len(found) > 50, "the packages are not where this test looks for them"
    return found


def test_no_file_of_ours_is_longer_than_400_lines() -> None:
    """A file that grows past this is two files."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _sources()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > _LONGEST
    }
    assert long == {}


def test_every_module_says_what_belongs_there() -> None:
    """A docstring opens every module that holds anything."""
    silent = []
    for path in _sources():
        if path.suffix == ".py" and "migrations" not in path.parts and (code := path.read_text(encoding="utf-8")).strip():
            silent += [] if ast.get_docstring(ast.parse(code)) else [str(path.relative_to(ROOT))]
    assert silent == []


def test_every_exception_to_a_rule_has_its_reason() -> None:
    """Each `noqa` and `type: ignore` names its code and says why; on lines that follow each other, once."""
    bare = []
    for path in _sources():
        before = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = _EXCEPTION.search(line)
            if found and not found["reason"] and found["code"] != before:
                bare.append(f"{path.relative_to(ROOT)}:{number}")
            before = found["code"] if found else before if not line.strip() else ""
            if found and not found["code"]:
                bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert bare == []


def test_settings_are_documented() -> None:
    """docs/settings.md names every setting the code reads."""
    assert Settings.model_fields, "no settings found: this test is looking in the wrong place"
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    missing = {name for name in Settings.model_fields if f"`{name}`" not in page and f"`TROLY_{name.upper()}`" not in page}
    assert missing == set()


def test_documented_settings_exist() -> None:
    """No setting that was renamed or removed is still promised."""
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`TROLY_([A-Z_]+)`", page))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_every_area_of_the_guides_has_its_title(knowledge: Knowledge) -> None:
    """And every title has guides: a button never leads to an empty group."""
    assert knowledge.guides.by_area
    assert set(texts.AREA_TITLES) == set(knowledge.guides.by_area)


@pytest.mark.parametrize("titles", ["SECTION_TITLES", "FOLLOW_UP_LABELS", "UNKNOWN_SECTION"])
def test_every_section_has_its_words(titles: str) -> None:
    """A new section needs a title, a label and an admission."""
    assert set(getattr(texts, titles)) == set(Section)


def test_no_personal_name_of_this_machine_is_in_the_sources() -> None:
    """Paths of a developer's machine have no place in what is installed elsewhere."""
    machine = "/".join(("", "work", ""))  # put together here, so that this file does not name it either
    found = [str(path.relative_to(ROOT)) for path in _sources() if machine in path.read_text(encoding="utf-8")]
    assert found == []

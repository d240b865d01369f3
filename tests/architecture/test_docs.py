"""Documentation says what is there: paths, make targets, settings, words, decisions, the guide example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import ROOT, Settings
from core.guides import load_guide

_PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")], key=str)
_DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
_FOLDERS = "actions|bench|bot|core|data|docs|nlu|requirements|scripts|tests"
_CODE_PATH = re.compile(rf"`((?:{_FOLDERS})/[\w./*-]*)`")
_LINK = re.compile(r'(?:\]\(|src=")([^)#"\s]+)')
_MAKE = re.compile(r"\bmake ([a-z]+)\b")


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", _PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and picture of a page exists."""
    text = re.sub(r"`[^`\n]+`", "", page.read_text(encoding="utf-8"))
    targets = [target for target in _LINK.findall(text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", [page for page in _PAGES if page not in _DECISIONS], ids=_name)
def test_named_paths_exist(page: Path) -> None:
    """Every path of the project named in a page exists; decisions are never rewritten, so they may name what is gone."""
    named = _CODE_PATH.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if not any(ROOT.glob(path.rstrip("/")))] == []


def test_pages_name_paths() -> None:
    """The two tests above look at something."""
    text = "".join(page.read_text(encoding="utf-8") for page in _PAGES)
    assert len(_CODE_PATH.findall(text)) > 20
    assert len(_LINK.findall(text)) > 10


def test_make_targets_are_documented() -> None:
    """README or CONTRIBUTING shows every target, and no page shows one that does not exist."""
    targets = _targets() - {"help"}
    assert {"demo", "test", "check"} <= targets
    pages = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert targets - set(_MAKE.findall(pages)) == set()
    shown = [code for page in _PAGES for code in re.findall(r"`(make [^`]+)`", page.read_text(encoding="utf-8"))]
    assert {name for code in shown for name in _MAKE.findall(code)} - targets == set()


def _row(name: str) -> str:
    """The row of docs/settings.md for one setting."""
    field = Settings.model_fields[name]
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    default = "–" if value is None else f"`{str(value).replace(f'{ROOT}/', '')}`"
    return f"| `{name}` | `TROLY_{name.upper()}` | {default} | {field.description} |"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_setting_is_documented(name: str) -> None:
    """docs/settings.md has the setting's row, with its default and its meaning, and .env.example names it."""
    assert _row(name) in (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").splitlines()
    assert f"# TROLY_{name.upper()}=" in (ROOT / ".env.example").read_text(encoding="utf-8")


def test_no_documented_setting_is_gone() -> None:
    """docs/settings.md and .env.example name no setting that the code does not read."""
    text = "".join((ROOT / page).read_text(encoding="utf-8") for page in ("docs/settings.md", ".env.example"))
    assert set(re.findall(r"TROLY_[A-Z_]*[A-Z]", text)) == {f"TROLY_{name.upper()}" for name in Settings.model_fields}


def test_glossary_words_are_those_of_the_code() -> None:
    """Every word in the second column of docs/glossary.md occurs in code, domain or guides."""
    rows = [line.split("|") for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()]
    words = {word for row in rows if len(row) == 5 for word in re.findall(r"`(\w+)`", row[2])}
    assert len(words) > 30
    sources = [ROOT / "domain.yml", *(path for top in ("core", "bot", "nlu", "actions") for path in (ROOT / top).rglob("*.py"))]
    used = set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in sources)))
    assert words - used == set()


def test_decisions_are_numbered_without_gap() -> None:
    """docs/adr holds 0001, 0002, …, and each heading has the number of its file."""
    assert _DECISIONS
    assert [path.name[:5] for path in _DECISIONS] == [f"{number:04}-" for number in range(1, len(_DECISIONS) + 1)]
    headings = [path.read_text(encoding="utf-8").splitlines()[0] for path in _DECISIONS]
    assert [heading.split(".")[0] for heading in headings] == [f"# {number}" for number in range(1, len(headings) + 1)]


@pytest.mark.parametrize("decision", _DECISIONS, ids=_name)
def test_decision_has_its_parts(decision: Path) -> None:
    """Context, Decision, Status and Consequences, in this order, on less than a page."""
    text = decision.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Status", "Consequences"]
    assert len(text.splitlines()) <= 60


def test_guide_example_is_a_guide(tmp_path: Path) -> None:
    """The full example in docs/guides.md passes the check it explains."""
    example = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "guides.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example
    path = tmp_path / "cu_tru" / "dang_ky_tam_tru.yml"
    path.parent.mkdir()
    path.write_text(example.group(1), encoding="utf-8")
    assert load_guide(path).title == "Đăng ký tạm trú"

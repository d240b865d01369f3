"""``troly evaluate`` as a trainer runs it, with the trained model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.settings import ROOT
from nlu.training.spread import ALL_SLICES

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def troly(tmp_path: Path) -> Run:
    """Run the command against an empty database."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        database = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
        environment = {"TROLY_DATABASE_URL": database, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "COLUMNS": "200"}
        command = [sys.executable, "-m", "bot", "evaluate", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.usefixtures("model_path")
def test_the_same_questions_give_the_same_report(troly: Run, tmp_path: Path) -> None:
    """Byte for byte, on standard output with nothing else; the page comes beside it."""
    page = tmp_path / "new" / "report.html"
    first = troly("--limit", "12", "--json", "-", "--html", str(page))
    assert first.returncode == 0, first.stderr
    again = troly("--limit", "12", "--json", "-")
    assert again.stdout == first.stdout
    report: dict[str, Any] = json.loads(first.stdout)
    assert list(report["slices"]) == list(ALL_SLICES)
    assert report["about"]["source"] == "tests/nlu"
    assert 0.5 < report["overall"]["right"] <= 1
    assert "Trợ lý hiểu câu hỏi đến đâu" in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("model_path")
def test_a_file_of_questions_is_measured(troly: Run, tmp_path: Path) -> None:
    """Follow-ups share the memory of their conversation; what is wrong is counted as wrong."""
    expect = {"outcome": ["answered", "step"], "guides": ["dang_ky_tam_tru"]}
    lines = [
        {"id": "1", "text": "đăng ký tạm trú cần giấy tờ gì", "conversation": "a", "expect": {"outcome": None}},
        {"id": "2", "text": "lệ phí bao nhiêu", "conversation": "a", "expect": {**expect, "section": "fee"}, "set": "nối"},
        {
            "id": "3",
            "text": "làm hộ chiếu",
            "conversation": "b",
            "expect": expect | {"guides": "dang_ki_tam_tru"},
            "set": "cố ý sai",
        },
    ]
    file = tmp_path / "mine.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    done = troly("--questions", str(file), "--slice", "as_typed", "--slice", "telex", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    assert "as_typed" in done.stdout
    assert "không có, sẽ không câu nào đúng: dang_ki_tam_tru" in done.stderr
    report = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert report["sets"]["nối"]["as_typed"]["right"] == 1
    assert report["sets"]["nối"]["as_typed"]["section"] == 1
    assert report["sets"]["cố ý sai"]["telex"]["wrong"] == 1
    assert report["about"] | {"model": ""} == {
        "model": "", "source": "mine.jsonl", "seed": 0, "limit": None, "catalogue": False, "questions": 2, "messages": 4
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "arguments", "code", "told"),
    [
        ('{"id": 1}', (), 1, "line 1"),
        ("", (), 2, "None of the questions"),
        (None, (), 2, "cannot be read"),
        ("", ("--slice", "teen"), 2, "no slice teen"),
        ("", ("--limit", "0"), 2, "--limit"),
    ],
)
@pytest.mark.usefixtures("model_path")
def test_wrong_use_is_told(
    troly: Run, tmp_path: Path, content: str | None, arguments: tuple[str, ...], code: int, told: str
) -> None:
    """With what to do, and an exit code a script can tell apart; no traceback."""
    file = tmp_path / "questions.jsonl"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = troly("--questions", str(file), *arguments)
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr

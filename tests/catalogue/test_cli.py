"""``troly catalogue`` on the sample, as an operator runs it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.settings import ROOT
from tests.catalogue.making import SAMPLE, raw, write

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def troly(database_url: str) -> Run:
    """Run the command against an empty database of each kind."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "bot", "catalogue", *arguments]
        environment = {"TROLY_DATABASE_URL": database_url, "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "COLUMNS": "200"}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    return run


def test_operator_imports_lists_shows_and_looks_back(troly: Run, tmp_path: Path) -> None:
    """The whole way, once."""
    assert "Chưa có danh mục" in troly("list").stdout
    done = troly("import", str(SAMPLE))
    assert done.returncode == 0, done.stderr
    assert "Thêm 30, đổi 0, giữ nguyên 0" in done.stdout

    listed = troly("list", "--search", "xe lan")
    assert listed.stdout.count("\n") == 1
    assert "9.900025  Mượn xe lăn của tủ đồ dùng chung  (Cấp xã; vn)" in listed.stdout
    assert "1/30 thủ tục, cập nhật đến 12/05/2026." in listed.stderr

    shown = troly("show", "9.900002")
    assert "Đăng ký vẽ tranh tường trong ngõ – lệ phí" in shown.stdout
    assert "Nộp qua mạng: 10.000 đồng/hồ sơ." in shown.stdout

    changed = [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]
    changed[0]["results"] = ["Chìa khóa"]
    again = troly("import", str(write(tmp_path / "next.jsonl", changed[:29])), "--json")
    assert json.loads(again.stdout) == {"added": 0, "changed": 1, "unchanged": 28, "withdrawn": 1, "restored": 0, "skipped": []}
    told = troly("history", "9.900001")
    assert "thay đổi" in told.stdout
    assert "results" in told.stdout
    assert json.loads(troly("history", "9.900030", "--json").stdout)[-1]["kind"] == "withdrawn"


def test_skipped_lines_are_told_and_the_import_stands(troly: Run, tmp_path: Path) -> None:
    """Every national export holds a few; a scheduled import must not fail over them."""
    packed = tmp_path / "catalogue.gz"
    packed.write_bytes(gzip.compress(write(tmp_path / "plain", [raw(1), "{", raw(2) | {"code": "1.014955-Xoa"}]).read_bytes()))
    done = troly("import", str(packed))
    assert done.returncode == 0
    assert "Thêm 1," in done.stdout
    assert "bỏ qua 2 dòng" in done.stdout
    assert "Bỏ qua dòng 2: not readable as JSON" in done.stderr
    assert "Bỏ qua dòng 3: code: '1.014955-Xoa'" in done.stderr
    assert json.loads(troly("list", "--json").stdout)[0]["code"] == "8.000001"


def test_incomplete_file_is_refused_with_the_way_out(troly: Run, tmp_path: Path) -> None:
    """Exit code 1: something is wrong with the content."""
    troly("import", str(SAMPLE))
    refused = troly("import", str(write(tmp_path / "half", [raw(1)])))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "--partial" in refused.stderr
    assert troly("import", str(tmp_path / "half"), "--partial").returncode == 0
    assert len(json.loads(troly("list", "--json").stdout)) == 31


def test_wrong_use_is_told_in_one_message(troly: Run, tmp_path: Path) -> None:
    """Exit code 2, no traceback, and what to do instead."""
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"{}" * 1000)[:20])
    for arguments, hint in (
        (("import", str(tmp_path / "missing")), "JSON lines"),
        (("import", str(tmp_path / "cut.gz")), "JSON lines"),
        (("show", "9.900001"), "troly catalogue list"),
        (("history", "9.900001"), "troly catalogue list"),
    ):
        done = troly(*arguments)
        assert done.returncode == 2, arguments
        assert "Traceback" not in done.stderr
        assert hint in " ".join(done.stderr.replace("│", " ").split())

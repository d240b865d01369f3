"""A disk without room, for real: a file system of a few megabytes, mounted where the test runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT

_MEGABYTES = 16


def test_whatever_room_is_left_files_and_log_change_together_or_not_at_all(tmp_path: Path) -> None:
    """The trainer is told; with room again the same edit goes through; a training is refused before it begins."""
    small, other = tmp_path / "small", tmp_path / "other"
    small.mkdir()
    other.mkdir()
    within = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
    mount = f'mount -t tmpfs -o size={_MEGABYTES}m none "$1"'
    try:
        subprocess.run([*within, mount, "sh", str(small)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system lets nobody mount a file system of their own (unshare --user --mount)")
    script = f'{mount}; exec "$3" -m tests.training.full_disk "$1" "$2"'
    command = [*within, script, "sh", str(small), str(other), sys.executable]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert "Đĩa chỉ còn" in result.pop("training")
    for where, tries in result.items():
        logged = 0
        for number, tried in enumerate(tries):
            went = tried["told"] == ""
            assert tried["files"] == [went, went], (where, number, tried)
            assert tried["logged"] == logged + went, (where, number, tried)
            logged = tried["logged"]
        assert tries[0]["told"], where
        assert not tries[-1]["told"], where
    assert "Đĩa của máy chủ đầy" in result["database elsewhere"][0]["told"]

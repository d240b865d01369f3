"""Trainers know Rasa's own commands; they go on working with the models that the console makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT
from nlu.training.train import find_model


def test_rasa_shell_hears_what_the_model_hears(small_live: Path) -> None:
    """``troly rasa shell nlu``, asked on its standard input (`tests/training/test_content.py` has ``rasa data validate``)."""
    model = find_model(small_live / "live", small_live / "models")
    assert model is not None
    command = [sys.executable, "-m", "bot", "rasa", "shell", "nlu", "--model", str(model)]
    said = "tui quên mật khẩu vneid rồi\n/stop\n"
    done = subprocess.run(command, cwd=ROOT, input=said, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    heard = done.stdout.partition('"intent": {')[2]
    assert '"name": "topic_quen_mat_khau"' in heard.partition("}")[0]

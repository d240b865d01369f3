"""Two trainings on the same data make the same model: every prediction is equal, to the last digit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from bot.settings import ROOT
from core.knowledge import Knowledge
from nlu.training.held_out import load_held_out
from nlu.training.spread import spread
from tests.training.trained import quickly_trained

_EXAMPLES_EACH = 8
_WORDINGS_EACH = 3  # fewer names are no guide
_WHOLE = bool(os.environ.get("TROLY_TEST_WHOLE_TRAINING"))
_ASKED = 2000 if _WHOLE else 300

_TRAIN_AND_TELL = """
import asyncio, json, sys
from pathlib import Path
from bot.agent import Brain, quiet_rasa
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from nlu.training.train import train_model
quiet_rasa()
project, models, questions = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(Path(sys.argv[3]).read_text("utf-8"))
brain = Brain(train_model(project, models).path, Dialogue(Knowledge.load(project / "data")), project)
keys = ("intent_ranking", "guide_ranking", "aspect_ranking", "novelty", "entities")
async def tell():
    return [{key: (await brain.parse(text))[key] for key in keys} for text in questions]
Path(sys.argv[4]).write_text(json.dumps(asyncio.run(tell())), "utf-8")
"""


def _small_project(folder: Path) -> Path:
    """The project with few examples and wordings of guides; with TROLY_TEST_WHOLE_TRAINING set, with all."""
    (folder / "domain.yml").symlink_to(ROOT / "domain.yml")
    shutil.copytree(ROOT / "data", folder / "data")
    config = (ROOT / "config.yml").read_text(encoding="utf-8")
    if not _WHOLE:
        for path in (folder / "data" / "nlu").glob("*.yml"):
            _shorten(path)
        for path in (folder / "data" / "guides").rglob("*.yml"):
            _shorten_guide(path)
        config = quickly_trained(config)
    (folder / "config.yml").write_text(config, encoding="utf-8")
    return folder


def _shorten(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for item in content["nlu"]:
        item["examples"] = "\n".join(item["examples"].splitlines()[:_EXAMPLES_EACH]) + "\n"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _shorten_guide(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    for wordings in ("aliases", "needs"):
        content[wordings] = content.get(wordings, [])[:_WORDINGS_EACH]
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def _predictions(project: Path, folder: Path, hash_seed: str) -> list[dict[str, Any]]:
    """What a model trained in a process of its own says, with sets and dictionaries ordered by another chance."""
    folder.mkdir()
    told = folder / "told.json"
    arguments = [str(project), str(folder / "models"), str(project / "questions.json"), str(told)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TQDM_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _TRAIN_AND_TELL, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made: list[dict[str, Any]] = json.loads(told.read_text(encoding="utf-8"))
    return made


def test_the_same_data_give_the_same_predictions(tmp_path: Path, knowledge: Knowledge) -> None:
    """Whatever the order in which Python happens to keep its sets."""
    held_out = load_held_out(ROOT / "tests" / "nlu", knowledge.guides)
    asked = spread(held_out, ("as_typed", "unaccented", "typos")) if _WHOLE else held_out[::3]
    questions = [question.text for question in asked][:_ASKED]
    assert len(questions) == _ASKED
    (tmp_path / "project").mkdir()
    project = _small_project(tmp_path / "project")
    (project / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    first, second = (_predictions(project, tmp_path / seed, seed) for seed in ("1", "2"))
    assert len({json.dumps(told) for told in first}) > _ASKED / 2
    assert first == second

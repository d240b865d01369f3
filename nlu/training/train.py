"""Train a model, once per content of the tree it is made from.

A content tree is a folder laid out like the project: ``config.yml``, ``domain.yml``, ``data/``. The code that trains, and that
answers with the model, is always this program's.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from core.errors import ConfigurationError, ContentError

__all__ = ["LIBRARIES", "TrainedModel", "code_hash", "content_hash", "find_model", "require_model", "train_model"]

LIBRARIES = ("rasa", "scikit-learn")
"""Another version of these makes another model."""

_PROJECT = Path(__file__).resolve().parents[2]
_DATA_FOLDERS = ("nlu", "rules", "stories")
_HASHED_FOLDERS = (*_DATA_FOLDERS, "guides", "lexicon", "places")
_HASHED_CODE = (
    "nlu/components",
    "core/features.py",
    "core/guide_parts.py",
    "core/guides.py",
    "core/places.py",
    "core/search.py",
    "core/spelling.py",
    "core/telex.py",
    "core/text.py",
    "core/understanding.py",
)


@dataclass(frozen=True)
class TrainedModel:
    """A model file and what it was made from."""

    path: Path
    content: str
    seconds: float


def content_hash(tree: Path) -> str:
    """SHA-256 over everything a model depends on: data, configuration, pipeline code, versions of libraries."""
    return _digest([*_content(tree), *_code()])


def code_hash() -> str:
    """SHA-256 over pipeline code and versions of libraries: a model serves only under the code it was made by."""
    return _digest(_code())


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in LIBRARIES).encode())
    for name, path in files:
        digest.update(name.encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _content(tree: Path) -> Iterable[tuple[str, Path]]:
    paths = [tree / "config.yml", tree / "domain.yml"]
    for folder in _HASHED_FOLDERS:
        paths += sorted((tree / "data" / folder).rglob("*.yml"))
    return ((path.relative_to(tree).as_posix(), path) for path in paths)


def _code() -> Iterable[tuple[str, Path]]:
    for place in _HASHED_CODE:
        path = _PROJECT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            yield file.relative_to(_PROJECT).as_posix(), file


def find_model(tree: Path, models_dir: Path) -> Path | None:
    """The model made from the tree's present content, if there is one."""
    path = models_dir / f"troly-{content_hash(tree)}.tar.gz"
    return path if path.exists() else None


def require_model(tree: Path, models_dir: Path) -> Path:
    """The model made from the tree's present content.

    Raises:
        ConfigurationError: There is none.
    """
    found = find_model(tree, models_dir)
    if found is None:
        raise ConfigurationError(f"No model in {models_dir} fits the present data. Train one: troly train")
    return found


def train_model(tree: Path, models_dir: Path) -> TrainedModel:
    """Train on the data of a content tree; the file appears only when it is complete.

    Raises:
        ContentError: Rasa refused the data.
    """
    from nlu import slim

    slim.prepare()
    from rasa.model_training import train

    from nlu.components.content import content_of

    content = content_hash(tree)
    name = f"troly-{content}"
    models_dir.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with content_of(tree):
        result = train(
            domain=str(tree / "domain.yml"),
            config=str(tree / "config.yml"),
            training_files=[str(tree / "data" / folder) for folder in _DATA_FOLDERS if (tree / "data" / folder).is_dir()],
            output=str(models_dir),
            fixed_model_name=f"{name}.part",
            force_training=True,
        )
    if result.model is None:
        raise ContentError(["data/: Rasa could not train on it; run: make check"])
    path = Path(result.model).replace(models_dir / f"{name}.tar.gz")
    model = TrainedModel(path, content, round(time.monotonic() - started, 1))
    manifest = {**asdict(model), "path": path.name, "rasa": version("rasa")}
    path.with_suffix("").with_suffix(".json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return model

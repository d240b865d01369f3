"""Train a model, once per content of the data it is made from."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from core.errors import ConfigurationError, ContentError

__all__ = ["TrainedModel", "content_hash", "find_model", "require_model", "train_model"]

_DATA_FOLDERS = ("nlu", "rules", "stories")
_HASHED_FOLDERS = (*_DATA_FOLDERS, "guides", "lexicon", "places")
_HASHED_CODE = (
    "nlu/components",
    "core/features.py",
    "core/guide_parts.py",
    "core/guides.py",
    "core/places.py",
    "core/search.py",
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


def content_hash(project: Path) -> str:
    """SHA-256 over everything a model depends on: data, configuration, pipeline code, Rasa's version."""
    digest = hashlib.sha256(f"rasa {version('rasa')} scikit-learn {version('scikit-learn')}".encode())
    for path in _inputs(project):
        digest.update(path.relative_to(project).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _inputs(project: Path) -> Iterable[Path]:
    yield project / "config.yml"
    yield project / "domain.yml"
    for folder in _HASHED_FOLDERS:
        yield from sorted((project / "data" / folder).rglob("*.yml"))
    for place in _HASHED_CODE:
        path = project / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def find_model(project: Path, models_dir: Path) -> Path | None:
    """The model made from the project's present content, if there is one."""
    path = models_dir / f"troly-{content_hash(project)}.tar.gz"
    return path if path.exists() else None


def require_model(project: Path, models_dir: Path) -> Path:
    """The model made from the project's present content.

    Raises:
        ConfigurationError: There is none.
    """
    found = find_model(project, models_dir)
    if found is None:
        raise ConfigurationError(f"No model in {models_dir} fits the present data. Train one: troly train")
    return found


def train_model(project: Path, models_dir: Path) -> TrainedModel:
    """Train on the project's data; the file appears only when it is complete.

    Raises:
        ContentError: Rasa refused the data.
    """
    from nlu import slim

    slim.prepare()
    from rasa.model_training import train

    content = content_hash(project)
    name = f"troly-{content}"
    models_dir.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    result = train(
        domain=str(project / "domain.yml"),
        config=str(project / "config.yml"),
        training_files=[str(project / "data" / folder) for folder in _DATA_FOLDERS if (project / "data" / folder).is_dir()],
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

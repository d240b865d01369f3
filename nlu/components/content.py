"""Where pipeline parts find guides, lexicon and places: the content tree a model is made of, or loaded beside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

__all__ = ["content_of", "content_path"]

_tree: ContextVar[Path] = ContextVar("content_tree", default=Path(__file__).resolve().parents[2])


@contextmanager
def content_of(tree: Path) -> Iterator[None]:
    """Train or load a model with the content of `tree` instead of the project's own, in this thread or task alone."""
    before = _tree.set(tree.resolve())
    try:
        yield
    finally:
        _tree.reset(before)


def content_path(configured: str) -> Path:
    """A path of config.yml, relative to the content tree whatever the working directory."""
    path = Path(configured)
    return path if path.is_absolute() else _tree.get() / path

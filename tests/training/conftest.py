"""A small content tree for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.training.content import ContentTree
from tests.training.small_tree import small_tree
from tests.training.trained import trainable_tree


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The small tree, as the one in use."""
    return small_tree(tmp_path / "live")


@pytest.fixture
def tree(live: Path) -> ContentTree:
    """The same, opened."""
    return ContentTree(live)


@pytest.fixture(scope="session")
def small_live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small tree with its model, made once; copied for each test."""
    folder = tmp_path_factory.mktemp("small")
    trainable_tree(folder / "live", folder / "models")
    return folder

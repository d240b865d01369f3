"""A small content tree for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlu.training.content import ContentTree
from tests.training.small_tree import small_tree


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The small tree, as the one in use."""
    return small_tree(tmp_path / "live")


@pytest.fixture
def tree(live: Path) -> ContentTree:
    """The same, opened."""
    return ContentTree(live)

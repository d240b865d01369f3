"""What a loaded model costs later: nothing."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot.interpreter import settle_memory


class _Model:
    """Refers to itself: only a search for garbage finds that it can go."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_is_loaded_is_not_looked_at_again() -> None:
    """Collections look at what came later only."""
    model = _Model()
    settle_memory()
    assert gc.get_freeze_count() > 0
    assert not any(known is model for known in gc.get_objects())


def test_what_was_set_aside_is_not_looked_at_at_an_exchange() -> None:
    """That took a third of a second, in which nothing was answered."""
    model = _Model()
    gone = weakref.ref(model)
    settle_memory()
    del model
    settle_memory()
    assert gone() is not None

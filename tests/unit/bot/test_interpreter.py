"""What a loaded model costs later: nothing, and its memory comes back when it is exchanged."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot.interpreter import settle_memory


class _Model:
    """Refers to itself, as any model does somewhere."""

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


def test_model_that_was_exchanged_goes() -> None:
    """Although it was set aside before."""
    model = _Model()
    gone = weakref.ref(model)
    settle_memory()
    del model
    assert gone() is not None
    settle_memory()
    assert gone() is None

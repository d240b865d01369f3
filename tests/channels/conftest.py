"""Fixtures shared by the tests of channels."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.channels.telegram_double import telegram
from tests.channels.zalo_oa_world import world

__all__ = ["logs", "telegram", "world"]

Entry = dict[str, Any]


class _Notebook:
    """A logger that keeps what it is told."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries

    def __getattr__(self, level: str) -> Callable[..., None]:
        def note(event: str, **fields: Any) -> None:
            self._entries.append({"event": event, "log_level": level, **fields})

        return note


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """What the channels log from now on, whatever other tests did to the logging."""
    entries: list[Entry] = []
    for name, module in list(sys.modules.items()):
        if name.startswith("bot.channels.") and hasattr(module, "log"):
            monkeypatch.setattr(module, "log", _Notebook(entries))
    return entries

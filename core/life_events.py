"""Life events (a birth, a move, a death): what people know they have, before they know the procedure's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import ContentError
from core.phrases import Phrases, bare

__all__ = ["LifeEvent", "LifeEvents"]


@dataclass(frozen=True)
class LifeEvent:
    """One event, with the guides people then need, in the order to do them."""

    id: str
    title: str
    guides: tuple[str, ...]
    says: Phrases


class LifeEvents(Mapping[str, LifeEvent]):
    """The events of an installation by id, in the order of the file."""

    def __init__(self, events: Sequence[LifeEvent]) -> None:
        self._events = {event.id: event for event in events}

    @classmethod
    def load(cls, path: Path) -> LifeEvents:
        """Read the events.

        Raises:
            ContentError: Says which entry is wrong.
        """
        try:
            raw: Sequence[Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["events"]
            events = [LifeEvent(e["id"], e["title"], tuple(e["guides"]), Phrases(e.get("says", ()))) for e in raw]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise ContentError([f"{path}: {error!r}; see the head of the file"]) from error
        return cls(events)

    def __getitem__(self, event_id: str) -> LifeEvent:
        return self._events[event_id]

    def __iter__(self) -> Any:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def told(self, words: Sequence[str]) -> str | None:
        """The event whose procedures normalised `words` ask for, or None."""
        said = bare(words)
        return next((event.id for event in self._events.values() if event.says.within(said)), None)

"""Rasa's tracker, kept in the conversation's own row, so that dialogue and messages commit together.

Only the recent events are kept: slots carry the memory, so a conversation of a thousand turns costs what one of ten
does. The cut is made at a turn's start, with the slots of that moment restored by the events in front of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker

__all__ = ["TurnTrackerStore"]

_KEPT_TURNS = 1
"""How far back a rule in data/rules can look; each turn more costs every later one half a millisecond."""

_KEPT_OF_PARSE = ("text", "intent", "entities")


class TurnTrackerStore(TrackerStore):
    """Holds the trackers of the turns under way; the turn's own transaction reads and writes them.

    A turn puts a conversation's stored events in with `put`, lets Rasa work, and takes the new ones out with `take`.
    """

    def __init__(self, domain: Domain) -> None:
        """Keep nothing yet."""
        super().__init__(domain)
        self._events: dict[str, list[Any]] = {}
        self._trackers: dict[str, DialogueStateTracker] = {}

    def put(self, sender_id: str, events: list[Any]) -> None:
        """Make the stored `events` of a conversation (JSON form) available to its turn."""
        self._events[sender_id] = events
        self._trackers.pop(sender_id, None)

    def take(self, sender_id: str) -> list[Any]:
        """The events to store after the turn, in JSON form; forgets the conversation."""
        self._events.pop(sender_id, None)
        tracker = self._trackers.pop(sender_id, None)
        return _compact(tracker) if tracker is not None else []

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Rasa interface."""
        self._trackers[tracker.sender_id] = tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Rasa interface."""
        if sender_id in self._trackers:
            return self._trackers[sender_id]
        events = self._events.get(sender_id)
        if not events:
            return None
        return DialogueStateTracker.from_events(
            sender_id, deserialise_events(events), slots=self.domain.slots, domain=self.domain
        )

    async def keys(self) -> Sequence[str]:  # type: ignore[override]  # Rasa declares an Iterable of its own alias
        """Rasa interface: the conversations of the turns under way."""
        return list(self._events)


def _compact(tracker: DialogueStateTracker) -> list[Any]:
    """The last turns' events, after events that restore the slots as they are now."""
    events = list(tracker.events)
    starts = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
    tail = events[starts[-_KEPT_TURNS] :] if len(starts) >= _KEPT_TURNS else events
    restored: list[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *(SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value is not None),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]
    kept = restored + [event for event in tail if not isinstance(event, SessionStarted)] if len(tail) < len(events) else events
    return [_as_stored(event) for event in kept if not isinstance(event, BotUttered)]


def _as_stored(event: Event) -> dict[str, Any]:
    """An event in JSON form without what no later turn looks at: replies and rankings are most of a dialogue's bytes."""
    stored: dict[str, Any] = event.as_dict()
    if isinstance(event, UserUttered):
        stored["parse_data"] = {key: stored["parse_data"][key] for key in _KEPT_OF_PARSE if key in stored["parse_data"]}
    return stored

"""Rasa's tracker, kept in the conversation's own row, so that dialogue and messages commit together.

Only the recent events are kept: slots carry the memory, so a conversation of a thousand turns costs what one of ten
does. The cut is made at a turn's start, with the slots of that moment restored by the events in front of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SessionStarted, SlotSet, UserUttered, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker

__all__ = ["restored", "to_store"]

_KEPT_TURNS = 1
"""How far back a rule in data/rules can look; each turn more costs every later one half a millisecond."""

_KEPT_OF_PARSE = ("text", "intent", "entities")


def restored(domain: Domain, sender_id: str, events: Sequence[Any]) -> DialogueStateTracker:
    """The tracker that `to_store` gave `events` of; without events, that of a conversation which begins."""
    earlier = deserialise_events(list(events)) if events else _beginning(())
    return DialogueStateTracker.from_events(sender_id, earlier, slots=domain.slots, domain=domain)


def to_store(tracker: DialogueStateTracker) -> list[Any]:
    """The last turns' events in JSON form, after events that restore the slots as they are now."""
    events = list(tracker.events)
    starts = [at for at, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(starts) >= _KEPT_TURNS:
        slots = [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value is not None]
        events = [*_beginning(slots), *events[starts[-_KEPT_TURNS] :]]
    return [_as_stored(event) for event in events if not isinstance(event, BotUttered)]


def _beginning(slots: Sequence[Event]) -> list[Event]:
    return [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted(), *slots, ActionExecuted(ACTION_LISTEN_NAME)]


def _as_stored(event: Event) -> dict[str, Any]:
    """An event in JSON form without what no later turn looks at: replies and rankings are most of a dialogue's bytes."""
    stored: dict[str, Any] = event.as_dict()
    if isinstance(event, UserUttered):
        stored["parse_data"] = {key: stored["parse_data"][key] for key in _KEPT_OF_PARSE if key in stored["parse_data"]}
    return stored

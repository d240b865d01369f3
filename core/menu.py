"""Topics to choose from, a page at a time."""

from __future__ import annotations

from core import texts
from core.answers import case_choice, guide_choice
from core.guides import GuideLibrary
from core.life_events import LifeEvent, LifeEvents
from core.messages import Choice, Reply

__all__ = ["PAGE", "area_reply", "event_reply", "events_choice", "events_reply", "menu_reply"]

PAGE = 7
"""Entries on a page; a channel that allows fewer buttons pages them once more (bot.channels.layout)."""


def menu_reply(page: int = 0) -> Reply:
    """The groups of topics."""
    groups = [Choice(f"m:{area}", title) for area, title in texts.AREA_TITLES.items()]
    return Reply(texts.MENU_TEXT, _page(groups, page, "m:", events_choice()))


def events_choice() -> Choice:
    """The quick reply that shows the life events."""
    return Choice("l", texts.BY_LIFE_EVENT)


def events_reply(events: LifeEvents, page: int = 0) -> Reply:
    """The life events."""
    entries = [Choice(f"l:{event.id}", event.title) for event in events.values()]
    return Reply(texts.LIFE_EVENTS_TEXT, _page(entries, page, "l:", Choice("m", texts.BY_AREA)))


def event_reply(guides: GuideLibrary, event: LifeEvent, page: int = 0) -> Reply:
    """The guides of one life event, in the order to do them."""
    entries = [guide_choice(guides[guide_id]) for guide_id in event.guides]
    return Reply(texts.LIFE_EVENT_TEXT.format(event=event.title), _page(entries, page, f"l:{event.id}", events_choice()))


def area_reply(guides: GuideLibrary, area: str, page: int = 0) -> Reply:
    """The guides of one group."""
    entries = [guide_choice(guide) for guide in guides.by_area[area]]
    title = texts.AREA_TITLES.get(area, area)
    return Reply(texts.AREA_TEXT.format(area=title), _page(entries, page, f"m:{area}", Choice("m", texts.MENU)))


def _page(entries: list[Choice], page: int, here: str, elsewhere: Choice) -> tuple[Choice, ...]:
    pages = max(1, -(-len(entries) // PAGE))
    page %= pages
    shown = entries[page * PAGE : (page + 1) * PAGE]
    more = [Choice(f"{here}:{(page + 1) % pages}", texts.MORE)] if pages > 1 else []
    return (*shown, *more, elsewhere, case_choice())

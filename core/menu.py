"""Topics to choose from, a page at a time."""

from __future__ import annotations

from core import texts
from core.answers import case_choice, guide_choice
from core.guides import GuideLibrary
from core.messages import Choice, Reply

__all__ = ["PAGE", "area_reply", "menu_reply"]

PAGE = 7
"""Entries on a page; with "more" and "a person" no channel's limit is passed."""


def menu_reply(page: int = 0) -> Reply:
    """The groups of topics."""
    groups = [Choice(f"m:{area}", title) for area, title in texts.AREA_TITLES.items()]
    return Reply(texts.MENU_TEXT, _page(groups, page, "m:"))


def area_reply(guides: GuideLibrary, area: str, page: int = 0) -> Reply:
    """The guides of one group."""
    entries = [guide_choice(guide) for guide in guides.by_area[area]]
    title = texts.AREA_TITLES.get(area, area)
    return Reply(texts.AREA_TEXT.format(area=title), _page(entries, page, f"m:{area}"))


def _page(entries: list[Choice], page: int, here: str) -> tuple[Choice, ...]:
    pages = max(1, -(-len(entries) // PAGE))
    page %= pages
    shown = entries[page * PAGE : (page + 1) * PAGE]
    more = [Choice(f"{here}:{(page + 1) % pages}", texts.MORE)] if pages > 1 else []
    return (*shown, *more, case_choice())

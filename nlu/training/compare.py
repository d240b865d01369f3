"""How two content trees differ, in the words of trainers: by intent and by guide."""

from __future__ import annotations

from dataclasses import dataclass

from nlu.training.content import ContentTree

__all__ = ["GuideChange", "IntentChange", "compare_guides", "compare_intents"]


@dataclass(frozen=True)
class IntentChange:
    """An intent that differs.

    Args:
        name: In the domain.
        title: As in the newer tree, or the older one where it is gone.
        state: ``new``, ``gone`` or ``changed``.
        added: Examples only the newer tree has.
        removed: Examples only the older tree has.
        answer: Whether title or reply differ.
    """

    name: str
    title: str
    state: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    answer: bool


@dataclass(frozen=True)
class GuideChange:
    """A guide that differs: ``new``, ``gone`` or ``changed``."""

    id: str
    title: str
    state: str


def compare_intents(older: ContentTree, newer: ContentTree) -> list[IntentChange]:
    """Intents that differ, in the newer tree's order, then those that are gone."""
    before, after = older.intents.all(), newer.intents.all()
    found: list[IntentChange] = []
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        had, has = old.examples if old else (), new.examples if new else ()
        known, wanted = set(had), set(has)
        answer = bool(old and new) and (old.title, old.reply) != (new.title, new.reply)  # type: ignore[union-attr]  # both are there
        if old is None or new is None or had != has or answer:
            found.append(
                IntentChange(
                    name,
                    (new or old).title,  # type: ignore[union-attr]  # one of them is there
                    "new" if old is None else "gone" if new is None else "changed",
                    tuple(example for example in has if example not in known),
                    tuple(example for example in had if example not in wanted),
                    answer,
                )
            )
    return found


def compare_guides(older: ContentTree, newer: ContentTree) -> list[GuideChange]:
    """Guides whose files differ, by id."""
    before, after = older.guides.paths(), newer.guides.paths()
    found: list[GuideChange] = []
    for guide in sorted({*before, *after}):
        if guide not in after:
            found.append(GuideChange(guide, older.guides.get(guide).title, "gone"))
        elif guide not in before:
            found.append(GuideChange(guide, newer.guides.get(guide).title, "new"))
        elif older.guides.text(guide) != newer.guides.text(guide):
            found.append(GuideChange(guide, newer.guides.get(guide).title, "changed"))
    return found

"""A guide as one sheet to take along: what to bring, what to do, a box for each. No personal data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core import texts
from core.branches import UNSURE, remember, seen
from core.conversation import ConversationState
from core.guides import Document, Guide, Section

__all__ = ["CASE", "Checklist", "Item", "checklist_of", "checklist_path", "has_checklist"]

CASE = "truong-hop"
"""Name of the query's field that names a case."""

_FACTS = (Section.WHERE, Section.ONLINE, Section.FEE, Section.TIME, Section.RESULT)


@dataclass(frozen=True)
class Item:
    """One box to tick.

    Args:
        text: What to bring or do.
        note: In which case, how many, what one should see.
    """

    text: str
    note: str = ""


@dataclass(frozen=True)
class Checklist:
    """All that stands on the sheet.

    Args:
        title: Name of the guide.
        code: On the national portal, if it has one.
        documents: Papers to bring.
        steps: What to do, in order.
        facts: Title and paragraphs: where, how much, how long.
        to_ask: What is not known for sure and has to be asked at the desk.
        sources: Titles of what it rests on.
        verified_on: When that was checked, as DD/MM/YYYY.
        owner: Office that keeps the guide true.
    """

    title: str
    code: str | None
    documents: tuple[Item, ...]
    steps: tuple[Item, ...]
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    to_ask: tuple[str, ...]
    sources: tuple[str, ...]
    verified_on: str
    owner: str


def has_checklist(guide: Guide) -> bool:
    """Whether there is anything to tick."""
    return bool(guide.sections.documents or guide.sections.steps)


def checklist_path(guide_id: str, case: str | None = None, suffix: str = "") -> str:
    """Path of a guide's page on our web server.

    Args:
        guide_id: Of the guide.
        case: Which case of its branch, where the sheet is for one.
        suffix: ``.pdf`` for the PDF.
    """
    return f"/huong-dan/{guide_id}/in{suffix}" + (f"?{CASE}={case}" if case and case != UNSURE else "")


def checklist_of(guide: Guide, case: str | None = None) -> Checklist:
    """The sheet of a guide for one case of its branch; for none, with all cases, each named."""
    guide = seen(guide, remember(guide, case if case and guide.option(case) else UNSURE, ConversationState()))
    return Checklist(
        title=guide.title,
        code=guide.code,
        documents=tuple(Item(document.name, " ".join(_notes(document))) for document in guide.sections.documents),
        steps=tuple(
            Item(f"{n}. {step.do}", texts.STEP_SEE.format(see=step.see) if step.see else "")
            for n, step in enumerate(guide.sections.steps, 1)
        ),
        facts=tuple(
            (texts.SECTION_TITLES[section], getattr(guide.sections, section.value)) for section in _FACTS if guide.has(section)
        ),
        to_ask=guide.to_confirm,
        sources=tuple(source.title for source in guide.sources),
        verified_on=f"{guide.verified_on:%d/%m/%Y}",
        owner=guide.owner,
    )


def _notes(document: Document) -> Iterator[str]:
    when = texts.CHECKLIST_WHEN.format(when=document.when) if document.when else None
    for text in (when, document.copies, document.note):
        if text:
            yield f"{text[:1].upper()}{text[1:].rstrip('.')}."

"""The parts of a guide: sections with their papers, steps and troubles, and the branch that tells cases apart."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = [
    "MAX_WORDS",
    "Branch",
    "Document",
    "GuideId",
    "OfficialUrl",
    "Option",
    "Plain",
    "PortalCode",
    "Section",
    "Sections",
    "Source",
    "Step",
    "Strict",
    "Trouble",
    "at_most",
    "branch_problem",
    "conditional",
]

MAX_WORDS = 60
"""A message to a citizen has at most this many words (syllables between spaces)."""


class Section(StrEnum):
    """The parts of a guide a citizen can ask for."""

    SUMMARY = "summary"
    ELIGIBILITY = "eligibility"
    DOCUMENTS = "documents"
    STEPS = "steps"
    WHERE = "where"
    ONLINE = "online"
    FEE = "fee"
    TIME = "time"
    RESULT = "result"
    FORM = "form"
    PROBLEMS = "problems"
    STATUS = "status"


def _plain(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise ValueError("is empty: write a sentence or remove the field")
    words = len(text.split())
    if words > MAX_WORDS:
        raise ValueError(f"has {words} words: at most {MAX_WORDS}, split it or shorten it")
    if "<" in text or ">" in text:
        raise ValueError("holds '<' or '>': write plain text without markup")
    return text


def at_most(words: int) -> AfterValidator:
    """A shorter limit for texts that get words of ours around them in a message."""

    def check(text: str) -> str:
        count = len(text.split())
        if count > words:
            raise ValueError(f"has {count} words: at most {words} here, split it or shorten it")
        return text

    return AfterValidator(check)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Plain = Annotated[str, AfterValidator(_plain)]
OptionId = Annotated[str, Field(pattern=r"^[a-z0-9_]{2,20}$")]
Only = Annotated[tuple[OptionId, ...], BeforeValidator(_as_list)]
"""Options of the guide's branch in which something holds; empty = in all."""
Paragraphs = Annotated[tuple[Plain, ...], BeforeValidator(_as_list)]
GuideId = Annotated[str, Field(pattern=r"^[a-z0-9_]{2,44}$")]
PortalCode = Annotated[str, Field(pattern=r"^\d\.\d{6}$")]
OfficialUrl = Annotated[str, Field(pattern=r"^https://[^\s<>\"']+$")]


class Strict(BaseModel):
    """Base of all parts: unknown fields are mistakes, and nothing changes once read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Document(Strict):
    """One paper of the application (thành phần hồ sơ)."""

    name: Plain
    copies: Plain | None = None
    note: Plain | None = None
    when: Plain | None = Field(None, description="The case in which it is needed; absent = always")
    only: Only = Field((), description="Options of the branch in which it is needed; absent = in all")

    @model_validator(mode="after")
    def _fits_a_message(self) -> Document:
        count = sum(len(text.split()) for text in (self.name, self.copies, self.note, self.when) if text)
        if count > MAX_WORDS - 4:
            raise ValueError(f"has {count} words with copies, note and when: at most {MAX_WORDS - 4}, shorten them")
        return self


class Trouble(Strict):
    """A known way to get stuck, and what helps."""

    cause: Annotated[Plain, Field(max_length=60, description="Short label a citizen recognises; fits a button")]
    cure: Annotated[Plain, at_most(45)]
    only: Only = Field((), description="Options of the branch in which it happens; absent = in all")


class Step(Strict):
    """One action of a procedure."""

    do: Annotated[Plain, at_most(50)]
    see: Annotated[Plain, at_most(50)] | None = Field(None, description="What the citizen should see when it worked")
    stuck: tuple[Trouble, ...] = ()
    only: Only = Field((), description="Options of the branch in which it is done; absent = in all")


class Source(Strict):
    """Where the facts come from."""

    title: Plain
    url: OfficialUrl | None = None
    date: str | None = Field(None, pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")


class Sections(Strict):
    """The answerable parts, each short enough for one chat message per item."""

    summary: Paragraphs
    eligibility: Paragraphs = ()
    documents: tuple[Document, ...] = ()
    steps: tuple[Step, ...] = ()
    where: Paragraphs = ()
    online: Paragraphs = ()
    fee: Paragraphs = ()
    time: Paragraphs = ()
    result: Paragraphs = ()
    form: Paragraphs = ()
    problems: tuple[Trouble, ...] = ()
    status: Paragraphs = ()


class OptionSections(Strict):
    """Paragraphs that one option has instead of the guide's."""

    eligibility: Paragraphs = ()
    where: Paragraphs = ()
    online: Paragraphs = ()
    fee: Paragraphs = ()
    time: Paragraphs = ()
    result: Paragraphs = ()
    form: Paragraphs = ()
    status: Paragraphs = ()


class Option(Strict):
    """One answer to a branch's question, and what is different then."""

    id: OptionId
    label: Annotated[Plain, Field(max_length=40, description="Fits a button")]
    ages: tuple[int, int] | None = Field(None, description="[from, below]: an age in years that decides for this option")
    says: tuple[Plain, ...] = Field((), description="Phrases that decide for this option (a/b, …, word? as in data/talk)")
    guide: GuideId | None = Field(None, description="Guide that answers instead of this one")
    sections: OptionSections = OptionSections()


class Branch(Strict):
    """The one question that decides which part of a guide concerns a citizen."""

    ask: Annotated[Plain, at_most(25)]
    options: tuple[Option, ...] = Field(min_length=2, max_length=4)


def conditional(sections: Sections) -> dict[Section, tuple[tuple[str, ...], ...]]:
    """By section, the conditions of those of its items that have one."""
    items = {
        Section.DOCUMENTS: tuple(item.only for item in sections.documents if item.only),
        Section.STEPS: tuple(item.only for item in sections.steps if item.only),
        Section.PROBLEMS: tuple(item.only for item in sections.problems if item.only),
    }
    stuck = tuple(trouble.only for step in sections.steps for trouble in step.stuck if trouble.only)
    items[Section.STEPS] += stuck
    return {section: conditions for section, conditions in items.items() if conditions}


def branch_problem(branch: Branch | None, sections: Sections) -> str | None:
    """What is wrong with a guide's branch, if anything; it names the field."""
    used = [only for conditions in conditional(sections).values() for only in conditions]
    if branch is None:
        return "sections: 'only' needs a branch with options" if used else None
    ids = [option.id for option in branch.options]
    if len(set(ids)) < len(ids):
        return "branch.options: an id is used twice"
    if unknown := {name for only in used for name in only} - set(ids):
        return f"only: {sorted(unknown)} is no option of the branch; write one of {', '.join(ids)}"
    for option in branch.options:
        if option.guide is None and not option.sections.model_fields_set and not any(option.id in only for only in used):
            if not any(option.id not in only for only in used):
                return f"branch.options: nothing is different for '{option.id}'; remove it or say what is"
        if sections.steps and all(step.only and option.id not in step.only for step in sections.steps):
            return f"sections.steps: none is left for '{option.id}'"
    spans = sorted(option.ages for option in branch.options if option.ages)
    if any(first[1] > second[0] for first, second in itertools.pairwise(spans)):
        return "branch.options: ages overlap"
    return None

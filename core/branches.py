"""Personalised answers: the one question a guide's branch asks, what decides it, and the guide as it is then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from core import texts
from core.answers import case_choice
from core.conversation import ConversationState, Said
from core.guides import Document, Guide, Option, Section, Step, Trouble, own_id, public_name
from core.messages import Choice, Outcome, Reply, Response
from core.phrases import Phrases, bare
from core.understanding import Understanding
from core.underway import resume_choice

__all__ = [
    "UNSURE",
    "answer_to",
    "asked_about",
    "common_part",
    "decided",
    "other_case_choice",
    "question",
    "remember",
    "seen",
    "undecided",
    "with_question",
]

UNSURE = "-"
"""Remembered instead of an option when the citizen cannot say: everything is shown, each part with its case."""

_REMEMBERED = 8
"""Guides whose answer is remembered; a conversation's memory must not grow with it."""


def answer_to(guide: Guide, state: ConversationState) -> str | None:
    """The option remembered for a guide, `UNSURE`, or None when the question was not answered yet."""
    answer = dict(state.branches).get(guide.id)
    return answer if answer == UNSURE or guide.option(answer) else None


def undecided(guide: Guide, section: Section, state: ConversationState) -> bool:
    """Whether the question has to be asked before `section` can be shown."""
    return guide.differs(section) and answer_to(guide, state) is None


def remember(guide: Guide, option: str, state: ConversationState) -> ConversationState:
    """The same memory with the answer to a guide's question."""
    others = [(name, answer) for name, answer in state.branches if name != guide.id]
    return replace(state, branches=(*others, (guide.id, option))[-_REMEMBERED:])


def decided(guide: Guide, said: Understanding) -> str | None:
    """The option that a message decides for by an age or a phrase; None when none, or more than one."""
    if guide.branch is None:
        return None
    words = bare(said.words)
    by_age = [option for option in guide.branch.options if option.ages and said.age is not None and _holds(option.ages, said.age)]
    by_words = [option for option in guide.branch.options if _phrases(option.says).within(words)]
    for found in (by_age, by_words):
        if len(found) == 1:
            return found[0].id
    return None


def seen(guide: Guide, state: ConversationState) -> Guide:
    """The guide as it concerns this citizen: without the parts of other cases."""
    answer = answer_to(guide, state)
    return _variant(guide, answer) if guide.branch and answer else guide


def walked(guide: Guide, n: int, state: ConversationState) -> Guide | None:
    """The guide whose step `n` is to be shown; None where the citizen's case has to be asked first.

    Nothing is asked before it matters: steps that all cases begin with are walked at once.
    """
    if guide.branch is None or answer_to(guide, state) is not None or not guide.differs(Section.STEPS):
        return seen(guide, state)
    cases = [_variant(guide, option.id) for option in guide.branch.options if option.guide is None]
    longest = max(cases, key=lambda case: len(case.sections.steps))
    alike = all(case.sections.steps[:n] == longest.sections.steps[:n] for case in cases)
    return longest.model_copy(update={"title": guide.title}) if alike else None


def common_part(guide: Guide) -> Guide:
    """The guide with what holds in every case."""
    return _variant(guide, "")


def question(guide: Guide, then: str, state: ConversationState, *, lead: str = texts.BRANCH_FIRST) -> Said:
    """Ask which case is the citizen's.

    Args:
        guide: It has a branch.
        then: What to show afterwards: a section, or the number of a step.
        state: What the conversation remembers.
        lead: Sentence in front of the question.
    """
    choices = _choices(guide, then, state)
    assert guide.branch is not None
    reply = Reply(f"{guide.title}. {lead} {guide.branch.ask}", choices)
    section = Section(then) if then in set(Section) else Section.STEPS
    response = Response(Outcome.STEP, (reply,), own_id(guide), guide.code, candidates=(public_name(guide),))
    after = replace(state, guide=guide.id, section=section.value, misses=0, last=f"b:{guide.id}:?:{then}")
    return response, after.with_offered(choices)


def with_question(guide: Guide, section: Section, replies: tuple[Reply, ...], state: ConversationState) -> tuple[Reply, ...]:
    """What holds in every case, followed by the question for the rest."""
    assert guide.branch is not None
    held_back = getattr(guide.sections, section.value) != getattr(common_part(guide).sections, section.value)
    asked = Reply(
        (texts.BRANCH_MORE if held_back else texts.BRANCH_OWN).format(ask=guide.branch.ask),
        _choices(guide, section.value, state),
        replies[-1].footer,
    )
    return (*(Reply(reply.text) for reply in replies), asked)


def other_case_choice(guide: Guide, section: str) -> Choice:
    """The quick reply that asks the question anew."""
    return Choice(f"b:{guide.id}:?:{section}", texts.OTHER_CASE)


def asked_about(state: ConversationState) -> tuple[str, str] | None:
    """Guide and what comes then, where the question is on the table."""
    return next((asked for choice_id, _ in state.offered if (asked := _asked_by(choice_id))), None)


def asks(choices: Sequence[Choice]) -> bool:
    """Whether the question stands above these choices."""
    return any(_asked_by(choice.id) for choice in choices)


def _asked_by(choice_id: str) -> tuple[str, str] | None:
    kind, *rest = choice_id.split(":")
    return (rest[0], rest[2]) if kind == "b" and len(rest) == 3 and rest[1] == UNSURE else None


def _choices(guide: Guide, then: str, state: ConversationState) -> tuple[Choice, ...]:
    options = guide.branch.options if guide.branch else ()
    known = [Choice(f"b:{guide.id}:{n}:{then}", option.label) for n, option in enumerate(options)]
    back = resume_choice(state)
    ways_on = (*([back] if back else []), case_choice())
    return (*known, Choice(f"b:{guide.id}:{UNSURE}:{then}", texts.NOT_SURE), *ways_on)


def _holds(ages: tuple[int, int], age: int) -> bool:
    return ages[0] <= age < ages[1]


@lru_cache(maxsize=512)
def _phrases(says: tuple[str, ...]) -> Phrases:
    return Phrases(says)


_variants: dict[tuple[int, str], tuple[Guide, Guide]] = {}


def _variant(guide: Guide, answer: str) -> Guide:
    """A guide in one case (`UNSURE`: in all cases, each named; empty: what all have), made once."""
    found = _variants.get((id(guide), answer))
    if found is None or found[0] is not guide:
        found = _variants[id(guide), answer] = (guide, _made(guide, answer))
    return found[1]


def _made(guide: Guide, answer: str) -> Guide:
    parts = guide.sections
    option = guide.option(answer)
    own = {name: getattr(option.sections, name) for name in option.sections.model_fields_set} if option else {}
    if answer == UNSURE:
        changed: dict[str, object] = {
            "documents": tuple(_named_document(guide, document) for document in parts.documents),
            "steps": tuple(_named_step(guide, step) for step in parts.steps),
        }
    else:
        changed = {
            "documents": tuple(document for document in parts.documents if _concerns(document.only, answer)),
            "steps": tuple(
                step.model_copy(update={"stuck": _troubles(step.stuck, answer)})
                for step in parts.steps
                if _concerns(step.only, answer)
            ),
            "problems": _troubles(parts.problems, answer),
        }
    sections = parts.model_copy(update={**changed, **own})
    title = f"{guide.title} – {option.label[0].lower()}{option.label[1:]}" if option else guide.title
    return guide.model_copy(update={"sections": sections, "title": title})


def _concerns(only: tuple[str, ...], answer: str) -> bool:
    return not only or answer in only


def _troubles(troubles: tuple[Trouble, ...], answer: str) -> tuple[Trouble, ...]:
    return tuple(trouble for trouble in troubles if _concerns(trouble.only, answer))


def _named_document(guide: Guide, document: Document) -> Document:
    return document.model_copy(update={"when": document.when or _cases(guide, document.only)}) if document.only else document


def _named_step(guide: Guide, step: Step) -> Step:
    return (
        step.model_copy(update={"do": texts.BRANCH_STEP.format(case=_cases(guide, step.only), do=step.do)}) if step.only else step
    )


def _cases(guide: Guide, only: tuple[str, ...]) -> str:
    found: list[Option] = [option for name in only if (option := guide.option(name))]
    return " / ".join(option.label for option in found)

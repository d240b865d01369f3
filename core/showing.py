"""Answering a section of a guide, and asking back which guide is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core import branches, texts, walking
from core.answers import case_choice, guide_choice, section_replies, with_choices
from core.conversation import ConversationState, Said
from core.guides import Guide, GuideKind, Section, own_id, public_name
from core.handoff import NEAREST_AT_MOST
from core.knowledge import Knowledge
from core.messages import Choice, Outcome, Reply, Response
from core.underway import resume_choice

__all__ = ["clarify", "cure", "show"]


def show(guide: Guide, section: Section, state: ConversationState, candidates: Iterable[str] = ()) -> Said:
    """Answer one section of a guide; asked for the steps, begin to walk them.

    Where the section depends on the citizen's case, what all cases share is said, and the case asked.
    """
    names = tuple(candidates) or (public_name(guide),)
    if section is Section.STEPS and guide.sections.steps:
        return walking.step(guide, 1, state, names)
    if guide.kind is GuideKind.TOPIC and not guide.has(section):
        section = Section.SUMMARY
    if branches.undecided(guide, section, state):
        replies = branches.with_question(guide, section, section_replies(branches.common_part(guide), section), state)
        response = Response(Outcome.ANSWERED, replies, own_id(guide), guide.code, section.value, names)
        return response, _shown(guide, section, state).with_offered(replies[-1].choices)
    guide = branches.seen(guide, state)
    replies = section_replies(guide, section)
    if guide.differs(section):
        replies = with_choices(
            replies, (*replies[-1].choices[:3], branches.other_case_choice(guide, section.value), case_choice())
        )
    if back := resume_choice(state):
        # A warning stands first; the way back into the walk comes after it.
        next_questions = replies[-1].choices[:4]
        replies = with_choices(replies, (*next_questions, back) if guide.urgent else (back, *next_questions))
    outcome = Outcome.SAFETY if guide.urgent else Outcome.ANSWERED
    response = Response(outcome, replies, own_id(guide), guide.code, section.value, names)
    return response, _shown(guide, section, state).with_offered(replies[-1].choices)


def _shown(guide: Guide, section: Section, state: ConversationState) -> ConversationState:
    return replace(state, guide=guide.id, section=section.value, misses=0, last=f"g:{guide.id}:{section.value}")


def cure(guide: Guide, number: int, state: ConversationState) -> Said:
    """What helps against one of a guide's problems."""
    trouble = guide.sections.problems[number]
    shown, after = show(guide, Section.PROBLEMS, state)
    reply = Reply(texts.STUCK_CURE.format(cause=trouble.cause, cure=trouble.cure), shown.replies[-1].choices)
    return replace(shown, replies=(reply,)), after


def clarify(knowledge: Knowledge, names: Sequence[str], section: Section, state: ConversationState) -> Said:
    """Ask back which of the first of `names` is meant."""
    guides = [guide for name in names[:NEAREST_AT_MOST] if (guide := knowledge.guide(name))]
    choices = [guide_choice(guide, section) for guide in guides] + [Choice("none", texts.NONE_OF_THESE)]
    text = texts.CLARIFY
    if section is not Section.SUMMARY:
        text = texts.CLARIFY_SECTION.format(section=texts.SECTION_TITLES[section].lower())
    reply = Reply(text, tuple(choices))
    shown = [public_name(guide) for guide in guides]
    return Response(Outcome.CLARIFY, (reply,), candidates=(*shown, *names[len(shown) :])), state.with_offered(choices)

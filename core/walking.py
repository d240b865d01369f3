"""Walking a guide one step a message: forward, back, stuck and cured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core import texts
from core.answers import case_choice, menu_choice, step_replies, stuck_reply
from core.conversation import ConversationState, Said
from core.guides import Guide, Section, Trouble, own_id, public_name
from core.messages import Choice, Outcome, Reply, Response
from core.text import fold

__all__ = ["cause_told", "resume_choice", "step", "stuck", "trouble_told"]

_CAUSE_TOLD = 0.75
_CAUSE_WORDS = 3


def step(guide: Guide, n: int, state: ConversationState, candidates: Sequence[str] = ()) -> Said:
    """Show step `n` (from 1) of a guide that has steps; past the last one, say that it is done."""
    total = len(guide.sections.steps)
    names = tuple(candidates) or (public_name(guide),)
    if n > total:
        replies: tuple[Reply, ...] = (Reply(texts.WALK_DONE.format(title=guide.title), (menu_choice(), case_choice())),)
        after = replace(state, guide=guide.id, walk=None, step=None, misses=0, last=f"s:{guide.id}:{total}")
    else:
        n = max(1, n)
        replies = step_replies(guide, n)
        section = Section.STEPS.value
        after = replace(state, guide=guide.id, section=section, walk=guide.id, step=n, misses=0, last=f"s:{guide.id}:{n}")
    response = Response(Outcome.STEP, replies, own_id(guide), guide.code, Section.STEPS.value, names)
    return response, after.with_offered(replies[-1].choices)


def stuck(guide: Guide, place: Sequence[int], state: ConversationState) -> Said:
    """Offer the known causes of being stuck at a step, or the cure of one.

    Args:
        guide: A guide with steps.
        place: The step (from 1), and the cause (from 0) where one was told.
        state: What the conversation remembers.
    """
    n = min(max(1, place[0]), len(guide.sections.steps))
    troubles = _troubles(guide, n)
    reply = stuck_reply(guide, n)
    if len(place) == 2 and place[1] < len(troubles):
        trouble = troubles[place[1]]
        again = Choice(f"s:{guide.id}:{n}", texts.RESUME_STEP.format(n=n))
        still = Choice(f"k:{guide.id}:{n}", texts.STILL_STUCK)
        reply = Reply(texts.STUCK_CURE.format(cause=trouble.cause, cure=trouble.cure), (again, still, case_choice()))
    response = Response(Outcome.STEP, (reply,), own_id(guide), guide.code, Section.PROBLEMS.value, (public_name(guide),))
    last = ":".join(map(str, ["k", guide.id, *place]))
    after = replace(state, guide=guide.id, walk=guide.id, step=n, misses=0, last=last)
    return response, after.with_offered(reply.choices)


def cause_told(guide: Guide, n: int, words: Sequence[str]) -> int | None:
    """The known cause of being stuck at step `n` that `words` tell, by most of its own words; None when none is."""
    return trouble_told(_troubles(guide, n), words)


def trouble_told(troubles: Sequence[Trouble], words: Sequence[str]) -> int | None:
    """Which of `troubles` the `words` tell, by most of its own words; None when none is."""
    said = {fold(word) for word in words}
    best, best_share = None, _CAUSE_TOLD
    for i, trouble in enumerate(troubles):
        cause = {fold(word) for word in trouble.cause.replace(",", " ").split()}
        share = len(cause & said) / len(cause)
        if share >= best_share and len(cause) >= _CAUSE_WORDS:
            best, best_share = i, share
    return best


def resume_choice(state: ConversationState) -> Choice | None:
    """The quick reply that leads back into a walk under way."""
    if state.walk is None or state.step is None:
        return None
    return Choice(f"s:{state.walk}:{state.step}", texts.RESUME_STEP.format(n=state.step))


def _troubles(guide: Guide, n: int) -> tuple[Trouble, ...]:
    return guide.sections.steps[n - 1].stuck or guide.sections.problems

"""Walking a guide one step a message, forward and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core import branches
from core.answers import done_replies, step_replies, with_choices
from core.conversation import ConversationState, Said
from core.guides import Guide, Section, Trouble, own_id, public_name
from core.messages import Outcome, Reply, Response
from core.text import fold

__all__ = ["step", "trouble_told"]

_CAUSE_TOLD = 0.75
_CAUSE_WORDS = 3


def step(guide: Guide, n: int, state: ConversationState, candidates: Sequence[str] = ()) -> Said:
    """Show step `n` (from 1) of a guide that has steps; past the last one, say that it is done and what comes next.

    Where the steps depend on the citizen's case, that is asked first.
    """
    n = max(1, n)
    if (walked := branches.walked(guide, n, state)) is None:
        return branches.question(guide, str(n), state)
    guide = walked
    total = len(guide.sections.steps)
    names = tuple(candidates) or (public_name(guide),)
    if n > total:
        replies: tuple[Reply, ...] = done_replies(guide)
        after = replace(state, guide=guide.id, walk=None, step=None, tried=(), misses=0, last=f"s:{guide.id}:{total + 1}")
    else:
        replies = step_replies(guide, n)
        if n == 1 and guide.differs(Section.STEPS) and branches.answer_to(guide, state):
            replies = with_choices(replies, (*replies[-1].choices, branches.other_case_choice(guide, "1")))
        section = Section.STEPS.value
        tried = state.tried if state.walk == guide.id else ()
        after = replace(
            state, guide=guide.id, section=section, walk=guide.id, step=n, tried=tried, misses=0, last=f"s:{guide.id}:{n}"
        )
    response = Response(Outcome.STEP, replies, own_id(guide), guide.code, Section.STEPS.value, names)
    return response, after.with_offered(replies[-1].choices)


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

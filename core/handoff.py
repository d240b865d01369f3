"""Giving up, honestly: what was not understood, and the way to a person."""

from __future__ import annotations

import secrets
from dataclasses import replace

from core import texts
from core.answers import case_choice, guide_choice, menu_choice
from core.conversation import ConversationState, Said
from core.decision import Decision
from core.knowledge import Knowledge
from core.messages import CaseRequest, Outcome, Reply, Response

__all__ = ["NEAREST_AT_MOST", "missed", "new_case_code", "noting", "open_case"]

NEAREST_AT_MOST = 3
"""Guides offered where it is not clear which one is meant."""

_CASE_LETTERS = "23456789ACDEFGHJKMNPQRTUVWXY"
_MISSES_BEFORE_A_PERSON = 2


def new_case_code() -> str:
    """A case code that can be read aloud and not be guessed: two groups of four, no look-alike signs."""
    signs = "".join(secrets.choice(_CASE_LETTERS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def open_case(reason: str, state: ConversationState) -> Said:
    """Hand over to digital-support staff under a new case code."""
    code = new_case_code()
    text = texts.CASE_OPENED if reason == "asked" else texts.CASE_AFTER_MISSES
    reply = Reply(text.format(code=code), (menu_choice(),))
    response = Response(Outcome.HANDOFF, (reply,), guide=None, case=CaseRequest(code, reason))
    return response, replace(state, misses=0).with_offered(reply.choices)


def missed(knowledge: Knowledge, state: ConversationState, decision: Decision) -> Said:
    """Not understood: offer the nearest and a person; the second time in a row, open a case."""
    misses = state.misses + 1
    if misses >= _MISSES_BEFORE_A_PERSON:
        return noting(open_case("not_understood", state), decision)
    nearest = [knowledge.guides[candidate.guide] for candidate in decision.candidates[:NEAREST_AT_MOST]]
    choices = (*(guide_choice(guide) for guide in nearest), menu_choice(), case_choice())
    response = Response(Outcome.FALLBACK, (Reply(texts.NOT_UNDERSTOOD, choices),))
    return noting((response, replace(state, misses=misses).with_offered(choices)), decision)


def noting(said: Said, decision: Decision) -> Said:
    """The same answer with the guides that were considered, for staff and reports."""
    response, state = said
    names = tuple(candidate.guide for candidate in decision.candidates)
    return replace(response, candidates=response.candidates or names), state

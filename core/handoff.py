"""Giving up, honestly: what was not understood, and the way to a person."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from core import branches, texts
from core.answers import case_choice, guide_choice, menu_choice
from core.cases import CODE_SIGNS
from core.conversation import ConversationState, Said
from core.decision import Decision
from core.guides import Guide, own_id
from core.knowledge import Knowledge
from core.messages import CaseRequest, Outcome, Reply, Response
from core.underway import resume_choice

__all__ = ["NEAREST_AT_MOST", "case_status", "missed", "new_case_code", "noting", "open_case"]

NEAREST_AT_MOST = 3
"""Guides offered where it is not clear which one is meant."""

_MISSES_BEFORE_A_PERSON = 2


def new_case_code() -> str:
    """A case code that can be read aloud and not be guessed: two groups of four, no look-alike signs."""
    signs = "".join(secrets.choice(CODE_SIGNS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


def open_case(knowledge: Knowledge, reason: str, state: ConversationState) -> Said:
    """Hand over to digital-support staff under a new case code, with the step under way."""
    code = new_case_code()
    text = texts.CASE_OPENED if reason == "asked" else texts.CASE_AFTER_MISSES
    choices = (*([back] if (back := resume_choice(state)) else []), menu_choice())
    reply = Reply(text.format(code=code), choices)
    walked = knowledge.guide(state.walk)
    walked = branches.walked(walked, state.step or 1, state) if walked else None
    case = CaseRequest(code, reason, _detail(walked, state))
    response = Response(Outcome.HANDOFF, (reply,), own_id(walked) if walked else None, case=case)
    return response, replace(state, misses=0).with_offered(choices)


def _detail(walked: Guide | None, state: ConversationState) -> dict[str, Any]:
    """Where the citizen is stuck, for the person who takes over."""
    detail: dict[str, Any] = {"device": state.device} if state.device else {}
    if walked and state.step and state.step <= len(walked.sections.steps):
        steps = walked.sections.steps
        detail |= {"guide": walked.id, "step": state.step, "steps": len(steps), "action": steps[state.step - 1].do}
        if option := walked.option(branches.answer_to(walked, state)):
            detail["case"] = option.label
        detail |= {"tried": list(state.tried)} if state.tried else {}
    return detail


def case_status(code: str, state: ConversationState) -> Said:
    """Tell how a case goes; only the turn, which has the database, knows."""
    reply = Reply(texts.CASE_NONE, (menu_choice(), case_choice()))
    return Response(Outcome.SMALLTALK, (reply,), case_status=code), state.with_offered(reply.choices)


def missed(knowledge: Knowledge, state: ConversationState, decision: Decision) -> Said:
    """Not understood: offer the nearest and a person; the second time in a row, open a case."""
    misses = state.misses + 1
    if misses >= _MISSES_BEFORE_A_PERSON:
        return noting(open_case(knowledge, "not_understood", state), decision)
    nearest = [knowledge.guides[candidate.guide] for candidate in decision.candidates[:NEAREST_AT_MOST]]
    choices = (*(guide_choice(guide) for guide in nearest), menu_choice(), case_choice())
    response = Response(Outcome.FALLBACK, (Reply(texts.NOT_UNDERSTOOD, choices),))
    return noting((response, replace(state, misses=misses).with_offered(choices)), decision)


def noting(said: Said, decision: Decision) -> Said:
    """The same answer with the guides that were considered, for staff and reports."""
    response, state = said
    names = tuple(candidate.guide for candidate in decision.candidates)
    return replace(response, candidates=response.candidates or names), state

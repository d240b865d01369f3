"""Stuck at a step: the known causes, their cures, and a person who is told all of it."""

from __future__ import annotations

from dataclasses import replace

from core import branches, texts
from core.answers import case_choice, menu_choice
from core.conversation import ConversationState, Said
from core.guides import Guide, Section, Trouble, own_id, public_name
from core.handoff import open_case
from core.knowledge import Knowledge
from core.messages import Choice, Outcome, Reply, Response
from core.underway import resume_choice
from core.walking import trouble_told

__all__ = ["cause_told", "causes", "cure", "menu", "none_of_these"]

_CAUSES_AT_ONCE = 5
"""With the three ways on below them, no channel's limit of buttons is passed."""
_TRIED_AT_MOST = 8


def causes(knowledge: Knowledge, guide: Guide, n: int) -> dict[str, Trouble]:
    """What is known to go wrong at step `n`, by the last part of its choice id: the guide's own, then what all share."""
    likely, others = _causes(knowledge, guide, n)
    return likely | others


def _causes(knowledge: Knowledge, guide: Guide, n: int) -> tuple[dict[str, Trouble], dict[str, Trouble]]:
    """The likely ones, and what can happen anywhere on the web."""
    step = guide.sections.steps[n - 1]
    own = {str(i): trouble for i, trouble in enumerate(step.stuck or guide.sections.problems)}
    fitting, others = knowledge.troubles.at(step)
    return own | {common.id: common.trouble for common in fitting}, {common.id: common.trouble for common in others}


def menu(knowledge: Knowledge, guide: Guide, n: int, state: ConversationState, page: int = 0) -> Said:
    """Ask what is wrong at step `n`, a page of causes at a time, the likely ones first."""
    if (walked := branches.walked(guide, n, state)) is None:
        return branches.question(guide, str(max(1, n)), state)
    guide = walked
    n = _within(guide, n)
    likely, others = _causes(knowledge, guide, n)
    pages = [*_paged(likely, n, state), *_paged(others, n, state)] or [[]]
    page %= len(pages)
    here = f"k:{guide.id}:{n}"
    choices = [Choice(f"{here}:{key}", trouble.cause) for key, trouble in pages[page]]
    if len(pages) > 1:
        choices.append(Choice(f"{here}:+{(page + 1) % len(pages)}", texts.OTHER_ERRORS))
    choices.append(Choice(f"x:{guide.id}:{n}", texts.NOT_THESE_ERRORS))
    choices.append(Choice(f"s:{guide.id}:{n}", texts.RESUME_STEP.format(n=n)))
    text = texts.STUCK_ASK.format(n=n) if likely else texts.STUCK_NO_CAUSES
    return _said(guide, n, Reply(text, tuple(choices)), state, f"{here}:+{page}" if page else here)


def _paged(known: dict[str, Trouble], n: int, state: ConversationState) -> list[list[tuple[str, Trouble]]]:
    """Pages of causes; those whose cure was shown before come last."""
    ordered = sorted(known.items(), key=lambda cause: _as_tried(n, cause[1]) in state.tried)
    return [ordered[start : start + _CAUSES_AT_ONCE] for start in range(0, len(ordered), _CAUSES_AT_ONCE)]


def cure(knowledge: Knowledge, guide: Guide, n: int, key: str, state: ConversationState) -> Said:
    """What helps against one cause at step `n`; of a cause that is no longer known, the menu."""
    if (walked := branches.walked(guide, n, state)) is None:
        return branches.question(guide, str(max(1, n)), state)
    guide = walked
    n = _within(guide, n)
    trouble = causes(knowledge, guide, n).get(key)
    if trouble is None:
        return menu(knowledge, guide, n, state)
    choices = [Choice(f"s:{guide.id}:{n}", texts.RESUME_STEP.format(n=n)), Choice(f"k:{guide.id}:{n}", texts.STILL_STUCK)]
    more = knowledge.troubles[key].guide if key in knowledge.troubles else None
    if more and more != guide.id and more in knowledge.guides:
        choices.append(Choice(f"g:{more}", knowledge.guides[more].short_title))
    reply = Reply(texts.STUCK_CURE.format(cause=trouble.cause, cure=trouble.cure), (*choices, case_choice()))
    tried = tuple(dict.fromkeys((*state.tried, _as_tried(n, trouble))))[-_TRIED_AT_MOST:]
    return _said(guide, n, reply, replace(state, tried=tried), f"k:{guide.id}:{n}:{key}")


def none_of_these(knowledge: Knowledge, guide: Guide, n: int, state: ConversationState) -> Said:
    """A person takes over, told the guide, the step and what was tried."""
    guide = branches.walked(guide, n, state) or guide
    n = _within(guide, n)
    state = replace(state, guide=guide.id, walk=guide.id, step=n)
    response, after = open_case(knowledge, "stuck", state)
    assert response.case is not None
    text = texts.CASE_STUCK.format(title=guide.short_title, n=n, code=response.case.code)
    back = resume_choice(state)
    choices = (*([back] if back else []), menu_choice())
    return replace(response, replies=(Reply(text, choices),)), after.with_offered(choices)


def cause_told(knowledge: Knowledge, guide: Guide, n: int, words: tuple[str, ...]) -> str | None:
    """The known cause at step `n` that `words` tell, by its key; the guide's own by most of their words."""
    step = guide.sections.steps[_within(guide, n) - 1]
    own = trouble_told(step.stuck or guide.sections.problems, words)
    if own is not None:
        return str(own)
    common = knowledge.troubles.told(words)
    return common.id if common and any(common in some for some in knowledge.troubles.at(step)) else None


def _said(guide: Guide, n: int, reply: Reply, state: ConversationState, last: str) -> Said:
    response = Response(Outcome.STEP, (reply,), own_id(guide), guide.code, Section.PROBLEMS.value, (public_name(guide),))
    after = replace(state, guide=guide.id, walk=guide.id, step=n, misses=0, last=last)
    return response, after.with_offered(reply.choices)


def _as_tried(n: int, trouble: Trouble) -> str:
    return f"{n}. {trouble.cause}"


def _within(guide: Guide, n: int) -> int:
    return min(max(1, n), len(guide.sections.steps))

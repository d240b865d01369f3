"""What each kind of choice id does; core.conversation lists their forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from core import branches, handoff, showing, stuck, talk, texts, walking
from core.conversation import ConversationState, Said
from core.decision import Decision, Verdict
from core.guides import Section
from core.knowledge import Knowledge

__all__ = ["tapped"]

Tap = Callable[[Knowledge, Sequence[str], ConversationState], Said | None]
"""Knowledge, the parts of the id after its kind, and the memory; None = not an id of this kind."""


def tapped(knowledge: Knowledge, choice: str, state: ConversationState) -> Said:
    """Do what a choice id says; an unknown one is admitted politely."""
    kind, *rest = choice.split(":")
    tap = _KINDS.get(kind)
    said = tap(knowledge, rest, state) if tap else None
    return said or talk.expired(state)


def _plain(tap: Callable[[Knowledge, ConversationState], Said]) -> Tap:
    """A kind whose id has no parts."""
    return lambda knowledge, rest, state: None if rest else tap(knowledge, state)


def _menu(knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    if len(rest) > 2:
        return None
    return talk.menu(knowledge, state, rest[0] if rest else "", _number(rest[1]) if len(rest) == 2 else 0)


def _life_events(knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    if len(rest) > 2:
        return None
    return talk.life_events(knowledge, state, rest[0] if rest else "", _number(rest[1]) if len(rest) == 2 else 0)


def _case(_knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    return handoff.case_status(rest[0] if rest else "", state) if len(rest) <= 1 else None


def _guide(knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    guide = knowledge.guide(rest[0]) if rest else None
    if guide is None or len(rest) > 2:
        return None
    return showing.show(guide, _section(rest[1]) if len(rest) == 2 else Section.SUMMARY, state)


def _step(knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    guide = knowledge.guide(rest[0]) if rest else None
    if guide is None or not guide.sections.steps or len(rest) != 2:
        return None
    return walking.step(guide, _number(rest[1]), state)


def _stuck(knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    guide = knowledge.guide(rest[0]) if rest else None
    if guide is None or not guide.sections.steps or len(rest) not in {2, 3}:
        return None
    n = _number(rest[1])
    if len(rest) == 2 or rest[2].startswith("+"):
        return stuck.menu(knowledge, guide, n, state, _number(rest[2][1:]) if len(rest) == 3 else 0)
    return stuck.cure(knowledge, guide, n, rest[2], state)


def _none_of_these(knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    guide = knowledge.guide(rest[0]) if rest else None
    if guide is None or not guide.sections.steps or len(rest) != 2:
        return None
    return stuck.none_of_these(knowledge, guide, _number(rest[1]), state)


def _branch(knowledge: Knowledge, rest: Sequence[str], state: ConversationState) -> Said | None:
    guide = knowledge.guide(rest[0]) if rest else None
    if guide is None or guide.branch is None or len(rest) != 3:
        return None
    which, then = rest[1:]
    if which == "?":
        return branches.question(guide, then, state)
    option = guide.branch.options[_number(which)] if _number(which) < len(guide.branch.options) else None
    if which == branches.UNSURE:
        state = branches.remember(guide, branches.UNSURE, state)
    elif option and option.guide:
        guide = knowledge.guides[option.guide]
    elif option:
        state = branches.remember(guide, option.id, state)
    if then in set(Section):
        return showing.show(guide, Section(then), state)
    return walking.step(guide, _number(then), state) if guide.sections.steps else showing.show(guide, Section.SUMMARY, state)


def _number(part: str) -> int:
    """A number of a choice id; anything else counts as 0, and is brought into range where it is used."""
    return int(part) if part.isascii() and part.isdecimal() and len(part) < 6 else 0


def _section(part: str) -> Section:
    return Section(part) if part in set(Section) else Section.SUMMARY


_KINDS: dict[str, Tap] = {
    "start": _plain(
        lambda knowledge, state: talk.courtesy(
            "greet", ConversationState(ward=state.ward, device=state.device, address=state.address)
        )
    ),
    "none": _plain(lambda knowledge, state: handoff.missed(knowledge, state, Decision(Verdict.UNKNOWN))),
    "human": _plain(lambda knowledge, state: handoff.open_case(knowledge, "asked", state)),
    "delete?": _plain(lambda knowledge, state: talk.ask_delete(state)),
    "delete": _plain(lambda knowledge, state: talk.forgotten()),
    "keep": _plain(lambda knowledge, state: talk.small(texts.KEPT, state)),
    "wait": _plain(lambda knowledge, state: talk.small(texts.WAITING, state)),
    "stop": _plain(lambda knowledge, state: talk.small(texts.STOPPED, replace(state, last="stop"))),
    "c": _case,
    "m": _menu,
    "l": _life_events,
    "g": _guide,
    "s": _step,
    "k": _stuck,
    "x": _none_of_these,
    "b": _branch,
}

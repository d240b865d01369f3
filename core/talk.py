"""The conversation itself: courtesy, topics to choose from, deletion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core import texts
from core.answers import menu_choice
from core.conversation import ConversationState, Said
from core.knowledge import Knowledge
from core.menu import area_reply, event_reply, events_choice, events_reply, menu_reply
from core.messages import Choice, Outcome, Reply, Response
from core.underway import ways_on

__all__ = ["ask_delete", "courtesy", "expired", "fixed", "forgotten", "life_events", "menu", "small"]

_COURTESY: dict[str, str] = {
    "greet": texts.GREETING,
    "thanks": texts.THANKS,
    "goodbye": texts.GOODBYE,
    "bot_identity": texts.IDENTITY,
    "insult": texts.INSULT,
    "complaint": texts.COMPLAINT,
    "vague_help": texts.PLEASE_SAY,
    # moves that had nothing to move
    "affirm": texts.PLEASE_SAY,
    "deny": texts.PLEASE_SAY,
    "next_step": texts.NO_CONTEXT_STEP,
    "previous_step": texts.NOTHING_TO_REPEAT,
    "repeat": texts.NOTHING_TO_REPEAT,
    "stuck": texts.PLEASE_SAY,
}


def courtesy(intent: str, state: ConversationState) -> Said:
    """What is said to an intent of the conversation that leads nowhere else."""
    return small(_COURTESY[intent], state, events=intent in {"greet", "vague_help"})


def small(text: str, state: ConversationState, *, outcome: Outcome = Outcome.SMALLTALK, events: bool = False) -> Said:
    """One sentence, with every way on; `events` = with the life events, too."""
    choices = (*([events_choice()] if events else []), *ways_on(state))
    misses = 0 if outcome is Outcome.SMALLTALK else state.misses
    return Response(outcome, (Reply(text, choices),)), replace(state, misses=misses).with_offered(choices)


def fixed(told: Sequence[str], state: ConversationState) -> Said:
    """The reply that trainers wrote for an intent, with every way on below its last message."""
    choices = ways_on(state)
    replies = (*(Reply(text) for text in told[:-1]), Reply(told[-1], choices))
    return Response(Outcome.ANSWERED, replies), replace(state, misses=0).with_offered(choices)


def expired(state: ConversationState) -> Said:
    """A choice nobody knows is admitted politely."""
    return small(texts.CHOICE_EXPIRED, state, outcome=Outcome.FALLBACK)


def menu(knowledge: Knowledge, state: ConversationState, area: str = "", page: int = 0) -> Said:
    """The groups of topics, or the guides of one group."""
    guides = knowledge.guides
    reply = area_reply(guides, area, page) if area in guides.by_area else menu_reply(page)
    remembered = replace(state, misses=0, last=f"m:{area}:{page}").with_offered(reply.choices)
    return Response(Outcome.SMALLTALK, (reply,)), remembered


def life_events(knowledge: Knowledge, state: ConversationState, event: str = "", page: int = 0) -> Said:
    """The life events, or the guides of one."""
    events = knowledge.life_events
    reply = event_reply(knowledge.guides, events[event], page) if event in events else events_reply(events, page)
    remembered = replace(state, misses=0, last=f"l:{event}:{page}").with_offered(reply.choices)
    return Response(Outcome.SMALLTALK, (reply,)), remembered


def ask_delete(state: ConversationState) -> Said:
    """Deletion is asked about first."""
    choices = (Choice("delete", texts.DELETE_YES), Choice("keep", texts.DELETE_NO))
    return Response(Outcome.SMALLTALK, (Reply(texts.DELETE_ASK, choices),)), state.with_offered(choices)


def forgotten() -> Said:
    """Everything said so far is to be deleted."""
    return Response(Outcome.SMALLTALK, (Reply(texts.DELETED, (menu_choice(),)),), forget=True), ConversationState()

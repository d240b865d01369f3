"""The conversation itself: courtesy, topics to choose from, deletion."""

from __future__ import annotations

from dataclasses import replace

from core import texts
from core.answers import case_choice, menu_choice
from core.conversation import ConversationState, Said
from core.guides import GuideLibrary
from core.menu import area_reply, menu_reply
from core.messages import Choice, Outcome, Reply, Response
from core.walking import resume_choice

__all__ = ["ask_delete", "courtesy", "expired", "forgotten", "menu", "small"]

_COURTESY: dict[str, tuple[str, bool]] = {
    "greet": (texts.GREETING, True),
    "thanks": (texts.THANKS, False),
    "goodbye": (texts.GOODBYE, False),
    "bot_identity": (texts.IDENTITY, True),
    "insult": (texts.INSULT, True),
    "complaint": (texts.COMPLAINT, True),
    "vague_help": (texts.PLEASE_SAY, True),
    # moves that had nothing to move
    "affirm": (texts.PLEASE_SAY, False),
    "deny": (texts.PLEASE_SAY, True),
    "next_step": (texts.NO_CONTEXT_STEP, True),
    "previous_step": (texts.NOTHING_TO_REPEAT, True),
    "repeat": (texts.NOTHING_TO_REPEAT, True),
    "stuck": (texts.PLEASE_SAY, True),
}
"""By intent: what is said, and whether the topics are offered with it."""


def courtesy(intent: str, state: ConversationState) -> Said:
    """What is said to an intent of the conversation that leads nowhere else."""
    text, with_menu = _COURTESY[intent]
    return small(text, state, menu=with_menu)


def small(text: str, state: ConversationState, *, menu: bool = False, outcome: Outcome = Outcome.SMALLTALK) -> Said:
    """One sentence, with the way back into a walk; `menu` = with the topics and a person, too."""
    choices = (menu_choice(), case_choice()) if menu else ()
    if back := resume_choice(state):
        choices = (back, *choices)
    misses = 0 if outcome is Outcome.SMALLTALK else state.misses
    return Response(outcome, (Reply(text, choices),)), replace(state, misses=misses).with_offered(choices)


def expired(state: ConversationState) -> Said:
    """A choice nobody knows is admitted politely."""
    return small(texts.CHOICE_EXPIRED, state, menu=True, outcome=Outcome.FALLBACK)


def menu(guides: GuideLibrary, state: ConversationState, area: str = "", page: int = 0) -> Said:
    """The groups of topics, or the guides of one group."""
    reply = area_reply(guides, area, page) if area in guides.by_area else menu_reply(page)
    remembered = replace(state, misses=0, last=f"m:{area}:{page}").with_offered(reply.choices)
    return Response(Outcome.SMALLTALK, (reply,)), remembered


def ask_delete(state: ConversationState) -> Said:
    """Deletion is asked about first."""
    choices = (Choice("delete", texts.DELETE_YES), Choice("keep", texts.DELETE_NO))
    return Response(Outcome.SMALLTALK, (Reply(texts.DELETE_ASK, choices),)), state.with_offered(choices)


def forgotten() -> Said:
    """Everything said so far is to be deleted."""
    return Response(Outcome.SMALLTALK, (Reply(texts.DELETED),), forget=True), ConversationState()

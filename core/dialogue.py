"""What the bot says: from an understood message and the conversation's memory to replies and exactly one outcome."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace

from core import texts, walking
from core.answers import case_choice, guide_choice, menu_choice, section_replies, with_choices
from core.conversation import ConversationState, Said, picked
from core.decision import Decision, Thresholds, Verdict, decide, urgency
from core.guides import Guide, GuideKind, Section, own_id, public_name
from core.knowledge import Knowledge, catalogue_id
from core.linking import Linked, LinkLimits, link
from core.menu import area_reply, menu_reply
from core.messages import CaseRequest, Choice, Outcome, Reply, Response
from core.telex import looks_foreign
from core.understanding import Understanding

__all__ = ["Dialogue", "Said", "new_case_code"]

_CASE_LETTERS = "23456789ACDEFGHJKMNPQRTUVWXY"
_MISSES_BEFORE_A_PERSON = 2
_CLARIFY_AT_MOST = 3


def new_case_code() -> str:
    """A case code that can be read aloud and not be guessed: two groups of four, no look-alike signs."""
    signs = "".join(secrets.choice(_CASE_LETTERS) for _ in range(8))
    return f"{signs[:4]}-{signs[4:]}"


class Dialogue:
    """The conversation's rules over what is known. Holds no state of its own.

    Args:
        knowledge: Guides, index, places, lexicon.
        limits: When to answer, ask back or give up.
        link_limits: When the national catalogue answers instead of a guide.
    """

    def __init__(self, knowledge: Knowledge, limits: Thresholds | None = None, link_limits: LinkLimits | None = None) -> None:
        self.knowledge = knowledge
        self.limits = limits or Thresholds()
        self.link_limits = link_limits or LinkLimits()
        self._moves: dict[str, Callable[[Understanding, ConversationState], Said]] = {
            "affirm": self._affirm,
            "deny": self._deny,
            "next_step": self._next_step,
            "previous_step": self._previous_step,
            "repeat": self._repeat,
            "stuck": self._stuck,
            "human": lambda said, state: self.open_case("asked", state),
            "menu": lambda said, state: self._menu(state),
            "delete_data": lambda said, state: self._ask_delete(state),
            "greet": lambda said, state: self._small(texts.GREETING, state, menu=True),
            "thanks": lambda said, state: self._small(texts.THANKS, state),
            "goodbye": lambda said, state: self._small(texts.GOODBYE, state),
            "bot_identity": lambda said, state: self._small(texts.IDENTITY, state, menu=True),
            "insult": lambda said, state: self._small(texts.INSULT, state, menu=True),
            "complaint": lambda said, state: self._small(texts.COMPLAINT, state, menu=True),
            "vague_help": lambda said, state: self._small(texts.PLEASE_SAY, state, menu=True),
        }

        self._plain_choices: dict[str, Callable[[ConversationState], Said]] = {
            "start": lambda state: self._small(texts.GREETING, ConversationState(ward=state.ward), menu=True),
            "none": lambda state: self._missed(state, Decision(Verdict.UNKNOWN)),
            "human": lambda state: self.open_case("asked", state),
            "delete?": lambda state: self._ask_delete(state),
            "delete": lambda state: self._forget(),
            "keep": lambda state: self._small(texts.KEPT, state),
        }

    # entry points: one for what is typed, one for what is tapped

    def respond(self, intent: str | None, said: Understanding, state: ConversationState) -> Said:
        """Answer a typed message.

        Args:
            intent: The intent whose rule fired; None = no rule did.
            said: What was understood.
            state: What the conversation remembers.
        """
        if ward := said.entity("ward"):
            state = replace(state, ward=ward)
        if not said.words:
            return self._small(texts.EMPTY, state, outcome=Outcome.FALLBACK)
        if looks_foreign(said.words):
            return self._small(texts.FOREIGN, state, menu=True, outcome=Outcome.FALLBACK)
        urgent = self._urgent(said)
        if urgent is None and (choice := picked(said.text, state.offered)):
            return self.choose(choice, state)
        in_context = self.knowledge.guide(state.guide) is not None
        if urgent is None and (told := self._cause_told(said, state)):
            return told
        decision = decide(said, in_context, self.knowledge.guides, self.knowledge.index, self.limits)
        if urgent is not None:
            return self._safety(urgent, state, decision)
        if decision.verdict is Verdict.DIALOGUE:
            move = self._moves.get(intent or "") or self._moves[self._likeliest_move(said)]
            return self._noting(move(said, state), decision)
        return self._decided(decision, said, state)

    def _cause_told(self, said: Understanding, state: ConversationState) -> Said | None:
        """Trouble that the current step, or the guide in hand, knows is cured at once, however it is worded."""
        walked = self.knowledge.guide(state.walk)
        if walked and state.step and (cause := walking.cause_told(walked, state.step, said.words)) is not None:
            return walking.stuck(walked, [state.step, cause], state)
        guide = self.knowledge.guide(state.guide)
        if guide is None or (number := walking.trouble_told(guide.sections.problems, said.words)) is None:
            return None
        trouble = guide.sections.problems[number]
        shown, after = self.show(guide, Section.PROBLEMS, state)
        cure = Reply(texts.STUCK_CURE.format(cause=trouble.cause, cure=trouble.cure), shown.replies[-1].choices)
        return replace(shown, replies=(cure,)), after

    def _urgent(self, said: Understanding) -> str | None:
        """The safety guide a message calls for: where the classifiers say so, or a rule does and they do not rule it out."""
        by_model, chance = urgency(said)
        if chance >= self.limits.urgent:
            return by_model
        return self.knowledge.safety.guide(said.words) if chance >= self.limits.urgent_rule else None

    def _likeliest_move(self, said: Understanding) -> str:
        return max((name for name in said.chances if name in self._moves), key=lambda name: said.chances[name])

    def choose(self, choice: str, state: ConversationState) -> Said:
        """Do what a tapped (or typed) choice says; an unknown one is admitted politely."""
        kind, *rest = choice.split(":")
        if not rest and kind in self._plain_choices:
            return self._plain_choices[kind](state)
        if kind == "m" and len(rest) <= 2:
            return self._menu(state, rest[0] if rest else "", _number(rest[1]) if len(rest) == 2 else 0)
        guide = self.knowledge.guide(rest[0]) if rest else None
        numbers = [_number(part) for part in rest[1:]]
        if kind == "g" and guide and len(rest) <= 2:
            return self.show(guide, _section(rest[1]) if len(rest) == 2 else Section.SUMMARY, state)
        if kind == "s" and guide and guide.sections.steps and len(numbers) == 1:
            return walking.step(guide, numbers[0], state)
        if kind == "k" and guide and guide.sections.steps and len(numbers) in {1, 2}:
            return walking.stuck(guide, numbers, state)
        return self._small(texts.CHOICE_EXPIRED, state, menu=True, outcome=Outcome.FALLBACK)

    def _forget(self) -> Said:
        return Response(Outcome.SMALLTALK, (Reply(texts.DELETED),), forget=True), ConversationState()

    # answers

    def show(self, guide: Guide, section: Section, state: ConversationState, candidates: Iterable[str] = ()) -> Said:
        """Answer one section of a guide; asked for the steps, begin to walk them."""
        names = tuple(candidates) or (public_name(guide),)
        if section is Section.STEPS and guide.sections.steps:
            return walking.step(guide, 1, state, names)
        if guide.kind is GuideKind.TOPIC and not guide.has(section):
            section = Section.SUMMARY
        replies = section_replies(guide, section)
        if back := walking.resume_choice(state):
            replies = with_choices(replies, (back, *replies[-1].choices[:4]))
        outcome = Outcome.SAFETY if guide.urgent else Outcome.ANSWERED
        response = Response(outcome, replies, own_id(guide), guide.code, section.value, names)
        remembered = replace(state, guide=guide.id, section=section.value, misses=0, last=f"g:{guide.id}:{section.value}")
        return response, remembered.with_offered(replies[-1].choices)

    def _decided(self, decision: Decision, said: Understanding, state: ConversationState) -> Said:
        names = [candidate.guide for candidate in decision.candidates]
        section, _ = said.aspect
        if linked := self._linked(decision, said):
            return self._from_catalogue(linked, names, section, state)
        if decision.verdict is Verdict.GUIDE:
            guide = self.knowledge.guides[names[0]]
            return self.show(guide, self._section_for(guide, said), state, names)
        if decision.verdict is Verdict.CONTEXT:
            current = self.knowledge.guide(state.guide)
            assert current is not None  # the verdict says so
            return self.show(current, section, state, [public_name(current), *(name for name in names if name != current.id)])
        if decision.verdict is Verdict.CLARIFY:
            return self._clarify(names, section, state)
        if decision.verdict in {Verdict.WHICH, Verdict.UNKNOWN} and (open_question := self._left_open(state)):
            return self._clarify(open_question, section, state)
        if decision.verdict is Verdict.WHICH:
            said_back = Reply(texts.WHICH_PROCEDURE, (menu_choice(), case_choice()))
            return Response(Outcome.CLARIFY, (said_back,), candidates=tuple(names)), state.with_offered(said_back.choices)
        if decision.verdict is Verdict.OUT_OF_SCOPE:
            return self._noting(self._small(texts.OUT_OF_SCOPE, state, menu=True, outcome=Outcome.FALLBACK), decision)
        if decision.verdict is Verdict.NOT_COVERED:
            return self._noting(self._small(texts.NOT_COVERED, state, menu=True, outcome=Outcome.FALLBACK), decision)
        return self._missed(state, decision)

    def _left_open(self, state: ConversationState) -> list[str]:
        """Guides offered by a question back that was not answered: another aspect is then asked of the same ones."""
        offered = [choice_id for choice_id, _ in state.offered]
        return [choice_id.split(":")[1] for choice_id in offered if choice_id.startswith("g:")] if "none" in offered else []

    def _section_for(self, guide: Guide, said: Understanding) -> Section:
        """A topic's own intent asks for its summary; an aspect intent for that aspect."""
        section, confidence = said.aspect
        if guide.kind is GuideKind.TOPIC and confidence < said.topic_chance(guide.id):
            return Section.SUMMARY
        return section

    def _linked(self, decision: Decision, said: Understanding) -> Linked | None:
        index = self.knowledge.catalogue_index
        return link(said, decision, index, self.knowledge.guides, self.link_limits) if index is not None else None

    def _from_catalogue(self, linked: Linked, names: list[str], section: Section, state: ConversationState) -> Said:
        found = [guide for code in linked.codes if (guide := self.knowledge.guide(catalogue_id(code)))]
        if linked.sure:
            return self.show(found[0], section, state, [*linked.codes, *names])
        return self._clarify([guide.id for guide in found[:_CLARIFY_AT_MOST]], section, state)

    def _clarify(self, names: list[str], section: Section, state: ConversationState) -> Said:
        guides = [guide for name in names[:_CLARIFY_AT_MOST] if (guide := self.knowledge.guide(name))]
        choices = [guide_choice(guide, section) for guide in guides] + [Choice("none", texts.NONE_OF_THESE)]
        text = texts.CLARIFY
        if section is not Section.SUMMARY:
            text = texts.CLARIFY_SECTION.format(section=texts.SECTION_TITLES[section].lower())
        reply = Reply(text, tuple(choices))
        shown = [public_name(guide) for guide in guides]
        return Response(Outcome.CLARIFY, (reply,), candidates=(*shown, *names[len(shown) :])), state.with_offered(choices)

    def _safety(self, guide_id: str, state: ConversationState, decision: Decision) -> Said:
        guide = self.knowledge.guides[guide_id]
        response, remembered = self.show(guide, Section.SUMMARY, replace(state, step=None, walk=None))
        return self._noting((replace(response, outcome=Outcome.SAFETY), remembered), decision)

    # walking the steps of a guide (core.walking), with what to do where it has none

    def _next_step(self, said: Understanding, state: ConversationState) -> Said:
        guide = self._walked(state)
        if guide is None or not guide.sections.steps:
            return self._small(texts.NO_CONTEXT_STEP, state, menu=True)
        return walking.step(guide, (state.step or 0) + 1, state)

    def _previous_step(self, said: Understanding, state: ConversationState) -> Said:
        guide = self._walked(state)
        if guide is None or not state.step:
            return self._repeat(said, state)
        return walking.step(guide, state.step - 1, state)

    def _stuck(self, said: Understanding, state: ConversationState) -> Said:
        guide = self._walked(state)
        if guide is None:
            return self._small(texts.PLEASE_SAY, state, menu=True)
        if not state.step:
            return self.show(guide, Section.PROBLEMS, state)
        cause = walking.cause_told(guide, state.step, said.words)
        return walking.stuck(guide, [state.step] if cause is None else [state.step, cause], state)

    def _walked(self, state: ConversationState) -> Guide | None:
        """The guide whose steps are walked; without a walk, the one talked about."""
        return self.knowledge.guide(state.walk or state.guide)

    def _repeat(self, said: Understanding, state: ConversationState) -> Said:
        return self.choose(state.last, state) if state.last else self._small(texts.NOTHING_TO_REPEAT, state, menu=True)

    # the conversation itself

    def _affirm(self, said: Understanding, state: ConversationState) -> Said:
        if any(choice_id == "delete" for choice_id, _ in state.offered):
            return self.choose("delete", state)
        guides = [choice_id for choice_id, _ in state.offered if choice_id.startswith("g:")]
        if any(choice_id == "none" for choice_id, _ in state.offered) and guides:
            return self.choose(guides[0], state)
        if state.step:
            return self._next_step(said, state)
        return self._small(texts.PLEASE_SAY, state)

    def _deny(self, said: Understanding, state: ConversationState) -> Said:
        offered = {choice_id for choice_id, _ in state.offered}
        if "keep" in offered:
            return self.choose("keep", state)
        if "none" in offered:
            return self.choose("none", state)
        if state.step:
            return self._stuck(said, state)
        return self._small(texts.PLEASE_SAY, state, menu=True)

    def _ask_delete(self, state: ConversationState) -> Said:
        choices = (Choice("delete", texts.DELETE_YES), Choice("keep", texts.DELETE_NO))
        return Response(Outcome.SMALLTALK, (Reply(texts.DELETE_ASK, choices),)), state.with_offered(choices)

    def _menu(self, state: ConversationState, area: str = "", page: int = 0) -> Said:
        reply = area_reply(self.knowledge.guides, area, page) if area in self.knowledge.guides.by_area else menu_reply(page)
        return Response(Outcome.SMALLTALK, (reply,)), replace(state, misses=0, last=f"m:{area}:{page}").with_offered(
            reply.choices
        )

    def _small(self, text: str, state: ConversationState, *, menu: bool = False, outcome: Outcome = Outcome.SMALLTALK) -> Said:
        choices = (menu_choice(), case_choice()) if menu else ()
        if back := walking.resume_choice(state):
            choices = (back, *choices)
        misses = 0 if outcome is Outcome.SMALLTALK else state.misses
        return Response(outcome, (Reply(text, choices),)), replace(state, misses=misses).with_offered(choices)

    # giving up, honestly

    def _missed(self, state: ConversationState, decision: Decision) -> Said:
        """Not understood: offer the nearest and a person; the second time in a row, open a case."""
        misses = state.misses + 1
        if misses >= _MISSES_BEFORE_A_PERSON:
            return self._noting(self.open_case("not_understood", state), decision)
        nearest = [self.knowledge.guides[candidate.guide] for candidate in decision.candidates[:_CLARIFY_AT_MOST]]
        choices = (*(guide_choice(guide) for guide in nearest), menu_choice(), case_choice())
        response = Response(Outcome.FALLBACK, (Reply(texts.NOT_UNDERSTOOD, choices),))
        return self._noting((response, replace(state, misses=misses).with_offered(choices)), decision)

    def open_case(self, reason: str, state: ConversationState) -> Said:
        """Hand over to digital-support staff under a new case code."""
        code = new_case_code()
        text = texts.CASE_OPENED if reason == "asked" else texts.CASE_AFTER_MISSES
        reply = Reply(text.format(code=code), (menu_choice(),))
        response = Response(Outcome.HANDOFF, (reply,), guide=None, case=CaseRequest(code, reason))
        return response, replace(state, misses=0).with_offered(reply.choices)

    @staticmethod
    def _noting(said: Said, decision: Decision) -> Said:
        """The same answer with the guides that were considered, for staff and reports."""
        response, state = said
        names = tuple(candidate.guide for candidate in decision.candidates)
        return replace(response, candidates=response.candidates or names), state


def _number(part: str) -> int:
    """A number of a choice id; anything else counts as 0, and is brought into range where it is used."""
    return int(part) if part.isascii() and part.isdecimal() and len(part) < 6 else 0


def _section(part: str) -> Section:
    return Section(part) if part in set(Section) else Section.SUMMARY

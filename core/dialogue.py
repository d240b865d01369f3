"""What the bot says: from an understood message and the conversation's memory to replies and exactly one outcome.

What is typed comes in at `Dialogue.respond`, what is tapped at `Dialogue.choose`. Typed moves mean taps (core.moves), each
kind of tap has one function (core.taps), and these put the answers together: core.showing, core.walking, core.talk,
core.handoff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core import branches, handoff, showing, talk, texts
from core.address import address_told, asked_only
from core.answers import case_choice, menu_choice
from core.cases import asked_code
from core.conversation import ConversationState, Said, picked
from core.decision import Decision, Thresholds, Verdict, decide, urgency
from core.devices import device_told
from core.emergency import emergency
from core.guides import Guide, GuideKind, Section, public_name
from core.handoff import NEAREST_AT_MOST, noting
from core.knowledge import Knowledge, catalogue_id
from core.linking import Linked, Linker, LinkLimits
from core.manners import mannered
from core.messages import Outcome, Reply, Response
from core.moves import case_tap, tap_meant, walk_tap
from core.phrases import bare
from core.safety import URGENT_GUIDES
from core.several import Answerable, answer_all
from core.story import decide_story
from core.taps import tapped
from core.telex import looks_foreign
from core.understanding import DIALOGUE_INTENTS, Understanding
from core.walking import trouble_told

__all__ = ["Dialogue", "Said"]


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
        self._linker: Linker | None = None
        if knowledge.catalogue_index and knowledge.away_index:
            near, away = knowledge.catalogue_index, knowledge.away_index
            names = (knowledge.guides, knowledge.index, knowledge.operations)
            self._linker = Linker(near, away, *names, link_limits or LinkLimits())

    def choose(self, choice: str, state: ConversationState) -> Said:
        """Do what a tapped choice says; an unknown one is admitted politely."""
        return mannered(tapped(self.knowledge, choice, state), state)

    def respond(self, intent: str | None, said: Understanding, state: ConversationState) -> Said:
        """Answer a typed message.

        Args:
            intent: The intent whose rule fired; None = no rule did.
            said: What was understood.
            state: What the conversation remembers.
        """
        return mannered(self._answer(intent, said, _noticing(said, state)), state)

    def fixed(self, told: Sequence[str], state: ConversationState) -> Said:
        """Say what trainers wrote for an intent of theirs."""
        return mannered(talk.fixed(told, state), state)

    def comes_first(self, said: Understanding, state: ConversationState) -> bool:
        """Whether a message is answered before it is asked what intent it has: danger, a scam, a button typed out."""
        state = _noticing(said, state)
        return bool(self._at_once(said, state) or self._urgent(said) or self._tap_typed(said, state))

    def _answer(self, intent: str | None, said: Understanding, state: ConversationState) -> Said:
        if told := self._at_once(said, state):
            return told
        urgent = self._urgent(said)
        if urgent is not None and self._is_ordinary(said, state):
            urgent = None
        if urgent is None and (choice := self._tap_typed(said, state)):
            return tapped(self.knowledge, choice, state)
        if urgent is None and (told := self._cause_told(said, state)):
            return told
        decision = decide(said, self.knowledge.guide(state.guide), self.knowledge, self.limits)
        if urgent is None and not self._names_one(decision, said) and (event := self.knowledge.life_events.told(said.words)):
            return talk.life_events(self.knowledge, state, event)
        if urgent is not None:
            return self._safety(urgent, state, decision)
        decision, said = decide_story(decision, said, self.knowledge, self.limits)
        if (guide := self._likely_scam(decision, said)) is not None:
            # A warning too many does less harm than a question back.
            return self._safety(guide, state, decision)
        if decision.verdict is Verdict.DIALOGUE:
            return noting(self._moved(intent, said, state), decision)
        if len(answerable := self._each_question(said, state)) > 1:
            return answer_all(answerable, state)
        return self._decided(decision, said, state)

    def _each_question(self, said: Understanding, state: ConversationState) -> list[Answerable]:
        """What each question of a message is about, where that is clear; what an earlier one named need not be named again."""
        found: list[Answerable] = []
        about = self.knowledge.guide(state.guide)
        for part in said.parts:
            decision = decide(part, about, self.knowledge, self.limits)
            linked = self._linker.link(part, decision) if self._linker else None
            if linked:
                about = self.knowledge.guide(catalogue_id(linked.codes[0])) if linked.sure else None
            elif decision.verdict is Verdict.GUIDE:
                about = self.knowledge.guides[decision.candidates[0].guide]
            elif decision.verdict is not Verdict.CONTEXT:
                about = None
            if about is None or about.urgent:
                return []
            found.append((about, _section_for(about, part)))
        return list(dict.fromkeys(found))

    def _at_once(self, said: Understanding, state: ConversationState) -> Said | None:
        """What needs no weighing: nothing to read, danger to life, how to be spoken to."""
        if not said.words:
            return talk.small(texts.EMPTY, state, outcome=Outcome.FALLBACK)
        if looks_foreign(said.words):
            return talk.small(texts.FOREIGN, state, outcome=Outcome.FALLBACK)
        if asked_only(said.text):
            return talk.small(texts.ADDRESS_NOTED, state)
        if number := self.knowledge.emergencies.number(said.words):
            return emergency(number, state)
        return None

    def _tap_typed(self, said: Understanding, state: ConversationState) -> str | None:
        """The tap that the words stand for: a button on the table, a step of the walk, a look at one's case."""
        if choice := picked(said.text, state.offered) or case_tap(said, state, self.knowledge):
            return choice
        if choice := walk_tap(said, state, self.knowledge):
            return choice
        code = asked_code(said.text)
        return None if code is None else f"c:{code}".rstrip(":")

    def _is_ordinary(self, said: Understanding, state: ConversationState) -> bool:
        """Whether a message the classifiers took for a scam is plainly something else, and no rule fired.

        It asks how a case stands, whose code is no word, or decides the question just asked ("bị ung thư").
        """
        if self.knowledge.safety.guide(said.words) is not None:
            return False
        if asked_code(said.text):
            return True
        return branches.asked_about(state) is not None and case_tap(said, state, self.knowledge) is not None

    def _likely_scam(self, decision: Decision, said: Understanding) -> str | None:
        """The safety guide that a question back would have named first, or beside others with some confidence in a scam."""
        if decision.verdict is not Verdict.CLARIFY or said.chance(DIALOGUE_INTENTS) >= self.limits.dialogue:
            return None
        by_model, chance = urgency(said)
        first = decision.candidates[0].guide
        return first if first in URGENT_GUIDES else by_model if chance >= self.limits.urgent_unclear else None

    def _names_one(self, decision: Decision, said: Understanding) -> bool:
        """Whether one guide is asked for, in full or by what is to be done: that is not asking what an event of life takes."""
        if self.knowledge.index.named(said.words) is not None:
            return True
        if decision.verdict is not Verdict.GUIDE or decision.chance < self.limits.names_one:
            return False
        guide = self.knowledge.guides[decision.candidates[0].guide]
        return bool(self.knowledge.operations.title_of(guide) & self.knowledge.operations.said(said.words))

    def _urgent(self, said: Understanding) -> str | None:
        """The safety guide a message calls for: where the classifiers say so, or a rule does and they do not rule it out."""
        by_model, chance = urgency(said)
        if chance >= self.limits.urgent and said.chance(DIALOGUE_INTENTS) < self.limits.dialogue_certain:
            return by_model
        in_story = max(map(urgency, said.sentences), key=lambda found: found[1], default=("", 0.0))
        if in_story[1] >= self.limits.urgent_sentence:
            return in_story[0]
        return self.knowledge.safety.guide(said.words) if chance >= self.limits.urgent_rule else None

    def _safety(self, guide_id: str, state: ConversationState, decision: Decision) -> Said:
        guide = self.knowledge.guides[guide_id]
        response, remembered = showing.show(guide, Section.SUMMARY, state)
        return noting((replace(response, outcome=Outcome.SAFETY), remembered), decision)

    def _cause_told(self, said: Understanding, state: ConversationState) -> Said | None:
        """Trouble that the guide in hand knows is cured at once, however it is worded."""
        guide = self.knowledge.guide(state.guide)
        if guide is None or (number := trouble_told(guide.sections.problems, said.words)) is None:
            return None
        return showing.cure(guide, number, state)

    def _moved(self, intent: str | None, said: Understanding, state: ConversationState) -> Said:
        """Do what a message about the conversation itself asks for."""
        if intent not in DIALOGUE_INTENTS:
            intent = max((name for name in said.chances if name in DIALOGUE_INTENTS), key=lambda name: said.chances[name])
        choice = tap_meant(intent, said, state, self.knowledge)
        return tapped(self.knowledge, choice, state) if choice else talk.courtesy(intent, state)

    # messages about guides

    def _decided(self, decision: Decision, said: Understanding, state: ConversationState) -> Said:
        names = [candidate.guide for candidate in decision.candidates]
        section, _ = said.aspect
        if self._linker and (linked := self._linker.link(said, decision)):
            return self._from_catalogue(linked, names, section, state)
        if decision.verdict is Verdict.GUIDE:
            guide, state = self._in_their_case(self.knowledge.guides[names[0]], said, state)
            response, remembered = showing.show(guide, _section_for(guide, said), state, names)
            return replace(response, chance=round(decision.chance, 4)), remembered
        if decision.verdict is Verdict.CONTEXT:
            current = self.knowledge.guide(state.guide)
            assert current is not None  # the verdict says so
            current, state = self._in_their_case(current, said, state)
            considered = [public_name(current), *(name for name in names if name != current.id)]
            return showing.show(current, section, state, considered)
        if decision.verdict is Verdict.CLARIFY:
            return showing.clarify(self.knowledge, names, section, state)
        if decision.verdict in {Verdict.WHICH, Verdict.UNKNOWN} and (corrected := self._other_case(said, state)):
            return noting(corrected, decision)
        if decision.verdict in {Verdict.WHICH, Verdict.UNKNOWN} and (open_question := _left_open(state)):
            return showing.clarify(self.knowledge, open_question, section, state)
        if decision.verdict is Verdict.WHICH:
            said_back = Reply(texts.WHICH_PROCEDURE, (menu_choice(), case_choice()))
            return Response(Outcome.CLARIFY, (said_back,), candidates=tuple(names)), state.with_offered(said_back.choices)
        if decision.verdict is Verdict.OUT_OF_SCOPE:
            return noting(talk.small(texts.OUT_OF_SCOPE, state, outcome=Outcome.FALLBACK), decision)
        if decision.verdict is Verdict.NOT_COVERED:
            return noting(talk.small(texts.NOT_COVERED, state, outcome=Outcome.FALLBACK), decision)
        return handoff.missed(self.knowledge, state, decision)

    def _in_their_case(self, guide: Guide, said: Understanding, state: ConversationState) -> tuple[Guide, ConversationState]:
        """Hear which case of a guide's branch is the citizen's ("bé nhà tôi 8 tuổi"); some are another guide's."""
        option = guide.option(branches.decided(guide, said))
        if option is None:
            return guide, state
        return (
            (self.knowledge.guides[option.guide], state) if option.guide else (guide, branches.remember(guide, option.id, state))
        )

    def _other_case(self, said: Understanding, state: ConversationState) -> Said | None:
        """A case told of the guide in hand without asking anything ("à, nhà tui thuê"): the last answer, for that case."""
        guide = self.knowledge.guide(state.guide)
        if guide is None or branches.decided(guide, said) is None:
            return None
        guide, state = self._in_their_case(guide, said, state)
        section = Section(state.section) if state.section in set(Section) else Section.SUMMARY
        return showing.show(guide, section, state)

    def _from_catalogue(self, linked: Linked, names: list[str], section: Section, state: ConversationState) -> Said:
        found = [guide for code in linked.codes if (guide := self.knowledge.guide(catalogue_id(code)))]
        if linked.sure:
            response, after = showing.show(found[0], section, state, [*linked.codes, *names])
            if linked.away:
                response = replace(response, replies=(Reply(texts.CATALOGUE_AWAY), *response.replies))
            return response, after
        nearest = [guide.id for guide in found[:NEAREST_AT_MOST]]
        if linked.beside:
            nearest = [*names[:1], *nearest]
        return showing.clarify(self.knowledge, nearest, section, state)


def _noticing(said: Understanding, state: ConversationState) -> ConversationState:
    """What is remembered whatever is asked: ward, device, how the citizen wants to be spoken to."""
    return replace(
        state,
        ward=said.entity("ward") or state.ward,
        device=device_told(said.words) or state.device,
        address=address_told(said.text, state.address),
    )


def _left_open(state: ConversationState) -> list[str]:
    """Guides offered by a question back that was not answered: another aspect is then asked of the same ones."""
    offered = [choice_id for choice_id, _ in state.offered]
    return [choice_id.split(":")[1] for choice_id in offered if choice_id.startswith("g:")] if "none" in offered else []


def _section_for(guide: Guide, said: Understanding) -> Section:
    """A topic's own intent asks for its summary; an aspect intent for that aspect."""
    section, confidence = said.aspect
    if guide.sections.steps and "tung buoc" in bare(said.words):
        return Section.STEPS
    if guide.kind is GuideKind.TOPIC and confidence < said.topic_chance(guide.id):
        return Section.SUMMARY
    return section

"""What surrounds the answers, within a turn: before the dialogue is asked, and after it has answered.

Before: a resume code, a verdict on an answer, "đã làm xong", "lưu lại" and "đừng nhắn nữa" are recognised, tapped or typed,
and answered here or turned into the dialogue's own choices. After: notices go in front of the answer, feedback, "lưu lại"
and the checklist behind it, and the question whether it is done is planned.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from bot.notice_board import NoticeBoard
from core import branches, texts
from core.aftercare import codes, completion, feedback
from core.aftercare.memory import Asked, Memory
from core.aftercare.notices import concerning, notice_reply
from core.aftercare.typed import meant
from core.answers import case_choice, menu_choice
from core.checklist import checklist_path, has_checklist
from core.conversation import MEMORY_SLOT, ConversationState
from core.guides import Guide, Section
from core.knowledge import Knowledge, catalogue_id
from core.messages import Choice, Link, Outcome, Reply, Response
from core.search import words_of
from core.storage import aftercare as stored
from core.storage.aftercare import Place, Verdict
from core.storage.database import Database
from core.storage.turns import Waiting

__all__ = ["After", "Aftercare", "Before"]

Write = Callable[[Connection], None]

_LONGEST_FORM = 120
_BEFORE_LAST = -1


@dataclass(frozen=True)
class Before:
    """What is known of a message before the dialogue sees it.

    Args:
        memory: What the conversation remembers of these things.
        choice: The choice it amounts to, tapped or typed; None = the dialogue reads the text.
        answer: Said instead of asking the dialogue.
        writes: What is stored with the turn.
    """

    memory: Memory
    choice: str | None = None
    answer: Response | None = None
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True)
class After:
    """A finished answer.

    Args:
        replies: In order.
        memory: To be kept.
        writes: What is stored with the turn.
    """

    replies: list[Reply]
    memory: Memory
    writes: tuple[Write, ...]


class Aftercare:
    """The rules of `core.aftercare` over one database.

    Args:
        database: Where everything is kept.
        knowledge: The guides.
        public_url: Address citizens reach our pages by; without it, only the web chat can link to them.
    """

    def __init__(self, database: Database, knowledge: Knowledge, public_url: str | None = None) -> None:
        self._database = database
        self._knowledge = knowledge
        self._public_url = (public_url or "").rstrip("/")
        self._board = NoticeBoard(database)
        self._kinds: dict[str, Callable[[Waiting, Memory, Sequence[str]], Before | None]] = {
            "quiet": self._quiet,
            "f": self._feedback,
            "d": self._done,
        }

    # before the dialogue

    async def before(self, waiting: Waiting) -> Before:
        """Look at a message for what is handled here."""
        memory, choice = Memory.from_json(waiting.aftercare), self.choice_of(waiting)
        memory = replace(memory, offered=())
        kind, *rest = (choice or "").split(":")
        if kind == "code":
            return await self._resumed(memory, rest[0])
        if kind in {"save", "w"}:
            return await self._saved(waiting, memory, rest)
        handle = self._kinds.get(kind)
        return (handle(waiting, memory, rest) if handle else None) or Before(memory, choice)

    def choice_of(self, waiting: Waiting) -> str | None:
        """The choice a message amounts to, tapped or typed; None = the dialogue reads its text."""
        tapped: str | None = waiting.payload.get("choice")
        return tapped or self._meant(waiting, Memory.from_json(waiting.aftercare))

    def _meant(self, waiting: Waiting, memory: Memory) -> str | None:
        if len(waiting.text) > _LONGEST_FORM:
            return None
        walking = _remembered(waiting.dialogue).walk is not None
        return meant(waiting.text, words_of(waiting.text, self._knowledge.lexicon), memory.offered, walking=walking)

    async def _resumed(self, memory: Memory, code: str) -> Before:
        now = datetime.now(UTC)
        if not memory.may_try_code(now):
            return Before(memory, answer=_said(texts.CODE_TOO_OFTEN))
        digest = await asyncio.to_thread(codes.digest, code)
        place = await self._database.transact(stored.find_code, digest, now)
        if place is None:
            return Before(memory.with_wrong_code(now), answer=_said(texts.CODE_UNKNOWN))
        return Before(memory, self._resume_id(place))

    def _resume_id(self, place: Place) -> str:
        """The choice that shows a place again, with the case that was told before."""
        guide = self._knowledge.guide(place.guide)
        cases = [option.id for option in guide.branch.options] if guide and guide.branch else []
        if place.branch == branches.UNSURE and cases:
            return f"b:{place.guide}:{branches.UNSURE}:{place.step}"
        if place.branch in cases:
            return f"b:{place.guide}:{cases.index(place.branch)}:{place.step}"
        return f"s:{place.guide}:{place.step}"

    async def _saved(self, waiting: Waiting, memory: Memory, rest: Sequence[str]) -> Before:
        state = _remembered(waiting.dialogue)
        guide = self._knowledge.guide(rest[0] if rest else state.walk)
        step = _number(rest[1]) if len(rest) == 2 else state.step
        if guide is None or not step or step > len(guide.sections.steps):
            return Before(memory, answer=_said(texts.CODE_NOTHING))
        code, until = codes.new_code(), datetime.now(UTC) + codes.CODE_LIFETIME
        digest = await asyncio.to_thread(codes.digest, code)
        go_on = Choice(f"s:{guide.id}:{step}", texts.RESUME_STEP.format(n=step))
        text = texts.CODE_GIVEN.format(title=guide.short_title, n=step, code=code, date=f"{until:%d/%m/%Y}")
        place = Place(guide.id, step, branches.answer_to(guide, state))
        write = partial(stored.add_code, conversation_id=waiting.conversation_id, digest=digest, place=place, until=until)
        return Before(memory, answer=_said(text, go_on), writes=(write,))

    def _quiet(self, waiting: Waiting, memory: Memory, rest: Sequence[str]) -> Before:
        write = partial(stored.be_quiet, conversation_id=waiting.conversation_id)
        return Before(memory, answer=_said(texts.QUIET), writes=(write,))

    def _feedback(self, waiting: Waiting, memory: Memory, rest: Sequence[str]) -> Before | None:
        if len(rest) != 3 or rest[0] not in {"y", "n", *feedback.REASONS} or rest[2] not in set(Section):
            return None
        kind, guide, section = rest[0], self._knowledge.guide(rest[1]), Section(rest[2])
        asked = memory.was_asked(rest[1])
        if guide is None or asked is None or asked.section != section:  # nobody was asked: not a button of ours
            return None
        verdict = Verdict(guide.id, section.value, kind == "y", feedback.REASONS.get(kind), asked.message_id)
        write = partial(stored.record_feedback, conversation_id=waiting.conversation_id, verdict=verdict, now=datetime.now(UTC))
        if kind == "y":
            return Before(memory, answer=feedback.thanks(guide, section), writes=(write,))
        said = feedback.why(self._knowledge, guide, section, verdict.reason)
        return Before(memory, answer=said, writes=(write,))

    def _done(self, waiting: Waiting, memory: Memory, rest: Sequence[str]) -> Before | None:
        guide = self._knowledge.guide(rest[1]) if len(rest) in {2, 3} else None
        if guide is None or rest[0] not in completion.ANSWERS:
            return None
        step = min(max(1, _number(rest[2]) if len(rest) == 3 else 1), max(1, len(guide.sections.steps)))
        write = partial(
            stored.answer_follow_up,
            conversation_id=waiting.conversation_id,
            guide=guide.id,
            answer=completion.ANSWERS[rest[0]],
            now=datetime.now(UTC),
        )
        if rest[0] == "k" and guide.sections.steps:
            return Before(memory, f"k:{guide.id}:{step}", writes=(write,))
        return Before(memory, answer=completion.reaction(guide, rest[0], step), writes=(write,))

    # after the dialogue

    async def after(
        self, waiting: Waiting, before: Before, decision: Mapping[str, Any], replies: list[Reply], dialogue: Sequence[Any]
    ) -> After:
        """Complete an answer.

        Args:
            waiting: The message.
            before: What `before` found.
            decision: What was decided (see actions.base).
            replies: The answer.
            dialogue: The dialogue's events after it.
        """
        memory, writes = before.memory, before.writes
        if decision["forget"]:
            return After(replies, memory, writes)
        guide = self._knowledge.guide(decision["guide"] or (catalogue_id(decision["code"]) if decision["code"] else None))
        if before.answer is not None:
            memory = memory.with_offered(replies[-1].choices)
        elif guide is not None and decision["section"]:
            state = _remembered(dialogue)
            replies, memory = self._with_offers(waiting, guide, decision, replies, memory, state)
            writes = (*writes, *self._plans(waiting, guide, decision, state))
        return After(*await self._with_notices(waiting, guide, decision, replies, memory), writes)

    def _with_offers(
        self,
        waiting: Waiting,
        guide: Guide,
        decision: Mapping[str, Any],
        replies: list[Reply],
        memory: Memory,
        state: ConversationState,
    ) -> tuple[list[Reply], Memory]:
        outcome, section = Outcome(decision["outcome"]), Section(decision["section"])
        is_step = outcome is Outcome.STEP and section is Section.STEPS
        choices = list(replies[-1].choices)
        if is_step and state.walk == guide.id and state.step:
            choices.insert(_BEFORE_LAST, Choice(f"w:{guide.id}:{state.step}", texts.SAVE_FOR_LATER))
        walk_done = is_step and state.walk is None
        worth_asking = feedback.worth_asking(outcome, guide, section, walk_done=walk_done) and not branches.asks(choices)
        if worth_asking and memory.was_asked(guide.id) is None:
            choices += feedback.feedback_choices(guide, section)
            memory = replace(memory, asked=(*memory.asked, Asked(guide.id, section.value, waiting.id)))
        if len(choices) > len(replies[-1].choices):
            memory = memory.with_offered(choices)
        last = replace(replies[-1], choices=tuple(choices), links=self._links(guide, outcome, section, state))
        return [*replies[:-1], last], memory

    def _links(self, guide: Guide, outcome: Outcome, section: Section, state: ConversationState) -> tuple[Link, ...]:
        """The checklist, with the list of documents and where the steps begin."""
        begins = outcome is Outcome.STEP and section is Section.STEPS and state.step == 1
        if not (begins or (outcome is Outcome.ANSWERED and section is Section.DOCUMENTS)) or not has_checklist(guide):
            return ()
        case = branches.answer_to(guide, state)
        return (Link(texts.CHECKLIST_LINK, self._public_url + checklist_path(guide.id, case)),)

    def _plans(self, waiting: Waiting, guide: Guide, decision: Mapping[str, Any], state: ConversationState) -> tuple[Write, ...]:
        if decision["outcome"] != Outcome.STEP or waiting.quiet:
            return ()
        step = state.step if state.walk == guide.id and state.step else len(guide.sections.steps)
        place, due_at = Place(guide.id, max(1, step)), completion.due_after(datetime.now(UTC))
        return (partial(stored.schedule_follow_up, conversation_id=waiting.conversation_id, place=place, due_at=due_at),)

    async def _with_notices(
        self, waiting: Waiting, guide: Guide | None, decision: Mapping[str, Any], replies: list[Reply], memory: Memory
    ) -> tuple[list[Reply], Memory]:
        if decision["outcome"] == Outcome.SAFETY:  # nothing goes in front of a warning
            return replies, memory
        ward = decision.get("ward") or waiting.ward
        about = guide.id if guide else None
        news = concerning(await self._board.notices(), about, ward, memory.notices, datetime.now(UTC))
        if not news:
            return replies, memory
        shown = (*memory.notices, *(notice.id for notice in news))
        return [*map(notice_reply, news), *replies], replace(memory, notices=shown)


def _said(text: str, *choices: Choice) -> Response:
    return Response(Outcome.SMALLTALK, (Reply(text, (*choices, menu_choice(), case_choice())),))


def _number(part: str) -> int:
    return int(part) if part.isascii() and part.isdecimal() and len(part) < 6 else 0


def _remembered(dialogue: Sequence[Mapping[str, Any]]) -> ConversationState:
    """What the dialogue remembers, from its stored events."""
    slots = (event["value"] for event in reversed(dialogue) if event.get("event") == "slot" and event["name"] == MEMORY_SLOT)
    return ConversationState.from_memory(next(slots, None))

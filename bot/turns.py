"""Inbox → turn → outbox.

`TurnEngine.receive` stores a message and commits before the platform is told. Lanes take a conversation's messages in
order; conversations run side by side, also in several processes. A turn is one transaction: it locks its conversation,
and the message marked done, the dialogue's memory, the replies, the outcome and a case are committed together or not at
all, so a crash repeats or loses nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError

from bot import enclosed
from bot.aftercare import After, Before
from bot.brain import AgentFailed, Answering, BrainResult
from bot.lanes import Lanes
from bot.mind import Mind
from bot.muting import is_for_machine, muted, silent
from bot.picking import Patience, Pick, pick
from bot.received import Received
from core import texts
from core.aftercare.memory import Memory
from core.answers import case_choice, menu_choice
from core.errors import HandlerChanged
from core.links import only_allowed_links
from core.messages import Inbound, Outcome, Reply
from core.privacy import PersonalData
from core.storage import conversations, turns
from core.storage.case_turns import STAFF, Decided, settle
from core.storage.database import Database, Unit
from core.storage.models import Conversation, Turn

__all__ = ["Later", "TurnEngine", "TurnReport"]

log = structlog.get_logger(__name__)

_ATTEMPTS = 3
_SIDE_BY_SIDE = 4
"""Turns under way in one process: while one waits for the database, another computes; more would only delay webhooks."""
_SWEEP_SECONDS = 5.0
_STEP_IN_SECONDS = 0.3
"""After which messages that another process took in, and has not answered, are answered here."""
_HELD_SECONDS = 0.02
"""After which to look again for messages of a conversation that another process, or a person's claim, has locked."""


@dataclass(frozen=True)
class TurnReport:
    """A finished turn, as stored."""

    conversation_id: int
    message_id: int
    text: str
    turn: Turn
    replies: tuple[Reply, ...]
    more: bool = False
    """Whether other messages of the conversation waited beside it; what came since has woken its lane."""


@dataclass(frozen=True)
class Later:
    """Nothing was answered yet.

    Args:
        seconds: When to look again.
    """

    seconds: float


class _TurnFailed(Exception):
    """A turn of a known message was rolled back; the cause says why."""

    def __init__(self, message_id: int) -> None:
        self.message_id = message_id
        super().__init__(message_id)


class TurnEngine:
    """Takes messages in, has them answered, and leaves the replies in the outbox.

    Args:
        database: Where everything is kept.
        brain: What answers.
        link_hosts: Hosts the bot may link to.
        max_chars: Characters of a message that are kept.
        public_url: Address citizens reach our pages by.
        patience: How long messages may wait.
        on_received: Called with a conversation id and a message that was stored.
        on_replies: Called with a conversation id when its outbox has new replies.
    """

    def __init__(
        self,
        database: Database,
        brain: Answering,
        *,
        link_hosts: tuple[str, ...],
        max_chars: int = 2000,
        public_url: str | None = None,
        patience: Patience | None = None,
        on_received: Callable[[int, Inbound], None] = lambda _conversation, _inbound: None,
        on_replies: Callable[[int], None] = lambda _conversation: None,
    ) -> None:
        self._database = database
        self._public_url = public_url
        self._hosts = link_hosts
        self._received = Received(database, max_chars)
        self._patience = patience or Patience()
        self._on_received = on_received
        self._on_replies = on_replies
        self._failures: dict[int, int] = {}
        self._thinking = asyncio.Lock()
        self.use(brain)
        self._lanes = Lanes(
            "turns", self._step, width=_SIDE_BY_SIDE, sweep=self._unanswered, every=_SWEEP_SECONDS, step_in=_STEP_IN_SECONDS
        )

    def use(self, brain: Answering) -> None:
        """Have `brain` answer from the next turn on; turns under way end with what they began with."""
        self._mind = Mind.of(brain, self._database, self._public_url)

    # in

    async def receive(self, inbound: Inbound) -> bool:
        """Store one message, masked, and have it answered soon.

        Returns:
            True when it is new, False when it was received before.
        """
        stored = await self._received.store(inbound)
        if stored is None:
            return False
        self._on_received(stored[0], inbound)
        self.wake(stored[0])
        return True

    async def store(self, inbound: Inbound) -> tuple[int, int] | None:
        """Store one message, for who takes its turn themselves; what `Received.store` returns."""
        return await self._received.store(inbound)

    # lanes

    def wake(self, conversation_id: int) -> None:
        """A conversation has a new message."""
        self._lanes.wake(conversation_id)

    def heard(self, conversation_id: int) -> None:
        """Another process stored a message of a conversation, and answers it, unless it has too much to do."""
        self._lanes.heard(conversation_id)

    async def start(self) -> None:
        """Begin to answer what waits, also what an earlier process left."""
        await self._lanes.start()

    async def stop(self) -> None:
        """Finish the turns under way; what is not answered yet stays stored for the next start."""
        await self._lanes.stop()

    async def drain(self) -> None:
        """Wait until nothing can be answered at once."""
        await self._lanes.drain()

    async def _unanswered(self) -> list[int]:
        async with self._database.session() as session:
            return await conversations.with_unanswered(session)

    async def _step(self, conversation_id: int) -> float | None:
        """The next turn of a conversation; after how long to look for another."""
        try:
            done = await self.take_turn(conversation_id)
        except _TurnFailed as failure:
            return await self._after_failure(conversation_id, failure)
        if isinstance(done, Later) and 0 < done.seconds <= _HELD_SECONDS:
            await asyncio.sleep(done.seconds)
            return 0.0
        if done is None or isinstance(done, Later):
            return done.seconds if done else None
        self._failures.pop(done.message_id, None)
        self._on_replies(done.conversation_id)
        if done.conversation_id != conversation_id:  # all was deleted: what came meanwhile waits in the fresh one
            self.wake(done.conversation_id)
        return 0.0 if done.more else None

    async def _after_failure(self, conversation_id: int, failure: _TurnFailed) -> float:
        """Try again, or close the message: whatever went wrong, the citizen must hear of it."""
        attempt = self._failures.pop(failure.message_id, 0) + 1
        last = attempt == _ATTEMPTS
        error = failure.__cause__
        name = type(error).__name__
        log.warning("turn.failed", message=failure.message_id, attempt=attempt, error=name, exc_info=error if last else None)
        if not last:
            self._failures[failure.message_id] = attempt
            return 0.0
        await self._apologise(conversation_id, failure.message_id, error)
        self._on_replies(conversation_id)
        return 0.0

    # turns

    async def take_turn(self, conversation_id: int) -> TurnReport | Later | None:
        """Answer the next message of a conversation; what that changes is stored as a whole, or not at all.

        Returns:
            None when nothing waits.
        """
        try:
            return await self._try_turn(conversation_id)
        except HandlerChanged:  # a person took the conversation while the bot was thinking: now it is theirs
            return Later(0.0)

    async def _try_turn(self, conversation_id: int) -> TurnReport | Later | None:
        async with self._database.unit() as unit:
            waiting = await unit.run(turns.read_waiting, conversation_id)
            if not waiting:
                held = self._database.is_shared and await unit.run(turns.is_waiting, conversation_id)
                return Later(_HELD_SECONDS) if held else None
            picked = pick(waiting, self._patience, datetime.now(UTC), self._is_urgent)
            if not isinstance(picked, Pick):
                return Later(picked)
            try:
                too_late = picked.late and picked.message.handler != STAFF  # a person decides what still needs an answer
                done = await (self._excuse(unit, picked) if too_late else self._answer(unit, picked, self._mind))
            except (HandlerChanged, OperationalError, InterfaceError):  # no fault of the message, which waits
                raise
            except Exception as error:
                raise _TurnFailed(picked.message.id) from error
        more = len(waiting) == turns.READ_AT_MOST or len(waiting) > 1 + len(picked.joined)
        return replace(done, more=more) if isinstance(done, TurnReport) else done

    async def _answer(self, unit: Unit, picked: Pick, mind: Mind) -> TurnReport:
        started = time.perf_counter()
        waiting = picked.message
        before = await self._before(waiting, mind)
        result = await self._said(picked, before, mind.brain)
        if waiting.handler == STAFF:  # a person answers: nothing is put around what the bot says all the same
            after = After(result.replies, before.memory, before.writes)
        else:
            after = await mind.aftercare.after(waiting, before, result.decision, result.replies, result.events)
        replies = tuple(only_allowed_links(reply, self._hosts) for reply in self._all_replies(picked, after.replies))
        turn = self._turn_row(waiting, result, mind.brain, started)
        decision = result.decision
        memory = {} if decision.get("forget") else _memory(waiting, result, after)
        record = partial(
            turns.record_turn,
            turn=turn,
            conversation=memory,
            handler=waiting.handler,
            writes=after.writes,
            joined=picked.joined,
        )
        if waiting.case_id or decision.get("case") or decision.get("forget") or decision.get("case_status") is not None:
            decided = Decided(decision, result.ranking, replies, waiting.payload.get("choice"), mind.areas)
            conversation_id, replies = await self._record_rare(unit, record, turn, waiting, decided)
        else:
            conversation_id = waiting.conversation_id
            await unit.run(record, replies=replies)
        return TurnReport(conversation_id, waiting.id, waiting.text, turn, replies)

    async def _before(self, waiting: turns.Waiting, mind: Mind) -> Before:
        """What aftercare knows of a message; while a person has the conversation only what is for the machine."""
        if waiting.handler == STAFF and not is_for_machine(choice := mind.aftercare.choice_of(waiting)):
            return Before(Memory.from_json(waiting.aftercare), choice)
        return await mind.aftercare.before(waiting)

    async def _said(self, picked: Pick, before: Before, brain: Answering) -> BrainResult:
        """What is said to a message, by the dialogue unless aftercare answers; little while a person has the conversation."""
        waiting = picked.message
        if waiting.payload.get("wordless"):
            answer = enclosed.answer(picked.enclosed, held=waiting.handler == STAFF)
            return BrainResult.without_rasa(answer, waiting.dialogue, waiting.ward)
        if before.answer is not None:
            return BrainResult.without_rasa(before.answer, waiting.dialogue, waiting.ward)
        if waiting.handler != STAFF:
            return await self._thought(waiting, before.choice, brain)
        try:
            return muted(await self._thought(waiting, before.choice, brain), before.choice)
        except AgentFailed as error:  # the person reads the message all the same
            log.warning("turn.failed_while_held", message=waiting.id, error=str(error))
            return silent()

    async def _thought(self, waiting: turns.Waiting, choice: str | None, brain: Answering) -> BrainResult:
        """The dialogue's answer: one at a time, so that between two of them the event loop gets round to incoming messages."""
        async with self._thinking:
            return await brain.answer(f"conversation-{waiting.conversation_id}", waiting.dialogue, waiting.text, choice)

    async def _record_rare(
        self, unit: Unit, record: Callable[[Connection], None], turn: Turn, waiting: turns.Waiting, decided: Decided
    ) -> tuple[int, tuple[Reply, ...]]:
        """Store a turn that concerns a case or deletes a conversation.

        Returns:
            The conversation that the replies go to, and what is said after all.
        """
        async with unit.session() as session:
            connection = await session.connection()
            await connection.run_sync(turns.hold, waiting)
            conversation = await session.get_one(Conversation, turn.conversation_id)
            replies = await settle(session, conversation, turn, decided, held=waiting.handler == STAFF)
            await session.flush()
            await connection.run_sync(record)
            if decided.decision.get("forget"):
                conversation = await conversations.forget(session, conversation)
            await connection.run_sync(turns.queue_replies, conversation.id, turn.message_id, replies)
            return conversation.id, replies

    async def _excuse(self, unit: Unit, picked: Pick) -> TurnReport | Later:
        """Apologise for an outage, once, and begin anew; what still comes in of that time needs no second apology."""
        waiting = picked.message
        if (told := await unit.run(turns.excused, waiting.conversation_id, waiting.sent_at)) is not None:
            await unit.run(turns.join, (*picked.joined, waiting.id), told)
            return Later(0.0)
        turn = self._turn_without_answer(waiting, intent=turns.LATE)
        replies = (Reply(texts.LATE, (menu_choice(), case_choice())),)
        await unit.run(turns.record_turn, turn, {"dialogue": []}, waiting.handler, replies, joined=picked.joined)
        return TurnReport(waiting.conversation_id, waiting.id, waiting.text, turn, replies)

    def _all_replies(self, picked: Pick, answer: list[Reply]) -> list[Reply]:
        """The answer, after what has to be said of the message itself."""
        message = picked.message
        first: list[Reply] = []
        if not message.payload.get("wordless"):
            first += enclosed.notes(picked.enclosed, held=message.handler == STAFF)
        if secrets_found := message.payload.get("secrets"):
            what = ", ".join(texts.SECRET_NAMES[PersonalData(kind).value] for kind in secrets_found)
            first.append(Reply(texts.PRIVACY_WARNING.format(what=what)))
        if message.payload.get("cut") and message.handler != STAFF:
            first.append(Reply(texts.TOO_LONG))
        return first + answer

    def _turn_row(self, message: turns.Waiting, result: BrainResult, brain: Answering, started: float) -> Turn:
        decision = result.decision
        return Turn(
            conversation_id=message.conversation_id,
            message_id=message.id,
            outcome=decision["outcome"],
            intent=result.intent,
            confidence=result.confidence,
            chance=decision.get("chance"),
            guide=decision["guide"],
            code=decision["code"],
            section=decision["section"],
            candidates=decision["candidates"],
            model=brain.model_name,
            ms=round((time.perf_counter() - started) * 1000, 3),
        )

    def _is_urgent(self, text: str) -> bool:
        return self._mind.brain.dialogue.knowledge.safety.guide(text.split()) is not None

    def _turn_without_answer(self, message: turns.Waiting, intent: str | None = None) -> Turn:
        return Turn(
            conversation_id=message.conversation_id,
            message_id=message.id,
            outcome=Outcome.FALLBACK.value,
            intent=intent,
            model=self._mind.brain.model_name,
            ms=0.0,
        )

    async def _apologise(self, conversation_id: int, message_id: int, error: BaseException | None) -> None:
        """Close a message that cannot be answered: say so, and keep it for the operator."""
        reason = str(error) if isinstance(error, AgentFailed) else type(error).__name__
        async with self._database.unit() as unit:
            for waiting in await unit.run(turns.read_waiting, conversation_id):
                if waiting.id == message_id:
                    turn, replies = self._turn_without_answer(waiting), (Reply(texts.TRY_LATER),)
                    await unit.run(turns.record_turn, turn, {}, waiting.handler, replies, error=reason[:200])


def _memory(message: turns.Waiting, result: BrainResult, after: After) -> dict[str, Any]:
    """What a turn changes of its conversation."""
    if message.handler == STAFF and not result.replies:
        return {}
    return {
        "dialogue": result.events,
        "ward": result.ward or message.ward,
        "aftercare": after.memory.as_json(),
        "updated_at": datetime.now(UTC),
    }

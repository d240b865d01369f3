"""Inbox → turn → outbox.

`TurnEngine.receive` stores a message and commits before the platform is told. A lane per conversation takes its
messages in order; conversations run side by side. What a turn changes is one transaction: the message marked done, the
dialogue's memory, the replies, the outcome and a case are committed together or not at all, so a crash repeats or loses
nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError

from bot.aftercare import After, Aftercare, Before
from bot.agent import AgentFailed, Brain, BrainResult
from bot.muting import is_for_machine, muted, silent
from core import texts
from core.aftercare.memory import Memory
from core.errors import HandlerChanged
from core.links import only_allowed_links
from core.messages import Inbound, Outcome, Reply
from core.privacy import PersonalData, mask
from core.storage import conversations, turns
from core.storage.case_turns import STAFF, Decided, settle
from core.storage.database import Database
from core.storage.models import Conversation, Turn
from core.text import clean

__all__ = ["TurnEngine", "TurnReport"]

log = structlog.get_logger(__name__)

_ATTEMPTS = 3
_LONGEST_EVENT_ID = 150


@dataclass(frozen=True)
class TurnReport:
    """A finished turn, as stored."""

    conversation_id: int
    message_id: int
    text: str
    turn: Turn
    replies: tuple[Reply, ...]


class TurnEngine:
    """Takes messages in, has them answered, and leaves the replies in the outbox.

    Args:
        database: Where everything is kept.
        brain: What answers.
        link_hosts: Hosts the bot may link to.
        max_chars: Characters of a message that are kept.
        public_url: Address citizens reach our pages by.
        on_replies: Called with a conversation id when its outbox has new replies.
        on_busy: Called with a conversation id when a turn starts and when it ends.
    """

    def __init__(
        self,
        database: Database,
        brain: Brain,
        *,
        link_hosts: tuple[str, ...],
        max_chars: int = 2000,
        public_url: str | None = None,
        on_replies: Callable[[int], None] = lambda _conversation: None,
        on_busy: Callable[[int, bool], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._brain = brain
        self._aftercare = Aftercare(database, brain.dialogue.knowledge, public_url)
        self._hosts = link_hosts
        self._areas = {guide.id: guide.area for guide in brain.dialogue.knowledge.guides.values()}
        self._max_chars = max_chars
        self._on_replies = on_replies
        self._on_busy = on_busy
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._waiting: set[int] = set()

    # in

    async def receive(self, inbound: Inbound) -> bool:
        """Store one message, masked, and have it answered soon.

        Returns:
            True when it is new, False when it was received before.
        """
        stored = await self.store(inbound)
        if stored is None:
            return False
        self.wake(stored[0])
        return True

    async def store(self, inbound: Inbound) -> tuple[int, int] | None:
        """Store one message durably.

        Returns:
            Conversation id and message id, or None when the same event was stored before.
        """
        inbound = _storable(inbound)
        masked = mask(clean(inbound.text[: self._max_chars * 2]))
        cut = len(masked.text) > self._max_chars or len(inbound.text) > self._max_chars * 2
        payload: dict[str, Any] = {"choice": inbound.choice} if inbound.choice is not None else {}
        if secrets_found := sorted(kind.value for kind in masked.found if kind.secret):
            payload["secrets"] = secrets_found
        if cut:
            payload["cut"] = True
        try:
            return await self._database.transact(turns.add_inbound, inbound, masked.text[: self._max_chars], payload)
        except IntegrityError:
            return None

    def wake(self, conversation_id: int) -> None:
        """Make sure the conversation's lane runs."""
        if conversation_id in self._lanes:
            self._waiting.add(conversation_id)
            return
        task = asyncio.create_task(self._lane(conversation_id), name=f"lane-{conversation_id}")
        self._lanes[conversation_id] = task

    async def resume(self) -> int:
        """Take up what an earlier process left unanswered; returns how many conversations that are."""
        async with self._database.session() as session:
            waiting = await conversations.with_unanswered(session)
        for conversation_id in waiting:
            self.wake(conversation_id)
        return len(waiting)

    async def drain(self) -> None:
        """Wait until every lane is empty."""
        while self._lanes:
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    # one lane per conversation

    async def _lane(self, conversation_id: int) -> None:
        try:
            while True:
                self._waiting.discard(conversation_id)
                message_id = await self._next_message(conversation_id)
                if message_id is not None:
                    await self._turn_with_retries(conversation_id, message_id)
                elif conversation_id not in self._waiting:
                    return
        except Exception:  # the lane's last resort: the message stays stored, the next one wakes the lane
            log.exception("lane.failed", conversation=conversation_id)
        finally:
            del self._lanes[conversation_id]
            if conversation_id in self._waiting:
                self.wake(conversation_id)

    async def _next_message(self, conversation_id: int) -> int | None:
        async with self._database.session() as session:
            return await conversations.next_unanswered(session, conversation_id)

    async def _turn_with_retries(self, conversation_id: int, message_id: int) -> None:
        await self._tell_busy(conversation_id, True)
        answered_in = conversation_id
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answered_in = (await self.take_turn(message_id)).conversation_id
                break
            except Exception as error:  # whatever went wrong, the citizen must hear of it
                last = attempt == _ATTEMPTS
                log.warning("turn.failed", message=message_id, attempt=attempt, error=type(error).__name__, exc_info=last)
                if last:
                    await self._apologise(message_id, error)
                await asyncio.sleep(0.05 * attempt)
        await self._tell_busy(conversation_id, False)
        self._on_replies(answered_in)
        if answered_in != conversation_id:  # the citizen had everything deleted: what came meanwhile waits in the fresh one
            self.wake(answered_in)

    async def _tell_busy(self, conversation_id: int, busy: bool) -> None:
        """Show or hide the typing signal; its failure costs nobody the answer."""
        if self._on_busy is None:
            return
        try:
            await self._on_busy(conversation_id, busy)
        except Exception:
            log.exception("turn.busy_signal_failed", conversation=conversation_id)

    async def take_turn(self, message_id: int) -> TurnReport:
        """Answer one stored message, in one transaction.

        Raises:
            AgentFailed: Rasa or an action failed; nothing was stored.
        """
        while True:
            try:
                return await self._try_turn(message_id)
            except HandlerChanged:  # a person took the conversation while the bot was thinking: now it is theirs
                continue

    async def _try_turn(self, message_id: int) -> TurnReport:
        started = time.perf_counter()
        waiting = await self._database.transact(turns.read_waiting, message_id)
        held = waiting.handler == STAFF
        before = await self._before(waiting)
        result = await self._answer(waiting, before)
        if held:  # a person answers: nothing is put around what the bot says all the same
            after = After(result.replies, before.memory, before.writes)
        else:
            after = await self._aftercare.after(waiting, before, result.decision, result.replies, result.events)
        replies = tuple(only_allowed_links(reply, self._hosts) for reply in self._all_replies(waiting, after.replies))
        turn = self._turn_row(waiting, result, started)
        decision = result.decision
        if waiting.case_id or decision.get("case") or decision.get("forget") or decision.get("case_status") is not None:
            conversation_id, replies = await self._record_rare(turn, waiting, result, after, replies)
        else:
            conversation_id = waiting.conversation_id
            memory = _memory(waiting, result, after)
            await self._database.transact(turns.record_turn, turn, memory, waiting.handler, replies, writes=after.writes)
        return TurnReport(conversation_id, message_id, waiting.text, turn, replies)

    async def _before(self, waiting: turns.Waiting) -> Before:
        """What aftercare knows of a message; while a person has the conversation only what is for the machine."""
        choice = self._aftercare.choice_of(waiting)
        if waiting.handler == STAFF and not is_for_machine(choice):
            return Before(Memory.from_json(waiting.aftercare), choice)
        return await self._aftercare.before(waiting)

    async def _answer(self, waiting: turns.Waiting, before: Before) -> BrainResult:
        """What is said to a message, by the dialogue unless aftercare answers; little while a person has the conversation."""
        if before.answer is not None:
            return BrainResult.without_rasa(before.answer, waiting.dialogue, waiting.ward)
        name = f"conversation-{waiting.conversation_id}"
        if waiting.handler != STAFF:
            return await self._brain.answer(name, waiting.dialogue, waiting.text, before.choice)
        try:
            return muted(await self._brain.answer(name, waiting.dialogue, waiting.text, before.choice), before.choice)
        except AgentFailed as error:  # the person reads the message all the same
            log.warning("turn.failed_while_held", message=waiting.id, error=str(error))
            return silent()

    async def _record_rare(
        self, turn: Turn, waiting: turns.Waiting, result: BrainResult, after: After, replies: tuple[Reply, ...]
    ) -> tuple[int, tuple[Reply, ...]]:
        """Store a turn that concerns a case or deletes a conversation.

        Returns:
            The conversation that the replies go to, and what is said after all.
        """
        forget = result.decision.get("forget")
        memory = {} if forget else _memory(waiting, result, after)
        decided = Decided(result.decision, result.ranking, replies, waiting.payload.get("choice"), self._areas)
        async with self._database.session() as session, session.begin():
            connection = await session.connection()
            await connection.run_sync(turns.hold, waiting)
            conversation = await session.get_one(Conversation, turn.conversation_id)
            replies = await settle(session, conversation, turn, decided, held=waiting.handler == STAFF)
            await session.flush()
            await connection.run_sync(turns.record_turn, turn, memory, waiting.handler, writes=after.writes)
            if forget:
                conversation = await conversations.forget(session, conversation)
            await connection.run_sync(turns.queue_replies, conversation.id, turn.message_id, replies)
            return conversation.id, replies

    def _all_replies(self, message: turns.Waiting, answer: list[Reply]) -> list[Reply]:
        """The answer, after what has to be said of the message itself."""
        first: list[Reply] = []
        if secrets_found := message.payload.get("secrets"):
            what = ", ".join(texts.SECRET_NAMES[PersonalData(kind).value] for kind in secrets_found)
            first.append(Reply(texts.PRIVACY_WARNING.format(what=what)))
        if message.payload.get("cut") and message.handler != STAFF:
            first.append(Reply(texts.TOO_LONG))
        return first + answer

    def _turn_row(self, message: turns.Waiting, result: BrainResult, started: float) -> Turn:
        decision = result.decision
        return Turn(
            conversation_id=message.conversation_id,
            message_id=message.id,
            outcome=decision["outcome"],
            intent=result.intent,
            confidence=result.confidence,
            guide=decision["guide"],
            code=decision["code"],
            section=decision["section"],
            candidates=decision["candidates"],
            model=self._brain.model_name,
            ms=round((time.perf_counter() - started) * 1000, 3),
        )

    async def _apologise(self, message_id: int, error: Exception) -> None:
        """Close a message that cannot be answered: say so, and keep it for the operator."""
        reason = str(error) if isinstance(error, AgentFailed) else type(error).__name__
        waiting = await self._database.transact(turns.read_waiting, message_id)
        turn = Turn(
            conversation_id=waiting.conversation_id,
            message_id=message_id,
            outcome=Outcome.FALLBACK.value,
            model=self._brain.model_name,
            ms=0.0,
        )
        replies = (Reply(texts.TRY_LATER),)
        await self._database.transact(turns.record_turn, turn, {}, waiting.handler, replies, error=reason[:200])


def _storable(inbound: Inbound) -> Inbound:
    """The same message with ids that any database takes; a very long event id is known by its digest."""
    event_id = _sound(inbound.event_id)
    if len(event_id) > _LONGEST_EVENT_ID:
        event_id = hashlib.sha256(event_id.encode()).hexdigest()
    choice = _sound(inbound.choice) if inbound.choice is not None else None
    return replace(inbound, event_id=event_id, chat_id=_sound(inbound.chat_id), choice=choice)


def _sound(identity: str) -> str:
    """`identity` without half surrogate pairs and NUL, which PostgreSQL or both databases refuse."""
    return identity.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")


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

"""Messages, a look at everything stored, and a channel that keeps what it is given."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import select

from bot.agent import Brain
from bot.brain import AgentFailed, BrainResult
from bot.channels.base import Capabilities, Receive
from bot.channels.checking import Finding
from bot.channels.parts import Progress
from bot.settings import ROOT
from core.dialogue import Dialogue, Said
from core.errors import FetchFailed
from core.handoff import new_case_code
from core.knowledge import Knowledge
from core.messages import Attachment, Chat, Inbound, Reply
from core.storage.database import Database
from core.storage.models import Base, Message
from core.understanding import Understanding

_events = itertools.count(1)


def inbound(text: str, chat_id: str = "chat", event_id: str | None = None, choice: str | None = None) -> Inbound:
    """A message of a citizen on a channel called ``thu``."""
    return Inbound("thu", "bot", chat_id, event_id or f"event {next(_events)}", text, datetime.now(UTC), choice)


async def everything_stored(database: Database) -> str:
    """Every text of every row of every table, for looking for what must not be there; numbers and times left out."""
    found: list[object] = []
    async with database.session() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(select(table)):
                found.append([table.name, *(value for value in row if not isinstance(value, int | float | datetime))])
    assert found
    return json.dumps(found, ensure_ascii=False)


async def messages(database: Database, direction: str, conversation_id: int | None = None) -> list[Message]:
    """Stored messages in order."""
    query = select(Message).where(Message.direction == direction).order_by(Message.id)
    if conversation_id is not None:
        query = query.where(Message.conversation_id == conversation_id)
    async with database.session() as session:
        return list(await session.scalars(query))


class ScriptedDialogue(Dialogue):
    """The real dialogue, except for messages the test scripts.

    Args:
        real: What answers everything else.
        script: Called with the typed text; raises, gives an answer, or None to let the real dialogue answer.
    """

    def __init__(self, real: Dialogue, script: Callable[[str], Said | None]) -> None:
        super().__init__(real.knowledge, real.limits)
        self._script = script

    def respond(self, intent: str | None, said: Understanding, state: object) -> Said:
        """The scripted answer, or the real one."""
        return self._script(said.text) or super().respond(intent, said, state)  # type: ignore[arg-type]  # passed on


@contextmanager
def answering(brain: Brain, script: Callable[[str], Said | None]) -> Iterator[None]:
    """Have `brain` answer by `script` for a while."""
    real = brain.dialogue
    brain.dialogue = ScriptedDialogue(real, script)
    try:
        yield
    finally:
        brain.dialogue = real


@cache
def _knowledge() -> Knowledge:
    return Knowledge.load(ROOT / "data")


class EchoBrain:
    """Answers with the message and how many came before it, out of the conversation's memory; needs no model."""

    model_name = "echo"

    def __init__(self) -> None:
        self.dialogue = Dialogue(_knowledge())

    async def answer(self, sender_id: str, events: list[Any], text: str, choice: str | None) -> BrainResult:
        """The message, counted; "hỏng" fails."""
        if text == "hỏng":
            raise AgentFailed("told to")
        number = (events[-1]["count"] if events else 0) + 1
        decision = dict.fromkeys(("guide", "code", "section", "case", "forget")) | {"outcome": "answered", "candidates": []}
        if choice == "human":
            decision["case"] = {"code": new_case_code(), "reason": "asked"}
        return BrainResult(decision, [Reply(f"{number}: {text}")], "echo", 1.0, [], [{"count": number}], None)


class KeepingChannel:
    """A channel that keeps what it is given, or does what the test tells it to first.

    Args:
        before: Called with each reply before it is kept; may raise what a platform would, or wait.
    """

    name = "thu"
    capabilities = Capabilities(max_text=4000, max_choices=8, typing=False)

    def __init__(self, before: Callable[[str, Reply], object] | None = None) -> None:
        self.sent: list[tuple[str, str]] = []
        self.tried: list[str] = []
        self._before = before
        self._changed = asyncio.Event()

    async def start(self, receive: Receive) -> None:
        """Nothing to start."""

    async def stop(self) -> None:
        """Nothing to stop."""

    async def fetch(self, attachment: Attachment, most: int) -> bytes:
        """Nothing to fetch."""
        raise FetchFailed("nothing here", permanent=True)

    async def acknowledge(self, chat: Chat, event_id: str) -> None:
        """Nothing to show."""

    async def check(self) -> list[Finding]:
        """Nothing to look at."""
        return []

    async def send(self, chat: Chat, reply: Reply, progress: Progress | None = None) -> str | None:
        """Keep the reply under an id of its own."""
        self.tried.append(reply.text)
        if self._before is not None:
            result = self._before(chat.chat_id, reply)
            if asyncio.iscoroutine(result):
                await result
        self.sent.append((chat.chat_id, reply.text))
        self._changed.set()
        return f"platform {len(self.sent)}"

    @property
    def texts(self) -> list[str]:
        """What arrived, in order."""
        return [text for _, text in self.sent]

    async def wait_for(self, count: int) -> None:
        """Return once `count` replies have arrived."""
        while len(self.sent) < count:
            self._changed.clear()
            await self._changed.wait()

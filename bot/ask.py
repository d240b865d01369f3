"""Answer many questions in one start, through the same turns as every channel, without a server."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.agent import Brain
from bot.turns import TurnEngine, TurnReport
from core.errors import UserFacingError
from core.messages import Inbound
from core.storage.database import Database

__all__ = ["Answer", "Question", "answer_all", "conversation", "read_questions"]


@dataclass(frozen=True)
class Question:
    """One line to answer; lines with the same conversation follow each other in it."""

    id: str
    text: str
    conversation: str
    choice: str | None = None


def read_questions(lines: Iterable[str]) -> list[Question]:
    """Read JSON objects (``id``, ``text``, optional ``conversation``) or plain text, one a line.

    Raises:
        UserFacingError: Names the first line that is neither.
    """
    questions: list[Question] = []
    for number, line in enumerate(lines, 1):
        line = line.strip()
        if not line:
            continue
        if not line.startswith("{"):
            questions.append(Question(str(number), line, f"line-{number}"))
            continue
        try:
            raw = json.loads(line)
            identity = str(raw.get("id", number))
            questions.append(
                Question(identity, str(raw["text"]), str(raw.get("conversation") or f"line-{number}"), raw.get("choice"))
            )
        except (json.JSONDecodeError, KeyError) as error:
            raise UserFacingError(f'line {number}: expected a JSON object with "text" ({error})') from error
    return questions


Answer = Callable[[Question], Awaitable[TurnReport]]


@asynccontextmanager
async def conversation(brain: Brain, link_hosts: tuple[str, ...]) -> AsyncIterator[Answer]:
    """A function that answers questions, over a database in memory that ends with it."""
    database = Database("sqlite+aiosqlite://")
    try:
        await database.migrate()
        engine = TurnEngine(database, brain, link_hosts=link_hosts)

        async def answer(question: Question) -> TurnReport:
            event = f"{question.id}:{uuid.uuid4()}"
            inbound = Inbound("ask", "cli", question.conversation, event, question.text, datetime.now(UTC), question.choice)
            stored = await engine.store(inbound)
            assert stored is not None  # the event id is new
            report = await engine.take_turn(stored[0])
            assert isinstance(report, TurnReport)  # nobody else is here, and nothing has to wait
            return report

        yield answer
    finally:
        await database.close()


async def answer_all(questions: Iterable[Question], brain: Brain, link_hosts: tuple[str, ...]) -> AsyncIterator[dict[str, Any]]:
    """Answer each question in order; yields what `troly ask --jsonl` prints."""
    async with conversation(brain, link_hosts) as answer:
        for question in questions:
            yield _as_json(question, await answer(question))


def _as_json(question: Question, report: TurnReport) -> dict[str, Any]:
    turn = report.turn
    return {
        "id": question.id,
        "text": report.text,
        "outcome": turn.outcome,
        "intent": turn.intent,
        "confidence": round(turn.confidence or 0.0, 4),
        "guide": turn.guide,
        "code": turn.code,
        "section": turn.section,
        "candidates": turn.candidates,
        "replies": [reply.text for reply in report.replies],
        "choices": [choice.label for reply in report.replies for choice in reply.choices],
        "ms": turn.ms,
    }

"""Answer many questions in one start, through the same turns as every channel, without a server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.agent import Brain
from bot.turns import TurnEngine, TurnReport
from core.errors import UserFacingError
from core.messages import Inbound
from core.storage.database import Database

__all__ = ["Question", "answer_all", "read_questions"]


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
            questions.append(Question(identity, str(raw["text"]), str(raw.get("conversation") or f"line-{number}"), raw.get("choice")))
        except (json.JSONDecodeError, KeyError) as error:
            raise UserFacingError(f'line {number}: expected a JSON object with "text" ({error})') from error
    return questions


async def answer_all(questions: Iterable[Question], brain: Brain, link_hosts: tuple[str, ...]) -> AsyncIterator[dict[str, Any]]:
    """Answer each question in a database in memory; yields what `troly ask --jsonl` prints."""
    database = Database("sqlite+aiosqlite://")
    try:
        await database.migrate()
        engine = TurnEngine(database, brain, link_hosts=link_hosts)
        for number, question in enumerate(questions):
            stored = await engine.store(
                Inbound("ask", "cli", question.conversation, str(number), question.text, datetime.now(UTC), question.choice)
            )
            assert stored is not None  # every number is new
            yield _as_json(question, await engine.take_turn(stored[1]))
    finally:
        await database.close()


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

"""Trying a candidate out: what it would answer, turn by turn, in a process of its own; nothing is stored anywhere.

The process is started by the first message, keeps each trainer's talk in memory, and ends when nobody has written for a while: a
second model beside the one that serves costs memory, and loading it would take time from citizens.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from bot.console.visit import PreviewTurn
from bot.step_aside import lead_own_session
from core.errors import UserFacingError
from nlu.training.candidates import Files

__all__ = ["Preview"]

_IDLE_SECONDS = 600.0
_NICE = 10
_GONE = "Bản thử vừa dừng. Hãy gửi lại."


@dataclass(frozen=True)
class _Said:
    """What a trainer sends: the talk it belongs to, a text, a tapped choice."""

    talk: str
    text: str
    choice: str | None


class Preview:
    """One candidate at a time, for all trainers of this server.

    Args:
        fetch: Finds a candidate's files, checked.
        hosts: Hosts the bot may link to.
        log_level: Of the process.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[Files]], hosts: tuple[str, ...], log_level: str) -> None:
        self._fetch = fetch
        self._hosts = hosts
        self._log_level = log_level
        self._alone = asyncio.Lock()
        self._of = ""
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._ending: asyncio.TimerHandle | None = None

    async def say(self, candidate_id: str, talk: str, text: str, choice: str | None) -> PreviewTurn:
        """What the candidate answers.

        Args:
            candidate_id: Which.
            talk: Names a conversation; its messages follow each other.
            text: As typed.
            choice: Id of a tapped button.

        Raises:
            UserFacingError: Its files are gone or damaged, or the process ended.
        """
        async with self._alone:
            if self._of != candidate_id or self._process is None or not self._process.is_alive():
                await self._start(candidate_id)
            if self._ending is not None:
                self._ending.cancel()
            self._ending = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self.stop)
            pipe = self._pipe
            assert pipe is not None  # it was started
            try:
                pipe.send(_Said(talk, text, choice))
                told = await asyncio.to_thread(pipe.recv)
            except (EOFError, OSError) as error:
                self.stop()
                raise UserFacingError(_GONE) from error
        if isinstance(told, str):
            raise UserFacingError(told)
        answer: PreviewTurn = told
        return answer

    async def _start(self, candidate_id: str) -> None:
        files = await self._fetch(candidate_id)
        self.stop()
        context = multiprocessing.get_context("spawn")
        self._pipe, far_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(files, self._hosts, self._log_level, far_end), daemon=True)
        await asyncio.to_thread(self._process.start)
        far_end.close()
        self._of = candidate_id

    def stop(self) -> None:
        """End the process; the next message starts one."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._process is not None:
            self._process.kill()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        self._of = ""


def _serve(files: Files, hosts: tuple[str, ...], log_level: str, pipe: Connection) -> None:
    lead_own_session()
    os.nice(_NICE)
    from bot.agent import quiet_rasa
    from bot.measuring import Side

    quiet_rasa(log_level)
    asyncio.run(_answer(Side.load(files.tree, files.model), hosts, pipe))


async def _answer(side: object, hosts: tuple[str, ...], pipe: Connection) -> None:
    from bot.ask import Question, conversation
    from bot.measuring import Side

    assert isinstance(side, Side)
    async with AsyncExitStack() as stack:
        answer = await stack.enter_async_context(conversation(side.brain, hosts))
        number = 0
        while True:
            try:
                said: _Said = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            number += 1
            report = await answer(Question(str(number), said.text, said.talk, said.choice))
            turn = report.turn
            guide = side.knowledge.guides.get(turn.guide or "")
            pipe.send(
                PreviewTurn(
                    text=report.text,
                    replies=tuple(
                        (reply.text, tuple((choice.id, choice.label) for choice in reply.choices)) for reply in report.replies
                    ),
                    outcome=turn.outcome,
                    guide=guide.title if guide else turn.guide,
                    intent=turn.intent,
                    confidence=turn.confidence or 0.0,
                )
            )

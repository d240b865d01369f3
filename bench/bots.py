"""Bot processes for measurements, each at an address of its own, and the moment when they have nothing left to do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import psutil
from sqlalchemy import select

from bench.machine import ROOT, free_port
from core.storage.database import Database
from core.storage.models import Message

__all__ = ["Bot", "settled"]

_SETTLE_SECONDS = 600.0


class Bot:
    """A place for a bot process: always the same address, one process after the other.

    Args:
        database_url: What it works on.
        settings: Of its platforms, as environment variables.
        model: A trained model to answer with; None = a counter.
    """

    def __init__(self, database_url: str, settings: Mapping[str, str], model: Path | None = None) -> None:
        self._nursery: asyncio.subprocess.Process | None = None
        self._pid: int | None = None
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, str(ROOT / "bench" / "bot_process.py")]
        self._command += ["--model", str(model)] if model else []
        self._env = {
            **os.environ,
            "TROLY_DATABASE_URL": database_url,
            "TROLY_PORT": str(self.port),
            "TROLY_PUBLIC_URL": self.address,
            **settings,
            "TROLY_MESSAGES_PER_MINUTE": "10000",
            "TROLY_CHANNEL_MESSAGES_PER_MINUTE": "1000000",
            "TROLY_LOG_LEVEL": "ERROR",
        }

    async def start(self) -> None:
        """Start a process; it takes messages after `listens`."""
        if self._nursery is None:
            pipe = asyncio.subprocess.PIPE
            self._nursery = await asyncio.create_subprocess_exec(*self._command, env=self._env, cwd=ROOT, stdin=pipe, stdout=pipe)
        assert self._nursery.stdin is not None  # asked for above
        self._nursery.stdin.write(b"\n")
        self._pid = int(await self._says("started"))

    async def listens(self) -> None:
        """Return once it takes messages."""
        while int(await self._says("listening")) != self._pid:
            continue  # one that was killed before it was listened to

    @property
    def process(self) -> psutil.Process:
        """The one that serves; to be asked between `start` and its end."""
        return psutil.Process(self._pid)

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """SIGTERM, as an operator would, and nothing is started here any more."""
        await self._end(signal.SIGTERM)
        if self._nursery is not None and self._nursery.stdin is not None:
            self._nursery.stdin.close()
            await self._nursery.wait()

    async def _end(self, how: signal.Signals) -> None:
        if self._pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, how)
        self._pid = None
        await self._says("ended")

    async def _says(self, what: str) -> str:
        """Wait for a line; what it says behind its first word."""
        assert self._nursery is not None  # started
        assert self._nursery.stdout is not None  # asked for
        async for line in self._nursery.stdout:
            said, _, more = line.decode().partition(" ")
            if said == what:
                return more
            if said == "ended":
                raise RuntimeError("the bot ended by itself")
        raise RuntimeError(f"the bots' loader ended with {await self._nursery.wait()}")


@contextlib.asynccontextmanager
async def settled(database_url: str, look_every: float = 0.2) -> AsyncIterator[Database]:
    """The database, once nothing waits in it any more; asked every so many seconds."""
    database = Database(database_url)
    try:
        async with asyncio.timeout(_SETTLE_SECONDS):
            while True:
                async with database.session() as session:
                    waiting = select(Message.id).where(Message.state.in_(("received", "queued"))).limit(1)
                    if await session.scalar(waiting) is None:
                        break
                await asyncio.sleep(look_every)
        yield database
    finally:
        await database.close()

"""The usual way to run a Rasa bot: a Rasa server and an action server, each its own process, asked over HTTP.

Nothing of this project's own turn is used there but what any Rasa project brings: the model, the actions, the data.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]  # brings no types

from bench.machine import free_port, running, wait_until

__all__ = ["StockRasa", "stock_rasa"]


class StockRasa:
    """A started deployment."""

    def __init__(self, session: aiohttp.ClientSession, address: str, processes: list[psutil.Process]) -> None:
        self._session = session
        self._address = address
        self.processes = processes

    async def ask(self, sender: str, text: str) -> list[str]:
        """The texts answered to one message."""
        async with self._session.post(
            f"{self._address}/webhooks/rest/webhook", json={"sender": sender, "message": text}
        ) as answer:
            answer.raise_for_status()
            messages: list[dict[str, Any]] = await answer.json()
        return [message["text"] for message in messages if message.get("text")]


@contextlib.asynccontextmanager
async def stock_rasa(model: Path) -> AsyncIterator[StockRasa]:
    """``rasa run`` with the REST channel and the tracker store in memory, and ``rasa run actions``, on free ports.

    Raises:
        RuntimeError: One of the two did not start.
    """
    server, actions = free_port(), free_port()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        credentials, endpoints = folder / "credentials.yml", folder / "endpoints.yml"
        credentials.write_text("rest:\n", encoding="utf-8")
        endpoints.write_text(f"action_endpoint:\n  url: http://127.0.0.1:{actions}/webhook\n", encoding="utf-8")
        rasa = [sys.executable, "-m", "bot", "rasa", "run"]
        files = ["--model", str(model), "--credentials", str(credentials), "--endpoints", str(endpoints)]
        address = f"http://127.0.0.1:{server}"
        acting = stack.enter_context(running([*rasa, "actions", "--actions", "actions", "--port", str(actions)]))
        answering = stack.enter_context(running([*rasa, *files, "--interface", "127.0.0.1", "--port", str(server)]))
        await asyncio.to_thread(wait_until, partial(_answers, f"http://127.0.0.1:{actions}/health"), acting)
        await asyncio.to_thread(wait_until, partial(_answers, address), answering)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            yield StockRasa(session, address, [acting, answering])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  # an address of this machine
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False

"""The running product in a thread of its own, so that a real browser can talk to it; and the browser."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Generic, Self, TypeVar

from playwright.sync_api import Browser, expect, sync_playwright

from bot.agent import Brain
from bot.app import Running
from tests.web.citizen import answering

__all__ = ["PATIENCE_MS", "InThread", "LiveServer", "chromium"]

PATIENCE_MS = 90_000
"""How long what must happen may take; much more than on any machine, so that no test depends on its speed."""

_T = TypeVar("_T")
_P = TypeVar("_P")

_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip


class InThread(Generic[_P]):
    """Something served from an event loop in a thread of its own.

    Args:
        start: Opens what is served; closed in the end.
    """

    def __init__(self, start: Callable[[], AbstractAsyncContextManager[_P]]) -> None:
        self._start = start
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="live-server")
        self.product: _P

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop, as Ctrl-C does; a second time changes nothing."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  # handed to the thread that waits for the start
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self._start() as self.product:
            self._ready.set()
            await self._stop.wait()

    def do(self, step: Coroutine[Any, Any, _T]) -> _T:
        """Have the server's own thread do something."""
        return asyncio.run_coroutine_threadsafe(step, self._loop).result()


class LiveServer(InThread[Running]):
    """A started product.

    Args:
        brain: What answers.
        database_url: An empty database, or that of an earlier start.
        changes: Settings.
    """

    def __init__(self, brain: Brain, database_url: str, **changes: Any) -> None:
        super().__init__(lambda: answering(brain, database_url, **changes))

    @property
    def address(self) -> str:
        """Where it listens."""
        return self.product.address


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, which can reach nothing but this machine.

    Raises:
        AssertionError: There is none; says how to get one.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Chromium is missing. Install it with: sudo apt-get install --yes chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()

"""What every measurement needs: the machine it ran on, percentiles, a model, and processes that surely end."""

from __future__ import annotations

import contextlib
import math
import os
import platform
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]  # brings no types

__all__ = [
    "ROOT",
    "describe_machine",
    "end_on_signals",
    "free_port",
    "model",
    "percentile",
    "running",
    "tree_memory",
    "tree_seconds",
    "wait_until",
]

ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 180.0
_STOP_SECONDS = 10.0


def describe_machine() -> dict[str, Any]:
    """Processor, cores, Python, and how busy the machine was when measuring began."""
    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    return {
        "cpu": f"{names[0] if names else platform.machine()} × {os.cpu_count()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` (0–1) of them do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def model() -> Path:
    """The model of the present data, trained when there is none."""
    from bot.settings import Settings
    from nlu.training.train import find_model, train_model

    models = Settings.load().models_dir
    return find_model(ROOT, models) or train_model(ROOT, models).path


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def end_on_signals() -> None:
    """Let a terminated measurement leave its ``with`` blocks, so that no process stays behind."""
    signal.signal(signal.SIGTERM, lambda *_: _leave())


def _leave() -> None:
    raise SystemExit(143)


@contextlib.contextmanager
def running(command: Sequence[str], env: Mapping[str, str] | None = None) -> Iterator[psutil.Process]:
    """A process in the project's folder; it and whatever it started have ended when the block is left.

    Raises:
        RuntimeError: It failed; with the end of what it wrote.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as written:
        started = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=written, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield psutil.Process(started.pid)
            if started.poll() not in {None, 0}:
                written.seek(0)
                raise RuntimeError(f"{' '.join(command)} ended with {started.returncode}:\n{written.read()[-3000:]}")
        finally:
            _end(started)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
            return


def wait_until(ready: Callable[[], bool], process: psutil.Process) -> float:
    """Ask `ready` again and again until it holds; returns the seconds that took.

    Raises:
        RuntimeError: The process ended, or was not ready in time.
    """
    started = time.perf_counter()
    while not ready():
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            raise RuntimeError(f"{' '.join(process.cmdline()) or process.pid} ended before it was ready")
        if time.perf_counter() - started > _START_SECONDS:
            raise RuntimeError(f"not ready after {_START_SECONDS:.0f} s")
        time.sleep(0.05)
    return time.perf_counter() - started


def tree_memory(process: psutil.Process) -> int:
    """Resident bytes of a process and of those it started."""
    parts = []
    with contextlib.suppress(psutil.Error):  # it has just ended
        parts = [process, *process.children(recursive=True)]
    total = 0
    for part in parts:
        with contextlib.suppress(psutil.Error):
            total += part.memory_info().rss
    return total


def tree_seconds(process: psutil.Process) -> float:
    """Processor seconds of a process and of those it started, also of those that have ended."""
    total = 0.0
    for part in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.Error):  # it has just ended, and its parent counts it
            times = part.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total

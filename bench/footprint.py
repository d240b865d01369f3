"""What an installation takes: memory and start of ``troly serve``, disk of its environment, time and size of a model.

python bench/footprint.py --json
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

import psutil  # type: ignore[import-untyped]  # brings no types

from bench.machine import ROOT, describe_machine, end_on_signals, free_port, model, running, tree_memory, wait_until
from bench.questions import make_conversations

_MB = 1024 * 1024
_ANSWER_SECONDS = 30.0


class Browser:
    """One citizen's browser on the web chat of a started product."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def is_answered(self) -> bool:
        """Whether the server is up."""
        try:
            with self._opener.open(f"{self._address}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def history(self) -> list[dict[str, Any]]:
        """The messages of this browser's chat."""
        with self._opener.open(f"{self._address}/api/chat/history", timeout=_ANSWER_SECONDS) as answer:
            messages: list[dict[str, Any]] = json.load(answer)["messages"]
        return messages

    def open(self) -> None:
        """Open the page for the first time and wait for the greeting."""
        self._wait_for_answer(after=0)

    def ask(self, text: str) -> None:
        """Send a message and wait for its answer."""
        last = max(message["id"] for message in self.history())
        body = json.dumps({"id": str(uuid.uuid4()), "text": text}).encode()
        post = urllib.request.Request(  # noqa: S310  # an address of this machine
            f"{self._address}/api/chat/messages", body, {"Content-Type": "application/json"}
        )
        self._opener.open(post, timeout=_ANSWER_SECONDS).close()
        self._wait_for_answer(last)

    def _wait_for_answer(self, after: int) -> None:
        deadline = time.monotonic() + _ANSWER_SECONDS
        while not any(message["from"] == "bot" and message["id"] > after for message in self.history()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"no answer after {_ANSWER_SECONDS:.0f} s")
            time.sleep(0.02)


def measure_service(questions: Sequence[str]) -> dict[str, Any]:
    """Start the product on a fresh database, ask `questions` on the web chat, and watch its memory."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "TROLY_HOST": "127.0.0.1",
            "TROLY_PORT": str(port),
            "TROLY_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/troly.db",
            "TROLY_TELEGRAM_TOKEN": "",
            "TROLY_MESSAGES_PER_MINUTE": "10000",
        }
        started = time.perf_counter()
        with running([sys.executable, "-m", "bot", "serve"], env) as process:
            browser = Browser(f"http://127.0.0.1:{port}")
            wait_until(browser.is_answered, process)
            ready = time.perf_counter() - started
            browser.open()
            browser.ask(questions[0])
            first_answer = time.perf_counter() - started
            peak = idle = tree_memory(process)
            for question in questions[1:]:
                browser.ask(question)
                peak = max(peak, tree_memory(process))
    return {
        "ready_seconds": round(ready, 1),
        "first_answer_seconds": round(first_answer, 1),
        "memory_after_first_answer_mb": round(idle / _MB),
        "memory_peak_mb": round(peak / _MB),
        "answered": len(questions),
    }


def measure_environment() -> dict[str, Any]:
    """Disk that the libraries take: of a fresh environment from the lock file, or of the present one."""
    lock = ROOT / "requirements" / "runtime.txt"
    uv = shutil.which("uv", path=os.pathsep.join([str(ROOT / ".tools" / "uv" / "bin"), os.environ.get("PATH", "")]))
    if uv and lock.exists():
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "venv"
            commands = (
                [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
                [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", str(home / "bin" / "python"), str(lock)],
            )
            if all(subprocess.run(command, cwd=ROOT, check=False).returncode == 0 for command in commands):
                return {"environment_mb": round(_disk(home) / _MB), "environment": "runtime, from the lock file"}
    return {"environment_mb": round(_disk(Path(sys.prefix)) / _MB), "environment": "the present one, tools included"}


def _disk(folder: Path) -> int:
    files = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_size for file in files)


def measure_training() -> dict[str, Any]:
    """Train a model in a folder of its own, in a process of its own; the time includes the start of that process."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        command = [sys.executable, "-m", "bot", "train", "--force"]
        with running(command, {"TROLY_MODELS_DIR": folder}) as process:
            peak = 0
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                peak = max(peak, tree_memory(process))
                time.sleep(0.2)
            seconds = time.perf_counter() - started
            models = list(Path(folder).glob("*.tar.gz"))
            size = models[0].stat().st_size if models else 0
    return {"training_seconds": round(seconds, 1), "training_memory_mb": round(peak / _MB), "model_mb": round(size / _MB, 1)}


def _print_table(result: dict[str, Any]) -> None:
    rows = (
        ("ready_seconds", "start until the web chat is open", "s"),
        ("first_answer_seconds", "start until the first answer", "s"),
        ("memory_after_first_answer_mb", "memory after the first answer", "MB"),
        ("memory_peak_mb", "memory, highest", "MB"),
        ("environment_mb", "libraries on disk", "MB"),
        ("training_seconds", "training", "s"),
        ("training_memory_mb", "memory while training", "MB"),
        ("model_mb", "model file", "MB"),
    )
    print(f"{result['cpu']}, load {result['load']}; Python {result['python']}")
    for name, title, unit in rows:
        if name in result:
            note = f"  ({result['environment']})" if name == "environment_mb" else ""
            print(f"{title:36}{result[name]:>8} {unit}{note}")


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--questions", type=int, default=50, metavar="N", help="messages asked on the web chat (default: 50)")
    parser.add_argument("--no-environment", action="store_true", help="do not measure the libraries on disk")
    parser.add_argument("--no-training", action="store_true", help="do not train a model")
    parser.add_argument("--json", action="store_true", help="print one line of JSON at the end")
    options = parser.parse_args()
    if options.questions < 1:
        parser.error("--questions: at least 1")
    end_on_signals()
    from bot.settings import Settings
    from core.guides import load_guides

    result = describe_machine()
    model()  # trained now if it is missing, and not while the start is timed
    guides = list(load_guides(Settings.load().data_dir / "guides").values())
    result |= measure_service([text for dialogue in make_conversations(guides, options.questions) for text in dialogue])
    if not options.no_environment:
        result |= measure_environment()
    if not options.no_training:
        result |= measure_training()
    _print_table(result)
    if options.json:
        print(json.dumps(result, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())

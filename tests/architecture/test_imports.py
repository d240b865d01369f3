"""Who may import whom, and that importing does nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bot.settings import ROOT

_PACKAGES = ("core", "bot", "nlu", "actions")
_NOT_IMPORTED = {
    "bot.__main__": "runs the command line",
    "core.storage.migrations": "Alembic's own scripts, run by Alembic only",
}

# Contract → the file that breaks it, and how.
_VIOLATIONS = {
    "Dependencies point down": ("core/menu.py", "import actions.base"),
    "core knows no web, chat or Rasa library": ("core/places.py", "import aiohttp"),
    "Only the agent and the NLU know Rasa": ("bot/outbox.py", "import rasa"),
    "Only storage and the running product know SQLAlchemy": ("actions/answer.py", "import sqlalchemy"),
    "Services know no web or chat library and no page": ("bot/services/passwords.py", "import aiohttp"),
    "Channels and the console do not know each other": ("bot/console/cookies.py", "import bot.channels.telegram"),
    "One channel never imports another": ("bot/channels/telegram.py", "import bot.channels.web"),
}


def _contracts() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {contract["name"] for contract in settings["contracts"]}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_import_contracts_are_kept() -> None:
    """As written in pyproject.toml."""
    done = _lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(_contracts())} kept, 0 broken" in done.stdout


def test_every_import_contract_notices_its_violation(tmp_path: Path) -> None:
    """Each contract is broken on purpose in a copy, and says so: none of them guards a folder that moved away."""
    assert set(_VIOLATIONS) == _contracts(), "plant a violation for each contract"
    for package in _PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "web_static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for place, line in _VIOLATIONS.values():
        with (tmp_path / place).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    done = _lint(tmp_path)
    assert done.returncode != 0
    kept = [name for name in _VIOLATIONS if f"{name} BROKEN" not in done.stdout]
    assert kept == [], done.stdout


def _modules() -> list[str]:
    """Every module of our packages, as imported."""
    found = []
    for package in _PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if not any(name == left_out or name.startswith(left_out + ".") for left_out in _NOT_IMPORTED):
                found.append(name)
    return found


_MODULES = _modules()


# Libraries are imported first, once; then every module of ours in a child of its own, watched.
_PROBE = """
import ast, json, os, sys
from pathlib import Path
root, modules = Path(sys.argv[1]), json.loads(sys.argv[2])
ours = {"core", "bot", "nlu", "actions"}

def file_of(name):
    path = root.joinpath(*name.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

def import_libraries(names):
    for name in names:
        for node in ast.parse(file_of(name).read_text(encoding="utf-8")).body:
            wanted = []
            if isinstance(node, ast.Import):
                wanted = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                wanted = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for library in wanted:
                if library.split(".")[0] not in ours:
                    try:
                        __import__(library)
                    except ModuleNotFoundError:  # a name of the module, not a module below it
                        pass

def watched(name):
    seen = []
    allowed = (sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr/lib", "/usr/share/zoneinfo", "/proc", "/sys", "/dev/null",
    "/etc/localtime")
    def hook(event, args):
        if event == "open" and isinstance(args[0], str):
            path, mode = args[0], args[1] or "r"
            code = path.endswith((".py", ".pyc", ".so"))
            if set(mode) & set("wax+") or not (code or path.startswith(allowed)):
                seen.append(f"opens {path} ({mode})")
        elif event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system",
        "os.mkdir", "os.remove", "os.rename"}:
            seen.append(f"{event} {args!r}")
    sys.addaudithook(hook)
    try:
        __import__(name)
    except BaseException as error:
        seen.append(f"{type(error).__name__}: {error}")
    return list(seen)

def in_child(name):
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        os.write(writer, json.dumps(watched(name)).encode()[:60000])
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.wait()
    return json.loads(answer) if answer else ["died"]

found = {}
core = [name for name in modules if name.split(".")[0] == "core"]
import_libraries(core)
assert not ours & {name.split(".")[0] for name in sys.modules}
found.update({name: in_child(name) for name in core})
rest = [name for name in modules if name not in core]
from nlu import slim
slim.prepare()
import_libraries(rest)
found.update({name: in_child(name) for name in rest})
print("RESULT " + json.dumps(found))
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """For each module what its import did besides importing, seen in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-W", "ignore", "-c", _PROBE, str(ROOT), json.dumps(_MODULES)]
    done = subprocess.run(
        command, cwd=tmp_path_factory.mktemp("bare"), env=environment, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    assert lines, done.stderr[-3000:]
    return dict(json.loads(lines[0].removeprefix("RESULT ")))


def test_importing_any_module_opens_nothing(imported: dict[str, list[str]]) -> None:
    """No file but code, no connection, no process: configuration is read when the product starts, not before."""
    assert set(imported) == set(_MODULES)
    assert {name for name in imported if name.startswith("core.storage")} >= {"core.storage.models", "core.storage.database"}
    assert len(imported) > 40
    assert {name: did for name, did in imported.items() if did} == {}

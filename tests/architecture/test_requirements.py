"""The locks under requirements/ agree with each other and give nothing away about where they were made."""

from __future__ import annotations

import re
import tomllib

import pytest

from bot.settings import ROOT

_LOCKS = ("uv", "runtime", "dev")
_PIN = re.compile(r"^([a-z0-9-]+)(?:\[[a-z,-]+\])?==([^ ]+)", re.MULTILINE)


def _lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def _normal(requirement: str) -> str:
    """Name of a requirement as locks write it."""
    return re.sub(r"[._]+", "-", re.split(r"[^\w.-]", requirement)[0]).lower()


@pytest.mark.parametrize("name", _LOCKS)
def test_every_pin_has_a_hash(name: str) -> None:
    """A changed file is refused."""
    pins = re.split(r"\n(?=[a-z0-9])", _lock(name).partition("make lock\n")[2])
    assert pins
    assert [pin.partition(" ")[0] for pin in pins if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize("name", _LOCKS)
def test_lock_names_no_place(name: str) -> None:
    """No registry, address or folder of the machine that made the lock."""
    assert re.findall(r"\w+://|file:|--(?:extra-)?index|--find-links|(?<!\w)/\w+", _lock(name)) == []


def test_dev_is_runtime_and_more() -> None:
    """Tests run on the very versions that serve."""
    runtime, dev = dict(_PIN.findall(_lock("runtime"))), dict(_PIN.findall(_lock("dev")))
    assert runtime
    assert {name: version for name, version in runtime.items() if dev.get(name) != version} == {}
    assert len(dev) > len(runtime)


def test_locks_hold_what_the_project_asks_for() -> None:
    """A dependency added to pyproject.toml is locked: make lock."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = {name for name, _ in _PIN.findall(_lock("runtime"))}
    dev = {name for name, _ in _PIN.findall(_lock("dev"))}
    assert {_normal(name) for name in project["project"]["dependencies"]} - runtime == set()
    assert {_normal(name) for name in project["dependency-groups"]["dev"]} - dev == set()

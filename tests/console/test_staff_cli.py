"""``troly staff``: as its user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from bot.staff_cli import staff_app
from core.errors import UserFacingError

Run = Callable[..., Result]


@pytest.fixture
def troly(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on an empty database."""
    monkeypatch.setenv("TROLY_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("TROLY_PUBLIC_URL", "https://troly.example.vn/")
    return lambda *arguments: CliRunner().invoke(staff_app, list(arguments))


def _listed(troly: Run) -> list[dict[str, object]]:
    return list(json.loads(troly("list", "--json").output))


def test_added_account_waits_for_its_link(troly: Run) -> None:
    """The link is for the address people use; the list says what there is."""
    assert "troly staff add" in troly("list").output
    done = troly("add", "Lan.Tran", "--name", "Trần Thị Lan", "--role", "truong_nhom", "--ward", "hue-thuan-hoa")
    assert done.exit_code == 0, done.output
    assert "https://troly.example.vn/canbo/thiet-lap/" in done.output
    account = _listed(troly)[0]
    assert (account["username"], account["role"], account["wards"]) == ("lan.tran", "truong_nhom", ["hue-thuan-hoa"])
    assert (account["state"], account["shown_as"], account["second_factor"]) == ("invited", "Trần Thị Lan", False)
    assert "Trần Thị Lan" in troly("list").output


def test_wrong_use_is_refused_with_a_reason(troly: Run) -> None:
    """Nothing is added."""
    assert "no ward 'x'" in troly("add", "lan", "--name", "Lan", "--ward", "x").output
    assert troly("add", "lan", "--name", "Lan", "--role", "vua").exit_code == 2
    for arguments in (("add", "Lân", "--name", "Lan"), ("reset", "khong.co"), ("disable", "khong.co"), ("enable", "khong.co")):
        assert isinstance(troly(*arguments).exception, UserFacingError)
    assert _listed(troly) == []


def test_reset_disable_and_enable(troly: Run) -> None:
    """A disabled account gets no link."""
    troly("add", "lan", "--name", "Lan")
    assert "/canbo/thiet-lap/" in troly("reset", "lan", "--second-factor").output
    assert troly("disable", "lan").exit_code == 0
    assert _listed(troly)[0]["state"] == "disabled"
    assert isinstance(troly("reset", "lan").exception, UserFacingError)
    troly("enable", "lan")
    assert _listed(troly)[0]["state"] == "invited"

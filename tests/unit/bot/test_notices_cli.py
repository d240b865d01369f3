"""``troly notices``: posting, listing and taking back, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.notices_cli import notices_app
from core.errors import ConfigurationError

_RUN = CliRunner()
_LATER = "2199-12-31 17:00"


@pytest.fixture(autouse=True)
def _own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROLY_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'notices.db'}")


def _run(*arguments: str) -> str:
    result = _RUN.invoke(notices_app, list(arguments))
    if isinstance(result.exception, ConfigurationError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_a_notice_is_posted_listed_and_removed() -> None:
    """With its guide, its ward and its hour in Việt Nam."""
    assert "Chưa có thông báo" in _run("list")
    _run("add", "Cổng đang   bảo trì đến 17:00.", "--until", _LATER)
    _run("add", "Riêng tạm trú.", "--until", _LATER, "--guide", "dang_ky_tam_tru", "--ward", "hue-thuan-hoa")
    first, second = json.loads(_run("list", "--json"))
    assert (first["text"], first["expires_at"]) == ("Cổng đang bảo trì đến 17:00.", "2199-12-31T10:00:00+00:00")
    assert (second["guide"], second["ward"], second["expired"]) == ("dang_ky_tam_tru", "hue-thuan-hoa", False)
    _run("remove", str(first["id"]))
    assert "bảo trì" not in _run("list")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("Xem http://la.example.com nhé", "--until", _LATER), "TROLY_LINK_HOSTS"),
        (("Hết rồi.", "--until", "2020-01-01 08:00"), "in the past"),
        (("từ " * 60, "--until", _LATER), "shorten"),
        (("Một việc.", "--until", _LATER, "--guide", "khong_co"), "khong_co"),
        (("Một nơi.", "--until", _LATER, "--ward", "khong-co"), "khong-co"),
    ],
)
def test_what_citizens_would_not_see_as_meant_is_refused(arguments: tuple[str, ...], told: str) -> None:
    """Nothing is stored then."""
    with pytest.raises(ConfigurationError, match=told):
        _run("add", *arguments)
    assert json.loads(_run("list", "--json")) == []


def test_removing_what_is_not_there_is_told() -> None:
    """Exit without a change."""
    with pytest.raises(ConfigurationError, match="no notice 7"):
        _run("remove", "7")

"""Settings come from the environment, and secrets stay in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings
from core.errors import ConfigurationError

_TOKEN = "123456789:AAH-never-print-this-token"
_WEBHOOK = "never-print-this-webhook-secret"
_PASSWORD = "never-print-this-password"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of the machine and no .env of the developer reaches these tests."""
    import os

    for name in list(os.environ):
        if name.startswith("TROLY_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def _with(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    for name, value in values.items():
        monkeypatch.setenv(f"TROLY_{name.upper()}", value)
    return Settings.load()


def test_defaults_start_on_this_machine_only() -> None:
    """Nothing has to be set for a first try, and nothing is opened to the network."""
    settings = Settings.load()
    assert settings.host == "127.0.0.1"
    assert settings.telegram_token is None
    assert settings.database_url.get_secret_value().startswith("sqlite+aiosqlite:///")
    assert settings.data_dir.is_dir()


def test_environment_and_env_file_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment wins over .env; other names in .env do no harm."""
    (tmp_path / ".env").write_text("TROLY_PORT=9000\nTROLY_HOST=0.0.0.0\nOTHER=1\nTROLY_OLD_NAME=x\n", encoding="utf-8")
    settings = _with(monkeypatch, port="9001")
    assert (settings.port, settings.host) == (9001, "0.0.0.0")  # noqa: S104  # read from the file above, not bound


def test_settings_do_not_change_after_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are built once and passed down."""
    with pytest.raises(ValueError, match="frozen"):
        _with(monkeypatch).port = 1  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize("name", ["telegram_token", "telegram_webhook_secret"])
def test_empty_secret_is_absent(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """An empty line in .env switches the channel off."""
    assert getattr(_with(monkeypatch, **{name: ""}), name) is None


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in repr, str, a dump or a format string."""
    settings = _with(monkeypatch, telegram_token=_TOKEN, telegram_webhook_secret=_WEBHOOK)
    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    assert _TOKEN not in shown
    assert _WEBHOOK not in shown
    assert settings.telegram_token is not None
    assert settings.telegram_token.get_secret_value() == _TOKEN


def test_database_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of a PostgreSQL holds its password."""
    settings = _with(monkeypatch, database_url=f"postgresql+asyncpg://troly:{_PASSWORD}@db/troly")
    assert _PASSWORD not in f"{settings!r} {settings}"


def test_every_setting_named_like_a_secret_is_one() -> None:
    """A new token is kept out of logs by its type; where a file of keys lies is no secret."""
    named = {
        name: field
        for name, field in Settings.model_fields.items()
        if any(word in name for word in ("token", "secret", "password", "key")) and field.annotation is not Path
    }
    assert named
    for name, field in named.items():
        assert "SecretStr" in str(field.annotation), name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "abc"),
        ("port", "70000"),
        ("telegram_mode", "push"),
        ("log_level", "LOUD"),
        ("max_message_chars", "1"),
        ("messages_per_minute", "0"),
        ("trust_proxy", "perhaps"),
    ],
)
def test_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The operator learns which one; a secret put on the wrong line stays unsaid."""
    with pytest.raises(ConfigurationError) as caught:
        _with(monkeypatch, telegram_token=_TOKEN, **{name: value})
    assert f"TROLY_{name.upper()}: " in str(caught.value)
    assert _TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("name", ["port", "telegram_mode", "log_level", "trust_proxy"])
def test_secret_on_the_wrong_line_is_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A token pasted into another setting does not end in the log."""
    with pytest.raises(ConfigurationError) as caught:
        _with(monkeypatch, **{name: _TOKEN})
    assert _TOKEN not in str(caught.value)


def test_all_wrong_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One start tells everything."""
    with pytest.raises(ConfigurationError) as caught:
        _with(monkeypatch, port="x", log_level="x")
    assert len(str(caught.value).splitlines()) == 2


def test_link_hosts_become_clean_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks, capitals and empty entries do no harm."""
    assert _with(monkeypatch, link_hosts=" Hue.GOV.vn, ,vneid.gov.vn,").allowed_hosts == ("hue.gov.vn", "vneid.gov.vn")


def test_every_setting_says_what_it_is() -> None:
    """The descriptions are what `docs/settings.md` and `--help` are made of."""
    assert Settings.model_fields
    assert {name for name, field in Settings.model_fields.items() if not field.description} == set()

"""``troly outbox``: what did not arrive is seen, masked, and can be sent again or left."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from bot.cli import app
from core.messages import Choice, Reply
from core.storage import conversations
from core.storage.database import Database
from core.storage.models import Message

_STATES = ("failed", "uncertain", "sent", "queued")


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with a reply in each state."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'cli.db'}"
    monkeypatch.setenv("TROLY_DATABASE_URL", url)

    async def fill() -> None:
        database = Database(url)
        await database.migrate()
        async with database.session() as session, session.begin():
            mine = await conversations.get_or_add(session, "telegram", "bot", "5550001")
            for n, state in enumerate(_STATES):
                reply = Reply(f"Gọi 0905123456 [{state}]", (Choice("m", "Chủ đề khác"),))
                row = {
                    "direction": "out",
                    "author": "bot",
                    "state": state,
                    "attempts": n,
                    "text": reply.text,
                    "payload": reply.as_dict(),
                }
                session.add(Message(conversation_id=mine, key=str(n), error="busy" if state == "failed" else None, **row))
        await database.close()

    asyncio.run(fill())
    return url


def _troly(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["outbox", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


def _states_in(url: str) -> list[str]:
    async def read() -> list[str]:
        database = Database(url)
        async with database.session() as session:
            found = list(await session.scalars(select(Message.state).order_by(Message.id)))
        await database.close()
        return found

    return asyncio.run(read())


def test_what_did_not_arrive_is_listed_without_personal_data(letters: str) -> None:
    """Newest first, with the reason; whom it was for only by the end of the id."""
    rows = json.loads(_troly("list", "--json"))
    assert [row["state"] for row in rows] == ["uncertain", "failed"]
    assert (rows[1]["reason"], rows[1]["chat"], rows[1]["channel"]) == ("busy", "…001", "telegram")
    assert "0905123456" not in json.dumps(rows)
    assert "0905123456" not in _troly("list")
    assert [row["state"] for row in json.loads(_troly("list", "--state", "queued", "--json"))] == ["queued"]


def test_one_reply_is_shown_in_full(letters: str) -> None:
    """And a number that is none is told."""
    number = str(json.loads(_troly("list", "--json"))[1]["id"])
    assert json.loads(_troly("show", number, "--json"))["choices"] == ["Chủ đề khác"]
    assert "[failed]" in _troly("show", number)
    assert CliRunner().invoke(app, ["outbox", "show", "999"]).exit_code != 0


def test_dead_replies_are_sent_again_or_left_but_no_others(letters: str) -> None:
    """By number, or all of one state."""
    failed, uncertain, sent, _ = (str(n) for n in range(1, 5))
    _troly("resend", failed, sent)
    assert _states_in(letters) == ["queued", "uncertain", "sent", "queued"]
    _troly("drop", uncertain)
    assert _states_in(letters) == ["queued", "dropped", "sent", "queued"]
    assert json.loads(_troly("list", "--json")) == []


def test_all_means_one_state(letters: str) -> None:
    """Uncertain ones may have arrived, so they are not sent again in passing."""
    _troly("resend", "--all")
    assert _states_in(letters) == ["queued", "uncertain", "sent", "queued"]
    assert CliRunner().invoke(app, ["outbox", "resend"]).exit_code == 2

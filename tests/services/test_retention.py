"""What is older than it may be kept goes; what is younger, or still worked on, stays; of all of it the numbers stay."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner

from bot.retention_cli import retention_app
from bot.services.attachments import Attachments
from bot.services.retention import Retention
from core.messages import Reply
from core.retention import Periods
from core.storage import audit, cases, conversations
from core.storage.database import Database
from core.storage.models import Case, Conversation, Message, Turn
from core.storage.retention import list_runs
from core.storage.staff_models import Attachment, AuditEntry, RetentionRun
from tests.services.files import screenshot
from tests.storage.making import everything_stored

_SECRET = "kiệt 42 Chi Lăng"
_DAY = timedelta(days=1)
_PERIODS = Periods(transcripts=180 * _DAY, cases=365 * _DAY, files=90 * _DAY, audit=730 * _DAY, inbox=90 * _DAY)


@pytest.fixture
def files(database: Database, tmp_path: Path) -> Attachments:
    """A store of files."""
    return Attachments(database, tmp_path / "files", 1_000_000)


@pytest.fixture
def retention(database: Database, files: Attachments) -> Retention:
    """The job with the periods of the defaults."""
    return Retention(database, files, _PERIODS)


async def _conversation(database: Database, chat_id: str, age: timedelta, state: str) -> int:
    """A conversation of that age with messages both ways, an answer's row of numbers, and a case in a state."""
    then = datetime.now(UTC) - age
    async with database.session.begin() as session:
        conversation_id = await conversations.get_or_add(session, "thu", "bot", chat_id)
        conversation = await session.get_one(Conversation, conversation_id)
        conversation.dialogue, conversation.updated_at = [{"event": "user", "text": _SECRET}], then
        said = {"conversation_id": conversation_id, "text": _SECRET, "created_at": then}
        asked = Message(**said, key="e", direction="in", author="citizen", payload={"note": _SECRET}, state="done")
        told = Message(**said, key="1:0", direction="out", author="bot", payload=Reply(_SECRET).as_dict(), state="sent")
        session.add_all([asked, told])
        await session.flush()
        numbers = {"outcome": "handoff", "ms": 1.0, "guide": "dang_ky_tam_tru", "candidates": [_SECRET]}
        turn = Turn(conversation_id=conversation_id, message_id=asked.id, **numbers)
        session.add(turn)
        opened = {"code": f"AAAA-{chat_id}", "reason": "asked"}
        case = await cases.open_case(session, conversation, turn, opened, [("human", 0.9)], {})
        await session.flush()
        case.state, case.created_at = state, then
        case.closed_at = then if state == "closed" else None
    return conversation_id


async def _texts(database: Database, conversation_id: int) -> list[str]:
    async with database.session() as session:
        found = await session.scalars(select(Message.text).where(Message.conversation_id == conversation_id))
        return sorted(set(found))


async def test_old_conversation_leaves_numbers_that_lead_to_nobody(database: Database, retention: Retention) -> None:
    """Messages, dialogue, case and chat id are gone from every table; outcome, guide, ward and cause stay."""
    conversation_id = await _conversation(database, "2222", 400 * _DAY, "closed")
    assert _SECRET in await everything_stored(database)
    counts = await retention.run()
    assert (counts["messages"], counts["conversations"], counts["cases"]) == (2, 1, 1)
    stored = await everything_stored(database)
    assert [trace for trace in (_SECRET, '"2222"') if trace in stored] == []
    async with database.session() as session:
        conversation = await session.get_one(Conversation, conversation_id)
        turn = (await session.scalars(select(Turn))).one()
        case = (await session.scalars(select(Case))).one()
        assert conversation.chat_id.startswith("deleted:")
        assert (turn.outcome, turn.guide, turn.candidates) == ("handoff", "dang_ky_tam_tru", [])
        assert (case.state, case.reason, case.transcript) == ("deleted", "asked", [])
    assert set((await retention.run()).values()) == {0}, "a second run finds nothing left"


async def test_young_conversation_stays(database: Database, retention: Retention) -> None:
    """And the content of a closed case stays longer than the messages."""
    young = await _conversation(database, "2222", 179 * _DAY, "closed")
    middle = await _conversation(database, "3333", 200 * _DAY, "closed")
    counts = await retention.run()
    assert (counts["messages"], counts["conversations"], counts["cases"]) == (2, 1, 0)
    assert (await _texts(database, young), await _texts(database, middle)) == ([_SECRET], [""])
    async with database.session() as session:
        transcripts = list(await session.scalars(select(Case.transcript).order_by(Case.id)))
    assert all(transcripts)


@pytest.mark.parametrize("state", ["new", "open", "waiting"])
async def test_case_still_worked_on_keeps_everything(database: Database, retention: Retention, state: str) -> None:
    """However old: somebody waits for an answer."""
    conversation_id = await _conversation(database, "2222", 3000 * _DAY, state)
    assert set((await retention.run()).values()) == {0}
    assert await _texts(database, conversation_id) == [_SECRET]


async def test_old_messages_of_a_chat_still_in_use_go(database: Database, retention: Retention) -> None:
    """A chat can last for years; what was said in it does not. What is not answered or sent yet stays."""
    conversation_id = await _conversation(database, "2222", 200 * _DAY, "closed")
    async with database.session.begin() as session:
        await session.execute(update(Conversation).values(updated_at=datetime.now(UTC)))
        old = {"conversation_id": conversation_id, "created_at": datetime.now(UTC) - 200 * _DAY, "payload": {}}
        session.add(Message(**old, key="w", direction="in", author="citizen", text="chờ", state="received"))
        session.add(Message(**old, key="q", direction="out", author="bot", text="sắp gửi", state="queued"))
        session.add(
            Message(
                **old | {"created_at": datetime.now(UTC)}, key="n", direction="in", author="citizen", text="mới", state="done"
            )
        )
    counts = await retention.run()
    assert (counts["messages"], counts["conversations"]) == (2, 0)
    assert await _texts(database, conversation_id) == ["", "chờ", "mới", "sắp gửi"]


async def test_old_files_leave_the_disk(database: Database, retention: Retention, files: Attachments) -> None:
    """Earlier than the messages, but not while the case is worked on."""
    closed = await _conversation(database, "2222", 100 * _DAY, "closed")
    worked_on = await _conversation(database, "3333", 100 * _DAY, "open")
    for conversation_id in (closed, worked_on):
        await files.add(conversation_id, "a.png", screenshot(), "citizen")
    async with database.session.begin() as session:
        await session.execute(update(Attachment).values(created_at=datetime.now(UTC) - 91 * _DAY))
    await files.add(closed, "mới.png", screenshot(), "citizen")
    assert (await retention.run())["attachments"] == 1
    assert len(list(files._folder.iterdir())) == 2
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Attachment)) == 2


async def test_dry_run_counts_the_same_and_deletes_nothing(database: Database, retention: Retention) -> None:
    """What it announces is what the run does; it is not noted as a run."""
    for chat_id in ("2222", "3333", "4444"):
        await _conversation(database, chat_id, 400 * _DAY, "closed")
    before = await everything_stored(database)
    announced = await retention.run(dry=True)
    assert await everything_stored(database) == before
    done = await retention.run()
    assert {name: done[name] for name in announced} == announced
    assert (announced["messages"], announced["cases"]) == (6, 3)


async def test_many_rows_go_in_batches(database: Database, retention: Retention) -> None:
    """All of them, whatever the size of a batch."""
    conversation_id = await _conversation(database, "2222", 400 * _DAY, "closed")
    async with database.session.begin() as session:
        row = {"conversation_id": conversation_id, "direction": "in", "author": "citizen", "payload": {}, "state": "done"}
        old = datetime.now(UTC) - 400 * _DAY
        session.add_all(Message(**row, key=f"k{n}", text=_SECRET, created_at=old) for n in range(1200))
    assert (await retention.run())["messages"] == 1202
    assert await _texts(database, conversation_id) == [""]


async def test_one_process_a_night(database: Database, retention: Retention) -> None:
    """Of several at once one does it; the night begins at two in the morning in Vietnam."""
    night = datetime(2026, 3, 1, 19, 30, tzinfo=UTC)  # 02:30 on 2 March in Vietnam
    assert sum(await asyncio.gather(*(retention.tonight(night) for _ in range(5)))) == 1
    assert not await retention.tonight(night + timedelta(hours=20))
    assert await retention.tonight(night + timedelta(days=1))
    assert not await retention.tonight(night + timedelta(days=1, hours=23))
    async with database.session() as session:
        runs = await list_runs(session)
        assert [run.night for run in runs] == ["2026-03-03", "2026-03-02"]
        assert all(run.finished_at for run in runs)
        noted = list(await session.scalars(select(AuditEntry).where(AuditEntry.action == "retention.run")))
    assert [entry.actor for entry in noted] == [audit.PROGRAM] * 2


def test_command_reports_what_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words and as JSON; a dry run leaves no report."""
    monkeypatch.setenv("TROLY_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'troly.db'}")
    monkeypatch.setenv("TROLY_ATTACHMENTS_DIR", str(tmp_path / "files"))

    def troly(*arguments: str) -> str:
        done = CliRunner().invoke(retention_app, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    assert "Chưa chạy lần nào" in troly("report")
    assert set(json.loads(troly("run", "--dry-run", "--json")).values()) == {0}
    assert json.loads(troly("report", "--json")) == []
    assert "tin nhắn" in troly("run")
    assert "chạy tay" in troly("report")
    assert [run["night"] for run in json.loads(troly("report", "--json"))] == [None]


async def test_report_holds_numbers_only(database: Database, retention: Retention) -> None:
    """Nothing of what was deleted."""
    await _conversation(database, "2222", 400 * _DAY, "closed")
    await retention.run()
    async with database.session() as session:
        run = (await session.scalars(select(RetentionRun))).one()
    assert all(isinstance(number, int) for number in run.counts.values())

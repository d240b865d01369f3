"""From a draft to a release and back with a real training process over a small content tree; and what can go wrong."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest
import pytest_asyncio

from bot.services.draft import Draft
from bot.services.releasing import Releasing
from bot.services.training import Training
from core.errors import UserFacingError
from core.storage import releases, runs
from core.storage.database import Database
from core.storage.release_models import Candidate, TrainingRun
from core.storage.runs import Busy
from nlu.training.content import ContentTree
from tests.conftest import fresh_postgres

_TOPICS = "data/nlu/topics.yml"
_WAIT_SECONDS = 240


class Office:
    """One installation with a small content tree.

    Args:
        folder: Holds everything of it.
        url: Of its database.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.live, self.training_dir = folder / "live", folder / "training"
        self.database = Database(url)
        environment = {
            "TROLY_DATABASE_URL": url,
            "TROLY_DATA_DIR": str(self.live / "data"),
            "TROLY_TRAINING_DIR": str(self.training_dir),
            "TROLY_MODELS_DIR": str(folder / "models"),
            "TROLY_TRAINING_YIELDS": "false",
        }
        self.draft = Draft(self.database, self.live, self.training_dir)
        self.training = Training(self.database, self.live, self.training_dir, environment)
        self.releasing = Releasing(self.database, self.live, folder / "models", self.training_dir, self.draft)

    async def edit(self, who: str, before: str, after: str) -> None:
        """Change the topics' examples in the draft."""

        def change(tree: ContentTree) -> None:
            text = tree.files.read(_TOPICS)
            assert text is not None
            assert before in text
            tree.files.write(_TOPICS, text.replace(before, after))

        await self.draft.edit(who, "test", f"file:{_TOPICS}", change)

    async def train(self, who: str) -> TrainingRun:
        """Train the draft."""
        folder, editors = await self.draft.ready(who)
        return await self.training.train(folder, who, editors)

    async def until(self, run: TrainingRun, *steps: str) -> TrainingRun:
        """Wait until a run has ended or come to one of `steps`."""
        async with asyncio.timeout(_WAIT_SECONDS):
            while True:
                async with self.database.session() as session:
                    now = await session.get_one(TrainingRun, run.id)
                if now.slot is None or now.step in steps:
                    return now
                await asyncio.sleep(0.1)

    async def candidate(self, run: TrainingRun) -> Candidate:
        """What a run made."""
        async with self.database.session() as session:
            return await releases.candidate(session, run.candidate_id)


@pytest_asyncio.fixture
async def office(small_live: Path, tmp_path: Path) -> Office:
    """A fresh installation on SQLite."""
    shutil.copytree(small_live, tmp_path / "office")
    made = Office(tmp_path / "office", f"sqlite+aiosqlite:///{tmp_path / 'office.db'}")
    await made.database.migrate()
    yield made
    await made.database.close()


def _git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=T", "-c", "user.email=t@localhost")
    return subprocess.run(["git", "-C", str(folder), *name, *arguments], capture_output=True, text=True, check=True).stdout


async def test_a_trained_draft_is_released_as_one_commit_and_taken_back(office: Office) -> None:
    """By a second person, though the database was locked for a while; one training at a time (refusals: the browser story)."""
    (office.live / ".gitignore").write_text(".lock\n", encoding="utf-8")
    _git(office.live, "init", "--quiet")
    _git(office.live, "add", "--all")
    _git(office.live, "commit", "--quiet", "--message", "x")
    live_before = (office.live / _TOPICS).read_text("utf-8")
    with pytest.raises(UserFacingError, match="chưa có gì khác"):
        await office.draft.ready("lan")
    await office.edit("lan", "      - quên mật khẩu vneid rồi\n", "      - quên mật khẩu vneid rồi\n      - quên mk định danh\n")
    run = await office.train("lan")
    assert (await office.until(run, "train")).step == "train"
    with pytest.raises(Busy):
        await office.train("lan")
    locked = sqlite3.connect(office.database.url.database or "", timeout=30)
    locked.execute("BEGIN IMMEDIATE")
    await asyncio.sleep(11)  # longer than a writer waits for its turn
    locked.rollback()
    locked.close()
    done = await office.until(run)
    assert (done.state, done.error) == ("done", None), done.log
    assert "Đang học xếp hạng hướng dẫn" in done.log
    assert "Đang học Vi" not in done.log  # every part has a name that people can read
    candidate = await office.candidate(run)
    assert [check.name for check in await office.releasing.checks(candidate) if not check.passed and check.name != "slower"] == []
    with pytest.raises(UserFacingError, match="người khác"):
        await office.releasing.promote(candidate.id, "lan")
    release = await office.releasing.promote(candidate.id, "minh", "thêm cách nói")
    assert release.kind == "promoted"
    assert "quên mk định danh" in (office.live / _TOPICS).read_text("utf-8")
    assert _git(office.live, "status", "--porcelain") == ""
    shown = _git(office.live, "show", "--format=%B")
    assert "thêm cách nói" in shown
    assert [line for line in shown.splitlines() if line.startswith(("+ ", "- "))] == ["+      - quên mk định danh"]
    assert await office.draft.changes() == []
    assert await office.releasing.take_stock() == release.id

    back = await office.releasing.rollback("minh")
    assert (office.live / _TOPICS).read_text("utf-8") == live_before
    assert [change.path for change in await office.draft.changes()] == [_TOPICS]  # there to be mended
    assert await office.releasing.take_stock() == back.id
    with pytest.raises(UserFacingError, match="trước đó"):
        await office.releasing.rollback("minh")


async def test_a_killed_training_leaves_nothing_and_the_next_can_begin(office: Office) -> None:
    """Whatever moment it dies at."""
    await office.edit("lan", "      - quên mật khẩu vneid rồi\n", "      - quên mk\n")
    run = await office.until(await office.train("lan"), "train")
    assert run.pid is not None
    os.kill(run.pid, signal.SIGKILL)
    async with asyncio.timeout(30):
        while await office.training.recover() is None:
            await asyncio.sleep(0.05)
    async with office.database.session() as session:
        assert await runs.active(session) is None
        died = (await runs.history(session, 1))[0]
    assert died.state == "failed"
    assert "dừng đột ngột" in (died.error or "")
    assert list((office.training_dir / "candidates").iterdir()) == []
    again = await office.train("lan")
    await office.training.stop("minh")
    assert (await office.until(again)).state == "cancelled"
    assert list((office.training_dir / "candidates").iterdir()) == []


@pytest.fixture
def empty_postgres(postgres_url: str) -> str:
    """An empty database on PostgreSQL, whose files belong to its server."""
    return fresh_postgres(postgres_url)


async def test_a_full_disk_ends_a_training_with_a_plain_word(small_live: Path, tmp_path: Path, empty_postgres: str) -> None:
    """The model cannot be written: nothing of it stays, and the trainer is told what to do."""
    shutil.copytree(small_live, tmp_path / "office")
    office = Office(tmp_path / "office", empty_postgres)
    await office.database.migrate()
    await office.edit("lan", "      - quên mật khẩu vneid rồi\n", "      - quên mk\n")
    run = await office.train("lan")
    assert run.pid is not None
    resource.prlimit(run.pid, resource.RLIMIT_FSIZE, (30_000, 30_000))
    done = await office.until(run)
    assert done.state == "failed"
    assert "Đĩa đầy" in (done.error or ""), done.error
    assert list((office.training_dir / "candidates").iterdir()) == []
    await office.database.close()


async def test_files_that_never_served_win_at_the_start_and_become_a_release(office: Office) -> None:
    """An update of the program brings new content; what a crash left unwritten is written."""
    assert await office.releasing.take_stock() == 0
    first = await office.releasing._keep_live()
    assert await office.releasing.take_stock() == first
    path = office.live / "data" / "talk" / "emergency.yml"
    path.write_text(path.read_text("utf-8") + "\n# một dòng mới\n", encoding="utf-8")
    second = await office.releasing.take_stock()
    assert second > first
    back = await office.releasing.rollback("minh")
    assert not path.read_text("utf-8").endswith("một dòng mới\n")
    path.write_text(path.read_text("utf-8") + "\n# một dòng mới\n", encoding="utf-8")  # as if it had died before writing
    assert await office.releasing.take_stock() == back.id
    assert not path.read_text("utf-8").endswith("một dòng mới\n")


async def test_a_damaged_candidate_is_never_put_into_force(office: Office) -> None:
    """One changed byte of its model or content is enough."""
    first = await office.releasing._keep_live()
    path = office.live / "data" / "talk" / "emergency.yml"
    path.write_text(path.read_text("utf-8") + "\n# một dòng mới\n", encoding="utf-8")
    second = await office.releasing.take_stock()
    async with office.database.session() as session:
        earlier = (await releases.get(session, first)).candidate_id
    model = office.releasing.files(earlier).model
    model.unlink()
    model.write_bytes(b"no model")
    with pytest.raises(UserFacingError, match="hỏng"):
        await office.releasing.rollback("minh")
    assert await office.releasing.take_stock() == second

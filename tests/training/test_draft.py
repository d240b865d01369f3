"""The draft: edits by several people, conflicts, undo, what differs from the live tree, approval; on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, select

from bot.services.draft import Draft
from core.errors import DraftChanged, UserFacingError
from core.storage import draft as stored
from core.storage.database import Database
from core.storage.staff_models import AuditEntry
from nlu.training.content import ContentTree

_SAFETY = "data/nlu/safety.yml"
_SUBJECT = "intent:topic_lua_dao"


@pytest.fixture
def draft(database: Database, live: Path, tmp_path: Path) -> Draft:
    """The draft of the small tree."""
    return Draft(database, live, tmp_path / "training")


def _adding(text: str, intent: str = "topic_lua_dao"):  # type: ignore[no-untyped-def]  # a change is what takes a tree
    return lambda tree: tree.intents.add_examples(intent, [text])


async def _examples(draft: Draft, intent: str = "topic_lua_dao") -> tuple[str, ...]:
    return await draft.read(lambda tree: tree.intents.get(intent).examples)


async def test_editing_leaves_the_live_tree_alone(draft: Draft, live: Path) -> None:
    """And tells what differs."""
    before = (live / _SAFETY).read_text(encoding="utf-8")
    assert await draft.changes() == []
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("shipper đòi cọc trước"))
    assert (live / _SAFETY).read_text(encoding="utf-8") == before
    (change,) = await draft.changes()
    assert (change.path, change.before) == (_SAFETY, before)
    assert "shipper đòi cọc trước" in (change.after or "")


async def test_every_edit_is_logged_with_who_and_why(draft: Draft, database: Database) -> None:
    """In the log of the draft and in the audit log, in one transaction."""
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu một"), why="dân số 0905123456 hỏi")
    async with database.session() as session:
        (edit,) = await stored.edits(session)
        entry = await session.scalar(select(AuditEntry).where(AuditEntry.action == "content.edit"))
    assert (edit.username, edit.kind, edit.subject, edit.why) == ("lan", "intent.add", _SUBJECT, "dân số [số điện thoại] hỏi")
    assert entry is not None
    assert (entry.actor, entry.subject) == ("lan", _SUBJECT)


async def test_what_changes_nothing_is_not_logged(draft: Draft, database: Database) -> None:
    """Adding what is there already."""
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("tin nhắn kèm link lạ"))
    async with database.session() as session:
        assert await stored.edits(session) == []


async def test_the_second_editor_of_an_intent_sees_the_conflict(draft: Draft) -> None:
    """Nothing is overwritten; another intent of the same file is no conflict."""
    seen = await draft.read(lambda tree: tree.version(_SUBJECT))
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu của Lan"), seen=seen)
    with pytest.raises(DraftChanged):
        await draft.edit("minh", "intent.add", _SUBJECT, _adding("câu của Minh"), seen=seen)
    assert await _examples(draft) == ("có người lạ gọi đòi chuyển tiền", "tin nhắn kèm link lạ", "câu của Lan")


async def test_many_editors_at_once_lose_nothing(draft: Draft, database: Database, live: Path, tmp_path: Path) -> None:
    """Two processes' drafts of one folder, twenty edits side by side."""
    other = Draft(database, live, tmp_path / "training")
    edits = [(draft, other)[n % 2].edit("lan", "intent.add", _SUBJECT, _adding(f"câu thứ {n}")) for n in range(20)]
    await asyncio.gather(*edits)
    assert set(await _examples(draft)) >= {f"câu thứ {n}" for n in range(20)}


async def test_undo_takes_back_one_edit_and_keeps_later_ones(draft: Draft, database: Database) -> None:
    """Byte for byte, once."""
    await draft.read(lambda tree: None)
    before = (draft.root / _SAFETY).read_text(encoding="utf-8")
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu một"))
    await draft.edit("lan", "intent.add", "intent:greet", _adding("hế lô", "greet"))
    async with database.session() as session:
        edits = await stored.edits(session)
    await draft.undo("minh", edits[-1].id)
    assert (draft.root / _SAFETY).read_text(encoding="utf-8") == before
    assert await _examples(draft, "greet") == ("xin chào", "alo", "hế lô")
    with pytest.raises(UserFacingError, match="hoàn tác"):
        await draft.undo("minh", edits[-1].id)


async def test_undo_of_lines_changed_again_is_refused(draft: Draft, database: Database) -> None:
    """Until the later edit was taken back."""
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu một"))
    await draft.edit(
        "lan", "intent.change", _SUBJECT, lambda tree: tree.intents.change_example("topic_lua_dao", "câu một", "câu hai")
    )
    async with database.session() as session:
        later, earlier = await stored.edits(session)
    with pytest.raises(UserFacingError, match="đã được sửa tiếp"):
        await draft.undo("lan", earlier.id)
    await draft.undo("lan", later.id)
    await draft.undo("lan", earlier.id)
    assert await draft.changes() == []


async def test_a_database_that_fails_leaves_the_files_as_they_were(draft: Draft, database: Database) -> None:
    """Files and log change together: the commit fails after the files were written."""
    await draft.read(lambda tree: None)
    before = (draft.root / _SAFETY).read_text(encoding="utf-8")

    def fails(_connection: object) -> None:
        raise OSError("database is locked")

    event.listen(database.engine.sync_engine, "commit", fails)
    with pytest.raises(OSError, match="locked"):
        await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu một"))
    event.remove(database.engine.sync_engine, "commit", fails)
    assert (draft.root / _SAFETY).read_text(encoding="utf-8") == before
    async with database.session() as session:
        assert await stored.edits(session) == []


async def test_an_edit_while_the_database_is_locked_is_refused_whole(live: Path, tmp_path: Path) -> None:
    """By another writer, for longer than one waits: the page can say so and keep what was typed; afterwards it goes through."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'locked.db'}")
    event.listen(database.engine.sync_engine, "connect", lambda one, _record: one.cursor().execute("PRAGMA busy_timeout=100"))
    await database.migrate()
    draft = Draft(database, live, tmp_path / "training")
    before = await _examples(draft)
    with closing(sqlite3.connect(tmp_path / "locked.db", timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UserFacingError, match="chưa lưu gì"):
            await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu một"))
        other.rollback()
    assert await _examples(draft) == before
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu một"))
    assert await _examples(draft) == (*before, "câu một")
    await database.close()


async def test_changes_of_the_live_tree_are_brought_in(draft: Draft, live: Path) -> None:
    """An update of the installation; the trainers' own lines stay."""
    await draft.edit("lan", "intent.add", _SUBJECT, _adding("câu của Lan"))
    assert not await draft.is_behind()
    tree = ContentTree(live)
    tree.intents.add_examples("greet", ["câu từ bản cập nhật"])
    tree.intents.add_examples("topic_lua_dao", ["câu chen vào"])
    tree.save()
    assert await draft.is_behind()
    assert await draft.catch_up("quan_tri") == [_SAFETY]
    assert not await draft.is_behind()
    assert (await _examples(draft, "greet"))[-1] == "câu từ bản cập nhật"
    assert (await _examples(draft))[-1] == "câu của Lan"


async def test_a_guide_is_approved_by_somebody_else(draft: Draft, database: Database, live: Path, tmp_path: Path) -> None:
    """Not by its last editor, unless the installation has one person; a later change needs approval again."""
    subject = "guide:doi_ma_otp"
    await draft.edit(
        "lan", "guide.wordings", subject, lambda tree: tree.guides.add_wordings("doi_ma_otp", aliases=["cách gọi mới"])
    )
    seen = await draft.read(lambda tree: tree.version(subject))
    assert await draft.unapproved() == ["doi_ma_otp"]
    with pytest.raises(UserFacingError, match="người khác"):
        await draft.approve("lan", "doi_ma_otp", seen)
    with pytest.raises(DraftChanged):
        await draft.approve("minh", "doi_ma_otp", "an older one")
    await draft.approve("minh", "doi_ma_otp", seen)
    assert await draft.unapproved() == []
    await draft.edit(
        "lan", "guide.wordings", subject, lambda tree: tree.guides.add_wordings("doi_ma_otp", aliases=["cách khác nữa"])
    )
    assert await draft.unapproved() == ["doi_ma_otp"]
    alone = Draft(database, live, tmp_path / "training", second_person=False)
    await alone.approve("lan", "doi_ma_otp", await draft.read(lambda tree: tree.version(subject)))
    assert await draft.unapproved() == []


async def test_a_wrong_file_in_the_draft_is_told(draft: Draft) -> None:
    """Somebody edited it by hand, and the page says where."""
    await draft.read(lambda tree: None)
    (draft.root / "domain.yml").write_text("intents: [", encoding="utf-8")
    with pytest.raises(UserFacingError, match="YAML"):
        await draft.read(lambda tree: tree.intents.names())

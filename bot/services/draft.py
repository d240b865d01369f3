"""The draft of the content: one folder that trainers edit together, while citizens keep getting the live one.

The first use copies the live tree to ``draft``, and to ``base``, which says what the draft began from. Every edit names what it
changes and the version its author saw; it is written to the files and to the log or to neither.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NO_ROOM, ContentError, DraftChanged, UserFacingError
from core.privacy import mask
from core.storage import audit
from core.storage import draft as stored
from core.storage.database import Database
from core.storage.training_models import DraftEdit, GuideApproval
from nlu.training.content import ContentTree
from nlu.training.hunks import hunks_of, take_back
from nlu.training.merging import merge
from nlu.training.staged import StagedFiles, content_files, locked

__all__ = ["Draft", "FileChange"]

T = TypeVar("T")
Also = Callable[[AsyncSession, int | None], Awaitable[None]]

_DISK_FULL = "Đĩa của máy chủ đầy nên chưa lưu được gì. Báo người vận hành dọn bớt rồi lưu lại."
_DATABASE_AWAY = "Cơ sở dữ liệu đang bận hoặc chưa ghi được; chưa lưu gì. Chờ một lát rồi lưu lại."


@dataclass(frozen=True)
class FileChange:
    """A file of the draft that differs from the live one.

    Args:
        path: Below the tree.
        before: Live text; None where it is new.
        after: Draft text; None where it was removed.
    """

    path: str
    before: str | None
    after: str | None


class Draft:
    """The one draft of an installation.

    Args:
        database: Keeps the log.
        live_root: The tree in use.
        training_dir: Where the draft lies; processes on several machines must share it.
        second_person: Whether approving takes somebody else than the last editor.
    """

    def __init__(self, database: Database, live_root: Path, training_dir: Path, *, second_person: bool = True) -> None:
        self._database = database
        self._live = live_root
        self._dir = training_dir
        self._lock = asyncio.Lock()
        self.second_person = second_person

    @property
    def root(self) -> Path:
        """The folder of the draft; there after the first `read` or `edit`."""
        return self._dir / "draft"

    @property
    def live_root(self) -> Path:
        """The tree in use."""
        return self._live

    async def read(self, work: Callable[[ContentTree], T]) -> T:
        """The result of `work` over the draft, in a thread of its own; it must change nothing.

        Raises:
            UserFacingError: A file of the draft is wrong, or what `work` raised.
        """
        async with self._alone():
            return await asyncio.to_thread(_plainly, work, ContentTree(self.root))

    async def edit(
        self,
        who: str,
        kind: str,
        subject: str,
        change: Callable[[ContentTree], T],
        *,
        why: str = "",
        seen: str | None = None,
        undoes: int | None = None,
        also: Also | None = None,
    ) -> T:
        """Change the draft; files and log go together.

        Args:
            who: User name.
            kind: What is done, such as ``intent.add``.
            subject: What it is done to: ``intent:<name>``, ``guide:<id>`` or ``file:<path>``.
            change: Changes the tree it is given; runs in a thread.
            why: The author's own words, if any; masked.
            seen: `ContentTree.version` of the subject as its author saw it; None = whatever it is.
            undoes: The edit that this one takes back.
            also: What else is stored with it, or not at all: called with the transaction and the id of the edit (None when
                `change` changed nothing).

        Returns:
            What `change` returned.

        Raises:
            DraftChanged: Somebody changed the subject since; nothing was done.
            UserFacingError: The change cannot be made; the message says why.
        """
        async with self._alone():
            tree = ContentTree(self.root)

            def staged() -> T:
                if seen is not None and tree.version(subject) != seen:
                    raise DraftChanged(subject)
                return change(tree)

            result = await asyncio.to_thread(_plainly, staged)
            changed = tree.files.changed()
            if not changed:
                if also is not None:
                    async with self._database.session.begin() as session:
                        await also(session, None)
                return result
            try:
                async with self._database.session.begin() as session:
                    edit = DraftEdit(
                        username=who, kind=kind, subject=subject, why=mask(why).text, hunks=hunks_of(changed), undoes_id=undoes
                    )
                    session.add(edit)
                    await session.flush()
                    audit.record(session, who, "content.edit", subject, {"kind": kind, "edit": edit.id})
                    if also is not None:
                        await also(session, edit.id)
                    await asyncio.to_thread(tree.files.put)
            except BaseException as error:
                await asyncio.to_thread(tree.files.take_back)  # the log has it not, so the files must not have it either
                if isinstance(error, OSError) and error.errno in NO_ROOM:
                    raise UserFacingError(_DISK_FULL) from error
                if isinstance(error, OperationalError | InterfaceError):
                    raise UserFacingError(_DATABASE_AWAY) from error
                raise
            await asyncio.to_thread(tree.files.settle)
            return result

    async def undo(self, who: str, edit_id: int, also: Also | None = None) -> None:
        """Take an edit back; later edits of other lines stay.

        Args:
            who: User name.
            edit_id: What to take back.
            also: As in `edit`.

        Raises:
            UserFacingError: It was taken back already, or its lines were changed again.
        """
        async with self._database.session() as session:
            edit = await session.get(DraftEdit, edit_id)
            if edit is None or await stored.undone(session, [edit_id]):
                raise UserFacingError("Thay đổi này không có hoặc đã được hoàn tác.")
        await self.edit(who, "undo", edit.subject, lambda tree: take_back(tree.files, edit.hunks), undoes=edit.id, also=also)

    async def discard(self, who: str, path: str) -> None:
        """Make a file of the draft what the live one is."""
        live = StagedFiles(self._live).read(path)
        await self.edit(who, "discard", f"file:{path}"[:80], lambda tree: tree.files.write(path, live))

    async def changes(self) -> list[FileChange]:
        """Files that differ from the live ones."""

        def compared(tree: ContentTree) -> list[FileChange]:
            live = StagedFiles(self._live)
            both = sorted({*live.paths(), *tree.files.paths()})
            pairs = [FileChange(path, live.read(path), tree.files.read(path)) for path in both]
            return [pair for pair in pairs if pair.before != pair.after]

        return await self.read(compared)

    async def is_behind(self) -> bool:
        """Whether the live tree was changed by others since the draft began (an update, a promotion)."""
        async with self._alone():
            return await asyncio.to_thread(lambda: _texts(self._live) != _texts(self._dir / "base"))

    async def catch_up(self, who: str) -> list[str]:
        """Bring what changed in the live tree into the draft; trainers' own changes of the same lines stay.

        Returns:
            Files where both changed the same lines.
        """
        live, base = _texts(self._live), _texts(self._dir / "base")
        conflicts: list[str] = []

        def change(tree: ContentTree) -> None:
            for path in sorted({*live, *base}):
                theirs, before, ours = live.get(path), base.get(path), tree.files.read(path)
                if theirs == before or ours == theirs:
                    continue
                if ours == before:
                    tree.files.write(path, theirs)
                elif ours is None or before is None or theirs is None:
                    conflicts.append(path)
                else:
                    merged = merge(before, theirs, ours)
                    conflicts.extend([path] if merged.conflict else [])
                    tree.files.write(path, str(merged))

        await self.edit(who, "catch_up", "file:*", change)
        await asyncio.to_thread(_copy, self._live, self._dir / "base")
        return conflicts

    async def ready(self, who: str) -> tuple[Path, list[str]]:
        """The draft to be trained, brought up to date with the live tree, and who made what differs in it.

        Raises:
            UserFacingError: Nothing in it differs from the live tree.
        """
        if await self.is_behind():
            await self.catch_up(who)
        paths = [item.path for item in await self.changes()]
        if not paths:
            raise UserFacingError("Bản nháp chưa có gì khác bản đang dùng, nên không có gì để huấn luyện.")
        async with self._database.session() as session:
            return self.root, await stored.authors(session, paths)

    async def keep_after_rollback(self) -> None:
        """Leave the draft as it is though the live tree went back: what was taken out of use is there to be mended."""
        async with self._alone():
            await asyncio.to_thread(_copy, self._live, self._dir / "base")

    # approval of guides

    async def approve(self, who: str, guide_id: str, seen: str) -> None:
        """Note that somebody other than its last editor found a guide right.

        Raises:
            DraftChanged: It was changed since it was looked at.
            UserFacingError: The last editor cannot approve.
        """
        subject = f"guide:{guide_id}"
        if await self.read(lambda tree: tree.version(subject)) != seen:
            raise DraftChanged(subject)
        async with self._database.session.begin() as session:
            if self.second_person and (await stored.editors(session, [subject])).get(subject) == who:
                raise UserFacingError("Anh/chị là người sửa hướng dẫn này sau cùng; cần một người khác duyệt.")
            await stored.approve(session, guide_id, seen, who)
            audit.record(session, who, "content.approve", subject, {"version": seen})

    async def unapproved(self) -> list[str]:
        """Guides that differ from the live ones and whose present version nobody approved."""
        changed = [Path(item.path).stem for item in await self.changes() if item.path.startswith("data/guides/") and item.after]
        async with self._database.session() as session:
            approved: dict[str, GuideApproval] = await stored.approvals(session)
        versions = await self.read(lambda tree: {guide: tree.version(f"guide:{guide}") for guide in changed})
        return [guide for guide in changed if guide not in approved or approved[guide].version != versions[guide]]

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """The draft to oneself: within this process, and among processes."""
        async with self._lock:
            held = await asyncio.to_thread(self._open)
            try:
                yield
            finally:
                held.close()

    def _open(self) -> ExitStack:
        held = ExitStack()
        held.enter_context(locked(self._dir))
        if not self.root.is_dir():
            _copy(self._live, self._dir / "base")
            _copy(self._live, self.root)
        held.enter_context(locked(self.root))
        return held


def _plainly(work: Callable[..., T], *args: object) -> T:
    """`work(…)`; a wrong file is told to the trainer instead of failing the page."""
    try:
        return work(*args)
    except ContentError as error:
        raise UserFacingError("Tệp nội dung chưa đúng: " + "; ".join(error.problems[:5])) from error


def _texts(root: Path) -> dict[str, str]:
    return {path: (root / path).read_bytes().decode("utf-8") for path in content_files(root)}


def _copy(source: Path, target: Path) -> None:
    """A whole copy or none: it gets its name when it is complete."""
    part = target.with_name(f".{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for path in content_files(source):
        (part / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / path, part / path)
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)

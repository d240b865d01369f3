"""Releases: what passes the gate is put into force, written into the project's files, and can be taken back.

The database says which release is in force; running processes follow it (bot.serving). Writing it into the project's files
comes after, and is made up for at the next start when a process dies in between.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from bot.services.checkout import commit
from bot.services.draft import Draft
from core.errors import ContentError, UserFacingError
from core.storage import audit, releases, replays
from core.storage import draft as drafts
from core.storage.database import Database
from core.storage.release_models import Candidate, Release
from nlu.training.candidates import Files, freeze, tree_hash, unpack
from nlu.training.content import ContentTree
from nlu.training.gate import Check, Limits, Review, judge
from nlu.training.staged import StagedFiles, content_files, locked
from nlu.training.train import code_hash, find_model

__all__ = ["GateRefused", "Releasing"]

log = structlog.get_logger(__name__)

_KEPT = 6


class GateRefused(UserFacingError):
    """A candidate may not serve.

    Args:
        checks: Those that failed.
    """

    def __init__(self, checks: list[Check]) -> None:
        self.checks = checks
        super().__init__("Chưa đưa vào dùng được: " + "; ".join(f"{check.title} ({check.told})" for check in checks))


@dataclass(frozen=True)
class Releasing:
    """Promotes, rolls back, and keeps the project's files in step.

    Args:
        database: Says what is in force.
        live_root: The project's content.
        models_dir: Where a starting process looks for the model of that content.
        training_dir: Where candidates lie.
        draft: What trainers go on changing; knows whether promoting takes somebody else than those who edited.
    """

    database: Database
    live_root: Path
    models_dir: Path
    training_dir: Path
    draft: Draft

    def files(self, candidate_id: str) -> Files:
        """The folder of a candidate."""
        return Files.of(self.training_dir, candidate_id)

    async def checks(self, candidate: Candidate) -> list[Check]:
        """The gate's checks of a measured candidate, as things are now; the failed ones first.

        Raises:
            UserFacingError: It was not measured yet.
        """
        if not candidate.report:
            raise UserFacingError("Bản này chưa đo xong. Hãy chờ, hoặc bấm Đo lại.")
        async with self.database.session() as session:
            numbers = await replays.counts(session, candidate.id)
        review = Review(numbers["sampled"], numbers["reviewed"], numbers["worse_said"])
        made = judge(Limits.load(), candidate.report, review)
        made.append(await self._base(candidate))
        if self.draft.second_person and self.files(candidate.id).is_there:
            made.append(await self._approvals(candidate))
        return sorted(made, key=lambda check: check.passed)

    async def _base(self, candidate: Candidate) -> Check:
        same = candidate.base is None or candidate.base == await asyncio.to_thread(tree_hash, self.live_root)
        told = (
            "đúng vậy"
            if same
            else "bản đang dùng đã đổi từ đó; cập nhật bản nháp rồi huấn luyện lại, kẻo mất thay đổi của người khác"
        )
        return Check("base", "Làm từ bản đang dùng", same, told)

    async def _approvals(self, candidate: Candidate) -> Check:
        """Guides that differ from live need a second person's approval of that very version."""
        tree = self.files(candidate.id).tree

        def changed() -> dict[str, tuple[str, str]]:
            theirs, ours = StagedFiles(self.live_root), StagedFiles(tree)
            paths = [path for path in ours.paths("data/guides/") if ours.read(path) != theirs.read(path)]
            content = ContentTree(tree)
            guides = [Path(path).stem for path in paths]
            return {guide: (content.version(f"guide:{guide}"), content.guides.get(guide).title) for guide in guides}

        versions = await asyncio.to_thread(changed)
        async with self.database.session() as session:
            approved = await drafts.approvals(session)
        missing = [
            f"“{title}”"
            for guide, (version, title) in versions.items()
            if guide not in approved or approved[guide].version != version
        ]
        told = f"{len(versions)} hướng dẫn thay đổi đều đã duyệt" if versions else "không có hướng dẫn nào thay đổi"
        told = f"chưa duyệt: {', '.join(missing)}" if missing else told
        return Check("approved", "Hướng dẫn mới, sửa đã được người thứ hai duyệt", not missing, told)

    async def promote(self, candidate_id: str, by: str, note: str = "", *, alone: bool = False) -> Release:
        """Put a candidate into force, if it passes the gate.

        Args:
            candidate_id: Which.
            by: User name.
            note: Why, for the history.
            alone: Whoever works at the command line of the server needs no second person.

        Raises:
            GateRefused: It does not pass.
            UserFacingError: It is in force already, damaged, or `by` made it.
        """
        async with self.database.session() as session:
            row = await releases.candidate(session, candidate_id)
            in_force = await releases.current(session)
        if in_force is not None and in_force.candidate_id == row.id:
            raise UserFacingError("Bản này đang được dùng rồi.")
        if row.model is None:
            raise UserFacingError("Bản này chưa có mô hình. Hãy huấn luyện lại.")
        if self.draft.second_person and not alone and by in {row.made_by, *row.editors}:
            raise UserFacingError("Anh/chị đã sửa hoặc huấn luyện bản này; cần một người khác đưa vào dùng.")
        if failed := [check for check in await self.checks(row) if not check.passed]:
            raise GateRefused(failed)
        files = await self.fetch(row.id)
        await self._keep_live()
        return await self._put(row, files, "promoted", by, note)

    async def rollback(self, by: str, note: str = "") -> Release:
        """Go back to what was in force before.

        Raises:
            UserFacingError: There is nothing to go back to, or its files are damaged.
        """
        async with self.database.session() as session:
            earlier = await releases.before(session)
            if earlier is None:
                raise UserFacingError("Chưa có bản nào trước đó để trở lại.")
            row = await releases.candidate(session, earlier.candidate_id)
        return await self._put(row, await self.fetch(row.id), "rollback", by, note)

    async def fetch(self, candidate_id: str) -> Files:
        """A candidate's files, checked; from the database where they are not on this machine.

        Raises:
            UserFacingError: They are nowhere, damaged, or made by other code.
        """
        files = self.files(candidate_id)
        try:
            if not files.is_there:
                async with self.database.session() as session:
                    packed = await releases.files_of(session, candidate_id)
                if packed is None:
                    raise UserFacingError("Tệp của bản này không còn trên máy này. Hãy huấn luyện lại.")
                files = await asyncio.to_thread(unpack, packed, self.training_dir, candidate_id)
            manifest = await asyncio.to_thread(files.check)
        except ContentError as error:
            raise UserFacingError("; ".join(error.problems)) from error
        if manifest.code != code_hash():
            raise UserFacingError("Bản này làm bằng phiên bản phần mềm khác. Hãy huấn luyện lại.")
        return files

    async def _put(self, row: Candidate, files: Files, kind: str, by: str, note: str) -> Release:
        async with self.database.session.begin() as session:
            before = await releases.latest_id(session)
            made = await releases.add(session, row.id, kind, by, note or None, after=before)
            audit.record(session, by, f"model.{kind}", f"candidate:{row.id}", {"release": made.id})
        log.info("release.decided", release=made.id, kind=kind)
        try:
            await self.settle(made, files)
        except OSError as error:  # it is in force all the same; the next start writes it
            log.warning("release.not_written", release=made.id, error=type(error).__name__)
            return made
        if kind == "promoted":
            await self.draft.catch_up(by)
        else:
            await self.draft.keep_after_rollback()
        await self._prune()
        return made

    async def settle(self, release: Release, files: Files) -> None:
        """Write a release into the project's files, with its model; commit them where that is a git checkout."""
        changed = await asyncio.to_thread(self._write_live, files)
        if not changed:
            return
        title = "data: Roll back to an earlier release." if release.kind == "rollback" else "data: Promote the trainers' draft."
        told = f"Release {release.id}, candidate {release.candidate_id}, by {release.by}." + (
            f"\n\n{release.note}" if release.note else ""
        )
        made = await asyncio.to_thread(commit, self.live_root, changed, f"{title}\n\n{told}\n")
        async with self.database.session.begin() as session:
            (await releases.get(session, release.id)).commit = made

    def _finish_writing(self) -> None:
        """Finish what a process that died while writing the project's files left half done."""
        with locked(self.live_root):
            pass

    def _write_live(self, files: Files) -> list[str]:
        model = self.models_dir / files.model.name
        if not model.exists():
            self.models_dir.mkdir(parents=True, exist_ok=True)
            _copy_whole(files.model, model)
        with locked(self.live_root):
            live, ours = StagedFiles(self.live_root), StagedFiles(files.tree)
            for path in sorted({*live.paths(), *content_files(files.tree)}):
                live.write(path, ours.read(path))
            changed = list(live.changed())
            live.save()
        return changed

    async def take_stock(self) -> int:
        """What a starting process serves: makes the project's files those of the release in force, or a release of them.

        Files that never served were put there by an update of the program or by hand: they win, and become a release.

        Returns:
            The release in force; 0 before the first.
        """
        async with self.database.session() as session:
            in_force = await releases.current(session)
            known = await releases.known_trees(session)
        if in_force is None:
            return 0
        await asyncio.to_thread(self._finish_writing)
        here = await asyncio.to_thread(tree_hash, self.live_root)
        async with self.database.session() as session:
            row = await releases.candidate(session, in_force.candidate_id)
        if here == row.tree:
            return in_force.id
        if here not in known:
            return await self._keep_live()
        await self.settle(in_force, await self.fetch(row.id))
        return in_force.id

    async def _keep_live(self) -> int:
        """Keep the project's present files whole as a release to come back to; returns the release in force."""
        here = await asyncio.to_thread(tree_hash, self.live_root)
        async with self.database.session() as session:
            in_force = await releases.current(session)
            if in_force is not None and (await releases.candidate(session, in_force.candidate_id)).tree == here:
                return in_force.id
        model = await asyncio.to_thread(find_model, self.live_root, self.models_dir)
        if model is None:
            return in_force.id if in_force else 0
        files = await asyncio.to_thread(freeze, self.live_root, self.training_dir)
        manifest = files.manifest
        if manifest.model_sha256 is None:
            manifest = await asyncio.to_thread(files.take_model, model, 0.0)
        async with self.database.session.begin() as session:
            row = await session.get(Candidate, manifest.id)
            if row is None:
                row = Candidate(id=manifest.id, tree=manifest.tree, made_by=audit.PROGRAM, manifest=vars(manifest))
                session.add(row)
            row.model, row.removed_at = manifest.model, None
            if self.database.is_shared and await releases.files_of(session, row.id) is None:
                await releases.archive(session, row.id, await asyncio.to_thread(files.pack))
            await session.flush()
            made = await releases.add(session, row.id, "installed", audit.PROGRAM, None, after=in_force.id if in_force else 0)
        return made.id

    async def _prune(self) -> None:
        """Remove the files of candidates that neither served lately nor are new."""
        async with self.database.session.begin() as session:
            kept = {row.candidate_id for row in await releases.list_releases(session, _KEPT)}
            kept |= {row.id for row in await releases.candidates(session, _KEPT)}
            for gone in await releases.forget_files(session, kept):
                await asyncio.to_thread(self.files(gone).remove)


def _copy_whole(source: Path, target: Path) -> None:
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:
        part.write_bytes(source.read_bytes())
    part.replace(target)

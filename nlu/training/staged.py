"""Files of a content tree that are changed together: in memory first, then on disk all at once.

A folder has the layout of the project (``domain.yml``, ``config.yml``, ``data/``, ``tests/stories/``, ``tests/nlu/``). What is
changed is written beside, noted in a journal, then renamed into place; a process that dies in between leaves the journal, and
whoever opens the folder next finishes the work. Who reads and then writes holds `locked` meanwhile.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.errors import NO_ROOM, ContentError

__all__ = ["StagedFiles", "content_files", "locked"]

_JOURNAL = ".journal.json"
_LOCK = ".lock"
_FOLDERS = ("data", "tests/stories", "tests/nlu")
_SINGLE = ("domain.yml", "config.yml")


def content_files(root: Path) -> list[str]:
    """Paths below `root` of all that belongs to its content, sorted."""
    found = [path for folder in _FOLDERS for path in (root / folder).rglob("*") if path.suffix in {".yml", ".yaml"}]
    return sorted([path.relative_to(root).as_posix() for path in found] + [name for name in _SINGLE if (root / name).is_file()])


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Have the folder to oneself, among all processes of this machine; waits for whoever has it. Finishes an interrupted save."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # let go when the file is closed, also by a process that is killed
        _finish(root)
        yield


class StagedFiles:
    """The text files of a content tree, read as they are asked for, written when all is changed.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._before: dict[str, str | None] = {}
        self._now: dict[str, str | None] = {}
        self._listed: frozenset[str] | None = None
        self._put: dict[str, bool] = {}

    def read(self, path: str) -> str | None:
        """The present text of a file; None where there is none.

        Raises:
            ContentError: It is no UTF-8 text, or no part of the content.
        """
        if path in self._now:
            return self._now[path]
        if path not in self._before:
            file = self._checked(path)
            try:
                self._before[path] = file.read_bytes().decode("utf-8") if file.is_file() else None
            except UnicodeDecodeError as error:
                raise ContentError([f"{path}: is not UTF-8; save it as UTF-8"]) from error
        return self._before[path]

    def write(self, path: str, text: str | None) -> None:
        """Change a file in memory; None removes it."""
        self.read(path)
        self._now[path] = text

    def paths(self, folder: str = "") -> list[str]:
        """Paths of all content below `folder`, with what was added or removed in memory."""
        if self._listed is None:
            self._listed = frozenset(content_files(self.root))
        there = self._listed | {path for path, text in self._now.items() if text is not None}
        there -= {path for path, text in self._now.items() if text is None}
        return sorted(path for path in there if path.startswith(folder))

    def changed(self) -> dict[str, tuple[str | None, str | None]]:
        """Text before and after of each file that differs from the disk."""
        both = {path: (self._before[path], text) for path, text in sorted(self._now.items())}
        return {path: (before, after) for path, (before, after) in both.items() if before != after}

    def save(self) -> None:
        """Write what was changed: all of it, whatever happens in between (the caller holds `locked`)."""
        self.put()
        self.settle()

    def put(self) -> None:
        """As `save`, but what was there before stays beside until `settle` or `take_back`, which need no room on the disk."""
        changed = self.changed()
        _apply(self.root, changed)
        self._put = {path: before is not None for path, (before, _) in changed.items()}
        self._before.update(self._now)
        self._now.clear()
        self._listed = None

    def settle(self) -> None:
        """What `put` wrote stays."""
        for path in self._put:
            _old(self.root / path).unlink(missing_ok=True)
        self._put = {}

    def take_back(self) -> None:
        """What was there before `put` is there again."""
        for path, was_there in self._put.items():
            if was_there:
                _old(self.root / path).replace(self.root / path)
            else:
                (self.root / path).unlink(missing_ok=True)
        self._put, self._before, self._listed = {}, {}, None

    def _checked(self, path: str) -> Path:
        inside = path in _SINGLE or any(path.startswith(f"{folder}/") for folder in _FOLDERS)
        if not inside or ".." in Path(path).parts or not path.endswith((".yml", ".yaml")):
            raise ContentError([f"{path}: is no content file; they are {', '.join(_SINGLE)} and *.yml in {', '.join(_FOLDERS)}"])
        return self.root / path


def _apply(root: Path, changed: Mapping[str, tuple[str | None, str | None]]) -> None:
    """All of it or nothing: what takes room on the disk is written beside first; after the journal there are only renames."""
    if not changed:
        return
    try:
        for path, (before, after) in changed.items():
            if before is not None:
                _second_name(root / path, _old(root / path))
            if after is not None:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                _write(_part(root / path), after)
        _write(_part(root / _JOURNAL), json.dumps({path: after is not None for path, (_, after) in changed.items()}))
        _part(root / _JOURNAL).replace(root / _JOURNAL)
    except BaseException:
        for path in (*changed, _JOURNAL):
            _part(root / path).unlink(missing_ok=True)
            _old(root / path).unlink(missing_ok=True)
        raise
    _finish(root)


def _finish(root: Path) -> None:
    """Put into place what the journal says, if there is one; doing it twice changes nothing."""
    journal = root / _JOURNAL
    if not journal.is_file():
        return
    for path, stays in json.loads(journal.read_text(encoding="utf-8")).items():
        target = root / path
        if not stays:
            target.unlink(missing_ok=True)
        elif _part(target).is_file():  # else it is in place already
            _part(target).replace(target)
    journal.unlink()


def _part(path: Path) -> Path:
    """Where the new text of a file lies until it is put into place: a reader sees the old text or the new one."""
    return path.with_name(f".{path.name}.part")


def _old(path: Path) -> Path:
    """Where the text that a file had before lies until the new one is settled."""
    return path.with_name(f".{path.name}.old")


def _second_name(path: Path, name: Path) -> None:
    name.unlink(missing_ok=True)
    try:
        os.link(path, name)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        shutil.copyfile(path, name)  # a file system without second names


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())

"""Files of a content tree that are changed together: in memory first, then on disk all at once.

A folder has the layout of the project (``domain.yml``, ``config.yml``, ``data/``, ``tests/stories/``, ``tests/nlu/``). What is
changed is written beside, noted in a journal, then renamed into place; a process that dies in between leaves the journal, and
whoever opens the folder next finishes the work. Who reads and then writes holds `locked` meanwhile.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.errors import ContentError

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
        _apply(self.root, {path: after for path, (_, after) in self.changed().items()})
        self._before.update(self._now)
        self._now.clear()
        self._listed = None

    def _checked(self, path: str) -> Path:
        inside = path in _SINGLE or any(path.startswith(f"{folder}/") for folder in _FOLDERS)
        if not inside or ".." in Path(path).parts or not path.endswith((".yml", ".yaml")):
            raise ContentError([f"{path}: is no content file; they are {', '.join(_SINGLE)} and *.yml in {', '.join(_FOLDERS)}"])
        return self.root / path


def _apply(root: Path, texts: Mapping[str, str | None]) -> None:
    if texts:
        _write(root / _JOURNAL, json.dumps(texts, ensure_ascii=False))
        _finish(root)


def _finish(root: Path) -> None:
    """Put into place what the journal says, if there is one; doing it twice changes nothing."""
    journal = root / _JOURNAL
    if not journal.is_file():
        return
    for path, text in json.loads(journal.read_text(encoding="utf-8")).items():
        target = root / path
        if text is None:
            target.unlink(missing_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, text)
    journal.unlink()


def _write(path: Path, text: str) -> None:
    """Replace a file: a reader sees the old text or the new one, never a part."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    part.replace(path)

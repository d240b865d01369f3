"""Edits and trainings on a disk that is really full: ``python -m tests.training.full_disk SMALL OTHER``.

SMALL is a disk of a few megabytes, OTHER any empty folder. `tests.training.test_full_disk` mounts the one, and judges the JSON
document that this prints.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bot.services.draft import Draft
from bot.services.training import Training
from core.errors import UserFacingError
from core.storage import draft as stored
from core.storage.database import Database
from nlu.training.staged import StagedFiles
from tests.training.small_tree import small_tree

_PAGE = 4096
_PAGES = (*range(14), 20, 32, 128, 512)
_FILES = ("data/nlu/safety.yml", "data/nlu/dialogue.yml")


def _fill(path: Path) -> int:
    """Take all room that is left; returns how much that was."""
    size = 0
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                size += file.write(b"\0" * _PAGE)
        except OSError:
            return size


async def _edits(draft: Draft, database: Database, filler: Path, keep: int) -> list[dict[str, Any]]:
    """What became of an edit of two files with no page of the disk left, with one, with two, and so on."""
    found = []
    for pages in _PAGES:
        with filler.open("r+b") as file:
            file.truncate(max(0, keep - pages * _PAGE))
        text = f"# {pages}\n" + "# dài\n" * 2000

        def change(tree: Any, text: str = text) -> None:
            for path in _FILES:
                tree.files.write(path, text)

        try:
            await draft.edit("lan", "test", f"file:{_FILES[0]}", change)
            told = ""
        except UserFacingError as error:
            told = str(error)
        texts = [StagedFiles(draft.root).read(path) == text for path in _FILES]
        async with database.session() as session:
            logged = len(await stored.edits(session))
        found.append({"told": told, "files": texts, "logged": logged})
    return found


async def _run(small: Path, other: Path) -> dict[str, Any]:
    live = small_tree(other / "live")
    result: dict[str, Any] = {}
    for name, folder in (("database elsewhere", other), ("database on it", small)):
        database = Database(f"sqlite+aiosqlite:///{folder / 'full.db'}")
        await database.migrate()
        draft = Draft(database, live, small / name)
        await draft.read(lambda tree: None)
        filler = small / "filler"
        result[name] = await _edits(draft, database, filler, _fill(filler))
        filler.unlink()
        if folder is other:
            try:
                await Training(database, live, small / name, {}).train(draft.root, "lan", ["lan"])
            except UserFacingError as error:
                result["training"] = str(error)
        await database.close()
    return result


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(Path(sys.argv[1]), Path(sys.argv[2]))), ensure_ascii=False))  # noqa: T201  # its result

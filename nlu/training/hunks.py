"""What an edit changed in the files, small enough to keep, and enough to take it back after later edits elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import TypedDict

from core.errors import UserFacingError
from nlu.training.staged import StagedFiles

__all__ = ["Hunk", "hunks_of", "take_back"]

_AROUND = 2


class Hunk(TypedDict):
    """Some lines of a file before and after, with lines around them that stayed; None = there was no file."""

    path: str
    before: str | None
    after: str | None


def hunks_of(changed: Mapping[str, tuple[str | None, str | None]]) -> list[Hunk]:
    """What differs, from texts before and after by path."""
    found: list[Hunk] = []
    for path, (before, after) in changed.items():
        if before is None or after is None:
            found.append({"path": path, "before": before, "after": after})
            continue
        old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
        for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_AROUND):
            start, end, new_start, new_end = group[0][1], group[-1][2], group[0][3], group[-1][4]
            found.append({"path": path, "before": "".join(old[start:end]), "after": "".join(new[new_start:new_end])})
    return found


def take_back(files: StagedFiles, hunks: Sequence[Hunk]) -> None:
    """Undo an edit in the present files.

    Raises:
        UserFacingError: The same lines were changed again since.
    """
    for hunk in reversed(hunks):
        path, before, after = hunk["path"], hunk["before"], hunk["after"]
        now = files.read(path)
        if before is None or after is None:
            if now != after:
                raise _changed_since(path)
            files.write(path, before)
        elif now is None or now.count(after) != 1:
            raise _changed_since(path)
        else:
            files.write(path, now.replace(after, before))


def _changed_since(path: str) -> UserFacingError:
    return UserFacingError(
        f"Chưa hoàn tác: phần này của {path} đã được sửa tiếp. Hãy hoàn tác thay đổi mới hơn trước, hoặc sửa tay."
    )

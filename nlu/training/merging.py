"""Two changes of one text brought together, line by line (diff3)."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

__all__ = ["Merged", "merge"]


class Merged(str):
    """The text of both changes; `conflict` says that they met, and that `theirs` was taken there."""

    conflict = False


def merge(base: str, ours: str, theirs: str) -> Merged:
    r"""What differs between `base` and `theirs`, changed in `ours`.

    >>> merge("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n")
    'A\nb\nC\n'
    >>> merge("a\n", "b\n", "c\n").conflict
    True
    """
    lines, mine, other = (text.splitlines(keepends=True) for text in (base, ours, theirs))
    out: list[str] = []
    conflict = False
    at = (0, 0, 0)
    for base_at, mine_at, other_at, size in _unchanged(lines, mine, other):
        before, left, right = lines[at[0] : base_at], mine[at[1] : mine_at], other[at[2] : other_at]
        conflict |= before != left and before != right and left != right
        out += left if right == before else right
        out += lines[base_at : base_at + size]
        at = (base_at + size, mine_at + size, other_at + size)
    merged = Merged("".join(out))
    merged.conflict = conflict
    return merged


def _unchanged(base: list[str], ours: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of lines that stand in all three, as (place in base, in ours, in theirs, length); the last one is empty."""
    left = SequenceMatcher(None, base, ours, autojunk=False).get_matching_blocks()
    right = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    for one in left:
        for two in right:
            start, end = max(one.a, two.a), min(one.a + one.size, two.a + two.size)
            if start < end:
                yield start, one.b + start - one.a, two.b + start - two.a, end - start
    yield len(base), len(ours), len(theirs), 0

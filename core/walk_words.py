"""What is typed while walking a guide ("xong r", "kẹt rồi", "bước 3 làm lại"), in any of the short forms people use.

The words stand in ``data/talk/walking.yml``. Only whole messages count: whatever says more goes to the classifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from core.errors import ContentError
from core.phrases import Phrases, bare
from core.text import fold

__all__ = ["WalkMove", "WalkWords"]

_NUMBERS = {  # without accents "sáu" is "sau" (next)
    "mot": 1,
    "nhat": 1,
    "dau": 1,
    "dau tien": 1,
    "hai": 2,
    "nhi": 2,
    "ba": 3,
    "bon": 4,
    "tu": 4,
    "nam": 5,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
    "cuoi": -1,
    "cuoi cung": -1,
}
_STEP = re.compile(
    rf"(?:^| )(?:buoc|bc|b)(?: (?:so|thu))? ?(\d{{1,2}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})(?= |$)"
)


class WalkMove(StrEnum):
    """What a short message does to a walk."""

    NEXT = "next"
    BACK = "back"
    STUCK = "stuck"
    SAME = "same"
    WHERE = "where"
    RESUME = "resume"
    RESTART = "restart"
    WAIT = "wait"
    STOP = "stop"


class WalkWords:
    """The words of an installation."""

    def __init__(self, moves: Mapping[WalkMove, Phrases], courtesy: frozenset[str], jump: frozenset[str]) -> None:
        self._moves = moves
        self._courtesy = courtesy
        self._jump = jump

    @classmethod
    def load(cls, path: Path) -> WalkWords:
        """Read the words.

        Raises:
            ContentError: Says what is wrong.
        """
        try:
            raw: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            moves = {WalkMove(name): Phrases(phrases) for name, phrases in raw["moves"].items()}
            courtesy, jump = (frozenset(fold(str(word)) for word in raw[name]) for name in ("courtesy", "jump"))
            return cls(moves, courtesy, jump)
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise ContentError([f"{path}: {error}; see the head of the file"]) from error

    def move(self, words: Sequence[str]) -> WalkMove | None:
        """The move that normalised `words` make, courtesy at both ends left out; None when they say more or else."""
        for tried in self._without_courtesy(bare(words).split()):
            for move, phrases in self._moves.items():
                if phrases.whole(tried):
                    return move
        return None

    def step(self, words: Sequence[str], total: int) -> tuple[int, bool] | None:
        """The step (from 1) that a message asks to go to ("bước 3 làm lại", "b2", "bước cuối"), and whether one is stuck there.

        Who is done with a step asks for the next. None when it names none of the `total` steps, or asks something about one.
        """
        said = " ".join("6" if word == "sáu" else fold(word) for word in words)
        if not (match := _STEP.search(said)):
            return None
        number = _NUMBERS.get(match.group(1)) or int(match.group(1))
        number = total if number == -1 else number
        if not 1 <= number <= total:
            return None
        rest = f"{said[: match.start()]} {said[match.end() :]}".split()
        fillers = self._jump | self._courtesy
        if set(rest) <= fillers:
            return number, False
        if "xong" in rest and set(rest) - {"xong"} <= fillers:
            return number + 1, False
        return (number, True) if self.move(rest) is WalkMove.STUCK else None

    def _without_courtesy(self, said: Sequence[str]) -> Iterator[str]:
        """The message as it is, then with less and less of the courtesy at its ends; one word always stays."""
        first = next((n for n, word in enumerate(said) if word not in self._courtesy), len(said) - 1)
        last = next((n for n, word in enumerate(reversed(said)) if word not in self._courtesy), len(said) - 1)
        for end in range(last + 1):
            for start in range(first + 1):
                if left := said[start : len(said) - end]:
                    yield " ".join(left)

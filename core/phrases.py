"""Phrases as authors write them in data files: ``a/b`` either word, ``…`` up to four words between, ``word?`` may be missing.

They are compared without accents, word by word, with normalised words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.text import fold

__all__ = ["Phrases", "bare"]


def bare(words: Sequence[str]) -> str:
    """Words without accents, as `Phrases` reads them."""
    return " ".join(fold(word) for word in words)


class Phrases:
    """A group of phrases, any of which may be said.

    >>> said = Phrases(["làm xong rồi?", "không … được"])
    >>> said.whole("lam xong"), said.within("toi khong bam nut duoc"), said.whole("toi lam xong")
    (True, True, False)
    """

    def __init__(self, phrases: Iterable[object]) -> None:
        either = "|".join(_expression(str(phrase)) for phrase in phrases)
        self._expression = re.compile(rf"(?<!\S)(?:{either})") if either else None

    def within(self, said: str) -> bool:
        """Whether one of them is said somewhere in `said` (see `bare`)."""
        return self._expression is not None and self._expression.search(said + " ") is not None

    def whole(self, said: str) -> bool:
        """Whether `said` is one of them and nothing else."""
        return self._expression is not None and self._expression.fullmatch(said + " ") is not None


def _expression(phrase: str) -> str:
    """Each word takes the blank behind it along, so that any of them can be missing."""
    made = ""
    for part in fold(phrase).split():
        if part == "…":
            made += r"(?:\S+ ){0,4}"
            continue
        either = "|".join(re.escape(word) for word in part.rstrip("?").split("/"))
        made += rf"(?:(?:{either}) )" + ("?" if part.endswith("?") else "")
    return made

"""Phrases as authors write them in data files: ``a/b`` either word, ``…`` up to four words between, ``word?`` may be missing.

They are compared word by word with normalised words: without accents, or, where words that differ only in these would do harm,
with them (`Accented`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.text import fold, normalize_word, toneless

__all__ = ["Accented", "Phrases", "bare"]


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
        either = "|".join(self._pattern(str(phrase)) for phrase in phrases)
        self._expression = re.compile(rf"(?<!\S)(?:{either})") if either else None

    def within(self, said: str) -> bool:
        """Whether one of them is said somewhere in `said` (see `bare`)."""
        return self._expression is not None and self._expression.search(said + " ") is not None

    def whole(self, said: str) -> bool:
        """Whether `said` is one of them and nothing else."""
        return self._expression is not None and self._expression.fullmatch(said + " ") is not None

    def _pattern(self, phrase: str) -> str:
        """Each word takes the blank behind it along, so that any of them can be missing."""
        made = ""
        for part in phrase.lower().split():
            if part == "…":
                made += r"(?:\S+ ){0,4}"
                continue
            spelled = dict.fromkeys(form for word in part.rstrip("?").split("/") for form in self._forms(word))
            made += rf"(?:(?:{'|'.join(map(re.escape, spelled))}) )" + ("?" if part.endswith("?") else "")
        return made

    def _forms(self, word: str) -> tuple[str, ...]:
        """How `word` may be spelled in what is said."""
        return (fold(word),)


class Accented(Phrases):
    """Phrases for words as they are typed: accents may be left out, all of them or the tone, but none be another.

    A word with ``!`` behind it is meant with its accents only.

    >>> said = Accented(["tự vẫn!", "đang cháy"])
    >>> said.within("muốn tự vẫn"), said.within("cần tư vấn"), said.within("can tu van")
    (True, False, False)
    >>> said.within("nha dang chay"), said.within("hồ sơ đang chạy")
    (True, False)
    """

    def _forms(self, word: str) -> tuple[str, ...]:
        written = normalize_word(word.rstrip("!"))
        return (written,) if word.endswith("!") else (written, toneless(written), fold(written))

"""Slips of the keyboard, undone by what usually stands beside the word ("đăng kys tạm trsu", "cấp lạii căn cưcớ")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from core.telex import is_syllable, replayed
from core.text import fold

__all__ = ["Speller"]

_SHORTEST = 2
_EDGE = ""
"""Stands before the first word and after the last."""


class Speller:
    """Knows the words of the training data and which stand side by side there; all without accents.

    Args:
        forms: Word without accents → the ways it is written, the commonest first.
        pairs: Two neighbouring words without accents, joined by a blank → how often.
    """

    def __init__(self, forms: Mapping[str, Sequence[str]], pairs: Mapping[str, int]) -> None:
        self._forms = forms
        self._pairs = pairs
        self._nearly: dict[str, list[str]] = {}
        for word in forms:
            for shorter in _one_letter_less(word):
                self._nearly.setdefault(shorter, []).append(word)

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]]) -> Speller:
        """Learn from normalised words. What occurs once may be a slip itself and is not learned."""
        written: dict[str, Counter[str]] = {}
        pairs: Counter[str] = Counter()
        for words in texts:
            bare = [fold(word) for word in words]
            for word, plain in zip(words, bare, strict=True):
                written.setdefault(plain, Counter())[word] += 1
            pairs.update(f"{a} {b}" for a, b in pairwise((_EDGE, *bare, _EDGE)))
        forms = {
            plain: sorted(counts, key=lambda form: (-counts[form], form))
            for plain, counts in written.items()
            if plain.isalpha() and sum(counts.values()) > 1
        }
        return cls(forms, {pair: count for pair, count in pairs.items() if count > 1})

    def repair(self, words: Sequence[str]) -> list[str]:
        """`words` with slips undone: as many words, the rest untouched.

        A word is taken for one that is a slip away from it (a letter missing, too many, another, two swapped, or keystrokes of
        Telex or VNI left standing) and known beside its neighbours: beside either, where what was typed is no Vietnamese
        syllable; beside both, where it could be one. A word written as it was learned is left alone.
        """
        repaired = list(words)
        bare = [_EDGE, *(fold(word) for word in words), _EDGE]
        for at, word in enumerate(words):
            plain, before, after = bare[at + 1], bare[at], bare[at + 2]
            known = self._forms.get(plain, ())
            if len(plain) < _SHORTEST or not plain[0].isalpha() or (word == plain and known) or word in known:
                continue
            if self._count(before, plain) or self._count(plain, after):
                repaired[at] = plain  # the letters are right, so an accent is wrong
                continue
            foreign = not is_syllable(word)
            best = self._best(word, plain, before, after, agreeing=1 if foreign else 2)
            if best is None and foreign:
                best = self._obvious(word)
            if best:
                repaired[at], bare[at + 1] = self._forms[best][0], best
        return repaired

    def _count(self, one: str, other: str) -> int:
        return self._pairs.get(f"{one} {other}", 0)

    def _best(self, word: str, plain: str, before: str, after: str, agreeing: int) -> str | None:
        """The likeliest word a slip away: known beside most neighbours, then nearest with its accents, then oftenest."""
        best: tuple[int, bool, int] | None = None
        found = None
        for candidate in self._candidates(word, plain):
            beside = self._count(before, candidate), self._count(candidate, after)
            agree = sum(count > 0 for count in beside)
            rank = (agree, _one_slip_apart(word, self._forms[candidate][0]), sum(beside))
            if agree >= agreeing and (best is None or rank > best):
                best, found = rank, candidate
        return found

    def _obvious(self, word: str) -> str | None:
        """A known word in keystrokes, or with a letter typed twice, whatever stands beside it."""
        made = replayed(word)
        found = {fold(made)} if made else set()
        found |= {fold(word[:at] + word[at + 1 :]) for at in range(1, len(word)) if fold(word[at]) == fold(word[at - 1])}
        known = sorted(found & self._forms.keys())
        return known[0] if known else None

    def _candidates(self, word: str, plain: str) -> list[str]:
        """Known words one slip away from `word` (`plain` without its accents), in alphabetical order."""
        made = replayed(word)
        found = {fold(made)} & self._forms.keys() if made else set()
        if plain.isalpha():
            shorter = _one_letter_less(plain)
            found |= shorter & self._forms.keys()  # one letter too many
            found.update(self._nearly.get(plain, ()))  # one missing
            nearly = (other for less in shorter for other in self._nearly.get(less, ()))
            found.update(other for other in nearly if len(other) == len(plain) and _one_slip(other, plain))
        return sorted(found - {plain})

    # storage

    def as_dict(self) -> dict[str, Any]:
        """For a JSON file."""
        return {"forms": dict(self._forms), "pairs": dict(self._pairs)}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Speller:
        """The reverse of `as_dict`."""
        return cls(raw["forms"], raw["pairs"])


def _one_letter_less(word: str) -> set[str]:
    return {word[:at] + word[at + 1 :] for at in range(len(word))} if len(word) > 1 else set()


def _one_slip(one: str, other: str) -> bool:
    """Whether two words of the same length differ in one letter, or in two that are swapped."""
    places = [at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(places) == 1:
        return True
    return (
        len(places) == 2
        and places[1] - places[0] == 1
        and one[places[0]] == other[places[1]]
        and one[places[1]] == other[places[0]]
    )


def _one_slip_apart(one: str, other: str) -> bool:
    """Whether two words are the same but for one slip, accents and all."""
    if len(one) == len(other):
        return _one_slip(one, other)
    short, long = sorted((one, other), key=len)
    return len(long) - len(short) == 1 and short in _one_letter_less(long)

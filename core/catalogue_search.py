"""Finding a procedure in the imported national catalogue by its official name.

Citizens say less than the official name does, so what counts most is how much of what they said the name covers
(words and word pairs, weighed by rarity), then how close the two are as a whole. Words of asking are left out, everyday
words bring the official ones along, names of another operation on the same object stand back, and a long name is found by
its head too: what stands before it says whom and what it is for
(``data/lexicon/question_words.yml``, ``synonyms.yml``, ``operations.yml``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from core.features import NgramFeatures
from core.operations import Operations, plain_words
from core.query_words import QueryWords
from core.text import fold

if TYPE_CHECKING:
    from core.catalogue import CatalogueEntry

__all__ = ["CatalogueHit", "CatalogueIndex"]

_CLOSENESS = 0.6
_COVERED_NAME = 0.4
_PAIR = 0.5
_ACCENTS = 0.4
"""Of a word typed with accents, what a name loses that has the word with others: "tiệm" is not "tiêm"."""
_SYNONYM = 0.7
_SYNONYM_ASKED = 0.3
_EVERYDAY = 0.5
"""Of a word said, how much a name without it loses if an official word stands for it."""
_COMMUNE = 0.03
_PROVINCE = 0.015
_MINISTRY = -0.04
_UNSEEN = 0.5
_OPERATION_MISSING = 0.15
_OPERATION_UNASKED = 0.12
_OPERATION_BEYOND = 0.06
_WEIGHED = 60
_HEAD = -0.05
_SHORTEST_HEAD = 3
_ENDS = (("đối", "với"), ("trong", "trường", "hợp"), ("thuộc", "thẩm", "quyền"), ("do",), ("cho",), ("của",), ("tại",))

Gram = str | tuple[str, str]
G = TypeVar("G")


@dataclass(frozen=True)
class CatalogueHit:
    """A procedure that may be meant.

    Args:
        code: Of the first procedure with its name.
        score: How well the name fits, 0 to about 1.1.
        coverage: How much of the query the name covers, 0 to 1.
        same: Codes of the other procedures with the very same name, which another level or agency handles.
        by_head: Whether the head of the name fits better than the whole of it.
        told: How much those words of the query tell; 1 is a word that one name has, "xe" is in so many that it tells 0.4.
    """

    code: str
    score: float
    coverage: float
    same: tuple[str, ...] = ()
    by_head: bool = False
    told: float = 0.0


class CatalogueIndex:
    """Names of procedures, searchable. Building it takes a few seconds for the whole national catalogue.

    Args:
        entries: What can be found.
        query_words: See there.
        operations: See there.
    """

    def __init__(self, entries: Iterable[CatalogueEntry], query_words: QueryWords, operations: Operations) -> None:
        self._query = query_words
        self._operations = operations
        by_name: defaultdict[tuple[str, ...], list[CatalogueEntry]] = defaultdict(list)
        for entry in entries:
            by_name[plain_words(entry.name)].append(entry)
        forms = [(n, form) for n, name in enumerate(by_name) for form in (name, _head(name)) if form]
        self._family = np.asarray([n for n, _ in forms], dtype=np.intp)
        self._names = [tuple(fold(word) for word in form) for _, form in forms]
        self._named = [operations.named(name) for name in by_name]
        families = [sorted(family, key=lambda entry: (-_nearness(entry), entry.code)) for family in by_name.values()]
        self._codes = [tuple(entry.code for entry in family) for family in families]
        self.place = {code: n for n, codes in enumerate(self._codes) for code in codes}
        self._features = NgramFeatures.fit(self._names)
        self._by_gram = self._features.matrix(self._names).T.tocsr()
        self._holders = _holders(dict.fromkeys(chain[Gram](name, pairwise(name))) for name in self._names)
        self._spelled = _holders({word for word in form if not word.isascii()} for _, form in forms)
        count = len(by_name)
        self._is_head = np.diff(self._family, prepend=-1) == 0
        names = {gram: np.count_nonzero(~self._is_head[rows]) for gram, rows in self._holders.items()}
        self._rarity = {gram: math.log(1 + count / (1 + holding)) for gram, holding in names.items()}
        self._rarest = math.log(1 + count)
        self._unseen = _UNSEEN * self._rarest
        self._sizes = np.asarray([sum(self._rarity[word] for word in set(name)) or 1.0 for name in self._names])
        nearness = np.asarray([_nearness(family[0]) for family in families])
        self._bonus = nearness[self._family] + _HEAD * self._is_head

    def operations(self, code: str) -> frozenset[str]:
        """The operations that the official name of a procedure is about; empty for an unknown one."""
        return self._named[self.place[code]] if code in self.place else frozenset()

    def search(self, words: Sequence[str], limit: int = 10) -> list[CatalogueHit]:
        """The procedures whose names are nearest to normalised `words`, best first; each name once."""
        bare = [fold(word) for word in words]
        asking = frozenset(fold(word) for word in words if word in self._query.stop)
        coverage, covered, told = self._coverage(words, bare, asking)
        scores = (
            _CLOSENESS * self._closeness(bare, asking) + (1 - _CLOSENESS) * (coverage + _COVERED_NAME * covered) + self._bonus
        )
        near = [int(i) for i in _highest(scores, max(limit, _WEIGHED)) if coverage[i] > 0]
        asked = self._operations.said(words)
        hits: dict[int, CatalogueHit] = {}
        for i in near:
            n = int(self._family[i])
            if n not in hits:
                score = float(scores[i]) - self._apart(asked, n)
                code, *same = self._codes[n]
                hits[n] = CatalogueHit(code, score, float(coverage[i]), tuple(same), bool(self._is_head[i]), float(told[i]))
        return sorted(hits.values(), key=lambda hit: -hit.score)[:limit]

    def _apart(self, asked: frozenset[str], n: int) -> float:
        """What a name loses for being about other operations than those asked for."""
        named = self._named[n]
        unasked = _OPERATION_UNASKED if named and not named & asked else _OPERATION_BEYOND * min(len(named - asked), 1)
        return _OPERATION_MISSING * len(asked - named) + unasked

    def _closeness(self, bare: Sequence[str], asking: frozenset[str]) -> npt.NDArray[np.float64]:
        """How near each name is as a whole, as the mean of the query with its words of asking and without them."""
        query: defaultdict[int, float] = defaultdict(float)
        for words in (bare, [word for word in bare if word not in asking] or bare):
            for column, value in zip(*self._features.vector(words), strict=True):
                query[column] += value / 2
        if not query:
            return np.zeros(len(self._names))
        values = np.asarray(list(query.values()), dtype=np.float32)
        return np.asarray(self._by_gram[list(query)].T @ values, dtype=np.float64)

    def _coverage(
        self, words: Sequence[str], bare: Sequence[str], asking: frozenset[str]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """For each name: the share of the query it covers, the share of itself that the query covers, what the former tells."""
        found = np.zeros(len(self._names))
        named = np.zeros(len(self._names))
        asked = 0.0
        official, everyday = self._query.official(bare)
        told = {word: typed for word, typed in zip(bare, words, strict=True) if word not in asking}
        for word, typed in told.items():
            weight = self._rarity.get(word, self._unseen)
            asked += weight * _EVERYDAY if word in everyday else weight
            spelled = self._spelled.get(typed) if not typed.isascii() else None
            for sums in (found, named):
                self._add(sums, word, weight if typed.isascii() else weight * (1 - _ACCENTS))
                if spelled is not None:
                    sums[spelled] += weight * _ACCENTS
        for word in official:
            if word not in told:
                weight = self._rarity.get(word, 0.0)
                asked += _SYNONYM * _SYNONYM_ASKED * weight
                self._add(found, word, _SYNONYM * weight)
                self._add(named, word, weight)
        for pair in dict.fromkeys(pairwise(bare)):
            if pair in self._holders and not set(pair) <= asking:
                asked += _PAIR * self._rarity[pair]
                self._add(found, pair, _PAIR * self._rarity[pair])
        return np.minimum(found / (asked or 1.0), 1.0), named / self._sizes, found / self._rarest

    def _add(self, sums: npt.NDArray[np.float64], gram: Gram, weight: float) -> None:
        rows = self._holders.get(gram)
        if rows is not None:
            sums[rows] += weight


def _highest(scores: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.intp]:
    """Where the `count` highest scores stand, best first; of equal ones the first."""
    if count < len(scores):
        lowest = np.partition(scores, -count)[-count]
        candidates = np.flatnonzero(scores >= lowest)
    else:
        candidates = np.arange(len(scores))
    return candidates[np.argsort(-scores[candidates], kind="stable")][:count]


def _head(name: Sequence[str]) -> tuple[str, ...]:
    """What a procedure is called before the name goes on to whom and what it is for; empty where it does not go on."""
    ends = (n for n in range(_SHORTEST_HEAD, len(name)) if any(tuple(name[n : n + len(end)]) == end for end in _ENDS))
    return tuple(name[: next(ends, 0)])


def _nearness(entry: CatalogueEntry) -> float:
    """What a procedure gains for being handled near the citizen, where most questions come from."""
    if entry.is_ward:
        return _COMMUNE
    return _PROVINCE if entry.is_province else _MINISTRY


def _holders(grams: Iterable[Iterable[G]]) -> dict[G, npt.NDArray[np.int32]]:
    """For each gram, the names that hold it; `grams` are those of each name, each once."""
    holders: defaultdict[G, list[int]] = defaultdict(list)
    for n, held in enumerate(grams):
        for gram in held:
            holders[gram].append(n)
    return {gram: np.asarray(rows, dtype=np.int32) for gram, rows in holders.items()}

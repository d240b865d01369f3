"""Finding a procedure in the imported national catalogue by its official name.

Citizens say less than the official name does, so what counts most is how much of what they said the name covers
(words and word pairs, weighed by rarity), then how close the two are as a whole. Words of asking are left out, and
everyday words bring the official ones along (``data/lexicon/question_words.yml``, ``synonyms.yml``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import yaml

from core.errors import ContentError
from core.features import NgramFeatures
from core.text import clean, fold, tokenize

if TYPE_CHECKING:
    from core.catalogue import CatalogueEntry

__all__ = ["CatalogueHit", "CatalogueIndex", "QueryWords"]

_CLOSENESS = 0.6
_COVERED_NAME = 0.4
_PAIR = 0.5
_SYNONYM = 0.7
_SYNONYM_ASKED = 0.3
_COMMUNE_FIRST = 0.03
_PROVINCE_NEXT = 0.015

Gram = str | tuple[str, str]


@dataclass(frozen=True)
class CatalogueHit:
    """A procedure with how well its name fits (0 to about 1.1), and how much of the query the name covers (0 to 1)."""

    code: str
    score: float
    coverage: float


@dataclass(frozen=True)
class QueryWords:
    """What the search knows of queries: words that do not name anything, and everyday words for official ones."""

    stop: frozenset[str]
    """With accents; and without, for words typed so."""
    synonyms: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    @classmethod
    def load(cls, folder: Path) -> QueryWords:
        """Read ``question_words.yml`` and ``synonyms.yml`` in `folder`.

        Raises:
            ContentError: A file is missing or not of its form.
        """
        try:
            asking = yaml.load((folder / "question_words.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            stop = [*asking["question_words"].split(), *asking["question_words_bare"].split()]
            raw = yaml.load((folder / "synonyms.yml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["synonyms"]
            synonyms = tuple((_words(say), _words(entry["also"])) for entry in raw for say in entry["say"])
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ContentError(
                [f"{folder}: question_words.yml or synonyms.yml: {error!r}; see the heads of the files"]
            ) from error
        return cls(frozenset(stop), synonyms)


def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(token.norm) for token in tokenize(clean(text)))


class CatalogueIndex:
    """Names of procedures, searchable. Building it takes a few seconds for the whole national catalogue.

    Args:
        entries: What can be found.
        query_words: See there.
    """

    def __init__(self, entries: Iterable[CatalogueEntry], query_words: QueryWords) -> None:
        self._query = query_words
        listed = list(entries)
        self.codes = [entry.code for entry in listed]
        self.place = {code: n for n, code in enumerate(self.codes)}
        names = [_words(entry.name) for entry in listed]
        self._features = NgramFeatures.fit(names)
        self._rows = self._features.matrix(names)
        self._holders = _holders(names)
        self._rarity = {gram: math.log(1 + len(names) / (1 + len(rows))) for gram, rows in self._holders.items()}
        self._unseen = math.log(1 + len(names))
        self._sizes = np.asarray([sum(self._rarity[word] for word in set(name)) or 1.0 for name in names])
        self._bonus = np.asarray([_COMMUNE_FIRST if e.is_ward else _PROVINCE_NEXT if e.is_province else 0.0 for e in listed])

    def search(self, words: Sequence[str], limit: int = 10) -> list[CatalogueHit]:
        """The procedures whose names are nearest to normalised `words`, best first."""
        bare = [fold(word) for word in words]
        asking = frozenset(fold(word) for word in words if word in self._query.stop)
        coverage, covered = self._coverage(bare, asking)
        scores = _CLOSENESS * self._closeness(bare) + (1 - _CLOSENESS) * (coverage + _COVERED_NAME * covered) + self._bonus
        best = np.argsort(-scores, kind="stable")[:limit]
        return [CatalogueHit(self.codes[i], float(scores[i]), float(coverage[i])) for i in best if coverage[i] > 0]

    def _closeness(self, bare: Sequence[str]) -> npt.NDArray[np.float64]:
        columns, values = self._features.vector(bare)
        query = np.zeros(self._rows.shape[1], dtype=np.float32)
        query[columns] = values
        return np.asarray(self._rows @ query, dtype=np.float64)

    def _coverage(self, bare: Sequence[str], asking: frozenset[str]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """For each name: the share of the query it covers, and the share of itself that the query covers."""
        found = np.zeros(len(self.codes))
        named = np.zeros(len(self.codes))
        asked = 0.0
        told = [word for word in dict.fromkeys(bare) if word not in asking]
        for word in told:
            weight = self._rarity.get(word, self._unseen)
            asked += weight
            self._add(found, word, weight)
            self._add(named, word, weight)
        for word in self._synonyms(bare):
            if word not in told:
                weight = self._rarity.get(word, 0.0)
                asked += _SYNONYM * _SYNONYM_ASKED * weight
                self._add(found, word, _SYNONYM * weight)
                self._add(named, word, weight)
        for pair in dict.fromkeys(pairwise(bare)):
            if pair in self._holders and not set(pair) <= asking:
                asked += _PAIR * self._rarity[pair]
                self._add(found, pair, _PAIR * self._rarity[pair])
        return found / (asked or 1.0), named / self._sizes

    def _add(self, sums: npt.NDArray[np.float64], gram: Gram, weight: float) -> None:
        rows = self._holders.get(gram)
        if rows is not None:
            sums[rows] += weight

    def _synonyms(self, bare: Sequence[str]) -> list[str]:
        added: list[str] = []
        for say, also in self._query.synonyms:
            if any(tuple(bare[i : i + len(say)]) == say for i in range(len(bare) - len(say) + 1)):
                added += also
        return list(dict.fromkeys(added))


def _holders(names: Sequence[tuple[str, ...]]) -> Mapping[Gram, npt.NDArray[np.int32]]:
    """For each word and word pair, the names that hold it."""
    holders: defaultdict[Gram, list[int]] = defaultdict(list)
    for n, name in enumerate(names):
        for word in dict.fromkeys(name):
            holders[word].append(n)
        for pair in dict.fromkeys(pairwise(name)):
            holders[pair].append(n)
    return {gram: np.asarray(rows, dtype=np.int32) for gram, rows in holders.items()}

"""Finding the guide a citizen means.

The index holds every name and every described need of every guide. A query is compared with each of them
(nearest wording) and with each guide as a whole (its characteristic words), on accented and accent-stripped words
and letter n-grams; words that many guides share weigh little. It is built in memory when the process starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags, vstack

from core.features import NgramFeatures
from core.guides import Guide
from core.text import Lexicon, fold, tokenize

__all__ = ["Hit", "SearchIndex", "words_of"]

_NAME_WEIGHT = 1.0
_NEED_WEIGHT = 0.95
_WHOLE_SHARE = 0.5
_LONGEST_NAME = 12


@dataclass(frozen=True)
class Hit:
    """A guide with how well it fits the query (0 = nothing in common, 1 = its very name)."""

    guide: str
    score: float


def words_of(text: str, lexicon: Lexicon) -> list[str]:
    """The normalised words of `text`."""
    return " ".join(token.norm for token in tokenize(text, lexicon)).split()


class SearchIndex:
    """Guides by what people call them and when they need them.

    Args:
        guides: What can be found.
        lexicon: Teencode and dialect, undone in guides and queries alike.
    """

    def __init__(self, guides: Iterable[Guide], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._ids: list[str] = []
        self._names: dict[tuple[str, ...], set[str]] = {}
        texts: list[list[str]] = []
        owners: list[int] = []
        weights: list[float] = []
        wholes: list[list[str]] = []
        for guide in guides:
            whole: list[str] = []
            for phrase, weight in self._phrases(guide):
                words = words_of(phrase, lexicon)
                texts.append(words)
                owners.append(len(self._ids))
                weights.append(weight)
                whole += words
            wholes.append(whole)
            self._ids.append(guide.id)
            self._learn_names(guide)
        self._features = NgramFeatures.fit(wholes)
        phrases = self._features.matrix([*texts, *([fold(word) for word in words] for words in texts)])
        owner = np.asarray(owners * 2, dtype=np.int64)
        side_by_side = np.argsort(owner, kind="stable")
        self._first_phrases = np.flatnonzero(np.diff(owner[side_by_side], prepend=-1))
        self._phrases_count = len(owner)
        weighted = csr_matrix(diags(np.asarray(weights * 2, dtype=np.float32)) @ phrases, dtype=np.float32)
        # Kept by gram: a question looks up the hundred or two that it holds instead of visiting every phrase.
        self._by_gram = vstack([weighted[side_by_side], self._centroids(phrases, owner)], format="csr").T.tocsr()

    def _learn_names(self, guide: Guide) -> None:
        for name in (guide.title, guide.short_title, *guide.aliases):
            words = tuple(fold(word) for word in words_of(name, self._lexicon))
            if len(words) > 1:
                self._names.setdefault(words, set()).add(guide.id)

    def named(self, words: Sequence[str]) -> str | None:
        """The guide whose name, of all names said in full, is the longest; None when none is, or it is shared."""
        bare = [fold(word) for word in words]
        for size in range(min(len(bare), _LONGEST_NAME), 1, -1):
            said = {guide for at in range(len(bare) - size + 1) for guide in self._names.get(tuple(bare[at : at + size]), ())}
            if said:
                return said.pop() if len(said) == 1 else None
        return None

    @staticmethod
    def _phrases(guide: Guide) -> list[tuple[str, float]]:
        names = dict.fromkeys((guide.title, guide.short_title, *guide.aliases))
        return [(name, _NAME_WEIGHT) for name in names] + [(need, _NEED_WEIGHT) for need in guide.needs]

    def _centroids(self, phrases: csr_matrix, owner: npt.NDArray[np.int64]) -> csr_matrix:
        """One row a guide: the mean of its phrases, scaled to length 1."""
        rows = len(owner)
        gather = csr_matrix((np.ones(rows, dtype=np.float32), (owner, np.arange(rows))), shape=(len(self._ids), rows))
        summed = gather @ phrases
        norms = np.sqrt(np.asarray(summed.multiply(summed).sum(axis=1))).ravel()
        norms[norms == 0] = 1
        return csr_matrix(summed.multiply((1 / norms)[:, None]), dtype=np.float32)

    def search(self, words: Sequence[str], limit: int = 10) -> list[Hit]:
        """The guides nearest to normalised `words`, best first."""
        scores = self.scores(words)
        best = np.argsort(-scores, kind="stable")[:limit]
        return [Hit(self._ids[i], float(scores[i])) for i in best if scores[i] > 0]

    def scores(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """How well each guide fits, in the order of `ids`."""
        columns, values = self._features.vector(words)
        if not columns:
            return np.zeros(len(self._ids), dtype=np.float32)
        fits = self._by_gram[columns].T @ np.asarray(values, dtype=np.float32)
        nearest = np.maximum.reduceat(fits[: self._phrases_count], self._first_phrases)
        return np.asarray((1 - _WHOLE_SHARE) * nearest + _WHOLE_SHARE * fits[self._phrases_count :], dtype=np.float32)

    @property
    def ids(self) -> list[str]:
        """Guide ids in the order of `scores`."""
        return self._ids

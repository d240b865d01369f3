"""Sparse features of short Vietnamese texts: words and word pairs, accented and accent-stripped, and letter n-grams.

The intent classifier and the guide search read the same features. Accented and stripped words are separate blocks,
each scaled to the same length, so text typed without accents still fills the stripped blocks completely.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from core.text import fold

__all__ = ["Block", "NgramFeatures"]

Block = str
"""A kind of feature: ``word`` and ``pair`` (as typed), ``bare`` and ``bare_pair`` (without accents), ``char``."""

_BLOCKS: tuple[tuple[Block, float], ...] = (("word", 0.7), ("pair", 0.5), ("bare", 1.0), ("bare_pair", 0.8), ("char", 1.0))
_CHAR_SIZES = (2, 3, 4, 5)


@lru_cache(maxsize=32768)
def _char_grams(word: str) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[i : i + n] for n in _CHAR_SIZES for i in range(len(padded) - n + 1) if n < len(padded) or n == len(padded)
    )


@lru_cache(maxsize=64)  # each classifier and the search ask for the grams of the same message
def _grams(words: tuple[str, ...]) -> dict[Block, list[str]]:
    bare = [fold(word) for word in words]
    return {
        "word": list(words),
        "pair": [f"{a} {b}" for a, b in pairwise(words)],
        "bare": bare,
        "bare_pair": [f"{a} {b}" for a, b in pairwise(bare)],
        "char": [gram for word in bare for gram in _char_grams(word)],
    }


class NgramFeatures:
    """A fitted vocabulary with inverse document frequencies.

    Args:
        vocabulary: For each block, gram → column.
        idf: Weight of each column, float32.
    """

    def __init__(self, vocabulary: dict[Block, dict[str, int]], idf: npt.NDArray[np.float32]) -> None:
        self.vocabulary = vocabulary
        self.idf = idf
        self._idf = idf.tolist()
        self._ends = np.cumsum([len(vocabulary[name]) for name, _ in _BLOCKS])

    @classmethod
    def fit(cls, texts: Iterable[Sequence[str]], min_count: int = 1) -> NgramFeatures:
        """Learn the grams that occur in at least `min_count` of `texts` (each a sequence of normalised words)."""
        counts: dict[Block, Counter[str]] = {name: Counter() for name, _ in _BLOCKS}
        total = 0
        for words in texts:
            total += 1
            for name, grams in _grams(tuple(words)).items():
                counts[name].update(set(grams))
        vocabulary: dict[Block, dict[str, int]] = {}
        idf: list[float] = []
        for name, _ in _BLOCKS:
            kept = sorted(gram for gram, count in counts[name].items() if count >= min_count)
            vocabulary[name] = {gram: len(idf) + i for i, gram in enumerate(kept)}
            idf.extend(math.log((1 + total) / (1 + counts[name][gram])) + 1 for gram in kept)
        return cls(vocabulary, np.asarray(idf, dtype=np.float32))

    def vector(self, words: Sequence[str]) -> tuple[list[int], list[float]]:
        """Columns and values of one text, scaled to length 1 (empty when nothing is known)."""
        columns: list[int] = []
        values: list[float] = []
        grams_by_block = _grams(tuple(words))
        for name, weight in _BLOCKS:
            vocabulary = self.vocabulary[name]
            found: dict[int, float] = {}
            for gram in grams_by_block[name]:
                column = vocabulary.get(gram)
                if column is not None:
                    found[column] = found.get(column, 0.0) + self._idf[column]
            if not found:
                continue
            scale = weight / math.sqrt(sum(value * value for value in found.values()))
            columns.extend(found)
            values.extend(value * scale for value in found.values())
        if values:
            norm = math.sqrt(sum(value * value for value in values))
            values = [value / norm for value in values]
        return columns, values

    def matrix(self, texts: Sequence[Sequence[str]]) -> csr_matrix:
        """Features of many texts, float32, shape (texts, columns): the vectors of all of them, to the last bits of a float32."""
        # Arrays, because lists of a million numbers would leave the process larger for good.
        rows, columns = array("i"), array("i")
        for row, words in enumerate(texts):
            before = len(columns)
            grams_by_block = _grams(tuple(words))
            for name, _ in _BLOCKS:
                vocabulary = self.vocabulary[name]
                columns.extend([vocabulary[gram] for gram in grams_by_block[name] if gram in vocabulary])
            rows.extend([row] * (len(columns) - before))
        at = np.frombuffer(columns, dtype=np.int32) if columns else np.zeros(0, dtype=np.int32)
        shape = (len(texts), len(self.idf))
        found = csr_matrix((self.idf[at], (np.frombuffer(rows, dtype=np.int32) if rows else at, at)), shape=shape)
        of_row = np.repeat(np.arange(len(texts)), np.diff(found.indptr))
        block = np.searchsorted(self._ends, found.indices, side="right")
        squares = np.bincount(of_row * len(_BLOCKS) + block, found.data.astype(np.float64) ** 2, len(texts) * len(_BLOCKS))
        lengths = squares.reshape(len(texts), len(_BLOCKS))
        weights = np.asarray([weight for _, weight in _BLOCKS])
        scale = weights / np.sqrt(np.where(lengths > 0, lengths, 1.0))
        scale /= np.sqrt(np.maximum(((lengths > 0) * weights**2).sum(axis=1), 1e-12))[:, None]
        found.data *= scale[of_row, block].astype(np.float32)
        return found

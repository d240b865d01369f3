"""Messages about the same thing, found without knowing what it is: accents, abbreviations and words of asking do not count.

Two witnesses are heard alike: the words that two messages share, and how alike the guides are that a search finds for
them. The second brings together other words for a known matter; the first, what no guide is about. `docs/nlu.md` has the
figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix, hstack
from scipy.spatial.distance import squareform

from core.features import NgramFeatures
from core.knowledge import Knowledge
from core.search import words_of
from core.text import fold

__all__ = ["FURTHEST", "Clusters", "cluster", "keep_numbers"]

FURTHEST = 0.6
"""Distance between two messages of a group, on average (0 = the same, 1 = nothing in common); `bench.clusters` tries others."""
_SHARPNESS = 4
"""Power of the search's scores: the few guides that fit count, the many that fit a little do not."""
_AT_ONCE = 2500
"""Wordings compared each with each, for memory's sake. What is left joins their groups, or is grouped in the next round."""

_Words = tuple[str, ...]


@dataclass(frozen=True)
class Clusters:
    """How messages fall into groups.

    Args:
        labels: Of each message, the number of its group, from 0.
        fits: Of each message, how near it is to the middle of its group (0 to 1): the highest stands for the group.
    """

    labels: tuple[int, ...]
    fits: tuple[float, ...]


def cluster(texts: Sequence[str], knowledge: Knowledge, furthest: float = FURTHEST) -> Clusters:
    """Group messages by what they are about; the same messages give the same groups.

    Args:
        texts: As citizens typed them, masked.
        knowledge: The guides, and what is known of people's words.
        furthest: Highest average distance within a group.
    """
    wordings = [tuple(words_of(text, knowledge.lexicon)) for text in texts]
    keys = [tuple(fold(word) for word in words) for words in wordings]
    counts = Counter(keys)
    said = dict(zip(keys, wordings, strict=True))
    distinct = sorted(counts, key=lambda key: (-counts[key], key))
    if not distinct:
        return Clusters((), ())
    rows = _features([said[key] for key in distinct], knowledge)
    label_of = _labels(rows, furthest)
    fit_of = np.zeros(len(distinct))
    for label in range(int(label_of.max()) + 1):
        mine = np.flatnonzero(label_of == label)
        fit_of[mine] = np.asarray(rows[mine] @ _middle(rows[mine])).ravel()
    place = {key: n for n, key in enumerate(distinct)}
    return Clusters(tuple(int(label_of[place[key]]) for key in keys), tuple(float(fit_of[place[key]]) for key in keys))


def _features(wordings: Sequence[_Words], knowledge: Knowledge) -> csr_matrix:
    """One row a wording: the words that tell, and the guides they are near to, of equal weight, together of length 1."""
    telling = [_telling(words, knowledge) for words in wordings]
    # What weighs is what guides rarely speak of: by the messages alone, the matter all ask about would weigh least.
    names = [name for guide in knowledge.guides.values() for name in (guide.title, *guide.aliases)]
    everyday = [_telling(words_of(name, knowledge.lexicon), knowledge) for name in names]
    words = NgramFeatures.fit([*everyday, *telling]).matrix(telling)
    near = np.vstack([knowledge.index.scores(said) for said in wordings]) ** _SHARPNESS
    lengths = np.linalg.norm(near, axis=1, keepdims=True)
    near /= np.where(lengths > 0, lengths, 1)
    return csr_matrix(hstack([words, csr_matrix(near)]) * np.sqrt(0.5), dtype=np.float32)


def _telling(said: Sequence[str], knowledge: Knowledge) -> list[str]:
    """The words that say what a message is about, folded, official ones for everyday ones added; all, if none does."""
    stop, bare = knowledge.query_words.stop, [fold(word) for word in said]
    telling = [short for word, short in zip(said, bare, strict=True) if word not in stop and short not in stop]
    return [*(telling or bare), *knowledge.query_words.official(bare)[0]]


def _labels(rows: csr_matrix, furthest: float) -> npt.NDArray[np.int64]:
    """The group of each row, from 0."""
    labels = np.full(rows.shape[0], -1, dtype=np.int64)
    while (left := np.flatnonzero(labels < 0)).size:
        made = int(labels.max()) + 1
        some, rest = left[:_AT_ONCE], left[_AT_ONCE:]
        labels[some] = made + _linked(rows[some], furthest)
        if rest.size:
            fresh = np.arange(made, int(labels.max()) + 1)
            middles = csr_matrix(np.vstack([_middle(rows[labels == label]) for label in fresh]))
            near = np.asarray((rows[rest] @ middles.T).todense())
            close = near.max(axis=1) >= 1 - furthest
            labels[rest[close]] = fresh[near.argmax(axis=1)[close]]
    return labels


def _linked(rows: csr_matrix, furthest: float) -> npt.NDArray[np.int64]:
    """Labels from 0 by average linkage, in the order of the rows."""
    if rows.shape[0] == 1:
        return np.zeros(1, dtype=np.int64)
    distances = np.clip(1 - np.asarray((rows @ rows.T).todense(), dtype=np.float64), 0, None)
    np.fill_diagonal(distances, 0)
    found = fcluster(linkage(squareform(distances, checks=False), method="average"), furthest, criterion="distance").tolist()
    order = {label: n for n, label in enumerate(dict.fromkeys(found))}
    return np.asarray([order[label] for label in found], dtype=np.int64)


def _middle(rows: csr_matrix) -> npt.NDArray[np.float32]:
    """The mean of some rows, of length 1."""
    mean = np.asarray(rows.mean(axis=0), dtype=np.float32).ravel()
    norm = float(np.linalg.norm(mean))
    return mean / np.float32(norm) if norm else mean


def keep_numbers(labels: Mapping[int, int], before: Mapping[int, int]) -> dict[int, int]:
    """Give new groups the numbers of those they continue, so that a page somebody has open still means the same.

    Args:
        labels: Item → label of the new grouping.
        before: Item → number of its group until now, where it had one.

    Returns:
        Item → number. A group continues the one most of its items come from, unless a larger heir does; a new one has the
        number of the first of its items that is free.

    >>> keep_numbers({7: 0, 8: 0, 9: 1}, {7: 5, 8: 5})
    {7: 5, 8: 5, 9: 9}
    """
    shared = Counter((label, before[item]) for item, label in labels.items() if item in before)
    number_of: dict[int, int] = {}
    for (label, number), _ in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
        if label not in number_of and number not in number_of.values():
            number_of[label] = number
    taken = set(number_of.values()) | set(before.values())
    members: dict[int, list[int]] = {}
    for item, label in sorted(labels.items()):
        members.setdefault(label, []).append(item)
    for label, items in members.items():
        if label not in number_of:
            number_of[label] = next((item for item in items if item not in taken), max(taken, default=0) + 1)
            taken.add(number_of[label])
    return {item: number_of[label] for item, label in labels.items()}

"""How well messages about the same thing are brought together: ``python -m bench.clusters``.

The held-out sentences of ``tests/nlu`` are grouped, and the groups compared with the guides the sentences are about. The same
once more with half of the guides unknown to the search, for the sentences about that half alone: what the inbox of the
trainers is for. *Purity*: share of the sentences in groups of three or more that are about what most of their group is
about. *Together*: share of a guide's sentences, five or more, that are in one group, on average. Time is told against that
of reading the same sentences into words.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from bot.settings import ROOT
from core.knowledge import Knowledge
from core.search import SearchIndex, words_of
from nlu.training.clusters import FURTHEST, cluster
from nlu.training.held_out import load_held_out

__all__ = ["main"]

_DISTANCES = (0.5, 0.55, FURTHEST, 0.65, 0.7)
_LARGE, _MANY = 3, 5


def main() -> None:
    """Print both tables."""
    knowledge = Knowledge.load(ROOT / "data")
    asked = [
        item for item in load_held_out(ROOT / "tests" / "nlu", knowledge.guides) if item.set not in {"conversations", "dialogue"}
    ]
    about = [item.expected.guides[0] if item.expected and item.expected.guides else item.id for item in asked]
    texts = [item.text for item in asked]
    out = Console(soft_wrap=True)
    _table(out, "all guides known", texts, about, knowledge)
    ids = sorted(knowledge.guides)
    random.Random(1).shuffle(ids)
    unknown = set(ids[: len(ids) // 2])
    known = [guide for guide in knowledge.guides.values() if guide.id not in unknown]
    half = replace(knowledge, index=SearchIndex(known, knowledge.lexicon))
    chosen = [n for n, guide in enumerate(about) if guide in unknown or guide not in knowledge.guides]
    _table(out, "about unknown guides", [texts[n] for n in chosen], [about[n] for n in chosen], half)


def _table(out: Console, title: str, texts: Sequence[str], about: Sequence[str], knowledge: Knowledge) -> None:
    table = Table(
        "furthest", "groups", f"of {_LARGE} or more", "purity", "together", "time", title=f"{title}: {len(texts)} sentences"
    )
    started = time.process_time()
    for text in texts:
        words_of(text, knowledge.lexicon)
    reading = time.process_time() - started
    for furthest in _DISTANCES:
        started = time.process_time()
        labels = cluster(texts, knowledge, furthest).labels
        spent = (time.process_time() - started) / reading
        sizes = Counter(labels)
        large = {label for label, size in sizes.items() if size >= _LARGE}
        table.add_row(
            str(furthest),
            str(len(sizes)),
            str(len(large)),
            _purity(labels, about, large),
            _together(labels, about),
            f"{spent:.1f} ×",
        )
    out.print(table)


def _purity(labels: Sequence[int], about: Sequence[str], large: set[int]) -> str:
    held = {label: Counter(guide for guide, mine in zip(about, labels, strict=True) if mine == label) for label in large}
    right = sum(counts.most_common(1)[0][1] for counts in held.values())
    return f"{right / max(1, sum(sum(counts.values()) for counts in held.values())):.0%}"


def _together(labels: Sequence[int], about: Sequence[str]) -> str:
    counts = Counter(about)
    shares = []
    for guide in (guide for guide, count in counts.items() if count >= _MANY):
        mine = Counter(label for label, other in zip(labels, about, strict=True) if other == guide)
        shares.append(mine.most_common(1)[0][1] / counts[guide])
    return f"{sum(shares) / len(shares):.0%}"


if __name__ == "__main__":
    main()

"""The training examples of a content tree, and those of them whose neighbours say that they belong elsewhere."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from core.features import NgramFeatures
from core.text import fold, tokenize

__all__ = ["doubtful", "plain", "read_examples"]

_MENTION = re.compile(r"\[([^\]]*)\]\(\w+\)")
_NEAREST = 3
_AT_A_TIME = 64
_NEAR = 0.45
"""Cosine from which on two examples are alike enough to be asked about each other."""


def read_examples(tree: Path) -> dict[str, list[str]]:
    """Intent → its examples as written, with the marks of entities."""
    found: dict[str, list[str]] = {}
    for path in sorted((tree / "data" / "nlu").rglob("*.yml")):
        for item in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu", ()):
            if "intent" in item:
                lines = (line.strip().removeprefix("- ").strip() for line in str(item.get("examples", "")).splitlines())
                found.setdefault(item["intent"], []).extend(line for line in lines if line)
    return found


def plain(example: str) -> str:
    """An example as a citizen types it.

    >>> plain("[đăng ký tạm trú](procedure) ở mô")
    'đăng ký tạm trú ở mô'
    """
    return _MENTION.sub(r"\1", example)


def doubtful(examples: Mapping[str, Sequence[str]], new: Mapping[str, Collection[str]]) -> list[tuple[str, str, str]]:
    """New examples whose nearest neighbours among the others all belong to one other intent.

    Those that are new in the same intent are no witnesses for each other: whoever mislabels pastes ten lines alike.

    Args:
        examples: Intent → examples, marked; which procedure one names does not count.
        new: Intent → those of its examples that are judged.

    Returns:
        Intent, example and the neighbours' intent.
    """
    rows = [(intent, example) for intent, lines in sorted(examples.items()) for example in lines]
    words = [_words(example) for _, example in rows]
    if len(rows) <= _NEAREST:
        return []
    matrix = NgramFeatures.fit(words).matrix(words)
    asked = [n for n, (intent, example) in enumerate(rows) if example in new.get(intent, ())]
    together = {intent: [n for n in asked if rows[n][0] == intent] for intent in new}
    found = []
    for start in range(0, len(asked), _AT_A_TIME):
        some = asked[start : start + _AT_A_TIME]
        alike = np.asarray((matrix[some] @ matrix.T).todense())
        for place, n in enumerate(some):
            alike[place, together[rows[n][0]]] = -1.0
        for n, near in zip(some, alike, strict=True):
            intent, example = rows[n]
            best = [i for i in np.argpartition(-near, _NEAREST)[:_NEAREST] if near[i] >= _NEAR]
            votes = Counter(rows[i][0] for i in best)
            other, count = votes.most_common(1)[0] if votes else (intent, 0)
            if other != intent and count == _NEAREST:
                found.append((intent, plain(example), other))
    return found


def _words(example: str) -> list[str]:
    return [fold(token.norm) for token in tokenize(_MENTION.sub("thủ tục", example), None) if token.norm]

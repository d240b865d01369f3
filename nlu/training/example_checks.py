"""What a trainer should look at among the examples: twins, near twins of other intents, too few, one-sided, held-out ones.

Nearness is what ``tests/nlu/test_held_out.py`` measures: the share of common words, without accents and signs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from sklearn.feature_extraction.text import CountVectorizer

from core.text import fold
from nlu.training.intents import Intent, said

__all__ = ["Advice", "Corpus", "bare", "corpus_of", "held_out_in"]

ENOUGH = 10
_NEAR = 0.75
_LONG_ENOUGH = 4
"""Words; shorter sentences are near each other whoever says them."""
_ONE_SIDED = 0.5
_SHORT = 5


@dataclass(frozen=True)
class Advice:
    """One thing to look at.

    Args:
        text: In Vietnamese, what it is and what to do.
        example: The sentence it is about, if it is about one.
        other: The intent that has the like of it.
        twin: The sentence there.
    """

    text: str
    example: str = ""
    other: str = ""
    twin: str = ""


def bare(sentence: str) -> str:
    """Words without accents, signs and entity marks."""
    return " ".join(re.findall(r"\w+", fold(said(sentence))))


@lru_cache(maxsize=2)
def corpus_of(examples: tuple[tuple[str, str, tuple[str, ...]], ...], held_out: tuple[str, ...]) -> Corpus:
    """The corpus of these intents (name, title, examples); built once for the same content."""
    return Corpus(examples, held_out)


class Corpus:
    """All examples, ready to be compared.

    Args:
        examples: Name, title and examples of each intent.
        held_out: Sentences the bot is measured with, which it must not learn.
    """

    def __init__(self, examples: Sequence[tuple[str, str, Sequence[str]]], held_out: Sequence[str]) -> None:
        self._titles = {name: title for name, title, _ in examples}
        self._owners = [(name, sentence) for name, _, sentences in examples for sentence in sentences]
        self._held_out = len(held_out)
        words = [bare(sentence) for sentence in (*held_out, *(sentence for _, sentence in self._owners))]
        self._words = words
        self._counter = CountVectorizer(binary=True, token_pattern=r"\S+")  # noqa: S106  # words, not a password
        self._counts: dict[str, int] | None = None
        self._known: Any = self._counter.fit_transform(words) if any(words) else None
        self._sizes: Any = self._known.sum(axis=1).A1 if self._known is not None else None

    @classmethod
    def of(cls, intents: Mapping[str, Intent], held_out: Iterable[str]) -> Corpus:
        """The corpus of a tree's intents."""
        told = tuple((intent.name, intent.title, intent.examples) for intent in intents.values())
        return corpus_of(told, tuple(held_out))

    def about(self, intent: Intent) -> list[Advice]:
        """What to look at in an intent."""
        return [*_about_all(intent.examples), *self.about_new(intent.name, intent.examples, own=True)]

    def about_new(self, name: str, sentences: Sequence[str], *, own: bool = False) -> list[Advice]:
        """What to look at before these become examples of an intent.

        Args:
            name: Of the intent.
            sentences: As typed.
            own: They are its examples already, so each is there once anyhow.
        """
        found: list[Advice] = []
        times = Counter(map(bare, sentences))
        told: set[str] = set()
        for sentence in sentences:
            plain = bare(sentence)
            if times[plain] > 1 and plain not in told:
                told.add(plain)
                found.append(Advice(f"Có {times[plain]} câu chỉ khác dấu hoặc chữ hoa; giữ một câu.", sentence))
        found += self._near(name, sentences, own)
        return found

    def count(self, intents: Mapping[str, Intent]) -> dict[str, int]:
        """How much there is to look at in each intent."""
        if self._counts is None:
            self._counts = {name: len(self.about(intent)) for name, intent in intents.items()}
        return self._counts

    def _near(self, name: str, sentences: Sequence[str], own: bool) -> Iterator[Advice]:
        plain = [bare(sentence) for sentence in sentences]
        if self._known is None or not any(plain):
            return
        shared = (self._counter.transform(plain) @ self._known.T).tocsr()
        rows = np.repeat(np.arange(len(plain)), np.diff(shared.indptr))
        sizes = np.array([len(set(words.split())) for words in plain])
        shares = shared.data / (sizes[rows] + self._sizes[shared.indices] - shared.data)
        near: dict[int, tuple[float, int]] = {}
        for place in np.flatnonzero(shares >= _NEAR):
            row, other, share = int(rows[place]), int(shared.indices[place]), float(shares[place])
            is_held_out = other < self._held_out
            owner = "" if is_held_out else self._owners[other - self._held_out][0]
            same = plain[row] == self._words[other]
            if owner == name and (own or not same):
                continue
            if (same or len(plain[row].split()) >= _LONG_ENOUGH + is_held_out) and share > near.get(row, (0.0, 0))[0]:
                near[row] = (share, other)
        for row in sorted(near):
            yield self._told(name, sentences[row], plain[row], near[row][1])

    def _told(self, name: str, sentence: str, plain: str, other: int) -> Advice:
        if other < self._held_out:
            return Advice("Trùng hoặc gần trùng một câu để dành đo trợ lý. Hãy bỏ câu này, nếu không phép đo sẽ sai.", sentence)
        owner, twin = self._owners[other - self._held_out]
        if owner == name:
            return Advice("Câu này đã có ở đây.", sentence, owner, said(twin))
        kind = "Trùng" if plain == self._words[other] else "Gần trùng"
        return Advice(
            f"{kind} một câu của “{self._titles[owner]}”. Trợ lý sẽ khó phân biệt; giữ ở một nơi.", sentence, owner, said(twin)
        )


def _about_all(examples: Sequence[str]) -> Iterator[Advice]:
    if len(examples) < ENOUGH:
        yield Advice(f"Mới có {len(examples)} câu; cần ít nhất {ENOUGH}, càng khác nhau càng tốt.")
        return
    starts = Counter(" ".join(bare(example).split()[:2]) for example in examples)
    start, times = starts.most_common(1)[0]
    if times / len(examples) >= _ONE_SIDED:
        yield Advice(f"{times} trong {len(examples)} câu bắt đầu bằng “{start}”. Hãy thêm cách nói khác.")
    plain = [said(example) for example in examples]
    if not any(fold(sentence) == sentence.lower() for sentence in plain):
        yield Advice("Chưa có câu nào gõ không dấu; bà con hay gõ như vậy.")
    if all(len(sentence.split()) > _SHORT for sentence in plain):
        yield Advice("Toàn câu dài. Hãy thêm câu ngắn năm chữ trở xuống.")
    elif all(len(sentence.split()) <= _SHORT for sentence in plain):
        yield Advice("Toàn câu ngắn. Hãy thêm câu kể dài như bà con hay nhắn.")


@lru_cache(maxsize=2)
def _held_out(paths: tuple[tuple[Path, int], ...]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(line for path, _ in paths for line in _sentences(yaml.safe_load(path.read_text(encoding="utf-8"))))
    )


def held_out_in(folder: Path) -> tuple[str, ...]:
    """Every sentence of the files in ``tests/nlu``; none where an installation has no such folder."""
    return _held_out(tuple((path, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.yml"))))


def _sentences(raw: Any) -> Iterator[str]:
    kept = raw if isinstance(raw, dict) else {}
    for lines in (*(kept.get("intents") or {}).values(), *(kept.get("conversations") or ())):
        for line in lines:
            yield str(next(iter(line.values()))) if isinstance(line, dict) else str(line)

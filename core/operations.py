"""What is done with a paper or a right: issue it again, extend it, cancel it, correct it.

Procedures come in families: one object, and one procedure for each operation on it. The object's words are many and the
operation's few, so a search for likeness alone takes one member of a family for another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from core.errors import ContentError
from core.guides import Guide
from core.text import clean, fold, tokenize

__all__ = ["Operations", "plain_words"]

Phrase = tuple[str, ...]
_Phrases = dict[str, list[tuple[Phrase, str]]]


class Operations:
    """The operations of ``data/lexicon/operations.yml``.

    Args:
        said: Phrases of citizens (normalised words) with the operation each tells.
        named: The same for official names.
    """

    def __init__(self, said: Iterable[tuple[Phrase, str]], named: Iterable[tuple[Phrase, str]]) -> None:
        self._said = _by_first_word(said)
        self._named = _by_first_word(named)
        self._titles: dict[str, frozenset[str]] = {}

    @classmethod
    def load(cls, path: Path) -> Operations:
        """Read the file.

        Raises:
            ContentError: It is missing or not of its form.
        """
        try:
            entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["operations"]
            said = [(plain_words(say), str(entry["id"])) for entry in entries for say in entry["say"]]
            named = [(plain_words(name), str(entry["id"])) for entry in entries for name in entry.get("name", entry["say"])]
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ContentError([f"{path}: {error!r}; see the head of the file"]) from error
        return cls(said, named)

    def said(self, words: Sequence[str]) -> frozenset[str]:
        """The operations that a citizen's `words` (normalised) tell."""
        return _found(self._said, words)

    def of_guide(self, guide: Guide) -> frozenset[str]:
        """The operations that a guide tells how to do, by all its names."""
        names = (guide.title, guide.short_title, *guide.aliases)
        return frozenset().union(*(self.said(words) | self.named(words) for words in map(plain_words, names)))

    def title_of(self, guide: Guide) -> frozenset[str]:
        """The operations that are all a guide is about; read once for each title, because every message asks for many."""
        if guide.title not in self._titles:
            self._titles[guide.title] = self.named(plain_words(guide.title))
        return self._titles[guide.title]

    def named(self, words: Sequence[str]) -> frozenset[str]:
        """The operations that an official name (normalised words) is about."""
        return _found(self._named, words)


def plain_words(text: str) -> Phrase:
    """The words of `text` as they are, in lower case."""
    return tuple(token.norm for token in tokenize(clean(text)))


def _by_first_word(phrases: Iterable[tuple[Phrase, str]]) -> _Phrases:
    by_first: _Phrases = {}
    for phrase, operation in phrases:
        by_first.setdefault(fold(phrase[0]), []).append((phrase, operation))
    return by_first


def _found(phrases: _Phrases, words: Sequence[str]) -> frozenset[str]:
    return frozenset(
        operation
        for at, word in enumerate(words)
        for phrase, operation in phrases.get(fold(word), ())
        if len(words) - at >= len(phrase) and all(map(_same, words[at : at + len(phrase)], phrase))
    )


def _same(typed: str, word: str) -> bool:
    """Whether a word is meant; typed without accents, it may be any that looks so."""
    return typed == word or (typed.isascii() and typed == fold(word))

"""What a search by official names knows of citizens' words: which of them name nothing, and the official ones they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import yaml

from core.errors import ContentError
from core.text import clean, fold, tokenize

__all__ = ["QueryWords", "bare_words"]


@dataclass(frozen=True)
class QueryWords:
    """Words that do not name anything, and everyday words for official ones."""

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
            synonyms = tuple((bare_words(say), bare_words(entry["also"])) for entry in raw for say in entry["say"])
        except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
            raise ContentError(
                [f"{folder}: question_words.yml or synonyms.yml: {error!r}; see the heads of the files"]
            ) from error
        return cls(frozenset(stop), synonyms)

    def official(self, bare: Sequence[str]) -> tuple[tuple[str, ...], frozenset[str]]:
        """The official words that everyday phrases in `bare` (words without accents) stand for, and those phrases' words."""
        added: list[str] = []
        said: set[str] = set()
        for at, word in enumerate(bare):
            for say, also in self._by_first_word.get(word, ()):
                if tuple(bare[at : at + len(say)]) == say:
                    added += also
                    said.update(say)
        return tuple(dict.fromkeys(added)), frozenset(said)

    @cached_property
    def _by_first_word(self) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
        by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
        for say, also in self.synonyms:
            by_first.setdefault(say[0], []).append((say, also))
        return by_first


def bare_words(text: str) -> tuple[str, ...]:
    """The words of `text` without accents and in lower case."""
    return tuple(fold(token.norm) for token in tokenize(clean(text)))

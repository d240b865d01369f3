"""What belongs to somebody else: a bank's app and a network's hotline are asked for in the same words as ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from core.errors import ContentError
from core.phrases import Accented, Phrases, bare

__all__ = ["Elsewhere"]


class Elsewhere:
    """Names of private services, and the words that make a message ours all the same.

    Args:
        services: Whose accounts, passwords and hotlines are not ours.
        ours: What we are about.
        others: What is others' business whatever else is named: lawsuits, what companies sell.
    """

    def __init__(self, services: Phrases, ours: Phrases, others: Accented) -> None:
        self._services = services
        self._ours = ours
        self._others = others

    @classmethod
    def load(cls, path: Path) -> Elsewhere:
        """Read ``elsewhere.yml``.

        Raises:
            ContentError: It is missing or not of its form.
        """
        try:
            raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["elsewhere"]
            return cls(Phrases(raw["services"]), Phrases(raw["ours"]), Accented(raw["others"]))
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise ContentError([f"{path}: {error!r}; see the head of the file"]) from error

    def meant(self, words: Sequence[str]) -> bool:
        """Whether normalised `words` name a private service and nothing of ours."""
        said = bare(words)
        return self._services.within(said) and not self._ours.within(said)

    def of_others(self, words: Sequence[str]) -> bool:
        """Whether normalised `words` are about what only others can help with."""
        return self._others.within(" ".join(words))

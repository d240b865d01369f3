"""What the model and the search have learned by heart, for tests that must not ask it back."""

from __future__ import annotations

import re

from bot.settings import ROOT
from core.guides import GuideLibrary
from core.text import fold

__all__ = ["bare", "learned_sentences"]


def learned_sentences(guides: GuideLibrary) -> list[str]:
    """Every example of data/nlu, and every name and need of `guides`."""
    lines = [line for path in sorted((ROOT / "data" / "nlu").glob("*.yml")) for line in path.read_text("utf-8").splitlines()]
    examples = [re.sub(r"\[([^]]*)\]\(\w+\)", r"\1", line.strip()[2:]) for line in lines if line.startswith("      - ")]
    return examples + [wording for guide in guides.values() for wording in (*guide.aliases, *guide.needs)]


def bare(sentence: str) -> str:
    """The sentence's words without accents and signs."""
    return " ".join(re.findall(r"\w+", fold(sentence)))

"""Hints for plain language in a guide: long sentences, hard words, more than one action in a step. They never refuse anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from core.guides import Guide, Section
from nlu.training.guide_check import field_name

__all__ = ["hints"]

LONGEST_SENTENCE = 30
"""Words (syllables between spaces)."""
_THEN = re.compile(r"\b(?:rồi|sau đó|tiếp theo|tiếp đó|xong thì)\b|;", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=\w)")


@cache
def _jargon() -> dict[re.Pattern[str], tuple[str, str]]:
    """Hard words with what to say instead, from ``jargon.yml``."""
    words = yaml.safe_load((Path(__file__).parent / "jargon.yml").read_text(encoding="utf-8"))
    return {re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE): (word, plain) for word, plain in words.items()}


def hints(guide: Guide) -> list[str]:
    """What could be said more plainly, a sentence each, with the field it stands in."""
    return [f"{field_name(field)}: {hint}" for field, text in _texts(guide) for hint in _about(field, text)]


def _texts(guide: Guide) -> Iterator[tuple[str, str]]:
    parts = guide.sections
    for number, step in enumerate(parts.steps):
        yield f"sections.steps.{number}.do", step.do
        yield from ((f"sections.steps.{number}.see", step.see),) if step.see else ()
        for place, trouble in enumerate(step.stuck):
            yield f"sections.steps.{number}.stuck.{place}.cure", trouble.cure
    for number, trouble in enumerate(parts.problems):
        yield f"sections.problems.{number}.cure", trouble.cure
    for number, document in enumerate(parts.documents):
        yield from ((f"sections.documents.{number}.note", document.note),) if document.note else ()
    for section in Section:
        if section not in {Section.STEPS, Section.PROBLEMS, Section.DOCUMENTS}:
            yield from ((f"sections.{section.value}.{number}", text) for number, text in enumerate(getattr(parts, section.value)))


def _about(field: str, text: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        if (words := len(sentence.split())) > LONGEST_SENTENCE:
            yield f"câu dài {words} chữ; nên dưới {LONGEST_SENTENCE}, hãy tách làm hai."
    for pattern, (word, plain) in _jargon().items():
        if pattern.search(text):
            yield f"“{word}” khó hiểu với nhiều người; thử: {plain}."
    if field.endswith(".do") and len(_THEN.findall(text)) > 1:
        yield "có vẻ nhiều việc trong một bước; mỗi bước một việc."

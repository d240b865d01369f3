"""The held-out sentences of ``tests/nlu``: read into labelled questions. ``tests/nlu/README.md`` describes the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from core.errors import ContentError
from core.guides import GuideLibrary, Section
from core.understanding import ASPECTS, DIALOGUE_INTENTS, OTHER_PROCEDURE, OUT_OF_SCOPE, TOPIC_PREFIX
from nlu.training.intents import REPLY_PREFIX
from nlu.training.labels import Expected, Labelled
from nlu.training.slices import AS_TYPED

__all__ = ["load_held_out"]

_ANSWERED = ("answered", "step")
_INTENT_OF = {section.value: intent for intent, section in ASPECTS.items()}


def load_held_out(folder: Path, guides: GuideLibrary, *, catalogue: bool = False) -> list[Labelled]:
    """Read every ``*.yml`` of `folder`.

    Args:
        folder: ``tests/nlu``.
        guides: What the sentences may name.
        catalogue: The national catalogue answers too: what no guide covers is then not scored, for the sentences do not say
            which procedure of the catalogue is right.

    Raises:
        ContentError: Names file and sentence of whatever is wrong, or the folder when it holds no file.
    """
    reader = _Reader(guides, catalogue)
    for path in sorted(folder.glob("*.yml")):
        try:
            reader.read(path.stem, yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, AttributeError, TypeError, KeyError, ValueError) as error:
            reader.problems.append(f"{path}: {error}")
    if not reader.questions:
        reader.problems.append(f"{folder}: no held-out sentences; they are part of the project's tests, not of an installation")
    if reader.problems:
        raise ContentError(reader.problems)
    return reader.questions


class _Reader:
    def __init__(self, guides: GuideLibrary, catalogue: bool) -> None:
        self.questions: list[Labelled] = []
        self.problems: list[str] = []
        self._guides = guides
        self._catalogue = catalogue

    def read(self, name: str, raw: Mapping[str, Any]) -> None:
        for intent, lines in raw.get("intents", {}).items():
            for number, line in enumerate(lines, 1):
                expected, text = self._labelled(name, intent, line, raw)
                identity = f"{name}-{intent}-{number}"
                self.questions.append(Labelled(identity, text, identity, expected, name, AS_TYPED))
        for number, turns in enumerate(raw.get("conversations", ()), 1):
            for at, (expected, text) in enumerate(self._turns(name, turns), 1):
                self.questions.append(Labelled(f"{name}-{number}-{at}", text, f"{name}-{number}", expected, name, AS_TYPED))

    def _labelled(self, name: str, intent: str, line: Any, raw: Mapping[str, Any]) -> tuple[Expected | None, str]:
        named, text = _named(line)
        if intent in ASPECTS:
            sections = raw.get("sections", {}).get(intent) or [ASPECTS[intent].value]
            also = raw.get("also", {}).get(intent, [])
            return Expected(_ANSWERED, self._known(name, named + also), (), self._real(name, sections), intent), text
        if intent.startswith(REPLY_PREFIX):
            return Expected(("answered",), intent=intent), text
        if intent.startswith(TOPIC_PREFIX):
            topic = intent.removeprefix(TOPIC_PREFIX)
            outcomes = ("safety",) if topic in self._guides and self._guides[topic].urgent else _ANSWERED
            return Expected(outcomes, self._known(name, named or [topic]), intent=intent), text
        if intent in DIALOGUE_INTENTS:
            return Expected(tuple(raw.get("outcomes", {}).get(intent) or ("smalltalk",)), intent=intent), text
        if intent not in {OUT_OF_SCOPE, OTHER_PROCEDURE}:
            self.problems.append(f"{name}: there is no intent {intent}")
        scored = intent == OUT_OF_SCOPE or not self._catalogue
        return (Expected(("fallback",), intent=intent) if scored else None), text

    def _turns(self, name: str, turns: Any) -> Iterator[tuple[Expected | None, str]]:
        for turn in turns:
            (named,), text = _named(turn)
            guide, _, section = named.partition("#")
            if guide == "-":
                yield None, text
                continue
            intent = _INTENT_OF.get(section)
            yield Expected(_ANSWERED, self._known(name, [guide]), (), self._real(name, [section]), intent), text

    def _known(self, name: str, guides: list[str]) -> tuple[str, ...]:
        """`guides`, and those that tell the same from another side."""
        self.problems += [f"{name}: there is no guide {guide}" for guide in guides if guide not in self._guides]
        same = [
            other.id
            for other in self._guides.values()
            if other.same_as in guides or other.id in {self._guides[guide].same_as for guide in guides if guide in self._guides}
        ]
        return tuple(dict.fromkeys([*guides, *sorted(same)]))

    def _real(self, name: str, sections: list[str]) -> tuple[str, ...]:
        self.problems += [f"{name}: there is no section {section}" for section in sections if section not in set(Section)]
        return tuple(sections)


def _named(line: Any) -> tuple[list[str], str]:
    """The guides a line names, and its sentence: ``{"a, b": "sentence"}`` or the sentence alone."""
    if isinstance(line, Mapping):
        if len(line) != 1:
            raise ValueError(f"{line}: one guide list and one sentence a line; quote a sentence that has a colon")
        names, text = next(iter(line.items()))
        return [name.strip() for name in str(names).split(",")], str(text)
    if not isinstance(line, str):
        raise ValueError(f"{line!r} is no sentence; quote it")
    return [], line

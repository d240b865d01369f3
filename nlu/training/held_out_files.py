"""Held-out sentences as trainers write them: what a model is asked after training, and never learns."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from core.errors import UserFacingError
from core.understanding import TOPIC_PREFIX
from nlu.training.intents import REPLY_PREFIX, clean_example
from nlu.training.staged import StagedFiles
from nlu.training.yaml_edit import edit, parsed

__all__ = ["HELD_OUT", "HeldOutFiles"]

HELD_OUT = "tests/nlu/"
_NEW_FILE = "# Held-out sentences of the console; never copied into data/.\nintents: {}\n"


class HeldOutFiles:
    """The files of ``tests/nlu`` (its README has the format) in a content tree.

    Args:
        files: The content tree.
    """

    def __init__(self, files: StagedFiles) -> None:
        self._files = files

    def of(self, intent: str) -> tuple[str, ...]:
        """The sentences of a topic or reply intent."""
        return tuple(str(line) for path in self._files.paths(HELD_OUT) for line in self._intents(path).get(intent) or ())

    def add(self, intent: str, sentences: Iterable[str]) -> list[str]:
        """Add sentences to a topic or reply intent; those it has already are left out.

        Returns:
            What was added.

        Raises:
            UserFacingError: A sentence cannot be used, or what is right for it would not be known.
        """
        if not intent.startswith((TOPIC_PREFIX, REPLY_PREFIX)):
            raise UserFacingError(
                "Ý định này dùng chung cho nhiều hướng dẫn; câu kiểm tra của nó do người phụ trách phần mềm soạn."
            )
        known = set(self.of(intent))
        new = [text for text in dict.fromkeys(map(clean_example, sentences)) if text and text not in known]
        if new:
            self._change(self._home(intent), lambda intents: _lines_of(intents, intent).extend(new))
        return new

    def remove(self, intent: str, sentences: Collection[str]) -> None:
        """Take sentences away; an intent without any leaves the file."""

        def change(intents: CommentedMap) -> None:
            if intent in intents:
                kept = [line for line in intents[intent] if str(line) not in sentences]
                if kept:
                    intents[intent][:] = kept
                else:
                    del intents[intent]

        for path in self._files.paths(HELD_OUT):
            if intent in self._intents(path):
                self._change(path, change)

    def move(self, intent: str, to: str | None) -> None:
        """Give all sentences of an intent that is renamed, merged or removed to another one, or away."""
        sentences = self.of(intent)
        self.remove(intent, sentences)
        if to is not None and to.startswith((TOPIC_PREFIX, REPLY_PREFIX)):
            self.add(to, sentences)

    def _intents(self, path: str) -> dict[str, Any]:
        return (parsed(self._files.read(path) or "") or {}).get("intents") or {}

    def _home(self, intent: str) -> str:
        """The file of the intent, else the one that holds most of its kind."""
        prefix = TOPIC_PREFIX if intent.startswith(TOPIC_PREFIX) else REPLY_PREFIX
        paths = self._files.paths(HELD_OUT)
        if held := [path for path in paths if intent in self._intents(path)]:
            return held[0]
        counts = {path: sum(name.startswith(prefix) for name in self._intents(path)) for path in paths}
        best = max(counts, key=lambda path: counts[path], default=None)
        if best is not None and counts[best]:
            return best
        return f"{HELD_OUT}{'topics' if prefix == TOPIC_PREFIX else 'replies'}.yml"

    def _change(self, path: str, change: Any) -> None:
        text = self._files.read(path)

        def to_intents(doc: CommentedMap) -> None:
            if not doc.get("intents"):
                doc["intents"] = CommentedMap()
            change(doc["intents"])

        self._files.write(path, edit(_NEW_FILE if text is None else text, to_intents))


def _lines_of(intents: CommentedMap, intent: str) -> CommentedSeq:
    if not intents.get(intent):
        intents[intent] = CommentedSeq()
    lines: CommentedSeq = intents[intent]
    return lines

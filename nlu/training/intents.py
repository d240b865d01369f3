"""The intents of a content tree: what people say (``data/nlu``), the rule that answers (``data/rules``), the domain.

Four kinds are told apart by name and rule. *Topic* intents ``topic_<guide id>`` ask for that guide; *reply* intents
``reply_<name>`` are answered with the text of Rasa's response ``utter_reply_<name>``; both are a trainer's to add, rename, merge
and split. Aspects and those of the conversation belong to the product's code: only their examples change here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import UserFacingError
from core.understanding import ASPECTS, TOPIC_PREFIX
from nlu.training.intent_titles import INTENT_TITLES
from nlu.training.staged import StagedFiles
from nlu.training.yaml_edit import parsed

__all__ = ["REPLY_PREFIX", "Intent", "IntentKind", "IntentReader", "clean_example", "examples_in", "said"]

REPLY_PREFIX = "reply_"
DOMAIN = "domain.yml"
NLU, RULES, STORIES = "data/nlu/", "data/rules/", "data/stories/"
_MARK = re.compile(r"\[([^]]*)\](?:\([^)]*\)|\{[^}]*\})")
LONGEST_EXAMPLE = 500


class IntentKind(StrEnum):
    """What an intent is for."""

    ASPECT = "aspect"
    TOPIC = "topic"
    REPLY = "reply"
    DIALOGUE = "dialogue"


@dataclass(frozen=True)
class Intent:
    """One intent as the files have it.

    Args:
        name: In the domain.
        title: What trainers read.
        kind: What it is for.
        examples: As written, with their entity marks, in order.
        files: Where the examples are.
        guide: The guide a topic asks for.
        reply: The text a reply intent is answered with.
    """

    name: str
    title: str
    kind: IntentKind
    examples: tuple[str, ...]
    files: tuple[str, ...]
    guide: str | None = None
    reply: str | None = None

    @property
    def is_learned(self) -> bool:
        """Whether it is learned from examples; a tapped button is not."""
        return self.kind is not IntentKind.DIALOGUE or bool(self.examples)

    @property
    def is_ours(self) -> bool:
        """Whether a trainer may rename, merge or remove it."""
        return self.kind in {IntentKind.TOPIC, IntentKind.REPLY}


def said(example: str) -> str:
    """An example as a citizen types it, without entity marks.

    >>> said("[tách hộ](procedure) là gì")
    'tách hộ là gì'
    """
    return _MARK.sub(r"\1", example)


def clean_example(typed: str) -> str:
    """An example as it is stored: one line, single blanks, no list mark.

    Raises:
        UserFacingError: It is too long, or would not be read as an example.
    """
    text = " ".join(typed.split())
    text = re.sub(r"^[-*•]\s+", "", text)
    if len(text) > LONGEST_EXAMPLE:
        raise UserFacingError(f"Câu “{text[:40]}…” dài quá {LONGEST_EXAMPLE} chữ cái. Hãy lấy phần hỏi chính.")
    if text.startswith("/"):
        raise UserFacingError(f"Câu “{text[:40]}” bắt đầu bằng dấu “/”, máy sẽ hiểu là lệnh. Hãy bỏ dấu đó.")
    return text


class IntentReader:
    """What the files of a content tree say about intents.

    Args:
        files: The content tree.
    """

    def __init__(self, files: StagedFiles) -> None:
        self._files = files

    def all(self) -> dict[str, Intent]:
        """Every intent of the domain, in its order."""
        said_by: dict[str, list[str]] = {}
        files: dict[str, list[str]] = {}
        titles: dict[str, str] = {}
        for path, block in self._blocks():
            name = str(block["intent"])
            said_by.setdefault(name, []).extend(examples_in(block))
            files.setdefault(name, []).append(path)
            if title := (block.get("metadata") or {}).get("title"):
                titles[name] = str(title)
        domain = self._domain()
        found: dict[str, Intent] = {}
        for name in self.names():
            kind = _kind(name)
            guide = name.removeprefix(TOPIC_PREFIX) if kind is IntentKind.TOPIC else None
            found[name] = Intent(
                name,
                titles.get(name) or INTENT_TITLES.get(name) or (self._guide_title(guide) if guide else "") or name,
                kind,
                tuple(said_by.get(name, ())),
                tuple(dict.fromkeys(files.get(name, ()))),
                guide,
                _reply(domain, name) if kind is IntentKind.REPLY else None,
            )
        return found

    def names(self) -> list[str]:
        """Names of all intents, in the domain's order."""
        listed = self._domain().get("intents") or ()
        return [next(iter(item)) if isinstance(item, dict) else str(item) for item in listed]

    def get(self, name: str) -> Intent:
        """An intent.

        Raises:
            UserFacingError: There is none of that name.
        """
        found = self.all().get(name)
        if found is None:
            raise UserFacingError(f"Không có ý định “{name}”. Có thể vừa được đổi tên hoặc gộp; hãy tải lại danh sách.")
        return found

    def files_of(self, kind: IntentKind) -> str | None:
        """The file that holds most intents of a kind."""
        held = Counter(path for intent in self.all().values() if intent.kind is kind for path in intent.files)
        return held.most_common(1)[0][0] if held else None

    def _domain(self) -> dict[str, Any]:
        return parsed(self._files.read(DOMAIN) or "") or {}

    def _blocks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for path in self._files.paths(NLU):
            for block in (parsed(self._files.read(path) or "") or {}).get("nlu") or ():
                if isinstance(block, dict) and "intent" in block:
                    yield path, block

    def _guide_title(self, guide: str) -> str:
        path = next((path for path in self._files.paths("data/guides/") if path.endswith(f"/{guide}.yml")), None)
        return str((parsed(self._files.read(path) or "") or {}).get("title", "")) if path else ""


def _kind(name: str) -> IntentKind:
    if name in ASPECTS:
        return IntentKind.ASPECT
    if name.startswith(TOPIC_PREFIX):
        return IntentKind.TOPIC
    return IntentKind.REPLY if name.startswith(REPLY_PREFIX) else IntentKind.DIALOGUE


def examples_in(block: dict[str, Any]) -> list[str]:
    """The examples of one block of ``nlu``, with their entity marks."""
    examples = block.get("examples") or ""
    if isinstance(examples, str):
        return [line.strip()[1:].strip() for line in examples.splitlines() if line.strip().startswith("-")]
    return [str(item.get("text", "")).strip() if isinstance(item, dict) else str(item).strip() for item in examples]


def _reply(domain: dict[str, Any], name: str) -> str | None:
    variations = (domain.get("responses") or {}).get(f"utter_{name}") or ()
    return str(variations[0].get("text", "")).strip() if variations else None

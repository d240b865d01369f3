"""Conversations that trainers keep as test stories, in the format of ``tests/stories`` (its README describes it)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from core.errors import UserFacingError
from core.privacy import mask
from nlu.training.content import ContentTree
from nlu.training.intents import said

__all__ = ["FILE", "Step", "add_story"]

FILE = "tests/stories/inbox.yml"
_HEAD = "# Conversations that citizens had, masked, kept as tests by trainers.\n"
_SHORTEST_NAME = 10
_EVERYBODYS = 6
"""Words; shorter sentences may stand in training and in a story."""


@dataclass(frozen=True)
class Step:
    """One message of the citizen and what should follow.

    Args:
        kind: ``user`` (typed), ``tap`` (the label of a button) or ``choice`` (the id of one that has no label here).
        text: What was typed or tapped.
        outcomes: How the turn may end.
        guides: Guides it may be about.
    """

    kind: str
    text: str
    outcomes: tuple[str, ...]
    guides: tuple[str, ...] = ()


def add_story(tree: ContentTree, name: str, steps: Sequence[Step]) -> None:
    """Append a story.

    Raises:
        UserFacingError: The name is short or taken, there is no step, or a sentence is learned by the model, which would make
            the test prove nothing.
    """
    title = " ".join(name.split())
    if len(title) < _SHORTEST_NAME:
        raise UserFacingError(f"Tên kịch bản cần ít nhất {_SHORTEST_NAME} chữ cái, nói rõ bà con mong gì.")
    if not steps:
        raise UserFacingError("Kịch bản cần ít nhất một lượt.")
    before = tree.files.read(FILE) or _HEAD
    if any(story["name"] == title for story in yaml.safe_load(before) or ()):
        raise UserFacingError(f"Đã có kịch bản tên “{title}”. Hãy đặt tên khác.")
    _refuse_learned(tree, steps)
    lines = [f"- name: {_value(title)}", "  turns:"]
    for step in steps:
        lines.append(f"    - {step.kind}: {_value(' '.join(mask(step.text).text.split()))}")
        guides = f", guide: {_one_or_list(step.guides)}" if step.guides else ""
        lines.append(f"      expect: {{outcome: {_one_or_list(step.outcomes)}{guides}}}")
    tree.files.write(
        FILE, before.rstrip("\n") + "\n\n" + "\n".join(lines) + "\n" if before != _HEAD else before + "\n".join(lines) + "\n"
    )


def _refuse_learned(tree: ContentTree, steps: Sequence[Step]) -> None:
    typed = {step.text.casefold(): step.text for step in steps if step.kind == "user" and len(step.text.split()) >= _EVERYBODYS}
    for intent in tree.intents.all().values():
        for example in intent.examples:
            if text := typed.get(said(example).casefold()):
                raise UserFacingError(
                    f"Câu “{text}” đang là ví dụ dạy ý định “{intent.title}”: kiểm thử bằng câu đã học thì không chứng tỏ gì. "
                    "Hãy sửa câu đi một chút."
                )


def _one_or_list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"[{', '.join(names)}]"


def _value(text: str) -> str:
    """`text` as a YAML value: plain where every reader takes it for this text, quoted elsewhere."""
    try:
        plain = yaml.safe_load(f"- name: {text}") == [{"name": text}]
    except yaml.YAMLError:
        plain = False
    return text if plain else json.dumps(text, ensure_ascii=False)

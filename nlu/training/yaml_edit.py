"""YAML changed as a careful person would: what is not changed stays as it is, byte for byte.

ruamel.yaml keeps comments, order, quotes and ``|`` blocks. Where a file is laid out in a way it would not repeat (a list broken
over two lines, say), only the lines that the change touches are taken from it.
"""

from __future__ import annotations

import difflib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark, YAMLError
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, ScalarString
from ruamel.yaml.tokens import CommentToken

from core.errors import ContentError
from nlu.training.merging import merge

__all__ = ["edit", "insert_after", "parsed", "reconcile", "remove_at", "scalar", "written"]

_ENDLESS = 1_000_000


def _round_trip() -> Any:
    made: Any = YAML()  # untyped attributes
    made.preserve_quotes = True
    made.width = _ENDLESS
    made.indent(mapping=2, sequence=4, offset=2)
    return made


@lru_cache(maxsize=512)
def parsed(text: str) -> Any:
    """What the YAML says, in plain Python values that are shared and not to be changed.

    Raises:
        ContentError: It is no YAML.
    """
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise ContentError([f"not readable as YAML ({error}); check indentation and quotes"]) from error


def edit(text: str, change: Callable[[Any], None]) -> str:
    """The text after `change`, which gets ruamel's document and changes it in place.

    Raises:
        ContentError: It is no YAML, or a comment would be lost.
    """
    try:
        document = _round_trip().load(text)
    except YAMLError as error:
        raise ContentError([f"not readable as YAML ({error}); check indentation and quotes"]) from error
    unchanged = _dumped(document)
    change(document)
    after = _dumped(document)
    if unchanged != text:
        after = _brought_into(text, unchanged, after)
    if not text.endswith("\n\n"):  # where the last block went, the empty line before it stays behind
        after = after.rstrip("\n") + "\n"
    if lost := Counter(_comments(text)) - Counter(_comments(after)):
        raise ContentError([f"the comment {next(iter(lost))!r} would be lost; change this part of the file by hand"])
    return after


def written(value: Mapping[str, Any]) -> str:
    """A new file's text."""
    document = CommentedMap()
    reconcile(document, value)
    return _dumped(document)


def scalar(text: str) -> str:
    """`text` as a YAML value that every reader takes for this text ("no" and "12:30" are more than text for some)."""
    try:
        same = yaml.safe_load(text) == text
    except yaml.YAMLError:
        same = False
    return text if same else DoubleQuotedScalarString(text)


def reconcile(node: CommentedMap, wanted: Mapping[str, Any], order: Sequence[str] = ()) -> None:
    """Make a document's mapping say `wanted`, leaving alone what says it already.

    Args:
        node: Changed in place.
        wanted: Plain values.
        order: Where a key that is new belongs.
    """
    for key in [key for key in node if key not in wanted]:
        del node[key]
    for key, value in wanted.items():
        if key not in node:
            node.insert(_place(node, key, order or list(wanted)), key, _made(value))
        elif _plain(node[key]) != value:
            node[key] = _changed(node[key], value)


def _place(node: CommentedMap, key: str, order: Sequence[str]) -> int:
    before = set(order[: order.index(key)]) if key in order else set(node)
    return max((place + 1 for place, name in enumerate(node) if name in before), default=0)


def _changed(node: Any, value: Any) -> Any:
    if value == [node] or [value] == node:  # one sentence may stand for a list of one
        return node
    if isinstance(node, CommentedMap) and isinstance(value, Mapping):
        reconcile(node, value)
        return node
    if isinstance(node, CommentedSeq) and isinstance(value, list):
        _align(node, value)
        return node
    if isinstance(node, ScalarString) and isinstance(value, str) and "\n" not in value:
        return type(node)(value)
    return _made(value)


def _align(node: CommentedSeq, wanted: list[Any]) -> None:
    """Keep items that are wanted again where they are, change those in between."""
    keys, new = [_identity(_plain(item)) for item in node], [_identity(item) for item in wanted]
    found = difflib.SequenceMatcher(None, keys, new, autojunk=False).get_opcodes()
    for _, start, end, new_start, new_end in reversed(found):
        common = min(end - start, new_end - new_start)
        for place in reversed(range(start + common, end)):
            remove_at(node, place)
        for place in range(common):
            if _plain(node[start + place]) != wanted[new_start + place]:
                node[start + place] = _changed(node[start + place], wanted[new_start + place])
        for place in range(common, new_end - new_start):
            insert_after(node, start + place - 1, _made(wanted[new_start + place]))


def _made(value: Any) -> Any:
    if isinstance(value, Mapping):
        node = CommentedMap()
        for key, inner in value.items():
            node[key] = _made(inner)
        return node
    if isinstance(value, list | tuple):
        return CommentedSeq([_made(inner) for inner in value])
    return scalar(value) if isinstance(value, str) and not isinstance(value, ScalarString) else value


def _plain(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _identity(value: Any) -> str:
    """What an item is known by: a step by what to do, a paper by its name; both stand first."""
    if isinstance(value, dict) and value:
        value = next(iter(value.items()))
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def insert_after(seq: CommentedSeq, place: int, value: Any, comment: str = "") -> None:
    """Put an item behind the one at `place` (-1 = to the front).

    ruamel ties comment lines to the item before them; those that open the next group stay with it.

    Args:
        seq: Changed in place.
        place: Of the item before.
        value: The new item.
        comment: A line of comment above the new item, without ``#``.
    """
    seq.insert(place + 1, value)
    following = _take_lines(seq, place)
    if comment:
        _give_lines(seq, place, f"\n  # {comment}\n")
    if following:
        _give_lines(seq, place + 1, following)


def remove_at(seq: CommentedSeq, place: int) -> None:
    """Take an item out; comment lines that follow it stay."""
    following = _take_lines(seq, place)
    del seq[place]
    if following and place:
        _give_lines(seq, place - 1, following)


def _take_lines(seq: CommentedSeq, place: int) -> str:
    """The comment and empty lines below a simple item, taken away from it; what stands on its own line stays."""
    tokens = seq.ca.items.get(place)
    if not tokens or tokens[0] is None:
        return ""
    own, _, following = tokens[0].value.partition("\n")
    if not following:
        return ""
    if own:
        tokens[0].value = own + "\n"
    else:
        del seq.ca.items[place]
    return "\n" + str(following)


def _give_lines(seq: CommentedSeq, place: int, lines: str) -> None:
    tokens = seq.ca.items.get(place)
    if tokens and tokens[0] is not None:
        tokens[0].value = tokens[0].value.rstrip("\n") + lines
    else:
        seq.ca.items[place] = [CommentToken(lines, CommentMark(0), None), None, None, None]


def _dumped(document: Any) -> str:
    out = StringIO()
    _round_trip().dump(document, out)
    return out.getvalue()


def _brought_into(text: str, unchanged: str, after: str) -> str:
    """The lines by which `after` differs from `unchanged`, changed in `text`, which says the same as `unchanged`."""
    merged = merge(unchanged, text, after)
    try:
        return str(merged) if yaml.safe_load(merged) == yaml.safe_load(after) else after
    except yaml.YAMLError:
        return after


def _comments(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.lstrip().startswith("#")]

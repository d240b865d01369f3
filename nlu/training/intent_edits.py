"""Changes of intents: examples, titles and replies; adding, renaming, merging, splitting, removing intents."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import LiteralScalarString

from core.errors import ContentError, UserFacingError
from core.privacy import mask
from core.text import fold
from core.understanding import TOPIC_PREFIX
from nlu.training.guide_files import GuideFiles
from nlu.training.held_out_files import HeldOutFiles
from nlu.training.intents import (
    DOMAIN,
    REPLY_PREFIX,
    RULES,
    STORIES,
    Intent,
    IntentKind,
    IntentReader,
    clean_example,
    examples_in,
    said,
)
from nlu.training.staged import StagedFiles
from nlu.training.yaml_edit import edit, insert_after, remove_at

__all__ = ["IntentEdits", "name_for"]

_REPLIES = "data/nlu/replies.yml"
_NEW_FILE = 'version: "3.1"\n\nnlu: []\n'
_RULE_FILE = "data/rules/rules.yml"
_LONGEST_REPLY_WORDS = 60


def name_for(title: str) -> str:
    """The name of a reply intent called `title`.

    Raises:
        UserFacingError: The title has no letters to make a name of.

    >>> name_for("Trợ cấp mưa bão, lũ lụt")
    'reply_tro_cap_mua_bao_lu_lut'
    """
    slug = "_".join(re.findall(r"[a-z0-9]+", fold(title)))[:40].rstrip("_")
    if len(slug) < 2:
        raise UserFacingError("Hãy đặt tên có chữ, ví dụ: Trợ cấp mưa bão.")
    return REPLY_PREFIX + slug


class IntentEdits(IntentReader):
    """The intents of a content tree, and what trainers change about them.

    Args:
        files: The content tree.
        guides: Its guides.
        held_out: Its held-out sentences, which follow their intents.
    """

    def __init__(self, files: StagedFiles, guides: GuideFiles, held_out: HeldOutFiles) -> None:
        super().__init__(files)
        self._guides = guides
        self._held_out = held_out

    # examples

    def add_examples(self, name: str, examples: Iterable[str]) -> list[str]:
        """Append examples to an intent; those it has already are left out.

        Returns:
            What was added.

        Raises:
            UserFacingError: An example cannot be used, or belongs to another intent word for word.
        """
        intent = self.get(name)
        known = {said(example).casefold() for example in intent.examples}
        elsewhere = self._owners(name)
        new: list[str] = []
        for example in filter(None, map(self.checked, examples)):
            plain = said(example).casefold()
            if plain in elsewhere:
                other = self.get(elsewhere[plain])
                raise UserFacingError(f"Câu “{said(example)}” đang thuộc ý định “{other.title}”. Hãy chuyển nó thay vì thêm.")
            if plain not in known:
                known.add(plain)
                new.append(example)
        if new:
            self._set(intent, [*intent.examples, *new])
        return new

    def remove_examples(self, name: str, examples: Collection[str]) -> None:
        """Take examples away, as they are written in the file."""
        intent = self.get(name)
        gone = set(examples)
        self._set(intent, [example for example in intent.examples if example not in gone])

    def change_example(self, name: str, old: str, new: str) -> None:
        """Word an example differently, in its place.

        Raises:
            UserFacingError: It is not there any more, or the new one cannot be used.
        """
        intent = self.get(name)
        if old not in intent.examples:
            raise UserFacingError("Câu này không còn ở đây. Hãy tải lại trang.")
        worded = self.checked(new)
        if not worded:
            raise UserFacingError("Câu mới để trống. Muốn bỏ câu này thì đánh dấu rồi bấm Xóa.")
        self._set(intent, [worded if example == old else example for example in intent.examples])

    def move_examples(self, source: str, target: str, examples: Collection[str]) -> None:
        """Move examples from one intent to another, in their order."""
        moved = [example for example in self.get(source).examples if example in set(examples)]
        self.remove_examples(source, moved)
        self.add_examples(target, moved)

    # intents

    def add_reply(self, title: str, reply: str, examples: Iterable[str], name: str = "") -> str:
        """A new intent that is answered with a text of its own.

        Args:
            title: What trainers read.
            reply: What citizens read, at most 60 words.
            examples: As people say it.
            name: In the domain; made of the title where empty.

        Returns:
            Its name.
        """
        name, title = name or name_for(title), " ".join(title.split())
        if not name.startswith(REPLY_PREFIX) or not re.fullmatch(r"[a-z0-9_]{3,60}", name):
            raise UserFacingError(f"Mã ý định phải bắt đầu bằng {REPLY_PREFIX} và chỉ có chữ a–z không dấu, chữ số, gạch dưới.")
        text = _checked_reply(reply)
        self._new(name, self.files_of(IntentKind.REPLY) or _REPLIES, f"utter_{name}", title=title)
        self._set_response(name, text)
        self.add_examples(name, examples)
        return name

    def add_topic(self, guide_id: str, examples: Iterable[str]) -> str:
        """A new intent that asks for a guide which is there already.

        Returns:
            Its name.
        """
        guide = self._guides.get(guide_id)
        name = TOPIC_PREFIX + guide_id
        path = next(
            (intent.files[0] for intent in self.all().values() if intent.files and self._like(intent, guide.urgent)), None
        )
        self._new(name, path or "data/nlu/topics.yml", "action_answer")
        self.add_examples(name, examples)
        return name

    def _like(self, intent: Intent, urgent: bool) -> bool:
        known = intent.guide is not None and intent.guide in self._guides.paths()
        return known and self._guides.get(intent.guide or "").urgent is urgent

    def set_title(self, name: str, title: str) -> None:
        """Call a reply intent something else; the title of a topic is its guide's."""
        self._ours(name, IntentKind.REPLY)
        clean = " ".join(title.split())
        if not clean:
            raise UserFacingError("Cần tên cho ý định.")

        def change(block: CommentedMap) -> None:
            if "metadata" not in block:
                block.insert(1, "metadata", CommentedMap())
            block["metadata"]["title"] = clean

        self._change_block(name, change)

    def set_reply(self, name: str, reply: str) -> None:
        """Answer a reply intent with another text."""
        self._ours(name, IntentKind.REPLY)
        self._set_response(name, _checked_reply(reply))

    def rename(self, name: str, new: str) -> None:
        """Give a reply intent another name, everywhere."""
        self._ours(name, IntentKind.REPLY)
        if new in self.names():
            raise UserFacingError(f"Đã có ý định “{new}”.")
        if not re.fullmatch(REPLY_PREFIX + r"[a-z0-9_]{2,50}", new):
            raise UserFacingError(f"Mã ý định phải bắt đầu bằng {REPLY_PREFIX} và chỉ có chữ a–z không dấu, chữ số, gạch dưới.")
        # A name of its own word, in files of one format: replacing the word touches those lines and no other.
        word = re.compile(rf"(?<![a-z0-9_])(utter_)?{re.escape(name)}(?![a-z0-9_])")
        for path in [DOMAIN, *self._files.paths(RULES), *self._files.paths(STORIES)]:
            text = self._files.read(path) or ""
            self._files.write(path, word.sub(lambda match: (match[1] or "") + new, text))

        def change(block: CommentedMap) -> None:
            block["intent"] = new

        self._change_block(name, change)
        self._held_out.move(name, new)

    def merge(self, name: str, into: str) -> None:
        """Move all examples of a topic or reply intent to another one, and remove it."""
        intent = self._ours(name, IntentKind.TOPIC, IntentKind.REPLY)
        if name == into:
            raise UserFacingError("Hãy chọn ý định khác để gộp vào.")
        self.get(into)
        examples = intent.examples
        self.remove(name, into)
        self.add_examples(into, examples)

    def split(self, name: str, examples: Collection[str], *, title: str = "", reply: str = "", guide: str = "") -> str:
        """Make a new intent of some examples of another: answered with a reply of its own, or with a guide.

        Returns:
            Its name.
        """
        moved = [example for example in self.get(name).examples if example in set(examples)]
        if not moved:
            raise UserFacingError("Hãy chọn những câu thuộc ý định mới.")
        self.remove_examples(name, moved)
        return self.add_topic(guide, moved) if guide else self.add_reply(title, reply, moved)

    def remove(self, name: str, instead: str | None = None) -> None:
        """Remove a topic or reply intent with its examples, its rule and its reply; a topic's guide stays.

        Args:
            name: Of the intent.
            instead: What stories say from now on.

        Raises:
            UserFacingError: It belongs to the product, or a story needs it and there is nothing to put in its place.
        """
        intent = self._ours(name, IntentKind.TOPIC, IntentKind.REPLY)
        word = re.compile(rf"(?<=intent: ){re.escape(name)}(?![a-z0-9_])")
        for path in self._files.paths(STORIES):
            text = self._files.read(path) or ""
            if word.search(text) and instead is None:
                raise UserFacingError(f"Ý định này được dùng trong {path}. Hãy gộp vào ý định khác thay vì xóa.")
            self._files.write(path, word.sub(instead or name, text))
        self._held_out.move(name, instead)
        for path in intent.files:
            self._edit(path, lambda doc: _drop(doc["nlu"], lambda block: block.get("intent") == name))
        for path in self._files.paths(RULES):
            self._edit(path, lambda doc: _drop(doc["rules"], lambda rule: {"intent": name} in rule.get("steps", ())))

        def change(doc: CommentedMap) -> None:
            _drop(doc["intents"], lambda item: item == name or (isinstance(item, dict) and name in item))
            if f"utter_{name}" in (doc.get("responses") or {}):
                del doc["responses"][f"utter_{name}"]
                if not doc["responses"]:
                    del doc["responses"]

        self._edit(DOMAIN, change)

    # how the files are written

    def checked(self, typed: str) -> str:
        """An example as it is stored, see `clean_example`.

        Raises:
            UserFacingError: It cannot be used: too long, read as a command, or with personal data in it.
        """
        text = clean_example(typed)
        if mask(said(text)).found:
            raise UserFacingError(f"Câu “{text[:40]}…” có số giấy tờ, số điện thoại hoặc mã. Hãy bỏ phần đó rồi thêm lại.")
        return text

    def _owners(self, besides: str) -> dict[str, str]:
        return {
            said(example).casefold(): intent.name
            for intent in self.all().values()
            if intent.name != besides
            for example in intent.examples
        }

    def _ours(self, name: str, *kinds: IntentKind) -> Intent:
        intent = self.get(name)
        if intent.kind not in kinds:
            raise UserFacingError(f"Ý định “{intent.title}” là phần của chương trình, chỉ thêm bớt câu ví dụ được.")
        return intent

    def _set(self, intent: Intent, examples: list[str]) -> None:
        """Write an intent's examples; where it has several blocks, each keeps its own and the last gets what is new."""
        homes = [(path, block) for path, block in self._blocks() if block["intent"] == intent.name]
        if loose := [path for path, block in homes if not isinstance(block.get("examples") or "", str)]:
            raise ContentError([f"{loose[0]}: examples of {intent.name} are no '|' block; change them by hand"])
        shares = [[example for example in examples if example in set(examples_in(block))] for _, block in homes]
        shared = {example for share in shares for example in share}
        shares[-1] = examples if len(homes) == 1 else shares[-1] + [example for example in examples if example not in shared]

        def change(doc: CommentedMap) -> None:
            for block in doc["nlu"]:
                if block.get("intent") == intent.name:
                    block["examples"] = LiteralScalarString("".join(f"- {example}\n" for example in shares.pop(0)))

        for path in intent.files:
            self._edit(path, change)

    def _change_block(self, name: str, change: Callable[[CommentedMap], None]) -> None:
        def to_blocks(doc: CommentedMap) -> None:
            for block in doc["nlu"]:
                if block.get("intent") == name:
                    change(block)

        for path in dict.fromkeys(path for path, block in self._blocks() if block["intent"] == name):
            self._edit(path, to_blocks)

    def _new(self, name: str, path: str, action: str, title: str = "") -> None:
        names = self.names()
        if name in names:
            raise UserFacingError(f"Đã có ý định “{name}”. Hãy thêm câu vào đó.")
        in_file = [str(block["intent"]) for where, block in self._blocks() if where == path]
        before = max((place for place, other in enumerate(names) if other in in_file), default=None)
        comment = f"a fixed reply each: utter_<intent> ({path})" if before is None else ""

        def to_domain(doc: CommentedMap) -> None:
            insert_after(doc["intents"], len(names) - 1 if before is None else before, name, comment)

        self._edit(DOMAIN, to_domain)
        block = CommentedMap(intent=name)
        if title:
            block["metadata"] = CommentedMap(title=title)
        block["examples"] = LiteralScalarString("")
        if self._files.read(path) is None:
            self._files.write(path, _NEW_FILE)
        self._edit(path, lambda doc: _append(doc, "nlu", block))
        text = self._files.read(path) or ""
        if len(in_file) == 1 or "\n\n  - intent: " in text:  # blocks stand apart there
            self._files.write(path, text.replace(f"\n  - intent: {name}\n", f"\n\n  - intent: {name}\n"))
        rule = CommentedMap(rule=name, steps=CommentedSeq([CommentedMap(intent=name), CommentedMap(action=action)]))
        neighbour = names[before] if before is not None else ""
        rules = next(
            (where for where in self._files.paths(RULES) if f"intent: {neighbour}\n" in (self._files.read(where) or "")), None
        )
        self._edit(rules or _RULE_FILE, lambda doc: _put_rule(doc["rules"], neighbour, rule))

    def _set_response(self, name: str, text: str) -> None:
        domain = self._files.read(DOMAIN) or ""
        if not re.search(r"^responses:", domain, re.MULTILINE):
            self._files.write(DOMAIN, domain.rstrip("\n") + "\n\nresponses: {}\n")

        def change(doc: CommentedMap) -> None:
            if not doc["responses"]:
                doc["responses"] = CommentedMap()
            told = LiteralScalarString(text + "\n") if "\n" in text else text
            doc["responses"][f"utter_{name}"] = CommentedSeq([CommentedMap(text=told)])

        self._edit(DOMAIN, change)

    def _edit(self, path: str, change: Callable[[Any], Any]) -> None:
        text = self._files.read(path)
        if text is None:
            raise ContentError([f"{path}: is not there; the project's own files must be complete"])
        self._files.write(path, edit(text, change))


def _checked_reply(reply: str) -> str:
    lines = [" ".join(line.split()) for line in reply.strip().splitlines()]
    text = "\n".join(lines)
    if not text:
        raise UserFacingError("Cần câu trả lời cho bà con.")
    if len(text.split()) > _LONGEST_REPLY_WORDS:
        raise UserFacingError(
            f"Câu trả lời có {len(text.split())} chữ, tối đa {_LONGEST_REPLY_WORDS}. Dài hơn thì viết thành hướng dẫn."
        )
    if "<" in text or ">" in text or "{" in text:
        raise UserFacingError("Câu trả lời chỉ dùng chữ thường, không có dấu < > {.")
    return text


def _drop(seq: CommentedSeq, unwanted: Callable[[Any], bool]) -> None:
    for place in reversed([place for place, item in enumerate(seq) if unwanted(item)]):
        remove_at(seq, place)


def _append(doc: CommentedMap, key: str, item: CommentedMap) -> None:
    if not doc[key]:
        doc[key] = CommentedSeq()
    doc[key].append(item)


def _put_rule(rules: CommentedSeq, neighbour: str, rule: CommentedMap) -> None:
    places = [place for place, other in enumerate(rules) if {"intent": neighbour} in other.get("steps", ())]
    rules.insert(places[-1] + 1 if places else len(rules), rule)

"""Vietnamese text as people type it, brought to one form for matching.

Nothing here changes what a citizen sees or what is stored: these are the copies that the classifier and the
search index read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from core.errors import ContentError
from core.telex import is_syllable, undo_telex

__all__ = ["Lexicon", "Token", "clean", "fold", "normalize_word", "tokenize"]

_PRONOUNS = frozenset({"aek", "eka", "ake", "kae", "ark", "irk", "ezk"})
"""Teencode of one letter each in a row ("a e k biết") that must not be joined to a word."""

_TONES = {"\u0300": 0, "\u0301": 1, "\u0309": 2, "\u0303": 3, "\u0323": 4}
_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\ufff0-\uffff]"
)
_TOKEN = re.compile(r"[^\W_](?:[\w\u0300-\u036f]|(?<=\d)[./-](?=\d))*", re.UNICODE)


@dataclass(frozen=True)
class Token:
    """A word as typed (``text`` at ``start:end`` of the message) and the form it is matched by (``norm``).

    ``norm`` is lower-case NFC with one tone placement, teencode and dialect replaced; it may hold several words
    ("chừ" → "bây giờ") or none (a word swallowed by the replacement of the one before).
    """

    text: str
    start: int
    end: int
    norm: str


def clean(text: str) -> str:
    r"""Bring typed text to NFC without control or invisible characters, blanks folded, lines kept.

    >>> clean("  xin\u200b  chào\x07 ")
    'xin chào'
    """
    text = text.encode("utf-8", "ignore").decode("utf-8")  # half a surrogate pair cannot be stored
    text = unicodedata.normalize("NFC", text)
    lines = (" ".join(_INVISIBLE.sub("", line).split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower-case `text` without accents; đ becomes d.

    >>> fold("Đăng ký tạm trú")
    'dang ky tam tru'
    """
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch)).replace("đ", "d")


def toneless(word: str) -> str:
    """`word` without its tone mark; its letters stay.

    >>> toneless("cứu"), toneless("đuối")
    ('cưu', 'đuôi')
    """
    return unicodedata.normalize("NFC", "".join(ch for ch in unicodedata.normalize("NFD", word) if ch not in _TONES))


@lru_cache(maxsize=65536)
def normalize_word(word: str) -> str:
    """One word in lower-case NFC, with the tone mark where the new orthography puts it (hòa, thúy, khỏe).

    >>> normalize_word("Hoà"), normalize_word("thuý"), normalize_word("khoẻ")
    ('hòa', 'thúy', 'khỏe')
    """
    decomposed = unicodedata.normalize("NFD", word.lower())
    tone = next((ch for ch in decomposed if ch in _TONES), "")
    if not tone:
        return unicodedata.normalize("NFC", decomposed)
    bare = unicodedata.normalize("NFC", decomposed.replace(tone, "", 1))
    spot = _tone_position(bare)
    if spot is None:
        return unicodedata.normalize("NFC", decomposed)
    return unicodedata.normalize("NFC", bare[: spot + 1] + tone + bare[spot + 1 :])


def _tone_position(bare: str) -> int | None:
    vowels = "aăâeêioôơuưy"
    start = 0
    if bare.startswith("qu") or (bare.startswith("gi") and len(bare) > 2 and bare[2] in vowels):
        start = 2
    spots = [i for i in range(start, len(bare)) if bare[i] in vowels]
    if not spots:
        spots = [i for i, ch in enumerate(bare) if ch in vowels]
    if not spots:
        return None
    marked = [i for i in spots if bare[i] in "ăâêôơư"]
    if marked:
        return marked[-1]
    first, last = spots[0], spots[-1]
    if len(spots) == 1:
        return first
    if len(spots) >= 3 or last + 1 < len(bare):
        return spots[1]
    return first


def tokenize(text: str, lexicon: Lexicon | None = None) -> list[Token]:
    """Split `text` into words with the form each is matched by.

    Offsets are those of `text` as given, also when it is decomposed Unicode (NFD).
    """
    raw = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    raw = _join_spelled(raw)
    words = [normalize_word(_unstretch(unicodedata.normalize("NFC", word.lower()))) for word, _, _ in raw]
    words = undo_telex(words)
    words = [normalize_word(word) for word in words]
    if lexicon is not None:
        words = lexicon.replace(words)
    return [Token(word, start, end, norm) for (word, start, end), norm in zip(raw, words, strict=True)]


def _unstretch(word: str) -> str:
    """Shorten drawn-out letters: "khôngggg" → "không", "quáaaa" → "quá"; "cccd" stays, because "cd" is no syllable."""
    short = "".join(run[0] if len(run) >= 3 else "".join(run) for run in _runs(word))
    return short if short != word and is_syllable(normalize_word(short)) else word


def _runs(word: str) -> list[list[str]]:
    """The letters of `word` in runs of the same one, whatever its accent; the accented one leads its run."""
    runs: list[list[str]] = []
    for ch in word:
        if runs and fold(ch) == fold(runs[-1][0]):
            runs[-1].append(ch)
        else:
            runs.append([ch])
    return [sorted(run, key=lambda ch: ch.isascii()) if len(run) >= 3 else run for run in runs]


def _spells_on(run: list[tuple[str, int, int]], letter: str) -> bool:
    """A word is spelled in one case; "C C C D a" ends at the small letter."""
    return not run or run[-1][0].isupper() == letter.isupper()


def _join_spelled(raw: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Letters typed apart ("C C C D") become one word."""
    joined: list[tuple[str, int, int]] = []
    run: list[tuple[str, int, int]] = []

    def flush() -> None:
        if len(run) >= 3 and "".join(word for word, _, _ in run).lower() not in _PRONOUNS:
            joined.append(("".join(word for word, _, _ in run), run[0][1], run[-1][2]))
        else:
            joined.extend(run)
        run.clear()

    for item in raw:
        if len(item[0]) == 1 and item[0].isascii() and item[0].isalpha() and _spells_on(run, item[0]):
            run.append(item)
        else:
            flush()
            joined.append(item)
    flush()
    return joined


@dataclass(frozen=True)
class _Entry:
    say: tuple[str, ...]
    means: str
    not_before: frozenset[str]
    not_after: frozenset[str]
    only_before: frozenset[str]
    only_after: frozenset[str]


class Lexicon:
    """Abbreviations, teencode and dialect, each with the words beside which it means something else.

    Args:
        entries: Mappings with ``say`` (one form or a list of forms), ``means`` (standard Vietnamese) and optionally
            ``not_before``, ``not_after``, ``only_before``, ``only_after`` (neighbouring words).
    """

    def __init__(self, entries: Iterable[Mapping[str, object]]) -> None:
        self._entries: dict[str, list[_Entry]] = {}
        for entry in entries:
            for form in _strings(entry["say"]):
                say = tuple(normalize_word(word) for word in form.split())
                made = _Entry(
                    say,
                    " ".join(normalize_word(word) for word in str(entry["means"]).split()),
                    *(
                        frozenset(normalize_word(word) for word in _strings(entry.get(key, [])))
                        for key in ("not_before", "not_after", "only_before", "only_after")
                    ),
                )
                self._entries.setdefault(say[0], []).append(made)
        for made_list in self._entries.values():
            made_list.sort(key=lambda item: -len(item.say))

    @classmethod
    def load(cls, folder: Path) -> Lexicon:
        """Read every ``*.yml`` in `folder` that has a top-level ``replace`` list.

        Raises:
            ContentError: A file is not YAML or an entry lacks ``say`` or ``means``.
        """
        entries: list[Mapping[str, object]] = []
        for path in sorted(folder.glob("*.yml")):
            try:
                raw = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
                if not isinstance(raw, Mapping):
                    raise ContentError([f"{path}: must be a mapping with a list 'replace'; see the head of the file"])
            except yaml.YAMLError as error:
                raise ContentError([f"{path}: not readable as YAML ({error})"]) from error
            for entry in raw.get("replace", []):
                if not isinstance(entry, Mapping) or not {"say", "means"} <= entry.keys():
                    raise ContentError([f"{path}: {entry!r}: needs 'say' and 'means'"])
                entries.append(entry)
        return cls(entries)

    def replace(self, words: Sequence[str]) -> list[str]:
        """Replace what the lexicon knows; a word swallowed by a longer form becomes ''. Length is kept."""
        out = list(words)
        at = 0
        while at < len(words):
            entry = self._match(words, at)
            if entry is None:
                at += 1
                continue
            out[at] = entry.means
            for swallowed in range(at + 1, at + len(entry.say)):
                out[swallowed] = ""
            at += len(entry.say)
        return out

    def _match(self, words: Sequence[str], at: int) -> _Entry | None:
        for entry in self._entries.get(words[at], ()):
            end = at + len(entry.say)
            if tuple(words[at:end]) != entry.say:
                continue
            before = words[at - 1] if at else ""
            after = words[end] if end < len(words) else ""
            if before in entry.not_after or after in entry.not_before:
                continue
            if entry.only_after and before not in entry.only_after:
                continue
            if entry.only_before and after not in entry.only_before:
                continue
            return entry
        return None


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else [str(value)]

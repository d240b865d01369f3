"""Undo Telex and VNI: messages typed with the input method switched off ("ddawng kys", "dang9 ky1").

A message is repaired only when enough of its words are no Vietnamese syllable as typed and become one when the
keystrokes are replayed; single look-alikes ("test", "max", "b1") are left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["is_syllable", "looks_foreign", "replayed", "undo_telex"]

_ONSET = "(?:ngh|ng|nh|gh|gi|ch|kh|ph|th|tr|qu|[bcdđghklmnprstvx])?"
_OPEN = (
    "iêu|yêu|uôi|ươi|ươu|oai|oay|oao|oeo|uây|uyu|uya|ia|ua|ưa|oa|oe|uê|uy|uơ|ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu"
    "|[aeêioôơuưy]"
)
_CLOSED = "iê|yê|uô|ươ|oa|oă|oe|uâ|uê|uyê|uy|[aăâeêioôơuưy]"
_SYLLABLE = re.compile(f"{_ONSET}(?:(?:{_OPEN})|(?:{_CLOSED})(?:ch|ng|nh|[cmnpt]))")
_STOPPED = re.compile("(?:ch|[cpt])$")
_TONE_KEYS = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_SHAPES = (
    ("uow", "ươ"),
    ("uwow", "ươ"),
    ("dd", "đ"),
    ("aa", "â"),
    ("ee", "ê"),
    ("oo", "ô"),
    ("aw", "ă"),
    ("ow", "ơ"),
    ("uw", "ư"),
)
_VNI_SHAPES = {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}, "9": {"d": "đ"}}
_FOREIGN = frozenset(
    "test max box sex pass mix fax tax chat user admin list post next text as is or us news gas bus plus bonus focus hoso".split()
)
_ACCENTS = frozenset("\u0300\u0301\u0303\u0309\u0323")


@lru_cache(maxsize=65536)
def is_syllable(word: str) -> bool:
    """Whether `word` (lower case, NFC) could be one Vietnamese syllable, accented or not.

    >>> is_syllable("đăng"), is_syllable("ddawng"), is_syllable("tamj")
    (True, False, False)
    """
    tone = next((ch for ch in unicodedata.normalize("NFD", word) if ch in _ACCENTS), "")
    bare = unicodedata.normalize("NFC", "".join(ch for ch in unicodedata.normalize("NFD", word) if ch not in _ACCENTS))
    if not _SYLLABLE.fullmatch(bare) and not _SYLLABLE.fullmatch(_vowels_plain(bare)):
        return False
    return not (tone and tone not in "\u0301\u0323" and _STOPPED.search(bare))


def _vowels_plain(bare: str) -> str:
    """An unaccented word may be any accented one: "duoc", "nguoi", "tuyen" count as syllables."""
    if not bare.isascii():
        return bare
    return (
        bare.replace("uye", "uyê")
        .replace("uoi", "ươi")
        .replace("uou", "ươu")
        .replace("uo", "ươ")
        .replace("ieu", "iêu")
        .replace("yeu", "yêu")
        .replace("ie", "iê")
        .replace("ye", "yê")
        .replace("uyêe", "uyê")
    )


def looks_foreign(words: Sequence[str]) -> bool:
    """Whether most of `words` (normalised) are no Vietnamese syllables, as in an English sentence.

    >>> looks_foreign("i forgot the password of my account".split())
    True
    """
    letters = [word for word in words if word.isalpha()]
    return len(letters) >= 4 and sum(is_syllable(word) for word in letters) < 0.55 * len(letters)


def undo_telex(words: Sequence[str]) -> list[str]:
    """Replay the keystrokes of a message typed without an input method.

    Args:
        words: Lower-case words in order.

    Returns:
        As many words; those of messages without clear signs of Telex or VNI are returned as they are.

    >>> undo_telex("ddawng kys tamj trus".split())
    ['đăng', 'ký', 'tạm', 'trú']
    """
    repaired: list[str | None] = []
    strong = weak = 0
    for word in words:
        made, is_strong = _replay(word)
        repaired.append(made)
        if made is not None:
            strong += is_strong
            weak += not is_strong
    enough = (strong >= 1 and strong + weak >= 2) or weak >= 3 or (strong >= 1 and len(words) <= 2)
    if not enough:
        return list(words)
    return [made if made is not None else word for word, made in zip(words, repaired, strict=True)]


def replayed(word: str) -> str | None:
    """The syllable that the keystrokes of one word make, where they make one.

    >>> replayed("kys"), replayed("tru1"), replayed("ký")
    ('ký', 'trú', None)
    """
    return _replay(word)[0]


@lru_cache(maxsize=65536)
def _replay(word: str) -> tuple[str | None, bool]:
    """The syllable the keystrokes of `word` make (None when they make none), and whether they are telling."""
    if len(word) < 2 or word in _FOREIGN or is_syllable(word):
        return None, False
    if any(ch.isdigit() for ch in word):
        made, telling = _replay_vni(word)
    else:
        made, telling = _replay_telex(word)
    return (made, telling) if made is not None and made != word and is_syllable(made) else (None, False)


def _replay_telex(word: str) -> tuple[str | None, bool]:
    tone = ""
    for at in range(len(word) - 1, 0, -1):
        if word[at] in _TONE_KEYS and any(ch in "aeiouyăâêôơưw" for ch in word[:at]):
            tone = _TONE_KEYS[word[at]]
            word = word[:at] + word[at + 1 :]
            break
    shaped = word
    for keys, letter in _SHAPES:
        shaped = shaped.replace(keys, letter)
    shaped = _late_shape(shaped)
    if shaped.endswith("w") or "w" in shaped:
        shaped = shaped.replace("w", "ư")
    return _with_tone(shaped, tone), shaped != word


def _late_shape(word: str) -> str:
    """A shape key typed at the end of the syllable: "dangd" → "đang", "tuana" → "tuân", "duocw" → "dươc"."""
    last = word[-1:]
    if last == "d" and word.startswith("d") and len(word) > 2:
        return "đ" + word[1:-1]
    if last == "w" and len(word) > 2:
        for plain, made in (("uo", "ươ"), ("o", "ơ"), ("u", "ư"), ("a", "ă")):
            if plain in word[:-1]:
                return word[:-1].replace(plain, made, 1)
    for plain, made in (("a", "â"), ("e", "ê"), ("o", "ô")):
        if last == plain and plain in word[:-2] and len(word) > 3:
            return word[:-1].replace(plain, made, 1)
    return word


def _replay_vni(word: str) -> tuple[str | None, bool]:
    letters: list[str] = []
    tone = ""
    telling = False
    for ch in word:
        if ch in _VNI_TONES and letters and not tone:
            tone = _VNI_TONES[ch]
        elif ch in _VNI_SHAPES:
            for at in range(len(letters) - 1, -1, -1):
                if letters[at] in _VNI_SHAPES[ch]:
                    letters[at] = _VNI_SHAPES[ch][letters[at]]
                    if ch == "7" and letters[at] == "ơ" and at and letters[at - 1] == "u":
                        letters[at - 1] = "ư"
                    telling = True
                    break
            else:
                return None, False
        elif ch.isdigit():
            return None, False
        else:
            letters.append(ch)
    if len(letters) < 2:
        return None, False
    return _with_tone("".join(letters), tone), telling


def _with_tone(word: str, tone: str) -> str | None:
    if not tone:
        return word
    start = 2 if word.startswith("qu") else 0
    for at in range(start, len(word)):
        if word[at] in "aăâeêioôơuưy":
            return unicodedata.normalize("NFC", word[: at + 1] + tone + word[at + 1 :])
    return None

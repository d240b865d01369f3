"""What fingers do: Telex and VNI with the input method off, and slips of single keys."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

from nlu.training.slices.accents import split_tone, unaccented

__all__ = ["telex", "typos", "vni"]

_WORD = re.compile(r"[^\W\d_]+")
_LONG_ENOUGH = 3
_WORDS_A_SLIP = 6

_TELEX_TONES = {"\u0300": "f", "\u0301": "s", "\u0303": "x", "\u0309": "r", "\u0323": "j"}
_TELEX_LETTERS = {"đ": "dd", "ă": "aw", "â": "aa", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw"}
_VNI_TONES = {"\u0300": "2", "\u0301": "1", "\u0303": "4", "\u0309": "3", "\u0323": "5"}
_VNI_LETTERS = {"đ": "d9", "ă": "a8", "â": "a6", "ê": "e6", "ô": "o6", "ơ": "o7", "ư": "u7"}

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {key: [near for near in (row[at - 1 : at] + row[at + 1 : at + 2])] for row in _ROWS for at, key in enumerate(row)}


def telex(text: str) -> str:
    """The Telex keystrokes of `text`, as they stand when the input method is off.

    >>> telex("Đường Bà Trưng, phường Vỹ Dạ")
    'Dduowngf Baf Truwng, phuowngf Vyx Daj'
    """
    return _typed(text, _telex_word)


def vni(text: str) -> str:
    """The VNI keystrokes of `text`.

    >>> vni("đăng ký tạm trú")
    'd9a8ng ky1 tam5 tru1'
    """
    return _typed(text, lambda word: _keys(word, _VNI_LETTERS, _VNI_TONES))


def _typed(text: str, keys_of: Callable[[str], str]) -> str:
    return _WORD.sub(lambda match: keys_of(match.group()), unicodedata.normalize("NFC", text))


def _telex_word(word: str) -> str:
    return _keys(word, _TELEX_LETTERS, _TELEX_TONES).replace("uwow", "uow").replace("Uwow", "Uow")  # one w shapes both


def _keys(word: str, letters: dict[str, str], tones: dict[str, str]) -> str:
    bare, tone = split_tone(word)
    made = "".join(_letter_keys(letter, letters) for letter in bare)
    return made + tones.get(tone, "")


def _letter_keys(letter: str, letters: dict[str, str]) -> str:
    keys = letters.get(letter.lower(), letter.lower())
    return keys.upper() if letter.isupper() and len(keys) == 1 else keys.capitalize() if letter.isupper() else keys


def typos(text: str, dice: random.Random) -> str:
    """`text` with one slip in every six words, at least one.

    A slip is a letter missing, doubled, swapped or from the next key, or a word left in Telex or VNI keystrokes.
    """
    text = unicodedata.normalize("NFC", text)
    words = [match for match in _WORD.finditer(text) if len(match.group()) >= _LONG_ENOUGH]
    wanted = max(1, round(len(_WORD.findall(text)) / _WORDS_A_SLIP))
    for match in sorted(dice.sample(words, min(wanted, len(words))), key=lambda match: -match.start()):
        text = text[: match.start()] + _slipped(match.group(), dice) + text[match.end() :]
    return text


def _slipped(word: str, dice: random.Random) -> str:
    """`word` with one slip; tries another kind when one changes nothing."""
    kinds: list[Callable[[str, random.Random], str]] = [_missing, _doubled, _swapped, _next_key]
    kinds += [lambda word, _: _telex_word(word), lambda word, _: vni(word)]
    weights = [4, 4, 4, 4, 5, 1]
    for _ in range(20):
        made = dice.choices(kinds, weights)[0](word, dice)
        if made != word:
            return made
    return word


def _missing(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _doubled(word: str, dice: random.Random) -> str:
    plain = [at for at, letter in enumerate(word) if letter.isascii()]  # a key hit twice never doubles an accent
    if not plain:
        return word
    at = dice.choice(plain)
    return word[: at + 1] + word[at].lower() + word[at + 1 :]


def _swapped(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _next_key(word: str, dice: random.Random) -> str:
    at = dice.randrange(len(word))
    bare = unaccented(word[at]).lower()
    near = _NEIGHBOURS.get(bare)
    return word[:at] + dice.choice(near) + word[at + 1 :] if near else word

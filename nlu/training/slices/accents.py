"""Accents: left out, left out of half of the words, decomposed, the tone mark on the other vowel."""

from __future__ import annotations

import random
import re
import unicodedata

__all__ = ["half_accented", "nfd", "other_tone_place", "split_tone", "unaccented"]

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_WORD = re.compile(r"\w+")
_MOVABLE = re.compile(r"(?<!q)(?:oa|oe|uy)$", re.IGNORECASE)


def unaccented(text: str) -> str:
    """`text` without any accent, capitals kept; đ becomes d.

    >>> unaccented("Cấp đổi thẻ Căn cước ở Đà Nẵng")
    'Cap doi the Can cuoc o Da Nang'
    """
    decomposed = unicodedata.normalize("NFD", text)
    bare = "".join(ch for ch in decomposed if not unicodedata.combining(ch))
    return unicodedata.normalize("NFC", bare).translate({ord("đ"): "d", ord("Đ"): "D"})


def half_accented(text: str, dice: random.Random) -> str:
    """`text` with half of its accented words (rounded up) without accents."""
    accented = [
        match for match in _WORD.finditer(unicodedata.normalize("NFC", text)) if unaccented(match.group()) != match.group()
    ]
    return _replaced(unicodedata.normalize("NFC", text), dice.sample(accented, (len(accented) + 1) // 2))


def _replaced(text: str, chosen: list[re.Match[str]]) -> str:
    for match in chosen:  # stripping a composed word never changes its length
        text = text[: match.start()] + unaccented(match.group()) + text[match.end() :]
    return text


def nfd(text: str) -> str:
    """`text` in decomposed Unicode, as some phones and files have it."""
    return unicodedata.normalize("NFD", text)


def split_tone(word: str) -> tuple[str, str]:
    """`word` (NFC) without its tone mark, and the mark ("" when it has none).

    >>> split_tone("tạm") == ("tam", "\u0323"), split_tone("đăng")
    (True, ('đăng', ''))
    """
    decomposed = unicodedata.normalize("NFD", word)
    tone = next((ch for ch in decomposed if ch in _TONES), "")
    return unicodedata.normalize("NFC", decomposed.replace(tone, "", 1) if tone else decomposed), tone


def other_tone_place(text: str) -> str:
    """`text` with the tone mark of oa, oe and uy on the other of the two vowels: hòa ↔ hoà, thuý ↔ thúy.

    >>> other_tone_place("Khoá tài khoản, hủy thẻ, quý vị")
    'Khóa tài khoản, huỷ thẻ, quý vị'
    """
    return _WORD.sub(lambda match: _moved(match.group()), unicodedata.normalize("NFC", text))


def _moved(word: str) -> str:
    bare, tone = split_tone(word)
    if not tone or not _MOVABLE.search(bare):
        return word
    on_the_last = bare[:-1] + unicodedata.normalize("NFC", bare[-1] + tone)
    return on_the_last if word != on_the_last else bare[:-2] + unicodedata.normalize("NFC", bare[-2] + tone) + bare[-1]

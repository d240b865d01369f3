"""Other words for the same: teencode and the dialect of Huế, context-aware where a word has two senses."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Iterator, Sequence

from nlu.training.slices.accents import split_tone
from nlu.training.slices.forms import DIALECT, KEPT, TEENCODE, Forms

__all__ = ["dialect", "teencode"]

_TOKEN = re.compile(r"\w+|\W+")
_LONGEST = 4
_TILDE, _HOOK = "\u0303", "\u0309"

_TEEN_SHARE, _DIALECT_SHARE = 0.7, 0.85
_ENDINGS = (" hè", " rứa", " hí", " rứa eng", " tề", " rứa hè")
_ENDING_SHARE, _MERGED_SHARE = 0.25, 0.2


def teencode(text: str, dice: random.Random) -> str:
    """`text` with most words that young people shorten shortened."""
    return _exchanged(text, TEENCODE, _TEEN_SHARE, dice)


def dialect(text: str, dice: random.Random) -> str:
    """`text` as said and spelled in Huế: dialect words, now and then hỏi for ngã and a particle at the end."""
    made = _merged_tones(_exchanged(text, DIALECT, _DIALECT_SHARE, dice), dice)
    if dice.random() < _ENDING_SHARE and not made.rstrip("?.! ").endswith(("rứa", "hè", "hí", "hỉ", "nghe", "tề")):
        bare = made.rstrip("?.! ")
        made = bare + dice.choice(_ENDINGS) + made[len(bare) :]
    return made


def _exchanged(text: str, forms: Forms, share: float, dice: random.Random) -> str:
    """`text` with `share` of what `forms` knows exchanged, at least once; names (capitals inside) stay."""
    tokens = _TOKEN.findall(unicodedata.normalize("NFC", text))
    known = list(_known(tokens, forms))
    chosen = [place for place in known if dice.random() < share] or ([dice.choice(known)] if known else [])
    for first, last, said in chosen:
        new = dice.choice(forms[said])
        tokens[first] = new[:1].upper() + new[1:] if tokens[first][0].isupper() else new
        tokens[first + 1 : last + 1] = [""] * (last - first)
    return "".join(tokens)


def _known(tokens: Sequence[str], forms: Forms) -> Iterator[tuple[int, int, str]]:
    """First and last place of what can be exchanged, and what it says; the longest wins."""
    words = [at for at, token in enumerate(tokens) if token[0].isalnum()]
    names = _names(tokens, words)
    n = 0
    while n < len(words):
        size, said = _longest(tokens, words, n, forms)
        if said in forms and said not in KEPT and not names & set(words[n : n + size]):
            yield words[n], words[n + size - 1], said
        n += max(size, 1)


def _longest(tokens: Sequence[str], words: Sequence[int], n: int, forms: Forms) -> tuple[int, str]:
    """How many words from the `n`-th on are an entry of `forms` (or kept), and what they say."""
    for size in range(min(_LONGEST, len(words) - n), 0, -1):
        places = words[n : n + size]
        said = " ".join(tokens[at].lower() for at in places)
        if (said in forms or said in KEPT) and all(tokens[at].isspace() for at in range(places[0] + 1, places[-1], 2)):
            return size, said
    return 0, ""


def _names(tokens: Sequence[str], words: Sequence[int]) -> set[int]:
    """Places of words with a capital that does not begin a sentence."""
    found = set()
    for n, at in enumerate(words):
        begins = n == 0 or any(sign in tokens[at - 1] for sign in ".?!\n")
        if tokens[at][0].isupper() and not begins:
            found.add(at)
    return found


def _merged_tones(text: str, dice: random.Random) -> str:
    """Hỏi for ngã in some words: the two sound alike in Huế."""

    def merged(match: re.Match[str]) -> str:
        if split_tone(match.group())[1] != _TILDE or dice.random() >= _MERGED_SHARE:
            return match.group()
        return unicodedata.normalize("NFC", unicodedata.normalize("NFD", match.group()).replace(_TILDE, _HOOK))

    return re.sub(r"\w+", merged, text)

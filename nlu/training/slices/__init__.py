"""Vietnamese as people type it, made from clean sentences: for measuring, and for learning from where that helps.

Every generator takes a sentence and a source of chance and gives the sentence in another spelling; the same seed gives the
same spelling. None of them reads ``data/lexicon``: what undoes these spellings is measured with forms it was not written from.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from nlu.training.slices.accents import half_accented, nfd, other_tone_place, unaccented
from nlu.training.slices.keys import telex, typos, vni
from nlu.training.slices.stories import joined, long_message
from nlu.training.slices.words import dialect, teencode

__all__ = ["AS_TYPED", "SEVERAL", "SLICES", "joined", "rewrite"]

AS_TYPED = "as_typed"
"""The sentence as it stands."""

SEVERAL = "several"
"""Two questions in one message; made of two sentences by `joined`."""

SLICES: Mapping[str, Callable[[str, random.Random], str]] = {
    "unaccented": lambda text, dice: unaccented(text),
    "half_accented": half_accented,
    "nfd": lambda text, dice: nfd(text),
    "tone_place": lambda text, dice: other_tone_place(text),
    "teencode": teencode,
    "dialect": dialect,
    "typos": typos,
    "telex": lambda text, dice: telex(text),
    "vni": lambda text, dice: vni(text),
    "long": long_message,
}
"""Name of a slice → its generator."""


def rewrite(name: str, text: str, seed: int = 0) -> str:
    """`text` in the spelling of the slice `name`; the chance depends on the three arguments alone.

    Raises:
        KeyError: There is no such slice.

    >>> rewrite("unaccented", "Đăng ký tạm trú"), rewrite("telex", "đăng ký tạm trú")
    ('Dang ky tam tru', 'ddawng kys tamj trus')
    """
    if name == AS_TYPED:
        return text
    return SLICES[name](text, random.Random(f"{seed} {name} {text}"))

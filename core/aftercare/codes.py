"""Resume codes: short, easy to read aloud, of no use for anything but going on with a walk.

A code is four groups of consonant, digit, consonant, such as ``H4K-T7M-R9C-P3X``. Nothing else anybody types looks like
that, a case code neither. Without vowels, no keyboard turns a part of it into an accented letter (in VNI, "a2" becomes
"à") and no word appears by chance. There are (13 · 8 · 13)⁴ = 3.3 · 10¹² codes (41 bits); conversations have few attempts
an hour, and a code leads to a guide and a step, never to a person.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import timedelta

__all__ = ["CODE_LIFETIME", "digest", "find_code", "new_code"]

CODE_LIFETIME = timedelta(days=30)

_LETTERS = "CFGHJKMNPRTVX"
_DIGITS = "23456789"
_GROUPS = 4
_GAP = r"[\s.,:;/_\-\u2010-\u2015]*"
_GROUP = rf"[{_LETTERS}]{_GAP}[{_DIGITS}]{_GAP}[{_LETTERS}]"
_CODE = re.compile(rf"(?<![^\W_]){_GROUP}(?:{_GAP}{_GROUP}){{{_GROUPS - 1}}}(?![^\W_])", re.IGNORECASE)
_LONGEST_TEXT = 120
_SALT = b"troly resume code"
"""Of the product, not of a code: a code is looked up by its digest."""


def new_code() -> str:
    """A fresh code."""
    groups = (secrets.choice(_LETTERS) + secrets.choice(_DIGITS) + secrets.choice(_LETTERS) for _ in range(_GROUPS))
    return "-".join(groups)


def find_code(text: str) -> str | None:
    """The code in a message, however it is typed: lower case, with spaces, without dashes, within a sentence.

    >>> find_code("mã của tôi là h4k t7m r9cp3x ạ")
    'H4K-T7M-R9C-P3X'
    """
    match = _CODE.search(text[:_LONGEST_TEXT])
    if match is None:
        return None
    signs = re.sub(r"[\W_]", "", match.group()).upper()
    return "-".join(signs[at : at + 3] for at in range(0, len(signs), 3))


def digest(code: str) -> str:
    """What is stored of a code. Slow on purpose (tens of milliseconds): a stolen table must not be worth searching."""
    return hashlib.scrypt(code.encode(), salt=_SALT, n=2**13, r=8, p=1, dklen=32).hex()

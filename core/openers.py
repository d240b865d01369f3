"""Words with which people begin before they say what they want: "alo", "ad ơi", "cho tôi hỏi"."""

from __future__ import annotations

import re

from core.text import fold

__all__ = ["is_opener"]

# A bare "dạ", "có" or "này" may answer a question of the bot, so it is none of these.
_WHO = "ad|admin|anh chi|em|anh|chi|co|chu|bac|ban|bot|shop|can bo|tro ly|moi nguoi|ca nha"
_ME = "toi|em|minh|con|chau|tui|to|anh|chi|ba|co|bac"
_LITTLE = "chut|ti|xiu|voi|cai|mot chut|1 chut|tham|nay|cai nay|viec nay"
_PARTS = (
    r"a ?lo+|hi|hello|helo|hey|he lo|ad|admin",
    rf"(?:da |thua )?(?:xin )?chao(?: (?:{_WHO}))?",
    rf"(?:da |thua )?(?:{_WHO}) oi",
    rf"(?:lam on |xin |vui long )?cho (?:(?:{_ME}) )?hoi(?: (?:{_LITTLE}))*",
    rf"(?:(?:{_ME}) )?(?:muon |can |xin )hoi(?: (?:{_LITTLE}))*",
)
_OPENER = re.compile(rf"(?:(?:{'|'.join(_PARTS)})(?: a)?(?: |$))+")
_LONGEST = 60


def is_opener(text: str) -> bool:
    """Whether a message only opens: whatever it is about comes next.

    >>> is_opener("Alo ad ơi"), is_opener("cho em hỏi chút ạ"), is_opener("cho hỏi làm khai sinh")
    (True, True, False)
    """
    words = " ".join(re.sub(r"[^\w\s]", " ", fold(text)).split())
    return 0 < len(words) <= _LONGEST and _OPENER.fullmatch(words) is not None

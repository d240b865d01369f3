"""What kind of device a citizen says they use; staff who take over a case need it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.phrases import bare

__all__ = ["device_told"]

_DEVICES = {
    "iPhone": r"iphone|ip ?\d{1,2}(?: ?(?:pro|max|plus|mini))*|ai ?phone|ios|ipad",
    "Android": r"android|samsung|oppo|xiaomi|redmi|vivo|realme|huawei|vsmart|galaxy|ch play",
    "máy tính": r"may tinh|laptop|lap top|may vi tinh|pc|windows|macbook|may ban",
}  # fmt: skip
_TOLD = {name: re.compile(rf"(?<!\S)(?:{words})(?!\S)") for name, words in _DEVICES.items()}


def device_told(words: Sequence[str]) -> str | None:
    """The kind of device named in normalised `words`, or None.

    >>> device_told("tôi dùng điện thoại samsung".split()), device_told("máy tính bảng".split())
    ('Android', 'máy tính')
    """
    said = bare(words)
    return next((name for name, told in _TOLD.items() if told.search(said)), None)

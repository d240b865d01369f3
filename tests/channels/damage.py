"""Captured bodies with something wrong in them, and JSON that never was a body; the same `chance` makes the same."""

from __future__ import annotations

import random
from typing import Any

__all__ = ["damaged", "random_json"]

_ODD = (
    None, True, False, 0, -1, 2**63, 10**40, 1.5, float("inf"), "", "\0", "\ud800", "x" * 5000, "9" * 500, "#troly:m", "#troly:",
    "1795422000123", "user_send_text", "Tôi hỏi tạm trú", "https://a.vn", "javascript:alert(1)", [], {}, [[]], {"id": {"id": 1}},
)  # fmt: skip


def damaged(body: Any, chance: random.Random) -> Any:
    """A copy with some parts replaced, dropped or repeated."""
    fate = chance.random()
    if fate < 0.06:
        return chance.choice(_ODD)
    if isinstance(body, dict):
        return {key: damaged(value, chance) for key, value in body.items() if chance.random() > 0.05}
    if isinstance(body, list):
        return [damaged(value, chance) for value in body * chance.choice((1, 1, 1, 3))]
    return body


def random_json(chance: random.Random, depth: int = 0) -> Any:
    """Any JSON."""
    kind = chance.randrange(8 if depth < 4 else 5)
    if kind == 5:
        return [random_json(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind >= 6:
        return {chance.choice("abcxyz") * 3: random_json(chance, depth + 1) for _ in range(chance.randrange(4))}
    return chance.choice(_ODD)

"""Conversations to measure with: made from the guides' own words, the same ones on every run.

No question of a test or held-out set is used here, so a benchmark can neither leak nor be tuned to one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from core.guides import Guide, GuideKind
from core.text import fold

__all__ = ["Dialogue", "make_conversations"]

Dialogue = tuple[str, ...]
"""What one citizen writes, in order."""

_OPENINGS = (
    "{name} cần giấy tờ gì",
    "{name} hết bao nhiêu tiền vậy",
    "cho tôi hỏi {name} mấy ngày thì xong",
    "muốn {name} thì nộp ở đâu",
    "{name} làm qua mạng được không ad",
    "chỉ tôi cách {name} với",
    "ai thì được {name}",
    "{name} dùng mẫu đơn nào",
    "{name} bị báo lỗi thì làm sao",
    "{name}",
)
_FOLLOW_UPS = (
    "còn lệ phí thì sao",
    "cần mang giấy tờ gì",
    "bao lâu thì có kết quả",
    "nộp ở chỗ nào",
    "có làm online được không",
    "hướng dẫn từng bước giúp tôi",
    "xong rồi, tiếp theo làm gì",
    "tôi bị kẹt ở bước này",
    "1",
    "nhắc lại giúp tôi",
    "cảm ơn nhiều nha",
)
_SEED = 20261123
_LENGTHS = (3, 5, 8, 12)


def make_conversations(guides: Sequence[Guide], questions: int) -> list[Dialogue]:
    """As many conversations as hold `questions` messages: an opening about a guide, then follow-ups without its name.

    Names, aliases and described needs take turns; every fourth conversation is typed without accents. A conversation has 3
    to 12 messages: a single question, or a walk through the steps of a procedure.

    Raises:
        ValueError: There is no guide to ask about, or `questions` is below 1.
    """
    if not guides or questions < 1:
        raise ValueError("need at least one guide and one question")
    dice = random.Random(_SEED)
    conversations: list[Dialogue] = []
    left = questions
    for number, opening in enumerate(_openings(guides, dice)):
        asked = (opening, *dice.sample(_FOLLOW_UPS, dice.choice(_LENGTHS) - 1))[:left]
        conversations.append(tuple(fold(text) for text in asked) if number % 4 == 3 else asked)
        left -= len(asked)
        if left == 0:
            break
    return conversations


def _openings(guides: Sequence[Guide], dice: random.Random) -> Iterator[str]:
    """First messages without end: described needs as they are, names and aliases asked about."""
    while True:
        for guide in dice.sample(guides, len(guides)):
            if guide.needs and dice.random() < 0.4:
                yield dice.choice(guide.needs)
            elif guide.kind is GuideKind.TOPIC:
                yield dice.choice(guide.aliases)
            else:
                yield dice.choice(_OPENINGS).format(name=dice.choice((guide.short_title.lower(), *guide.aliases)))

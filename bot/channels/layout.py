"""How a reply becomes messages: where a long text is cut, how choices are shown, what an answer rests on.

One place for all platforms. Numbers shown here are understood by `core.conversation.picked`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.channels.base import Capabilities
from core import texts
from core.messages import Choice, Footer, Link, Reply

__all__ = [
    "Part",
    "body_text",
    "check_date",
    "choice_pages",
    "lay_out",
    "legal_basis",
    "link_title",
    "links",
    "numbered",
    "pages",
    "shorten",
    "sources",
    "split_text",
    "utf16_units",
]

_MOST_PAGES = 2
"""More choices than fit under so many messages become numbers: three messages of buttons are no menu any more."""

_MAX_LINKS = 3
_MAX_LINK_TITLE = 60
_MAX_LEGAL_BASIS = 160
_BOUNDARIES = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"[.!?…:;][\"”)]?\s", r"\s"))


@dataclass(frozen=True)
class Part:
    """One message of a platform."""

    text: str
    choices: tuple[Choice, ...] = ()


def lay_out(reply: Reply, allowed: Capabilities, size: Callable[[str], int] = len) -> list[Part]:
    """A reply as plain messages: text, notes and footer, cut where needed, the choices under the last.

    Choices that do not fit under one message go under a second one; where there are no buttons, or too few, they are
    numbered in the text.

    >>> from core.messages import Choice, Reply
    >>> reply = Reply("Bà con chọn việc.", (Choice("g:a", "Khai sinh"), Choice("g:b", "Khai tử")))
    >>> print(lay_out(reply, Capabilities(max_text=2000, max_choices=0, typing=True))[0].text)
    Bà con chọn việc.
    <BLANKLINE>
    1. Khai sinh
    2. Khai tử
    <BLANKLINE>
    Bà con trả lời bằng số, ví dụ: 1
    """
    footer = _footer(reply.footer) if reply.footer else ""
    blocks = [
        body_text(reply),
        *(f"{page.title}: {page.url}" for page in pages(reply)),
        footer,
        numbered(reply.choices, allowed.max_choices),
    ]
    pieces = split_text("\n\n".join(block for block in blocks if block), allowed.max_text, size)
    first, *others = choice_pages(reply.choices, allowed.max_choices)
    return [
        *(Part(piece) for piece in pieces[:-1]),
        Part(pieces[-1], first),
        *(Part(texts.MORE_CHOICES, page) for page in others),
    ]


def body_text(reply: Reply) -> str:
    """What a reply says, with the notes that belong to it."""
    return "\n\n".join((reply.text, *(reply.footer.notes if reply.footer else ())))


def pages(reply: Reply) -> list[Link]:
    """Pages of ours that can be opened from outside our own web chat."""
    return [page for page in reply.links if page.url and page.url.startswith("https://")]


def choice_pages(choices: Sequence[Choice], most: int) -> list[tuple[Choice, ...]]:
    """Choices as groups of buttons, at most `most` under one message; one empty group where they are `numbered`."""
    if not choices or _too_many(choices, most):
        return [()]
    return [tuple(choices[start : start + most]) for start in range(0, len(choices), most)]


def numbered(choices: Sequence[Choice], most: int) -> str:
    """Choices as lines to be answered with a number; empty where they are buttons."""
    if not choices or not _too_many(choices, most):
        return ""
    lines = "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, 1))
    return f"{lines}\n\n{texts.REPLY_WITH_NUMBER}"


def _too_many(choices: Sequence[Choice], most: int) -> bool:
    return len(choices) > most * _MOST_PAGES


def split_text(text: str, limit: int, size: Callable[[str], int] = len) -> list[str]:
    """Cut a text into pieces of at most `limit`, between paragraphs if possible, then lines, sentences, words.

    Args:
        text: Plain text.
        limit: Largest size of a piece.
        size: How the platform counts; never less than one for a character, and the parts of a text add up to the whole.

    >>> split_text("Bước một. Bước hai.", limit=12)
    ['Bước một.', 'Bước hai.']
    """
    pieces = []
    rest = text.strip()
    while size(rest) > limit:
        cut = _cut(_longest_head(rest, limit, size))
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest]


def _longest_head(text: str, limit: int, size: Callable[[str], int]) -> str:
    head = text[:limit]
    while (over := size(head) - limit) > 0:
        head = head[: -max(1, over // 2)]
    return head


def _cut(head: str) -> int:
    """Where to end a piece: the last best boundary, but not one that would waste more than half of the message."""
    for boundary in _BOUNDARIES:
        ends = [match.end() for match in boundary.finditer(head)]
        if ends and ends[-1] > len(head) // 2:
            return ends[-1]
    return len(head)


def utf16_units(text: str) -> int:
    """Length as most platforms count it: an emoji is two."""
    return len(text.encode("utf-16-le", "replace")) // 2


def _footer(footer: Footer) -> str:
    return "\n".join(line for line in (check_date(footer), sources(footer), legal_basis(footer)) if line)


def check_date(footer: Footer) -> str:
    """When the content was checked; empty when that is not known."""
    if not footer.verified_on:
        return ""
    return texts.VERIFIED_ON.format(date="/".join(reversed(footer.verified_on[:10].split("-"))))


def links(footer: Footer) -> list[Link]:
    """The sources that can be opened, as many as are shown."""
    return [link for link in footer.sources if link.url][:_MAX_LINKS]


def sources(footer: Footer) -> str:
    """The same as a line of text; empty when there are none."""
    shown = [f"{link_title(link)} {link.url}" for link in links(footer)]
    return texts.SOURCES.format(links=" · ".join(shown)) if shown else ""


def link_title(link: Link) -> str:
    """A source's title, short enough for a line."""
    return shorten(link.title, _MAX_LINK_TITLE)


def legal_basis(footer: Footer) -> str:
    """Laws and decrees; empty when there are none."""
    if not footer.legal_basis:
        return ""
    return texts.LEGAL_BASIS.format(items=shorten("; ".join(footer.legal_basis), _MAX_LEGAL_BASIS))


def shorten(text: str, most: int) -> str:
    """At most `most` characters, ending after a whole word where there is one."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"

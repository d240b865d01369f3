"""From `Reply` to what Telegram shows: HTML, parts of a long text, the footer, and the keyboard."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from core import texts
from core.errors import SendFailed
from core.messages import Choice, Footer, Link, Reply

__all__ = ["MAX_TEXT", "Part", "keyboard", "render", "split_text"]

MAX_TEXT = 4000
"""Telegram takes 4096 UTF-16 units; the rest is reserve."""

_MAX_LABEL = 40
_MAX_LINKS = 3
_MAX_LINK_TITLE = 60
_MAX_LEGAL_BASIS = 160
_BOUNDARIES = tuple(re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"[.!?…:;][\"”)]?\s", r"\s"))


@dataclass(frozen=True)
class Part:
    """One message: as HTML, and without markup for when Telegram refuses the HTML."""

    html: str
    plain: str


def render(reply: Reply) -> list[Part]:
    """Text, notes and footer of a reply as one message, or several when it is too long for one."""
    notes = reply.footer.notes if reply.footer else ()
    parts = [Part(_text(piece), piece) for piece in split_text("\n\n".join((reply.text, *notes)))]
    if reply.footer and (footer := _footer(reply.footer)).plain:
        last = parts[-1]
        whole = Part(f"{last.html}\n\n{footer.html}", f"{last.plain}\n\n{footer.plain}")
        parts[-1:] = [whole] if _units(whole.plain) <= MAX_TEXT else [last, footer]
    return parts


def keyboard(choices: Sequence[Choice]) -> InlineKeyboardMarkup | None:
    """One button a row.

    Raises:
        SendFailed: A choice id does not fit into callback data; only a change of the code can help.
    """
    if not choices:
        return None
    for choice in choices:
        if not 1 <= len(choice.id.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            raise SendFailed("a choice id is empty or over 64 bytes", permanent=True)
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(_shorten(choice.label, _MAX_LABEL), callback_data=choice.id)] for choice in choices]
    )


def split_text(text: str, limit: int = MAX_TEXT) -> list[str]:
    """Cut a text into pieces of at most `limit` UTF-16 units, between paragraphs if possible, then lines, sentences, words.

    >>> split_text("Bước một. Bước hai.", limit=12)
    ['Bước một.', 'Bước hai.']
    """
    pieces = []
    rest = text.strip()
    while _units(rest) > limit:
        head = rest.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
        cut = _cut(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest]


def _cut(head: str) -> int:
    """Where to end a piece: the last best boundary, but not one that would waste more than half of the message."""
    for boundary in _BOUNDARIES:
        ends = [match.end() for match in boundary.finditer(head)]
        if ends and ends[-1] > len(head) // 2:
            return ends[-1]
    return len(head)


def _footer(footer: Footer) -> Part:
    lines: list[Part] = []
    if footer.verified_on:
        date = "/".join(reversed(footer.verified_on[:10].split("-")))
        lines.append(_italic(texts.VERIFIED_ON.format(date=date)))
    if links := [link for link in footer.sources if link.url][:_MAX_LINKS]:
        html = " · ".join(_anchor(link) for link in links)
        plain = " · ".join(f"{_shorten(link.title, _MAX_LINK_TITLE)} {link.url}" for link in links)
        lines.append(Part(texts.SOURCES.format(links=html), texts.SOURCES.format(links=plain)))
    if footer.legal_basis:
        lines.append(_italic(texts.LEGAL_BASIS.format(items=_shorten("; ".join(footer.legal_basis), _MAX_LEGAL_BASIS))))
    return Part("\n".join(line.html for line in lines), "\n".join(line.plain for line in lines))


def _italic(text: str) -> Part:
    return Part(f"<i>{_text(text)}</i>", text)


def _anchor(link: Link) -> str:
    return f'<a href="{escape(link.url or "")}">{_text(_shorten(link.title, _MAX_LINK_TITLE))}</a>'


def _text(text: str) -> str:
    return escape(text, quote=False)


def _shorten(text: str, most: int) -> str:
    """At most `most` characters, ending after a whole word where there is one."""
    if len(text) <= most:
        return text
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _units(text: str) -> int:
    """Length as Telegram counts it: an emoji is two."""
    return len(text.encode("utf-16-le")) // 2

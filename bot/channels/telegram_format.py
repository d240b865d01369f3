"""From `Reply` to what Telegram shows: HTML and keyboards, arranged as bot.channels.layout has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from bot.channels.layout import (
    body_text,
    check_date,
    choice_pages,
    legal_basis,
    link_title,
    links,
    numbered,
    pages,
    shorten,
    sources,
    split_text,
    utf16_units,
)
from core import texts
from core.errors import SendFailed
from core.messages import Choice, Footer, Link, Reply

__all__ = ["MAX_CHOICES", "MAX_TEXT", "Part", "keyboard", "render"]

MAX_TEXT = 4000
"""Telegram takes 4096 UTF-16 units; the rest is reserve."""

MAX_CHOICES = 12
"""Telegram takes 100 buttons; a menu that does not fit on the screen is none."""

_MAX_LABEL = 40
_VERDICT, _VERDICTS = "f", ("f:y:", "f:n:")


@dataclass(frozen=True)
class Part:
    """One message: as HTML, without markup for when Telegram refuses the HTML, and the buttons under it."""

    html: str
    plain: str
    choices: tuple[Choice, ...] = ()


def render(reply: Reply) -> list[Part]:
    """Text, notes and footer of a reply as one message, or several when it is too long for one; buttons under the last."""
    blocks = (body_text(reply), numbered(reply.choices, MAX_CHOICES))
    text = "\n\n".join(block for block in blocks if block)
    parts = [Part(_text(piece), piece) for piece in split_text(text, MAX_TEXT, utf16_units)]
    if (footer := _below(reply)).plain:
        last = parts[-1]
        whole = Part(f"{last.html}\n\n{footer.html}", f"{last.plain}\n\n{footer.plain}")
        parts[-1:] = [whole] if utf16_units(whole.plain) <= MAX_TEXT else [last, footer]
    first, *others = choice_pages(reply.choices, MAX_CHOICES)
    more = Part(_text(texts.MORE_CHOICES), texts.MORE_CHOICES)
    return [*parts[:-1], replace(parts[-1], choices=first), *(replace(more, choices=page) for page in others)]


def keyboard(choices: Sequence[Choice]) -> InlineKeyboardMarkup | None:
    """One button a row, but the two that ask whether an answer helped beside each other.

    Raises:
        SendFailed: A choice id does not fit into callback data; only a change of the code can help.
    """
    if not choices:
        return None
    for choice in choices:
        if not 1 <= len(choice.id.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA:
            raise SendFailed("a choice id is empty or over 64 bytes", permanent=True)
    rows = groupby(choices, key=lambda choice: _VERDICT if choice.id.startswith(_VERDICTS) else choice.id)
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(shorten(choice.label, _MAX_LABEL), callback_data=choice.id) for choice in row] for _, row in rows]
    )


def _below(reply: Reply) -> Part:
    """Pages of ours, then what the answer rests on."""
    blocks = [Part(_anchor(page), f"{page.title}: {page.url}") for page in pages(reply)]
    if reply.footer and (footer := _footer(reply.footer)).plain:
        blocks.append(footer)
    return Part("\n\n".join(block.html for block in blocks), "\n\n".join(block.plain for block in blocks))


def _footer(footer: Footer) -> Part:
    lines: list[Part] = []
    if checked := check_date(footer):
        lines.append(_italic(checked))
    if shown := links(footer):
        html = " · ".join(_anchor(link) for link in shown)
        lines.append(Part(texts.SOURCES.format(links=html), sources(footer)))
    if laws := legal_basis(footer):
        lines.append(_italic(laws))
    return Part("\n".join(line.html for line in lines), "\n".join(line.plain for line in lines))


def _italic(text: str) -> Part:
    return Part(f"<i>{_text(text)}</i>", text)


def _anchor(link: Link) -> str:
    return f'<a href="{escape(link.url or "")}">{_text(link_title(link))}</a>'


def _text(text: str) -> str:
    return escape(text, quote=False)

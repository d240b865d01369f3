"""The allow-list of links: nothing else leaves, wherever a reply came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from core.messages import Choice, Footer, Link, Reply

__all__ = ["LINK_REMOVED", "allowed", "only_allowed_links"]

LINK_REMOVED = "(đường dẫn đã bị bỏ)"

_URL = re.compile(
    r"(?:(?<![a-z])[a-z][a-z0-9+.-]*+://|www\.)[^\s<>\"']+"
    r"|(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|net|org|info|top|xyz|site|online|shop|icu|cc|me|ly|io|app|link|vip|club|asia|biz|tk|vn)"
    r"(?![\w.-]*@)(?:[/?#:][^\s<>\"']*)?(?!\w)",
    re.IGNORECASE,
)
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")


def allowed(url: str, hosts: Sequence[str]) -> bool:
    """Whether `url` is https on one of `hosts` or below it, without user name or port."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        plain = parts.port is None and parts.username is None
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and plain
        and bool(_HOST.fullmatch(host))
        and any(host == known or host.endswith("." + known) for known in hosts)
    )


def only_allowed_links(reply: Reply, hosts: Sequence[str]) -> Reply:
    """`reply` with every other link cut from all that a citizen reads; a source keeps its title."""
    footer = reply.footer
    if footer is not None:
        footer = Footer(
            sources=tuple(
                Link(_cut(link.title, hosts), link.url if link.url and allowed(link.url, hosts) else None)
                for link in footer.sources
            ),
            legal_basis=tuple(_cut(text, hosts) for text in footer.legal_basis),
            verified_on=footer.verified_on,
            notes=tuple(_cut(text, hosts) for text in footer.notes),
        )
    choices = tuple(Choice(choice.id, _cut(choice.label, hosts)) for choice in reply.choices)
    return replace(reply, text=_cut(reply.text, hosts), choices=choices, footer=footer)


def _cut(text: str, hosts: Sequence[str]) -> str:
    def keep(match: re.Match[str]) -> str:
        url = match.group().rstrip(".,;:!?)")
        return match.group() if allowed(url if "://" in url else f"https://{url}", hosts) else LINK_REMOVED

    return _URL.sub(keep, text)

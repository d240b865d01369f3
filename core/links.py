"""The allow-list of links: nothing else leaves, wherever a reply came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from core.messages import Link, Reply

__all__ = ["LINK_REMOVED", "allowed", "only_allowed_links"]

LINK_REMOVED = "(đường dẫn đã bị bỏ)"

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)


def allowed(url: str, hosts: Sequence[str]) -> bool:
    """Whether `url` is https on one of `hosts` or below it, without user name or port."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        plain = parts.port is None and parts.username is None
    except ValueError:
        return False
    return parts.scheme == "https" and plain and any(host == known or host.endswith("." + known) for known in hosts)


def only_allowed_links(reply: Reply, hosts: Sequence[str]) -> Reply:
    """`reply` with every other link cut from its text, and from its sources (whose titles stay)."""
    text = _URL.sub(lambda match: match.group() if allowed(match.group().rstrip(".,;:!?)"), hosts) else LINK_REMOVED, reply.text)
    footer = reply.footer
    if footer is not None:
        sources = tuple(link if link.url is None or allowed(link.url, hosts) else Link(link.title) for link in footer.sources)
        footer = replace(footer, sources=sources)
    return replace(reply, text=text, footer=footer)

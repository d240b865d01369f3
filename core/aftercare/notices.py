"""Notices: what an operator wants citizens to know before they go on, until it expires."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core import texts
from core.messages import Reply

__all__ = ["PublicNotice", "concerning", "notice_reply"]


@dataclass(frozen=True)
class PublicNotice:
    """One notice.

    Args:
        id: Its number.
        text: What is said.
        expires_at: Aware; not shown from then on.
        guide: Only to those who are answered about this guide; None = whatever they ask.
        ward: Only to those who named this ward or commune; None = wherever they live.
    """

    id: int
    text: str
    expires_at: datetime
    guide: str | None = None
    ward: str | None = None


def concerning(
    notices: Iterable[PublicNotice], guide: str | None, ward: str | None, shown: Sequence[int], now: datetime
) -> list[PublicNotice]:
    """The notices to show with a turn about `guide` to somebody of `ward`, in order, without those `shown` before."""
    return [
        notice
        for notice in notices
        if notice.id not in shown and notice.expires_at > now and notice.guide in {None, guide} and notice.ward in {None, ward}
    ]


def notice_reply(notice: PublicNotice) -> Reply:
    """The message in front of the answer."""
    return Reply(texts.NOTICE.format(text=notice.text))

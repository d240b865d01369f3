"""How long each kind of data is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["Periods"]


@dataclass(frozen=True)
class Periods:
    """Limits by age.

    Args:
        transcripts: Messages, and the tie between a conversation and its chat after the last message.
        cases: Content of closed cases.
        files: Photos and documents.
        audit: Entries of the audit log, and decisions of trainers; the database keeps the former for a year in any case.
        inbox: Messages in the trainers' inbox.
    """

    transcripts: timedelta
    cases: timedelta
    files: timedelta
    audit: timedelta
    inbox: timedelta

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
        audit: Entries of the audit log; the database keeps them for a year in any case.
    """

    transcripts: timedelta
    cases: timedelta
    files: timedelta
    audit: timedelta

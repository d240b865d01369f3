"""What a conversation remembers of the things around its answers, in one small JSON column of its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from core.messages import Choice

__all__ = ["Asked", "Memory"]

_WRONG_CODES = 5
_WRONG_CODES_WITHIN = timedelta(hours=1)
_LONGEST = 50


class Asked(NamedTuple):
    """An answer that feedback was asked for: its guide, section, and the message it answered."""

    guide: str
    section: str
    message_id: int


@dataclass(frozen=True)
class Memory:
    """Kept from turn to turn; a deletion on request empties it.

    Args:
        offered: All choices under the last reply, as ``(id, label)``, where some of them are ours; else empty.
        asked: Answers that feedback was asked for, latest last.
        notices: Ids of the notices that were shown.
        wrong_codes: ISO times of wrong resume codes, latest last.
    """

    offered: tuple[tuple[str, str], ...] = ()
    asked: tuple[Asked, ...] = ()
    notices: tuple[int, ...] = ()
    wrong_codes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Memory:
        """The reverse of `as_json`; what is missing is empty."""
        return cls(
            offered=tuple((str(choice_id), str(label)) for choice_id, label in raw.get("offered", ())),
            asked=tuple(Asked(*entry) for entry in raw.get("asked", ())),
            notices=tuple(raw.get("notices", ())),
            wrong_codes=tuple(raw.get("wrong_codes", ())),
        )

    def as_json(self) -> dict[str, Any]:
        """What is stored: no empty fields, the longest lists cut to their latest entries."""
        return {name: [*values[-_LONGEST:]] for name, values in asdict(self).items() if values}

    def with_offered(self, choices: Sequence[Choice]) -> Memory:
        """The same memory with other choices on the table."""
        return replace(self, offered=tuple((choice.id, choice.label) for choice in choices))

    def was_asked(self, guide: str) -> Asked | None:
        """The answer of `guide` that feedback was asked for, if one was."""
        return next((asked for asked in self.asked if asked.guide == guide), None)

    def may_try_code(self, now: datetime) -> bool:
        """Whether another resume code may be tried: at most five wrong ones an hour."""
        recent = [at for at in self.wrong_codes if now - datetime.fromisoformat(at) < _WRONG_CODES_WITHIN]
        return len(recent) < _WRONG_CODES

    def with_wrong_code(self, now: datetime) -> Memory:
        """The same memory after one more wrong code."""
        return replace(self, wrong_codes=(*self.wrong_codes, now.isoformat())[-_WRONG_CODES:])

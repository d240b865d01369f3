"""Where life is at stake: the emergency numbers, before anything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core import texts
from core.conversation import ConversationState, Said
from core.errors import ContentError
from core.messages import Outcome, Reply, Response
from core.phrases import Accented
from core.underway import ways_on

__all__ = ["EmergencyRules", "emergency"]


@dataclass(frozen=True)
class _Rule:
    number: str
    says: Accented
    unless: Accented


class EmergencyRules:
    """What calls for which of the nationwide numbers 113, 114 and 115."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._rules = tuple(rules)

    @classmethod
    def load(cls, path: Path) -> EmergencyRules:
        """Read the rules; their head describes the format.

        Raises:
            ContentError: Says which entry is wrong.
        """
        try:
            raw: Sequence[Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["emergencies"]
            rules = [_Rule(str(rule["number"]), Accented(rule["says"]), Accented(rule.get("unless", ()))) for rule in raw]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            raise ContentError([f"{path}: {error!r}; see the head of the file"]) from error
        if unknown := {rule.number for rule in rules} - texts.EMERGENCY_NUMBERS.keys():
            raise ContentError([f"{path}: number {sorted(unknown)}: write one of {', '.join(texts.EMERGENCY_NUMBERS)}"])
        return cls(rules)

    def number(self, words: Sequence[str]) -> str | None:
        """The number that normalised `words` call for, or None."""
        said = " ".join(words)
        return next((rule.number for rule in self._rules if rule.says.within(said) and not rule.unless.within(said)), None)


def emergency(number: str, state: ConversationState) -> Said:
    """The number that fits first, then the others: people in danger do not sort it out."""
    numbers = sorted(texts.EMERGENCY_NUMBERS.items(), key=lambda known: known[0] != number)
    listed = ", ".join(f"{known} ({who})" for known, who in numbers)
    choices = ways_on(state)
    response = Response(Outcome.SAFETY, (Reply(texts.EMERGENCY.format(numbers=listed), choices),))
    return response, state.with_offered(choices)

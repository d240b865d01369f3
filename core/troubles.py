"""Trouble that every procedure on the web shares (no OTP, camera, payment, portal down), kept once for all guides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from core.errors import ContentError
from core.guides import Step, Trouble
from core.phrases import Phrases, bare

__all__ = ["CommonTrouble", "CommonTroubles"]

_LONGEST_ID = 8


@dataclass(frozen=True)
class CommonTrouble:
    """A shared way to get stuck.

    Args:
        id: Short and lasting: buttons name it.
        trouble: Cause and cure.
        guide: Guide that tells more, if one does.
        fits: Words of the steps at which it happens.
        says: How people tell it.
        unless: What they say when they mean something else.
    """

    id: str
    trouble: Trouble
    guide: str | None
    fits: Phrases
    says: Phrases
    unless: Phrases

    def told_by(self, said: str) -> bool:
        """Whether `said` (see core.phrases.bare) tells this trouble."""
        return self.says.within(said) and not self.unless.within(said)


class CommonTroubles:
    """The shared troubles of an installation, in the order of the file."""

    def __init__(self, troubles: Sequence[CommonTrouble], at_desk: Phrases) -> None:
        self._troubles = {common.id: common for common in troubles}
        self._at_desk = at_desk

    @classmethod
    def load(cls, path: Path) -> CommonTroubles:
        """Read a file of troubles; its head describes the format.

        Raises:
            ContentError: Says which entry is wrong.
        """
        try:
            raw: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            troubles = [_common(entry) for entry in raw["troubles"]]
            return cls(troubles, Phrases(raw["at_desk"]))
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, ValidationError) as error:
            raise ContentError([f"{path}: {error}; see the head of the file"]) from error

    def __getitem__(self, trouble_id: str) -> CommonTrouble:
        return self._troubles[trouble_id]

    def __contains__(self, trouble_id: str) -> bool:
        return trouble_id in self._troubles

    @property
    def guides(self) -> set[str]:
        """Ids of the guides that tell more."""
        return {common.guide for common in self._troubles.values() if common.guide}

    def at(self, step: Step) -> tuple[list[CommonTrouble], list[CommonTrouble]]:
        """Those that fit a step, and the others that may happen there; none where the step is done at a desk."""
        text = bare(f"{step.do} {step.see or ''}".replace(",", " ").replace(".", " ").split())
        fitting = [common for common in self._troubles.values() if common.fits.within(text)]
        if not fitting or self._at_desk.within(text):
            return [], []
        # What the guide tells of this very step in its own words is not offered twice.
        fitting = [common for common in fitting if not any(common.told_by(_label(own)) for own in step.stuck)]
        return fitting, [common for common in self._troubles.values() if common not in fitting]

    def told(self, words: Sequence[str]) -> CommonTrouble | None:
        """The one that normalised `words` tell, or None."""
        said = bare(words)
        return next((common for common in self._troubles.values() if common.told_by(said)), None)


def _common(entry: Mapping[str, Any]) -> CommonTrouble:
    trouble_id = str(entry["id"])
    if not trouble_id.isalpha() or len(trouble_id) > _LONGEST_ID:
        raise ValueError(f"id '{trouble_id}': at most {_LONGEST_ID} letters")
    trouble = Trouble(cause=entry["cause"], cure=entry["cure"])
    fits, says, unless = (Phrases(entry.get(field, ())) for field in ("fits", "says", "unless"))
    return CommonTrouble(trouble_id, trouble, entry.get("guide"), fits, says, unless)


def _label(trouble: Trouble) -> str:
    return bare(trouble.cause.replace(",", " ").split())

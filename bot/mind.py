"""All of a turn that belongs to one model and its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.aftercare import Aftercare
from bot.brain import Answering
from core.storage.database import Database

__all__ = ["Mind"]


@dataclass(frozen=True)
class Mind:
    """What a turn takes at its start and keeps to its end, whatever is put into use meanwhile.

    Args:
        brain: What answers.
        aftercare: What surrounds the answers.
        areas: Topic area of each guide.
    """

    brain: Answering
    aftercare: Aftercare
    areas: Mapping[str, str]

    @classmethod
    def of(cls, brain: Answering, database: Database, public_url: str | None) -> Mind:
        """The mind around a brain."""
        knowledge = brain.dialogue.knowledge
        areas = {guide.id: guide.area for guide in knowledge.guides.values()}
        return cls(brain, Aftercare(database, knowledge, public_url), areas)

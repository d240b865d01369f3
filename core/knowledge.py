"""All that the bot knows, loaded once: guides with their index, places, lexicon, safety rules, words of a walk, troubles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalogue_search import CatalogueIndex
from core.elsewhere import Elsewhere
from core.emergency import EmergencyRules
from core.errors import ContentError
from core.guides import Guide, GuideLibrary, load_guides
from core.life_events import LifeEvents
from core.operations import Operations
from core.places import Gazetteer
from core.query_words import QueryWords
from core.safety import SafetyRules
from core.search import SearchIndex
from core.text import Lexicon
from core.troubles import CommonTroubles
from core.walk_words import WalkWords

if TYPE_CHECKING:
    from core.catalogue import Catalogue

__all__ = ["CATALOGUE_PREFIX", "Knowledge", "catalogue_id"]

CATALOGUE_PREFIX = "dvc_"
"""Ids of guides condensed from the catalogue: ``dvc_1_004194``."""


EVERYWHERE = "vn"
"""What ``applies_to`` of a procedure says when it holds in the whole country."""


def catalogue_id(code: str) -> str:
    """The guide id of a procedure of the catalogue."""
    return CATALOGUE_PREFIX + code.replace(".", "_")


@dataclass(frozen=True)
class Knowledge:
    """What answers are made of."""

    guides: GuideLibrary
    index: SearchIndex
    places: Gazetteer
    lexicon: Lexicon
    safety: SafetyRules
    query_words: QueryWords
    troubles: CommonTroubles
    walk_words: WalkWords
    life_events: LifeEvents
    emergencies: EmergencyRules
    operations: Operations
    elsewhere: Elsewhere
    catalogue: Catalogue | None = None
    """The imported national catalogue, where there is one."""
    catalogue_index: CatalogueIndex | None = None
    away_index: CatalogueIndex | None = None
    """What other provinces published for themselves alone."""

    @classmethod
    def load(cls, data_dir: Path) -> Knowledge:
        """Read ``guides/``, ``places/``, ``lexicon/`` and ``talk/`` below `data_dir`.

        Raises:
            ContentError: Lists everything that is wrong in the files.
        """
        lexicon = Lexicon.load(data_dir / "lexicon")
        safety = SafetyRules.load(data_dir / "lexicon" / "safety.yml")
        guides = load_guides(data_dir / "guides")
        troubles = CommonTroubles.load(data_dir / "talk" / "troubles.yml")
        life_events = LifeEvents.load(data_dir / "talk" / "life_events.yml")
        named = troubles.guides | {guide for event in life_events.values() for guide in event.guides}
        if missing := named - set(guides):
            raise ContentError([f"{data_dir / 'talk'}: no guide {sorted(missing)}; remove it or correct it"])
        return cls(
            guides,
            SearchIndex(guides.values(), lexicon),
            Gazetteer.load(data_dir / "places"),
            lexicon,
            safety,
            QueryWords.load(data_dir / "lexicon"),
            troubles,
            WalkWords.load(data_dir / "talk" / "walking.yml"),
            life_events,
            EmergencyRules.load(data_dir / "talk" / "emergency.yml"),
            Operations.load(data_dir / "lexicon" / "operations.yml"),
            Elsewhere.load(data_dir / "lexicon" / "elsewhere.yml"),
        )

    def with_catalogue(self, catalogue: Catalogue) -> Knowledge:
        """The same knowledge with the national catalogue beside the guides (building its index takes seconds).

        What another province published for itself alone stands apart: it does not apply here.
        """
        here = {EVERYWHERE, *(province.id for province in self.places.provinces)}
        near, away = (
            CatalogueIndex(
                [entry for entry in catalogue.entries if (entry.applies_to in here) is applies], self.query_words, self.operations
            )
            for applies in (True, False)
        )
        return replace(self, catalogue=catalogue, catalogue_index=near, away_index=away)

    def guide(self, guide_id: str | None) -> Guide | None:
        """A guide of ours, or one condensed from the catalogue, by its id."""
        if guide_id is None:
            return None
        if guide_id in self.guides:
            return self.guides[guide_id]
        if self.catalogue is not None and guide_id.startswith(CATALOGUE_PREFIX):
            return self.catalogue.guide(guide_id.removeprefix(CATALOGUE_PREFIX).replace("_", "."))
        return None

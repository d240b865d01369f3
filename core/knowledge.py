"""All that the bot knows, loaded once: guides with their index, places, lexicon, safety rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.guides import GuideLibrary, load_guides
from core.places import Gazetteer
from core.safety import SafetyRules
from core.search import SearchIndex
from core.text import Lexicon

__all__ = ["Knowledge"]


@dataclass(frozen=True)
class Knowledge:
    """What answers are made of."""

    guides: GuideLibrary
    index: SearchIndex
    places: Gazetteer
    lexicon: Lexicon
    safety: SafetyRules

    @classmethod
    def load(cls, data_dir: Path) -> Knowledge:
        """Read ``guides/``, ``places/`` and ``lexicon/`` below `data_dir`.

        Raises:
            ContentError: Lists everything that is wrong in the files.
        """
        lexicon = Lexicon.load(data_dir / "lexicon")
        safety = SafetyRules.load(data_dir / "lexicon" / "safety.yml")
        guides = load_guides(data_dir / "guides")
        return cls(guides, SearchIndex(guides.values(), lexicon), Gazetteer.load(data_dir / "places"), lexicon, safety)

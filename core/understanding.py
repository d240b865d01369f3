"""What was understood of one message, before anything is decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.guides import Section
from core.search import words_of
from core.text import Lexicon, fold

__all__ = [
    "ASPECTS",
    "ASPECT_RANKING",
    "CONTEXT",
    "DIALOGUE_INTENTS",
    "GUIDE_RANKING",
    "NOTHING",
    "OTHER",
    "OTHER_PROCEDURE",
    "OUT_OF_SCOPE",
    "PARTS",
    "SENTENCES",
    "TOPIC_PREFIX",
    "WORDS",
    "Understanding",
]

ASPECTS: dict[str, Section] = {
    "ask_overview": Section.SUMMARY,
    "ask_steps": Section.STEPS,
    "ask_documents": Section.DOCUMENTS,
    "ask_fee": Section.FEE,
    "ask_time": Section.TIME,
    "ask_where": Section.WHERE,
    "ask_online": Section.ONLINE,
    "ask_eligibility": Section.ELIGIBILITY,
    "ask_result": Section.RESULT,
    "ask_form": Section.FORM,
    "ask_status": Section.STATUS,
    "ask_problem": Section.PROBLEMS,
}
"""Intents that ask about a procedure, with the guide section that answers each."""

TOPIC_PREFIX = "topic_"
"""Intent ``topic_<id>`` asks for the topic guide ``<id>``."""

OUT_OF_SCOPE = "out_of_scope"

OTHER_PROCEDURE = "other_procedure"
"""Intent: an administrative procedure the bot has no guide for."""

GUIDE_RANKING = "guide_ranking"
"""Message property set by the guide ranker: guide ids with confidences."""

ASPECT_RANKING = "aspect_ranking"
"""Message property set by the aspect classifier: aspect intents with confidences."""

PARTS = "parts"
"""Key of a parse result: those of the questions in the message, where it asks several (see core.several)."""

SENTENCES = "sentences"
"""Key of a parse result: those of the sentences of a long message (see core.several)."""

WORDS = "words"
"""Message property set by the tokenizer: the normalised words."""

NOTHING = "-nothing"
"""In the guide ranking: the message is not our business."""

OTHER = "-other"
"""In the guide ranking: a procedure without a guide."""

CONTEXT = "-context"
"""In the guide ranking: the message names no guide; it speaks of the current one, or of the conversation."""

DIALOGUE_INTENTS = frozenset(
    "greet thanks goodbye affirm deny next_step previous_step repeat stuck human menu bot_identity delete_data complaint insult "
    "vague_help".split()
)
"""Intents about the conversation itself."""

_SUMMARY_WEIGHT = 0.15

_CLAUSE_ENDS = re.compile(r"[,.;:!?\n]+")
_NOT = ("khong", "phai")

_AGE = re.compile(r"\b(\d{1,3}) tuoi\b|\b(?:len|tron|du) (\d{1,2})\b(?! (?:nam|thang|ngay|gio|trieu|nguoi|ban|lan))")
_MONTHS = re.compile(r"\b\d{1,2} thang tuoi\b|\bso sinh\b")
_PORTAL_CODE = re.compile(r"(?<![\d.])\d\.\d{6}(?!\d)")


@dataclass(frozen=True)
class Understanding:
    """One message as the pipeline sees it.

    Args:
        text: Masked text.
        words: Normalised words.
        chances: Intent → confidence (0–1), the likeliest ten.
        guides: Guide id, `NOTHING` or `CONTEXT` → confidence (0–1), the likeliest ten.
        aspects: Section → confidence (0–1).
        novelty: 0 = a training example, 1 = nothing known.
        entities: Pairs of entity and value.
        question_words: Words of asking, which name no guide.
        parts: The same of each question, where the message asks several.
        sentences: The same of each sentence, where the message is long.
    """

    text: str
    words: tuple[str, ...]
    chances: Mapping[str, float]
    guides: Mapping[str, float]
    aspects: Mapping[Section, float]
    novelty: float
    entities: tuple[tuple[str, str], ...] = ()
    question_words: frozenset[str] = frozenset()
    parts: tuple[Understanding, ...] = ()
    sentences: tuple[Understanding, ...] = ()

    @classmethod
    def from_parse(
        cls, parse: Mapping[str, Any], lexicon: Lexicon, question_words: frozenset[str] = frozenset()
    ) -> Understanding:
        """Read Rasa's parse result (``latest_message`` of a tracker)."""
        text = str(parse.get("text") or "")
        ranking: Sequence[Mapping[str, Any]] = parse.get("intent_ranking") or [parse.get("intent") or {}]
        return cls(
            text=text,
            words=tuple(_meant(text, parse.get(WORDS) or words_of(text, lexicon), lexicon)),
            chances={item["name"]: float(item["confidence"]) for item in ranking if item.get("name")},
            guides={item["name"]: float(item["confidence"]) for item in parse.get(GUIDE_RANKING) or ()},
            aspects={ASPECTS[item["name"]]: float(item["confidence"]) for item in parse.get(ASPECT_RANKING) or ()},
            novelty=float(parse.get("novelty", 0.0)),
            entities=tuple((str(entity["entity"]), str(entity["value"])) for entity in parse.get("entities") or ()),
            question_words=question_words,
            parts=tuple(cls.from_parse(part, lexicon, question_words) for part in parse.get(PARTS) or ()),
            sentences=tuple(cls.from_parse(sentence, lexicon, question_words) for sentence in parse.get(SENTENCES) or ()),
        )

    @property
    def intent(self) -> str | None:
        """The likeliest intent."""
        return max(self.chances, key=lambda name: self.chances[name], default=None)

    @property
    def confidence(self) -> float:
        """Confidence of the likeliest intent."""
        return max(self.chances.values(), default=0.0)

    @property
    def aspect(self) -> tuple[Section, float]:
        """The likeliest section asked for, and its confidence (summary, 0 when none is).

        Both classifiers are heard. Naming the matter is in every question, so the summary is meant only where nothing
        else is asked.
        """
        asked = {ASPECTS[name]: chance for name, chance in self.chances.items() if name in ASPECTS}
        weights = {
            section: (chance + asked.get(section, 0.0)) * (_SUMMARY_WEIGHT if section is Section.SUMMARY else 1)
            for section, chance in self.aspects.items()
        }
        best = max(weights, key=lambda section: weights[section], default=Section.SUMMARY)
        if best is Section.STEPS and [fold(word) for word in self.words[-2:]] == ["la", "gi"]:
            best = Section.SUMMARY  # "… là gì" asks what it is, before how it is done
        return best, self.aspects.get(best, 0.0)

    def chance(self, names: frozenset[str] | Mapping[str, object]) -> float:
        """Total confidence of the intents in `names`."""
        return sum(chance for name, chance in self.chances.items() if name in names)

    def topic_chance(self, guide_id: str) -> float:
        """Confidence of the topic's own intent."""
        return self.chances.get(TOPIC_PREFIX + guide_id, 0.0)

    @property
    def chance_of_topics(self) -> float:
        """Total confidence of the topics' own intents."""
        return sum(chance for name, chance in self.chances.items() if name.startswith(TOPIC_PREFIX))

    @property
    def portal_codes(self) -> list[str]:
        """Portal codes typed out in the message."""
        return _PORTAL_CODE.findall(self.text)

    @property
    def age(self) -> int | None:
        """The first age said, in years ("con 8 tuổi", "bé lên 6"); months count as 0."""
        said = " ".join(fold(word) for word in self.words)
        if match := _AGE.search(said):
            return int(match.group(1) or match.group(2))
        return 0 if _MONTHS.search(said) else None

    @property
    def naming_words(self) -> list[str]:
        """The words that can name a guide: those of asking and courtesy left out."""
        return [word for word in dict.fromkeys(self.words) if word not in self.question_words]

    def entity(self, kind: str) -> str | None:
        """Value of the first entity of that kind."""
        return next((value for name, value in self.entities if name == kind), None)


def _meant(text: str, words: Sequence[str], lexicon: Lexicon) -> Sequence[str]:
    """`words` without clauses that say what is not meant ("không phải có yếu tố nước ngoài, khai sinh thường thôi")."""
    if not any(_denies(words[at : at + 2]) for at in range(len(words) - 1)):
        return words
    clauses = [words_of(clause, lexicon) for clause in _CLAUSE_ENDS.split(text)]
    kept = [word for clause in clauses if not _denies(clause[:2]) for word in clause]
    return kept or words


def _denies(words: Sequence[str]) -> bool:
    return tuple(fold(word) for word in words) == _NOT

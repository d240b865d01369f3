"""Guide ranker: which guide a message is about, learned from the guides' own names and needs."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from core.guides import Guide, GuideKind, load_guides
from core.search import words_of
from core.text import Lexicon
from core.understanding import (
    ASPECTS,
    CONTEXT,
    DIALOGUE_INTENTS,
    GUIDE_RANKING,
    NOTHING,
    OTHER,
    OTHER_PROCEDURE,
    OUT_OF_SCOPE,
    TOPIC_PREFIX,
)
from nlu.components.classifier import mention_spans, stripped_too, with_mention
from nlu.components.content import content_path
from nlu.components.linear import LinearModel, Words
from nlu.components.tokenizer import ViTokenizer, normal_words

__all__ = ["ViGuideRanker"]

_LENGTH_OF_RANKING = 10

Example = tuple[list[Words], str]
"""The words of an example and of its copies, and the class it belongs to."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ViGuideRanker(IntentClassifier, GraphComponent):
    """Sets ``guide_ranking``, guide ids with confidences.

    Besides guides it ranks `NOTHING` (not our business), `OTHER` (a procedure without a guide) and `CONTEXT` (names none).
    Learns from every name and need in the guide files, alone and inside the question patterns of data/nlu (an example's
    procedure mention exchanged for the guide's name), from the topics' examples, from what is out of scope, and from
    questions that name nothing. A new guide is found by the search at once, and by the ranker after the next training.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the tokens of `ViTokenizer`."""
        return [ViTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults; see docs/nlu.md for what each is worth."""
        return {
            "guides": "data/guides",
            "lexicon": "data/lexicon",
            "C": 0.3,
            "min_count": 2,
            "folds": 4,
            "patterns": 2,
            "seed": 20261123,
        }

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> ViGuideRanker:
        """Build an untrained ranker (Rasa graph interface)."""
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Keep the configuration; `train` or `load` fills the model."""
        self.config = config
        self._storage = model_storage
        self._resource = resource
        self._model: LinearModel

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the guides and on `training_data`.

        Raises:
            ContentError: A guide file is wrong.
        """
        examples = [*self._from_guides(training_data), *self._from_intents(training_data)]
        self._model = LinearModel.fit(
            [stripped_too(copies) for copies, _ in examples],
            [target for _, target in examples],
            c=self.config["C"],
            min_count=self.config["min_count"],
            folds=self.config["folds"],
            seed=self.config["seed"],
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.dump(folder)
        return self._resource

    def _from_guides(self, training_data: TrainingData) -> list[Example]:
        lexicon = Lexicon.load(content_path(self.config["lexicon"]))
        patterns = [message for message in training_data.intent_examples if mention_spans(message)]
        tails = [normal_words(message) for message in training_data.intent_examples if _names_nothing(message)]
        dice = random.Random(self.config["seed"])
        examples: list[Example] = []
        for guide in load_guides(content_path(self.config["guides"])).values():
            for name in dict.fromkeys((guide.title, guide.short_title, *guide.aliases)):
                words = words_of(name, lexicon)
                examples.append(([words, *self._in_patterns(guide, words, patterns, dice)], guide.id))
            for need in guide.needs:
                words = words_of(need, lexicon)
                examples.append(([words, *_with_tail(words, tails, dice)], guide.id))
        return examples

    def _in_patterns(self, guide: Guide, name: list[str], patterns: Sequence[Message], dice: random.Random) -> list[Words]:
        if not patterns:
            return []
        wanted = self.config["patterns"] if guide.kind is GuideKind.PROCEDURE else 1
        chosen = [dice.choice(patterns) for _ in range(wanted)]
        return [with_mention(message, mention_spans(message)[:1], name) for message in chosen]

    @staticmethod
    def _from_intents(training_data: TrainingData) -> list[Example]:
        examples: list[Example] = []
        for message in training_data.intent_examples:
            intent, words = message.get(INTENT), normal_words(message)
            if not words:
                continue
            if intent.startswith(TOPIC_PREFIX):
                examples.append(([words], intent.removeprefix(TOPIC_PREFIX)))
            elif intent == OUT_OF_SCOPE:
                examples.append(([words], NOTHING))
            elif intent == OTHER_PROCEDURE:
                examples.append(([words], OTHER))
            elif intent in DIALOGUE_INTENTS or _names_nothing(message):
                examples.append(([words], CONTEXT))
        return examples

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the guide ranking on each message."""
        for message in messages:
            if message.get(TEXT):
                ranking = self._model.rank(normal_words(message), _LENGTH_OF_RANKING)
                named = [{"name": name, "confidence": chance} for name, chance in ranking]
                message.set(GUIDE_RANKING, named, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to the training data."""
        return training_data

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ViGuideRanker:
        """Read a trained ranker; errors are raised, never swallowed into an empty component."""
        made = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._model = LinearModel.load(Path(folder))
        return made


def _names_nothing(message: Message) -> bool:
    """Whether an example asks about a procedure without naming one ("còn lệ phí thì sao")."""
    return message.get(INTENT) in ASPECTS and not mention_spans(message)


def _with_tail(need: list[str], tails: Sequence[list[str]], dice: random.Random) -> list[Words]:
    """A need followed or preceded by a question, as people write."""
    if not tails:
        return []
    tail = dice.choice(tails)
    return [need + tail if dice.random() < 0.7 else tail + need]

"""Aspect classifier: which section of a guide a message asks for, whatever the guide."""

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

from core.guides import load_guides
from core.search import words_of
from core.text import Lexicon
from core.understanding import ASPECT_RANKING, ASPECTS
from nlu.components.classifier import mention_spans, stripped_too, with_mention
from nlu.components.content import content_path
from nlu.components.linear import LinearModel, Words
from nlu.components.tokenizer import ViTokenizer, normal_words

__all__ = ["ViAspectClassifier"]

_OVERVIEW = "ask_overview"
_END = "$"
_END_WORDS = 4


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ViAspectClassifier(IntentClassifier, GraphComponent):
    """Sets ``aspect_ranking``: the aspect intents with confidences.

    The intent classifier has to tell ninety procedures' words from thirty topics'; this one only has to hear "mấy ngày",
    "ở đâu", "cần gì". It learns from the aspects' examples with many names and needs of guides in place of their own.
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
            "copies": 5,
            "plain": 600,
            "seed": 20261123,
        }

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> ViAspectClassifier:
        """Build an untrained classifier (Rasa graph interface)."""
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Keep the configuration; `train` or `load` fills the model."""
        self.config = config
        self._storage = model_storage
        self._resource = resource
        self._model: LinearModel

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the aspects' examples of `training_data` and the names and needs of the guides.

        Raises:
            ContentError: A guide file is wrong.
        """
        lexicon = Lexicon.load(content_path(self.config["lexicon"]))
        guides = load_guides(content_path(self.config["guides"])).values()
        names = [words_of(name, lexicon) for guide in guides for name in (guide.short_title, *guide.aliases)]
        needs = [words_of(need, lexicon) for guide in guides for need in guide.needs]
        dice = random.Random(self.config["seed"])
        messages = [m for m in training_data.intent_examples if m.get(INTENT) in ASPECTS and normal_words(m)]
        groups = [_prepared(self._copies(message, names, needs, dice)) for message in messages]
        targets = [str(message.get(INTENT)) for message in messages]
        for words in dice.sample(names + needs, min(self.config["plain"], len(names) + len(needs))):
            groups.append(_prepared([words]))
            targets.append(_OVERVIEW)
        self._model = LinearModel.fit(
            groups,
            targets,
            c=self.config["C"],
            min_count=self.config["min_count"],
            folds=self.config["folds"],
            seed=self.config["seed"],
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.dump(folder)
        return self._resource

    def _copies(
        self, message: Message, names: Sequence[list[str]], needs: Sequence[list[str]], dice: random.Random
    ) -> list[Words]:
        words = normal_words(message)
        copies: list[Words] = [words]
        spans = mention_spans(message)
        for _ in range(self.config["copies"]):
            if spans:
                copies.append(with_mention(message, spans, dice.choice(names if dice.random() < 0.6 else needs)))
            else:
                copies.append(dice.choice(needs if dice.random() < 0.7 else names) + words)
        return copies

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the aspect ranking on each message."""
        for message in messages:
            if message.get(TEXT):
                ranking = self._model.rank(_with_end(normal_words(message)), len(ASPECTS))
                named = [{"name": name, "confidence": chance} for name, chance in ranking]
                message.set(ASPECT_RANKING, named, add_to_output=True)
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
    ) -> ViAspectClassifier:
        """Read a trained classifier; errors are raised, never swallowed into an empty component."""
        made = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._model = LinearModel.load(Path(folder))
        return made


def _prepared(copies: Sequence[Words]) -> list[Words]:
    """Copies as the model reads them, also without accents."""
    return [_with_end(words) for words in stripped_too(copies)]


def _with_end(words: Words) -> Words:
    """`words` with the last ones once more, marked: what is asked mostly stands at the end."""
    return [*words, *(f"{_END}{word}" for word in words[-_END_WORDS:])]

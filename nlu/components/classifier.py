"""Linear intent classifier with calibrated confidence and a novelty score."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, load_npz, save_npz

from core.errors import ContentError
from core.text import fold
from nlu.components.linear import LinearModel, Words
from nlu.components.tokenizer import ViTokenizer, normal_words

__all__ = ["NOVELTY", "ViLinearIntentClassifier", "mention_spans", "stripped_too", "with_mention"]

NOVELTY = "novelty"
"""Message property: 0 = the very words of a training example, 1 = nothing in common with any."""

_LENGTH_OF_RANKING = 10


def mention_spans(message: Message, entity: str = "procedure") -> list[tuple[int, int]]:
    """Where a training example mentions a procedure, as character positions."""
    return [(e["start"], e["end"]) for e in message.get(ENTITIES, []) if e["entity"] == entity]


def with_mention(message: Message, spans: Sequence[tuple[int, int]], mention: Words) -> list[str]:
    """The words of a training example with `mention` in the place of each span."""
    words: list[str] = []
    for token in message.get("text_tokens", []):
        inside = next((span for span in spans if span[0] <= token.start < span[1]), None)
        if inside is None:
            words += token.lemma.split()
        elif token.start == inside[0]:
            words += mention
    return words


def stripped_too(copies: Sequence[Words]) -> list[Words]:
    """`copies`, and each of them as typed without accents."""
    return [*copies, *([fold(word) for word in words] for words in copies)]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ViLinearIntentClassifier(IntentClassifier, GraphComponent):
    """Classifies on accented and accent-stripped n-grams; sets ``intent``, ``intent_ranking`` and ``novelty``.

    Trained on each example, its accent-stripped copy, and copies whose procedure mention is exchanged for another one,
    so that the aspect asked for does not depend on which procedure the examples happened to name.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the tokens of `ViTokenizer`."""
        return [ViTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults; see docs/nlu.md for what each is worth."""
        return {"C": 1.0, "min_count": 2, "folds": 4, "exchange": 2, "seed": 20261123}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> ViLinearIntentClassifier:
        """Build an untrained classifier (Rasa graph interface)."""
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Keep the configuration; `train` or `load` fills the model."""
        self.config = config
        self._storage = model_storage
        self._resource = resource
        self._model: LinearModel
        self._examples_by_gram: csr_matrix

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the intent examples of `training_data`.

        Raises:
            ContentError: Fewer than two intents have examples.
        """
        messages = [message for message in training_data.intent_examples if normal_words(message)]
        targets = [message.get(INTENT) for message in messages]
        if len(set(targets)) < 2:
            raise ContentError(["data/nlu: at least two intents need examples before a model can be trained"])
        self._model = LinearModel.fit(
            [stripped_too(copies) for copies in self._exchanged(messages)],
            targets,
            c=self.config["C"],
            min_count=self.config["min_count"],
            folds=self.config["folds"],
            seed=self.config["seed"],
        )
        examples = self._model.features.matrix([[fold(word) for word in normal_words(message)] for message in messages])
        with self._storage.write_to(self._resource) as folder:
            self._model.dump(folder)
            save_npz(folder / "examples.npz", examples)
        return self._resource

    def _exchanged(self, messages: Sequence[Message]) -> list[list[Words]]:
        """For every example its own words, and copies with other procedure mentions."""
        pool = sorted({_mention(message, span) for message in messages for span in mention_spans(message)})
        dice = random.Random(self.config["seed"])
        groups: list[list[Words]] = []
        for message in messages:
            copies: list[Words] = [normal_words(message)]
            if spans := mention_spans(message):
                copies += [with_mention(message, spans, dice.choice(pool).split()) for _ in range(self.config["exchange"])]
            groups.append(copies)
        return groups

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and novelty on each message."""
        for message in messages:
            if not message.get(TEXT):
                continue
            words = normal_words(message)
            ranking = [{"name": name, "confidence": chance} for name, chance in self._model.rank(words, _LENGTH_OF_RANKING)]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(NOVELTY, self._novelty([fold(word) for word in words]), add_to_output=True)
        return messages

    def _novelty(self, bare_words: Words) -> float:
        columns, values = self._model.features.vector(bare_words)
        if not columns:
            return 1.0
        near = self._examples_by_gram[columns].T @ np.asarray(values, dtype=np.float32)
        return float(max(0.0, 1.0 - near.max()))

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
    ) -> ViLinearIntentClassifier:
        """Read a trained classifier; errors are raised, never swallowed into an empty component."""
        made = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._model = LinearModel.load(Path(folder))
            made._examples_by_gram = load_npz(Path(folder) / "examples.npz").T.tocsr()
        return made


def _mention(message: Message, span: tuple[int, int]) -> str:
    return " ".join(t.lemma for t in message.get("text_tokens", []) if span[0] <= t.start < span[1] and t.lemma)

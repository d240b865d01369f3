"""Slips of the keyboard undone, before anything reads the words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from core.guides import load_guides
from core.search import words_of
from core.spelling import Speller
from core.text import Lexicon
from core.understanding import WORDS
from nlu.components.content import content_path
from nlu.components.tokenizer import ViTokenizer, normal_words

__all__ = ["ViSpeller"]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class ViSpeller(GraphComponent):
    """Repairs ``Token.lemma`` of incoming messages; what the citizen typed stays as it is.

    Learns from the training examples and from the names and needs of the guides which words there are and which stand side by
    side (`core.spelling`). Training data itself is taken as it is.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the tokens of `ViTokenizer`."""
        return [ViTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the guides and the lexicon are."""
        return {"guides": "data/guides", "lexicon": "data/lexicon"}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> ViSpeller:
        """Build an untrained speller (Rasa graph interface)."""
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Keep the configuration; `train` or `load` fills the speller."""
        self.config = config
        self._storage = model_storage
        self._resource = resource
        self._speller: Speller

    def train(self, training_data: TrainingData) -> Resource:
        """Learn words and their neighbours.

        Raises:
            ContentError: A guide file is wrong.
        """
        lexicon = Lexicon.load(content_path(self.config["lexicon"]))
        guides = load_guides(content_path(self.config["guides"])).values()
        phrases = [phrase for guide in guides for phrase in (guide.title, guide.short_title, *guide.aliases, *guide.needs)]
        texts = [words_of(phrase, lexicon) for phrase in phrases]
        self._speller = Speller.learn([*texts, *(normal_words(message) for message in training_data.intent_examples)])
        with self._storage.write_to(self._resource) as folder:
            (folder / "words.json").write_text(json.dumps(self._speller.as_dict(), ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ViSpeller:
        """Read a trained speller."""
        made = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._speller = Speller.from_dict(json.loads((Path(folder) / "words.json").read_text(encoding="utf-8")))
        return made

    def process(self, messages: list[Message]) -> list[Message]:
        """Repair the words of each message."""
        for message in messages:
            if message.get(TEXT):
                self._repair(message)
        return messages

    def _repair(self, message: Message) -> None:
        words = normal_words(message)
        repaired = self._speller.repair(words)
        if repaired == words:
            return
        left = iter(repaired)
        for token in message.get("text_tokens", []):
            token.lemma = " ".join(next(left) for _ in token.lemma.split())
        message.set(WORDS, repaired, add_to_output=True)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to change in the training data."""
        return training_data

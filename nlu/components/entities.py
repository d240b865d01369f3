"""Entities by rule: wards and communes from the gazetteer, application codes, and procedure mentions seen in training."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from core.places import Gazetteer
from core.text import fold
from nlu.components.content import content_path
from nlu.components.tokenizer import ViTokenizer

__all__ = ["APPLICATION_CODE", "ViEntityExtractor"]

APPLICATION_CODE = re.compile(r"(?<![\w.])(?:\d{3}\.\d{2}\.\d{2}\.)?[A-Za-z]\d{2}(?:\.\d+)*-\d{6}-\d{3,}(?!\w)")
"""Code of a filed application as receipts print it: unit-date-number (docs/nlu.md has the forms)."""

_LONGEST_MENTION = 8


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ViEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds ``ward`` (value: unit id), ``application_code`` and ``procedure`` (value: the words of the mention)."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the tokens of `ViTokenizer`."""
        return [ViTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Places are those of the project."""
        return {"places": "data/places"}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> ViEntityExtractor:
        """Build an extractor that knows places but no mentions yet (Rasa graph interface)."""
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        """Read the gazetteer named in `config`."""
        self._storage = model_storage
        self._resource = resource
        self._gazetteer = Gazetteer.load(content_path(config["places"]))
        self._mentions: frozenset[str] = frozenset()

    def train(self, training_data: TrainingData) -> Resource:
        """Collect the procedure mentions annotated in the examples."""
        mentions: set[str] = set()
        for message in training_data.entity_examples:
            for entity in message.get(ENTITIES, []):
                if entity[ENTITY_ATTRIBUTE_TYPE] == "procedure":
                    text = message.get(TEXT)[entity[ENTITY_ATTRIBUTE_START] : entity[ENTITY_ATTRIBUTE_END]]
                    mentions.add(" ".join(fold(text).split()))
        self._mentions = frozenset(mention for mention in mentions if len(mention.split()) > 1)
        with self._storage.write_to(self._resource) as folder:
            (folder / "mentions.json").write_text(json.dumps(sorted(self._mentions), ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ViEntityExtractor:
        """Read a trained extractor."""
        made = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._mentions = frozenset(json.loads((Path(folder) / "mentions.json").read_text(encoding="utf-8")))
        return made

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities found to each message."""
        for message in messages:
            if message.get(TEXT):
                found = self._find(message)
                message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(found), add_to_output=True)
        return messages

    def _find(self, message: Message) -> list[dict[str, Any]]:
        text = message.get(TEXT)
        found = [_entity("application_code", m.group().upper(), m.start(), m.end()) for m in APPLICATION_CODE.finditer(text)]
        tokens = message.get("text_tokens", [])
        words = [token.text.lower() for token in tokens]
        for place in self._gazetteer.find(words):
            found.append(_entity("ward", place.unit.id, tokens[place.start].start, tokens[place.end - 1].end))
        if mention := self._mention([fold(word) for word in words]):
            start, end = mention
            span = text[tokens[start].start : tokens[end - 1].end]
            found.append(_entity("procedure", span, tokens[start].start, tokens[end - 1].end))
        return found

    def _mention(self, bare: list[str]) -> tuple[int, int] | None:
        """The longest known mention, as token positions."""
        for size in range(min(_LONGEST_MENTION, len(bare)), 1, -1):
            for start in range(len(bare) - size + 1):
                if " ".join(bare[start : start + size]) in self._mentions:
                    return start, start + size
        return None


def _entity(kind: str, value: str, start: int, end: int) -> dict[str, Any]:
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_VALUE: value,
        ENTITY_ATTRIBUTE_START: start,
        ENTITY_ATTRIBUTE_END: end,
    }

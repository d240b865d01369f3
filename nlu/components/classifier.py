"""Linear intent classifier with calibrated confidence and a novelty score."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack
from sklearn.svm import LinearSVC

from core.errors import ContentError
from core.features import NgramFeatures
from core.text import fold
from nlu.components.tokenizer import ViTokenizer, normal_words

__all__ = ["NOVELTY", "ViLinearIntentClassifier"]

NOVELTY = "novelty"
"""Message property: 0 = the very words of a training example, 1 = nothing in common with any."""

_LENGTH_OF_RANKING = 10

Words = list[str]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ViLinearIntentClassifier(IntentClassifier, GraphComponent):
    """One-versus-rest linear SVM on accented and accent-stripped n-grams, with softmax calibrated out of fold.

    Sets ``intent``, ``intent_ranking`` and ``novelty``. Trained on each example, its accent-stripped copy, and copies
    whose procedure mention is exchanged for another one, so that the aspect asked for does not depend on which
    procedure the examples happened to name.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Needs the tokens of `ViTokenizer`."""
        return [ViTokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Defaults; see docs/nlu.md for what each is worth."""
        return {"C": 1.0, "min_count": 2, "folds": 3, "exchange": 2, "exchange_entity": "procedure", "seed": 20261123}

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
        self._features: NgramFeatures
        self._labels: list[str]
        self._coef: npt.NDArray[np.float32]
        self._intercept: npt.NDArray[np.float32]
        self._temperature = 1.0
        self._examples: csr_matrix

    # training

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on the intent examples of `training_data`.

        Raises:
            ContentError: Fewer than two intents have examples.
        """
        messages = [message for message in training_data.intent_examples if normal_words(message)]
        labels = [message.get(INTENT) for message in messages]
        self._labels = sorted(set(labels))
        if len(self._labels) < 2:
            raise ContentError(["data/nlu: at least two intents need examples before a model can be trained"])
        originals = [normal_words(message) for message in messages]
        variants = self._variants(messages, originals)
        groups = [copies for copies in variants]
        self._features = NgramFeatures.fit((words for copies in groups for words in copies), self.config["min_count"])
        matrices = [self._features.matrix(copies) for copies in groups]
        y = np.asarray([self._labels.index(label) for label in labels])
        self._calibrate(matrices, y)
        self._coef, self._intercept = self._fit(matrices, y)
        self._examples = self._features.matrix([[fold(word) for word in words] for words in originals])
        self.persist()
        return self._resource

    def _variants(self, messages: Sequence[Message], originals: Sequence[Words]) -> list[list[Words]]:
        """For every example: itself, its exchanged copies, and the accent-stripped copy of each."""
        pool = sorted({mention for message in messages for mention in self._mentions(message)})
        dice = random.Random(self.config["seed"])
        variants: list[list[Words]] = []
        for message, words in zip(messages, originals, strict=True):
            copies = [words]
            spans = self._mention_spans(message)
            if spans and len(pool) > 10:
                copies += [self._exchanged(message, spans, dice.choice(pool)) for _ in range(self.config["exchange"])]
            variants.append(copies + [[fold(word) for word in copy] for copy in copies])
        return variants

    def _mention_spans(self, message: Message) -> list[tuple[int, int]]:
        wanted = self.config["exchange_entity"]
        return [(e["start"], e["end"]) for e in message.get(ENTITIES, []) if e["entity"] == wanted]

    def _mentions(self, message: Message) -> list[str]:
        tokens = message.get("text_tokens", [])
        return [
            " ".join(t.lemma for t in tokens if start <= t.start < end and t.lemma) for start, end in self._mention_spans(message)
        ]

    def _exchanged(self, message: Message, spans: Sequence[tuple[int, int]], mention: str) -> Words:
        words: list[str] = []
        for token in message.get("text_tokens", []):
            inside = next((span for span in spans if span[0] <= token.start < span[1]), None)
            if inside is None:
                words += token.lemma.split()
            elif token.start == inside[0]:
                words += mention.split()
        return words

    def _fit(
        self, matrices: Sequence[csr_matrix], y: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        x = vstack(matrices, format="csr")
        target = np.repeat(y, [matrix.shape[0] for matrix in matrices])
        # A copy weighs a part of its example, so that much-copied examples do not count for more.
        weight = np.concatenate([np.full(matrix.shape[0], 2.0 / matrix.shape[0]) for matrix in matrices])
        svm = LinearSVC(C=self.config["C"], random_state=self.config["seed"], tol=1e-3, class_weight="balanced")
        svm.fit(x, target, sample_weight=weight)
        coef, intercept = svm.coef_.astype(np.float32), svm.intercept_.astype(np.float32)
        if len(self._labels) == 2:  # scikit-learn keeps one row for two classes
            coef, intercept = np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])
        return np.ascontiguousarray(coef.T), intercept

    def _calibrate(self, matrices: Sequence[csr_matrix], y: npt.NDArray[np.int64]) -> None:
        """Find the softmax temperature on out-of-fold scores; an example and its copies share a fold."""
        folds = self.config["folds"]
        if folds < 2 or len(y) < 10 * len(self._labels):
            self._temperature = 3.0
            return
        fold_of = np.empty(len(y), dtype=int)
        for label in range(len(self._labels)):
            mine = np.flatnonzero(y == label)
            fold_of[np.random.RandomState(self.config["seed"] + label).permutation(mine)] = np.arange(len(mine)) % folds
        scores = np.zeros((len(y), len(self._labels)), dtype=np.float32)
        for held_out in range(folds):
            train = np.flatnonzero(fold_of != held_out)
            test = np.flatnonzero(fold_of == held_out)
            coef, intercept = self._fit([matrices[i] for i in train], y[train])
            scores[test] = vstack([matrices[i][0] for i in test], format="csr") @ coef + intercept
        candidates = np.geomspace(0.5, 20, 60)
        losses = [_log_loss(scores, y, temperature) for temperature in candidates]
        self._temperature = float(candidates[int(np.argmin(losses))])

    # use

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent, ranking and novelty on each message."""
        for message in messages:
            if not message.get(TEXT):
                continue
            ranking, novelty = self.classify(normal_words(message))
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(NOVELTY, novelty, add_to_output=True)
        return messages

    def classify(self, words: Words) -> tuple[list[dict[str, Any]], float]:
        """The best intents (``name``, ``confidence`` of 0–1, best first) and the novelty of normalised `words`."""
        columns, values = self._features.vector(words)
        scores = self._intercept.copy()
        if columns:
            scores += np.asarray(values, dtype=np.float32) @ self._coef[columns]
        chances = _softmax(scores * self._temperature)
        best = np.argsort(-chances)[:_LENGTH_OF_RANKING]
        ranking = [{"name": self._labels[i], "confidence": float(chances[i])} for i in best]
        return ranking, self._novelty([fold(word) for word in words])

    def _novelty(self, bare_words: Words) -> float:
        columns, values = self._features.vector(bare_words)
        if not columns:
            return 1.0
        query = np.zeros(self._examples.shape[1], dtype=np.float32)
        query[columns] = values
        return float(max(0.0, 1.0 - (self._examples @ query).max()))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to add to the training data."""
        return training_data

    # storage: JSON and plain arrays, nothing that runs code when it is read

    def persist(self) -> None:
        """Write the fitted model into Rasa's model storage."""
        with self._storage.write_to(self._resource) as folder:
            meta = {"labels": self._labels, "temperature": self._temperature, "vocabulary": self._features.vocabulary}
            (folder / "model.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
            np.savez_compressed(
                folder / "model.npz",
                idf=self._features.idf,
                coef=self._coef.astype(np.float16),
                intercept=self._intercept,
                data=self._examples.data,
                indices=self._examples.indices,
                indptr=self._examples.indptr,
            )

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
            made._read(Path(folder))
        return made

    def _read(self, folder: Path) -> None:
        meta = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        arrays = np.load(folder / "model.npz", allow_pickle=False)
        self._labels, self._temperature = meta["labels"], meta["temperature"]
        self._features = NgramFeatures(meta["vocabulary"], arrays["idf"])
        self._coef, self._intercept = arrays["coef"].astype(np.float32), arrays["intercept"]
        self._examples = csr_matrix(
            (arrays["data"], arrays["indices"], arrays["indptr"]), shape=(len(arrays["indptr"]) - 1, len(self._features.idf))
        )


def _softmax(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def _log_loss(scores: npt.NDArray[np.float32], y: npt.NDArray[np.int64], temperature: float) -> float:
    chances = _softmax(scores * np.float32(temperature))
    return float(-np.log(np.maximum(chances[np.arange(len(y)), y], 1e-9)).mean())

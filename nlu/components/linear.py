"""A calibrated linear text classifier: what the intent classifier and the guide ranker have in common."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from core.features import NgramFeatures

__all__ = ["LinearModel", "Words"]

Words = Sequence[str]
"""Normalised words of one text."""

_FALLBACK_TEMPERATURE = 3.0


class LinearModel:
    """One-versus-rest linear SVM on n-gram features, with softmax confidences calibrated on held-out examples.

    Args:
        features: Fitted features.
        labels: Classes, sorted.
        coef: float16 or float32, shape (features, labels); kept as it comes, because it is most of a model's memory.
        intercept: float32, shape (labels,).
        temperature: Factor on the scores before the softmax.
    """

    def __init__(
        self,
        features: NgramFeatures,
        labels: Sequence[str],
        coef: npt.NDArray[np.floating[Any]],
        intercept: npt.NDArray[np.float32],
        temperature: float,
    ) -> None:
        self.features = features
        self.labels = list(labels)
        self._coef = coef
        self._intercept = intercept
        self._temperature = temperature

    @classmethod
    def fit(
        cls, groups: Sequence[Sequence[Words]], targets: Sequence[str], *, c: float, min_count: int, folds: int, seed: int
    ) -> LinearModel:
        """Train.

        Args:
            groups: For each example, its words and those of its copies; together they weigh as one example.
            targets: Class of each example.
            c: Inverse strength of the regularisation.
            min_count: Features rarer than this are dropped.
            folds: The temperature is found on every ``folds``-th example; 0 = not calibrated.
            seed: Makes training deterministic.
        """
        from joblib import Parallel, delayed  # training only

        labels = sorted(set(targets))
        number = {label: n for n, label in enumerate(labels)}
        y = np.asarray([number[target] for target in targets])
        features = NgramFeatures.fit((words for copies in groups for words in copies), min_count)
        group = np.repeat(np.arange(len(groups)), [len(copies) for copies in groups])
        rows = features.matrix([words for copies in groups for words in copies])
        calibrated = folds > 1 and len(y) >= 10 * len(labels)
        # The two fits know nothing of each other, so each may have a core; liblinear's dice are the process's own.
        tasks = [delayed(_svm)(rows, group, y, len(labels), c, seed)]
        if calibrated:
            tasks.append(delayed(_calibrate)(rows, group, y, len(labels), c, folds, seed))
        (coef, intercept), *found = Parallel(n_jobs=min(len(tasks), os.cpu_count() or 1))(tasks)
        return cls(features, labels, coef, intercept, found[0] if found else _FALLBACK_TEMPERATURE)

    def rank(self, words: Words, limit: int) -> list[tuple[str, float]]:
        """The likeliest classes with their confidences (0–1), best first."""
        columns, values = self.features.vector(words)
        scores = self._intercept.copy()
        if columns:
            scores += np.asarray(values, dtype=np.float32) @ self._coef[columns].astype(np.float32)
        chances = _softmax(scores * np.float32(self._temperature))
        best = np.argsort(-chances, kind="stable")[:limit]
        return [(self.labels[i], float(chances[i])) for i in best]

    # storage: JSON and plain arrays, nothing that runs code when it is read

    def dump(self, folder: Path) -> None:
        """Write the model into `folder`."""
        meta = {"labels": self.labels, "temperature": self._temperature, "vocabulary": self.features.vocabulary}
        (folder / "linear.json").write_text(json.dumps(meta, ensure_ascii=False), encoding="utf-8")
        np.savez_compressed(
            folder / "linear.npz", idf=self.features.idf, coef=self._coef.astype(np.float16), intercept=self._intercept
        )

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        """The reverse of `dump`."""
        meta = json.loads((folder / "linear.json").read_text(encoding="utf-8"))
        arrays = np.load(folder / "linear.npz", allow_pickle=False)
        features = NgramFeatures(meta["vocabulary"], arrays["idf"])
        return cls(features, meta["labels"], arrays["coef"], arrays["intercept"], meta["temperature"])


def _svm(
    rows: csr_matrix, group: npt.NDArray[np.int64], y: npt.NDArray[np.int64], classes: int, c: float, seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Coefficients and intercepts from `rows`, of which all those of one group weigh as one example of class ``y[group]``."""
    from sklearn.svm import LinearSVC  # training only: importing it takes a second and 40 MB

    svm = LinearSVC(C=c, random_state=seed, tol=1e-2, class_weight="balanced")
    svm.fit(rows, y[group], sample_weight=2.0 / np.bincount(group)[group])
    coef, intercept = svm.coef_.astype(np.float32), svm.intercept_.astype(np.float32)
    if len(svm.classes_) == 2:  # scikit-learn keeps one row for two classes
        coef, intercept = np.vstack([-coef, coef]), np.concatenate([-intercept, intercept])
    if len(svm.classes_) < classes:  # a held-out fold may have taken all examples of a class
        full_coef = np.zeros((classes, coef.shape[1]), dtype=np.float32)
        full_intercept = np.full(classes, -1.0, dtype=np.float32)
        full_coef[svm.classes_], full_intercept[svm.classes_] = coef, intercept
        coef, intercept = full_coef, full_intercept
    return np.ascontiguousarray(coef.T), intercept


def _calibrate(
    rows: csr_matrix, group: npt.NDArray[np.int64], y: npt.NDArray[np.int64], classes: int, c: float, folds: int, seed: int
) -> float:
    """The temperature with the lowest log loss on examples kept out of training, copies and all."""
    test = np.random.RandomState(seed).permutation(len(y))[::folds]
    kept = ~np.isin(group, test)
    coef, intercept = _svm(rows[kept], group[kept], y, classes, c, seed)
    scores = np.asarray(rows[np.searchsorted(group, test)] @ coef + intercept, dtype=np.float32)
    candidates = np.geomspace(0.5, 20, 60)
    losses = [_log_loss(scores, y[test], float(temperature)) for temperature in candidates]
    return float(candidates[int(np.argmin(losses))])


def _softmax(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)


def _log_loss(scores: npt.NDArray[np.float32], y: npt.NDArray[np.int64], temperature: float) -> float:
    chances = _softmax(scores * np.float32(temperature))
    return float(-np.log(np.maximum(chances[np.arange(len(y)), y], 1e-9)).mean())

"""Sparse features of short texts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features import NgramFeatures
from core.text import fold

_TEXTS = [text.split() for text in ("đăng ký tạm trú", "đăng ký kết hôn", "cấp hộ chiếu", "đăng ký xe", "nộp phạt giao thông")]

words = st.lists(st.sampled_from(sorted({word for text in _TEXTS for word in text} | {"lạ", "hoắc"})), max_size=8)


@pytest.fixture(scope="module")
def features() -> NgramFeatures:
    """Features of five short texts."""
    return NgramFeatures.fit(_TEXTS)


def _likeness(features: NgramFeatures, left: str, right: str) -> float:
    a, b = (dict(zip(*features.vector(text.split()), strict=True)) for text in (left, right))
    return sum(value * b.get(column, 0.0) for column, value in a.items())


@given(words)
def test_every_vector_has_length_one_or_is_empty(features: NgramFeatures, text: list[str]) -> None:
    """Long and short messages weigh the same; one with nothing known weighs nothing."""
    columns, values = features.vector(text)
    assert len(columns) == len(set(columns))
    if text and set(text) != {"lạ"} and columns:
        assert math.isclose(sum(value * value for value in values), 1.0, rel_tol=1e-6)
    if not text:
        assert (columns, values) == ([], [])


def test_text_without_anything_known_is_empty(features: NgramFeatures) -> None:
    """Foreign signs have no features, and no division by zero."""
    assert features.vector(["漢字"]) == ([], [])


def test_matrix_rows_are_the_vectors(features: NgramFeatures) -> None:
    """Training (matrix) and answering (vector) see the same numbers."""
    texts = [*_TEXTS, [], ["tạm"]]
    matrix = features.matrix(texts)
    assert matrix.shape == (len(texts), len(features.idf))
    assert matrix.dtype == np.float32
    for row, text in enumerate(texts):
        columns, values = features.vector(text)
        dense = np.zeros(matrix.shape[1], dtype=np.float32)
        dense[columns] = values
        np.testing.assert_allclose(matrix[row].toarray()[0], dense, rtol=1e-6)


def test_columns_are_used_once(features: NgramFeatures) -> None:
    """The blocks share one numbering without holes."""
    columns = sorted(column for block in features.vocabulary.values() for column in block.values())
    assert columns == list(range(len(features.idf)))


def test_unaccented_text_is_nearest_to_its_accented_form(features: NgramFeatures) -> None:
    """Typing without accents costs some likeness, but not the first place."""
    for text in _TEXTS:
        bare = fold(" ".join(text))
        scores = [_likeness(features, bare, " ".join(other)) for other in _TEXTS]
        assert scores.index(max(scores)) == _TEXTS.index(text)
        assert max(scores) > 0.5


def test_word_order_counts(features: NgramFeatures) -> None:
    """Pairs of words tell "ký đăng" from "đăng ký"."""
    assert _likeness(features, "đăng ký", "đăng ký") > _likeness(features, "ký đăng", "đăng ký")


def test_rare_words_weigh_more_than_common_ones(features: NgramFeatures) -> None:
    """The word "đăng" stands in three texts, "chiếu" in one."""
    word = features.vocabulary["word"]
    assert features.idf[word["chiếu"]] > features.idf[word["đăng"]]


def test_rare_grams_can_be_left_out() -> None:
    """With a minimum of two, what occurs in one text only is not learned."""
    features = NgramFeatures.fit(_TEXTS, min_count=2)
    assert set(features.vocabulary["word"]) == {"đăng", "ký"}
    assert set(features.vocabulary["pair"]) == {"đăng ký"}


def test_vocabulary_does_not_depend_on_the_order_of_texts() -> None:
    """Two trainings on the same data give the same columns."""
    assert NgramFeatures.fit(_TEXTS).vocabulary == NgramFeatures.fit(_TEXTS[::-1]).vocabulary

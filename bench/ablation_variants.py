"""The bot with one part taken out, or one kind of spelling added to training: what `bench.ablation` compares.

A variant changes the code of the process it runs in, so each runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import core.dialogue
import core.features
import core.text
from bench.machine import ROOT
from core.decision import Thresholds
from core.safety import SafetyRules
from core.search import SearchIndex, words_of
from core.spelling import Speller
from core.text import Lexicon
from core.understanding import ASPECTS, TOPIC_PREFIX, Understanding
from nlu.training.slices import rewrite

__all__ = ["STOCK_PIPELINE", "VARIANTS", "Variant"]

Words = Sequence[str]

STOCK_PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "LogisticRegressionClassifier"},
]
"""What a stock project has that needs no TensorFlow; it ranks intents, so guides are left to our search."""


@dataclass(frozen=True)
class Variant:
    """One row of the table.

    Args:
        name: Short, for files and the command line.
        title: What is different.
        patch: Changes this process; called before anything is trained or loaded.
        trains: Whether the difference is learned: then a model is trained with it.
        pipeline: Instead of the project's.
        without_intents: Examples of these are left out of training.
    """

    name: str
    title: str
    patch: Callable[[], None] = lambda: None
    trains: bool = False
    pipeline: Sequence[dict[str, Any]] | None = None
    without_intents: tuple[str, ...] = ()


def _put(owner: Any, name: str, value: Any) -> None:
    """Put `value` in the place of what is there; a name that is gone would silently change nothing.

    Raises:
        AttributeError: `owner` has no such name: the variant must follow the code.
    """
    getattr(owner, name)
    setattr(owner, name, value)


def _heard(change: Callable[[Understanding], Understanding]) -> None:
    """Have every message understood as `change` says."""
    real = Understanding.from_parse
    _put(Understanding, "from_parse", lambda *args, **kwargs: change(real(*args, **kwargs)))


def _topics_only(said: Understanding) -> Understanding:
    """Guides as far as the intent names them."""
    named = {name.removeprefix(TOPIC_PREFIX): chance for name, chance in said.chances.items() if name.startswith(TOPIC_PREFIX)}
    return replace(said, guides=named)


def _aspects_of_intents(said: Understanding) -> Understanding:
    return replace(said, aspects={ASPECTS[name]: chance for name, chance in said.chances.items() if name in ASPECTS})


def _stock() -> None:
    _heard(lambda said: _aspects_of_intents(_topics_only(said)))


def _no_search() -> None:
    _put(SearchIndex, "search", lambda self, words, limit=10: [])
    _put(SearchIndex, "named", lambda self, words: None)


def _no_rules() -> None:
    _put(SafetyRules, "guide", lambda self, words: None)


def _no_context() -> None:
    real = core.dialogue.decide
    _put(core.dialogue, "decide", lambda said, in_context, *rest: real(said, None, *rest))


def _never_ask_back() -> None:
    sure = Thresholds(margin=0.0, ambiguous_words=0, clarify=Thresholds.answer)
    _put(core.dialogue, "Thresholds", lambda: sure)


def _no_telex() -> None:
    _put(core.text, "undo_telex", list)


def _no_speller() -> None:
    _put(Speller, "repair", lambda self, words: list(words))


def _whole_only() -> None:
    _put(core.dialogue, "decide_story", lambda whole, said, *rest: (whole, said))


def _no_lexicon() -> None:
    _put(Lexicon, "load", lambda folder: Lexicon([]))


def _no_bare_features() -> None:
    """Letter n-grams keep the accents, words and pairs are read as typed only."""
    _put(core.features, "_BLOCKS", (("word", 1.0), ("pair", 0.8), ("char", 1.0)))
    _put(core.features, "fold", str)


def _copies(make: Callable[[Sequence[Words]], list[Words]]) -> None:
    """Have every classifier learn the copies that `make` gives for an example."""
    from nlu import slim

    slim.prepare()
    from nlu.components import aspect, classifier, ranker

    for module in (aspect, classifier, ranker):
        _put(module, "stripped_too", make)


def _no_accentless_copies() -> None:
    _copies(list)


def _neither() -> None:
    _no_bare_features()
    _no_accentless_copies()


def _learn(*slices: str) -> None:
    """Each example is learned in these spellings as well."""
    lexicon = Lexicon.load(ROOT / "data" / "lexicon")

    def more(copies: Sequence[Words]) -> list[Words]:
        said = " ".join(copies[0])
        spelled = [words_of(rewrite(name, said), lexicon) for name in slices]
        return [*copies, *([core.text.fold(word) for word in words] for words in copies), *spelled]

    _copies(more)


VARIANTS: tuple[Variant, ...] = (
    Variant("ours", "ours"),
    Variant("stock", "stock Rasa pipeline, our search and dialogue", _stock, True, STOCK_PIPELINE),
    Variant("no_ranker", "without guide ranker", lambda: _heard(_topics_only)),
    Variant("no_search", "without search", _no_search),
    Variant("no_aspects", "without aspect classifier", lambda: _heard(_aspects_of_intents)),
    Variant("no_rules", "without safety rules", _no_rules),
    Variant("no_novelty", "without novelty score", lambda: _heard(lambda said: replace(said, novelty=0.0))),
    Variant("no_context", "without memory of the guide in hand", _no_context),
    Variant("no_asking", "never asks back", _never_ask_back),
    Variant("no_telex", "without Telex and VNI undone", _no_telex),
    Variant("no_speller", "without slips undone", _no_speller),
    Variant("whole_only", "long messages read as a whole only", _whole_only),
    Variant("no_lexicon", "without teencode and dialect lexicon", _no_lexicon, True),
    Variant("no_bare_copies", "without accentless copies in training", _no_accentless_copies, True),
    Variant("no_bare_features", "without accent-stripped features", _no_bare_features, True),
    Variant("neither", "with neither of the two", _neither, True),
    Variant("no_outside", "without out-of-scope classes", trains=True, without_intents=("out_of_scope", "other_procedure")),
    Variant("learn_half", "learning half_accented too", partial(_learn, "half_accented"), True),
    Variant("learn_teencode", "learning teencode too", partial(_learn, "teencode"), True),
    Variant("learn_dialect", "learning dialect too", partial(_learn, "dialect"), True),
    Variant("learn_typos", "learning typos too", partial(_learn, "typos"), True),
    Variant("learn_long", "learning long too", partial(_learn, "long"), True),
)

"""The held-out sentences: enough of each kind, well labelled, and none of them learned by heart."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml
from sklearn.feature_extraction.text import CountVectorizer

from bot.settings import ROOT
from core.errors import ContentError
from core.guides import GuideKind
from core.knowledge import Knowledge
from core.understanding import ASPECTS, DIALOGUE_INTENTS, OTHER_PROCEDURE, OUT_OF_SCOPE, TOPIC_PREFIX
from nlu.training.held_out import load_held_out
from nlu.training.labels import Labelled
from tests.training_sentences import bare, learned_sentences

HERE = Path(__file__).parent
_TOO_NEAR = 0.75
_LONG_ENOUGH = 5  # words; shorter ones are near each other whoever writes them


@pytest.fixture(scope="module")
def held_out(knowledge: Knowledge) -> list[Labelled]:
    """Every held-out sentence."""
    return load_held_out(HERE, knowledge.guides)


def test_every_intent_has_enough_sentences(held_out: list[Labelled]) -> None:
    """At least 25 for each aspect, 10 for each topic and each move of the dialogue, and what is not ours in plenty."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    counts = Counter(question.expected.intent for question in held_out if question.expected)
    wanted = {**dict.fromkeys(ASPECTS, 25), **dict.fromkeys(DIALOGUE_INTENTS, 10), OUT_OF_SCOPE: 60, OTHER_PROCEDURE: 20}
    wanted |= {intent: 10 for intent in domain["intents"] if intent.startswith(TOPIC_PREFIX)}
    assert set(domain["intents"]) - {"choose"} == set(wanted)
    assert {intent: counts[intent] for intent, least in wanted.items() if counts[intent] < least} == {}
    assert len(held_out) >= 900


def test_every_guide_is_asked_for(held_out: list[Labelled], knowledge: Knowledge) -> None:
    """And each aspect of many different ones."""
    named = {guide for question in held_out if question.expected for guide in question.expected.guides}
    assert set(knowledge.guides) - named == set()
    for intent in ASPECTS:
        asked = {q.expected.guides[0] for q in held_out if q.expected and q.expected.intent == intent and q.expected.guides}
        assert len({guide for guide in asked if knowledge.guides[guide].kind is not GuideKind.TOPIC}) >= 20, intent


def test_no_sentence_stands_twice(held_out: list[Labelled]) -> None:
    """Each measures something of its own; short follow-ups may repeat."""
    seen = Counter(bare(question.text) for question in held_out if question.set != "conversations")
    assert [sentence for sentence, times in seen.items() if times > 1] == []


def test_no_sentence_was_learned(held_out: list[Labelled], knowledge: Knowledge) -> None:
    """After folding none equals a training example, a name or a need, and none shares three quarters of its words with one."""
    learned = sorted({bare(sentence) for sentence in learned_sentences(knowledge.guides)})
    assert len(learned) > 4000
    asked = [bare(question.text) for question in held_out]
    assert set(asked) & set(learned) == set()
    counter = CountVectorizer(binary=True, token_pattern=r"\S+")
    known, new = counter.fit_transform([*learned, *asked])[: len(learned)], counter.transform(asked)
    shared = (new @ known.T).toarray()
    together = new.sum(axis=1).A + known.sum(axis=1).A.T - shared
    nearest = (shared / together).max(axis=1)
    near = [text for text, share in zip(asked, nearest, strict=True) if share >= _TOO_NEAR and len(text.split()) >= _LONG_ENOUGH]
    assert near == []


def test_the_catalogue_leaves_open_what_answers_an_uncovered_procedure(knowledge: Knowledge) -> None:
    """Where it answers too, those sentences are asked but not scored."""
    scored = {question.set for question in load_held_out(HERE, knowledge.guides, catalogue=True) if question.expected}
    assert "other_procedure" not in scored
    assert "out_of_scope" in scored


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("intents: {ask_fee: [{khong_co: câu}]}", "no guide khong_co"),
        ("intents: {ask_price: [câu]}", "no intent ask_price"),
        ("intents: {ask_fee: [{tach_ho: a, dang_ky_tam_tru: b}]}", "one sentence a line"),
        ("intents: {greet: [1]}", "no sentence; quote it"),
        ("conversations: [[{tach_ho#price: câu}]]", "no section price"),
        ("intents: [", "while parsing"),
        ("just text", "attribute"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(tmp_path: Path, knowledge: Knowledge, content: str, complaint: str) -> None:
    """With the name of the file."""
    (tmp_path / "one.yml").write_text(content, encoding="utf-8")
    with pytest.raises(ContentError, match=complaint):
        load_held_out(tmp_path, knowledge.guides)


def test_a_folder_without_sentences_is_no_success(tmp_path: Path, knowledge: Knowledge) -> None:
    """An installation without tests is told so instead of a report over nothing."""
    with pytest.raises(ContentError, match="no held-out sentences"):
        load_held_out(tmp_path, knowledge.guides)

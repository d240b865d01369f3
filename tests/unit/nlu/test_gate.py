"""The gate: what passes, and each thing that is refused, with the sentences that show it in words a trainer reads."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from core.errors import ContentError
from nlu.training.comparing import Heard, confusable, titles_of
from nlu.training.gate import Limits, Review, judge
from nlu.training.intents import Intent, IntentKind
from tests.training.reports import passing_report

LIMITS = Limits.load()
NOTHING_TO_REVIEW = Review(0, 0, 0)
_LOST = {"text": "quên mk", "set": "topics", "slice": "as_typed", "expected": "topic_quen_mat_khau", "got": "fallback"}
_WORSE = {"n": 10, "right": 0.7, "wrong": 0.3}


def _candidate(**changes: Any) -> dict[str, Any]:
    return {"candidate": {**deepcopy(passing_report()["candidate"]), **changes}}


def _failing(report: dict[str, Any], review: Review = NOTHING_TO_REVIEW) -> dict[str, tuple[str, ...]]:
    """Names of the checks that fail, with their sentences."""
    return {check.name: check.sentences for check in judge(LIMITS, report, review) if not check.passed}


def test_a_candidate_like_live_passes_everything() -> None:
    """And all that the gate looks at is named."""
    checks = judge(LIMITS, passing_report(), NOTHING_TO_REVIEW)
    assert all(check.passed for check in checks)
    assert {check.name for check in checks} == {
        "right_drop", "slice_drop", "intent_recall_drop", "safety_warned", "out_of_scope_more", "new_sentences", "own_examples",
        "stories_failed", "replay_worse", "slower", "larger",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "name", "sentence"),
    [
        (
            {**_candidate(slices={"as_typed": _WORSE, "unaccented": {"n": 10, "right": 0.9, "wrong": 0.1}}), "lost": [_LOST]},
            "right_drop",
            "“quên mk”: cần “Quên mật khẩu”, nay ra “chưa hiểu”",
        ),
        (
            {
                **_candidate(slices={"as_typed": {"n": 10, "right": 0.9, "wrong": 0.1}, "unaccented": _WORSE}),
                "lost": [{**_LOST, "text": "quen mk", "slice": "unaccented"}],
            },
            "slice_drop",
            "“quen mk”: cần “Quên mật khẩu”, nay ra “chưa hiểu”",
        ),
        (
            {
                **_candidate(intents=[{"name": "topic_quen_mat_khau", "expected": 20, "recall": 0.7}]),
                "unheard": [{"text": "quên mk", "intent": "topic_quen_mat_khau", "got": "topic_la"}],
            },
            "intent_recall_drop",
            "“quên mk”: cần “Quên mật khẩu”, nay nghe ra topic_la",
        ),
        ({"safety": {"n": 50, "missed": ["có người đòi mã otp"]}}, "safety_warned", "“có người đòi mã otp”"),
        (
            {
                **_candidate(sets={"out_of_scope": {"as_typed": _WORSE}}),
                "lost": [{**_LOST, "text": "giá vàng", "set": "out_of_scope", "expected": "fallback", "got": "quen_mat_khau"}],
            },
            "out_of_scope_more",
            "“giá vàng”: cần “chưa hiểu”, nay ra quen_mat_khau",
        ),
        (
            {"new_sentences": {"n": 2, "missed": [{"text": "xe buýt", "expected": "xe_buyt", "got": "clarify"}], "without": []}},
            "new_sentences",
            "“xe buýt”: cần xe_buyt, ra “hỏi lại”",
        ),
        (
            {"own": [{"intent": "topic_quen_mat_khau", "n": 5, "wrong": [{"text": f"câu {n}", "got": "greet"} for n in "12"]}]},
            "own_examples",
            "“câu 1”: ví dụ của “Quên mật khẩu”, nghe ra greet",
        ),
        (
            {"stories": {"played": 3, "failed": [{"name": "x", "source": "x.yml", "told": "lượt 2: sai"}], "also_live": 0}},
            "stories_failed",
            "lượt 2: sai",
        ),
        ({"stories": {"played": 0, "failed": [], "also_live": 0}}, "stories_failed", ""),
        ({"slower": 1.6}, "slower", ""),
        (_candidate(bytes=1600), "larger", ""),
    ],
)
def test_each_condition_refuses_alone_with_its_sentences(changes: dict[str, Any], name: str, sentence: str) -> None:
    """In titles that people know; what has none keeps its own name."""
    failing = _failing(passing_report(**changes))
    assert set(failing) == {name}
    assert sentence in failing[name] or (sentence, failing[name]) == ("", ())


@pytest.mark.parametrize(
    ("review", "passes"),
    [(Review(30, 29, 0), False), (Review(30, 30, 3), True), (Review(30, 30, 4), False)],
)
def test_replayed_messages_must_be_looked_at_and_few_be_worse(review: Review, passes: bool) -> None:
    """All that were drawn; one in ten may be worse."""
    assert (_failing(passing_report(), review) == {}) is passes


def test_a_wrong_limit_is_named(tmp_path: Any) -> None:
    """The file is edited by hand."""
    (tmp_path / "gate.yml").write_text("slower: 0.2\nfaster: 1\n", encoding="utf-8")
    with pytest.raises(ContentError) as refused:
        Limits.load(tmp_path / "gate.yml")
    told = "\n".join(refused.value.problems)
    assert "slower" in told
    assert "faster" in told


A, B = "topic_a", "topic_b"


def _heard(intent: str, got: str, *, lead: float = 0.5, times: int = 1) -> list[Heard]:
    return [Heard(f"{intent} {got} {n}", intent, got, lead, example=True) for n in range(times)]


@pytest.mark.parametrize(
    ("said", "proposal"),
    [
        ([*_heard(A, B, times=4), *_heard(B, A, times=3), *_heard(A, A, times=9)], "merge"),
        ([*_heard("ask_fee", "deny", times=4), *_heard("deny", "ask_fee", times=3)], "split"),
        ([*_heard(A, B, times=3), *_heard(A, A, times=30), *_heard(B, B, times=30)], "split"),
        ([*_heard(A, B, times=3, lead=0.1), *_heard(A, A, times=30), *_heard(B, B, times=30)], "ask"),
    ],
)
def test_confusable_pairs_come_with_sentences_and_a_proposal(said: list[Heard], proposal: str) -> None:
    """Merge what goes both ways and often, ask back where the model wavers, else split."""
    (pair,) = confusable(said)
    assert pair["proposal"] == proposal
    assert {sentence["text"] for sentence in pair["sentences"]} == {item.text for item in said if item.got != item.intent}


def test_titles_are_those_that_people_know() -> None:
    """Guides by their short title, the product's own intents and outcomes in Vietnamese."""
    intents = (
        Intent("topic_quen_mat_khau", "Quên mật khẩu VNeID thì làm sao", IntentKind.TOPIC, (), (), "quen_mat_khau"),
        Intent("deny", "Không đồng ý", IntentKind.DIALOGUE, (), ()),
    )
    titles = titles_of(intents, {"quen_mat_khau": "Quên mật khẩu"})
    assert (titles["topic_quen_mat_khau"], titles["quen_mat_khau"]) == ("Quên mật khẩu", "Quên mật khẩu")
    assert (titles["deny"], titles["clarify"]) == ("Không đồng ý", "hỏi lại")

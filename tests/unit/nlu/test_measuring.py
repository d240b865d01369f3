"""Labels, scores and figures: the arithmetic behind `troly evaluate`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ContentError
from nlu.training.evaluate import evaluate
from nlu.training.labels import Expected, Labelled, read_labelled
from nlu.training.metrics import Shares, calibration, class_scores, coverage_risk, expected_calibration_error
from nlu.training.report import make_report
from nlu.training.report_page import render_report
from nlu.training.scoring import Score, score
from nlu.training.spread import ALL_SLICES, some_of, spread

FEE = Expected(("answered", "step"), ("tam_tru",), (), ("fee",), "ask_fee")
OUTSIDE = Expected(("fallback",), intent="out_of_scope")


def _question(identity: str = "a", expected: Expected | None = FEE, **fields: Any) -> Labelled:
    return Labelled(
        **{
            "id": identity,
            "text": "đăng ký tạm trú hết mấy tiền",
            "conversation": identity,
            "expected": expected,
            "set": "s",
            "slice": "as_typed",
            **fields,
        }
    )


def _answer(outcome: str, guide: str | None = None, code: str | None = None, section: str | None = None, *candidates: str) -> Any:
    return {
        "outcome": outcome,
        "guide": guide,
        "code": code,
        "section": section,
        "candidates": list(candidates),
        "intent": "ask_fee",
        "confidence": 0.8,
    }


@pytest.mark.parametrize(
    ("expected", "answer", "worth"),
    [
        (FEE, _answer("answered", "tam_tru", None, "fee"), Score.RIGHT),
        (FEE, _answer("step", "tam_tru"), Score.RIGHT),
        (FEE, _answer("answered", "tach_ho"), Score.WRONG),
        (FEE, _answer("safety", "lua_dao"), Score.WRONG),
        (FEE, _answer("safety", "tam_tru"), Score.OTHER),
        (FEE, _answer("clarify", None, None, None, "tach_ho", "x", "tam_tru"), Score.ASKED),
        (FEE, _answer("clarify", None, None, None, "tach_ho", "x", "y", "tam_tru"), Score.OTHER),
        (FEE, _answer("fallback"), Score.REFUSED),
        (FEE, _answer("handoff"), Score.REFUSED),
        (FEE, _answer("smalltalk"), Score.OTHER),
        (OUTSIDE, _answer("fallback"), Score.RIGHT),
        (OUTSIDE, _answer("answered", "tam_tru"), Score.WRONG),
        (OUTSIDE, _answer("answered", None, "1.004194"), Score.WRONG),
        (OUTSIDE, _answer("clarify", None, None, None, "tam_tru"), Score.OTHER),
        (OUTSIDE, _answer("handoff"), Score.REFUSED),
        (Expected(("handoff",)), _answer("handoff"), Score.RIGHT),
        (replace(FEE, guides=(), codes=("1.004194",)), _answer("answered", "tam_tru", "1.004194"), Score.RIGHT),
        (replace(FEE, guides=(), codes=("1.004194",)), _answer("clarify", None, None, None, "1.004194"), Score.ASKED),
        (replace(FEE, guides=(), codes=("1.004194",)), _answer("answered", None, "1.000001"), Score.WRONG),
    ],
)
def test_an_answer_is_worth(expected: Expected, answer: Any, worth: Score) -> None:
    """Right, asked back, wrong, refused or none of these, as docs/evaluation.md says."""
    assert score(_question(expected=expected), answer).score is worth


def test_the_section_is_looked_at_only_where_the_guide_is_right() -> None:
    """None means it was not looked at."""
    assert score(_question(), _answer("answered", "tam_tru", None, "fee")).section_right is True
    assert score(_question(), _answer("answered", "tam_tru", None, "time")).section_right is False
    assert score(_question(), _answer("answered", "tach_ho", None, "fee")).section_right is None
    assert score(_question(expected=OUTSIDE), _answer("fallback")).section_right is None


# files of labelled questions


def test_labelled_lines_are_read() -> None:
    """Single values stand for lists, what is left out has a default, and a null outcome only sets the scene."""
    lines = [
        json.dumps(
            {
                "id": 1,
                "text": "a",
                "conversation": "c",
                "expect": {"outcome": "answered", "guides": "g", "codes": ["1.2"], "section": "fee"},
                "set": "s",
                "slice": "typos",
            }
        ),
        "",
        json.dumps({"id": "2", "text": "b", "expect": {"outcome": None}}),
    ]
    first, second = read_labelled(lines)
    assert first == Labelled("1", "a", "c", Expected(("answered",), ("g",), ("1.2",), ("fee",)), "s", "typos")
    assert (second.expected, second.conversation, second.set, second.slice) == (None, "line-3", "all", "as_typed")


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '"text"',
        '{"text": "a", "expect": {}}',
        '{"id": 1, "expect": {}}',
        '{"id": 1, "text": "a"}',
        '{"id": 1, "text": "a", "expect": null}',
        '{"id": 1, "text": "a", "expect": {"outcome": "answer"}}',
        '{"id": 1, "text": "a", "expect": {"outcome": "answered", "section": "price"}}',
    ],
)
def test_a_line_that_cannot_be_used_is_named(line: str) -> None:
    """With its number, among good ones."""
    good = '{"id": "x", "text": "a", "expect": {"outcome": "answered"}}'
    with pytest.raises(ContentError, match="line 2"):
        read_labelled([good, line])


def test_an_id_used_twice_is_refused() -> None:
    """Else two questions would pass for one."""
    line = '{"id": "x", "text": "a", "expect": {"outcome": "answered"}}'
    with pytest.raises(ContentError, match="x is used twice"):
        read_labelled([line, line])


# figures


def _scored(*worths: str) -> list[Any]:
    answers = {
        "right": _answer("answered", "tam_tru", None, "fee"),
        "asked": _answer("clarify", None, None, None, "tam_tru"),
        "wrong": _answer("answered", "tach_ho"),
        "refused": _answer("fallback"),
    }
    return [score(_question(f"q{number}"), answers[worth]) for number, worth in enumerate(worths)]


def test_shares_add_up() -> None:
    """Each answer counts once; helped is right and asked together."""
    shares = Shares.of(_scored("right", "right", "asked", "wrong", "refused"))
    assert (shares.n, shares.right, shares.asked, shares.helped, shares.wrong, shares.refused) == (5, 0.4, 0.2, 0.6, 0.2, 0.2)
    assert shares.right + shares.asked + shares.wrong + shares.refused + shares.other == pytest.approx(1)
    assert shares.low < shares.right < shares.high
    assert (shares.section_n, shares.section) == (2, 1.0)


def test_shares_of_nothing_are_no_success() -> None:
    """An empty slice must not look perfect, and its interval says that nothing is known."""
    shares = Shares.of([])
    assert (shares.n, shares.right, shares.low, shares.high, shares.section) == (0, 0.0, 0.0, 1.0, None)


def test_the_interval_is_that_of_wilson() -> None:
    """Two of five: 11.8 % to 76.9 %, a value any table has."""
    shares = Shares.of(_scored("right", "right", "wrong", "wrong", "wrong"))
    assert (shares.low, shares.high) == (0.1176, 0.7693)


def test_precision_recall_and_f1() -> None:
    """Worst first; a class never predicted has no precision, one never expected no recall."""
    made = class_scores([("a", "a"), ("a", "b"), ("b", "b"), ("c", None), (None, "d"), (None, None), ("a", None)])
    by_name = {item.name: item for item in made}
    assert (by_name["a"].precision, by_name["a"].recall, by_name["a"].f1) == (1.0, 0.3333, 0.5)
    assert (by_name["b"].precision, by_name["b"].recall, by_name["b"].f1) == (0.5, 1.0, 0.6667)
    assert (by_name["c"].precision, by_name["c"].recall) == (None, 0.0)
    assert (by_name["d"].precision, by_name["d"].recall) == (0.0, None)
    assert [item.f1 for item in made] == sorted(item.f1 for item in made)


def test_the_calibration_error_is_the_mean_distance() -> None:
    """Two of four right at 0.75 and one of one at 1.0: (4 * 0.25 + 1 * 0) / 5."""
    curve = calibration([(0.75, True), (0.75, True), (0.75, False), (0.75, False), (1.0, True)])
    assert [(item.low, item.n, item.right) for item in curve] == [(0.7, 4, 0.5), (0.9, 1, 1.0)]
    assert expected_calibration_error(curve) == 0.2
    assert expected_calibration_error([]) is None


pairs = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60)


@given(pairs)
def test_every_answer_falls_into_one_bin(told: list[tuple[float, bool]]) -> None:
    """And the mean confidence of a bin lies within it."""
    curve = calibration(told)
    assert sum(item.n for item in curve) == len(told)
    assert all(item.low - 1e-3 <= item.confidence <= item.high + 1e-3 for item in curve)


@given(pairs)
def test_risk_at_full_coverage_is_the_share_not_right(told: list[tuple[float, bool]]) -> None:
    """Coverage only grows as confidence falls."""
    curve = coverage_risk(told)
    assert [point.coverage for point in curve] == sorted(point.coverage for point in curve)
    assert [point.confidence for point in curve] == sorted((point.confidence for point in curve), reverse=True)
    if told:
        assert curve[-1].coverage == 1
        assert curve[-1].risk == pytest.approx(sum(not right for _, right in told) / len(told), abs=1e-4)


# spreading


def test_every_question_comes_in_every_slice() -> None:
    """Ids tell which, labels stay, conversations stay together and apart from those of other slices."""
    talk = [_question("t1", conversation="t"), _question("t2", conversation="t")]
    made = spread([_question("a"), _question("b", OUTSIDE), _question("c"), *talk])
    assert len({question.id for question in made}) == len(made)
    by_slice = {name: [question for question in made if question.slice == name] for name in ALL_SLICES}
    assert {name: len(by_slice[name]) for name in ALL_SLICES} == {**dict.fromkeys(ALL_SLICES, 5), "long": 3, "several": 2}
    assert [question.conversation for question in by_slice["telex"]][3:] == ["t/telex", "t/telex"]
    assert [question.expected for question in by_slice["telex"]] == [FEE, OUTSIDE, FEE, FEE, FEE]
    assert by_slice["unaccented"][0].text == "dang ky tam tru het may tien"


def test_two_questions_in_one_message_accept_an_answer_to_either() -> None:
    """Only questions that stand alone and have an answer are joined, never one with itself."""
    other = replace(FEE, guides=("tach_ho",))
    made = spread([_question("a"), _question("b", other, text="tách hộ"), _question("c", OUTSIDE)], ["several"])
    assert made
    for question in made:
        assert question.expected is not None
        assert set(question.expected.guides) == {"tam_tru", "tach_ho"}
        assert question.expected.sections == ()
        assert "tách hộ" in question.text
        assert "tạm trú" in question.text


def test_what_comes_in_a_slice_of_its_own_is_not_rewritten() -> None:
    """An external file may hold dialect that people wrote."""
    made = spread([_question("a", slice="dialect_written")], ["as_typed", "telex", "several"])
    assert [question.id for question in made] == ["a"]


@given(st.integers(1, 40), st.integers(0, 5))
def test_a_draw_keeps_whole_conversations(limit: int, seed: int) -> None:
    """The same draw for the same seed, in the order of the file."""
    questions = [_question(f"{talk}-{turn}", conversation=str(talk)) for talk in range(20) for turn in range(2)]
    drawn = some_of(questions, limit, seed)
    assert drawn == some_of(questions, limit, seed) == [question for question in questions if question in drawn]
    assert len(drawn) == min(2 * limit, 40)
    assert some_of(questions, None) == questions


# the whole report


async def test_messages_without_label_are_asked_but_not_scored() -> None:
    """They set the scene: what answers sees them, the report does not."""
    asked: list[str] = []

    async def ask(messages: Sequence[Labelled]) -> AsyncIterator[Mapping[str, Any]]:
        for message in messages:
            asked.append(message.id)
            yield _answer("answered", "tam_tru", None, "fee")

    ticks: list[int] = []
    scored = await evaluate([_question("a", None), _question("b")], ask, lambda: ticks.append(1))
    assert asked == ["a", "b"]
    assert len(ticks) == 2
    assert [item.question.id for item in scored] == ["b"]


def _report() -> Any:
    plain = _scored("right", "wrong", "asked")
    telex = [
        replace(one, question=replace(one.question, id=f"{one.question.id}/telex", slice="telex"))
        for one in _scored("wrong", "wrong")
    ]
    return make_report([*plain, *telex], {"model": "m", "source": "<tệp>", "seed": 0, "limit": None, "catalogue": False})


def test_a_slice_is_compared_with_the_same_questions_as_typed() -> None:
    """The third question did not come in Telex, so it does not count against it."""
    report = _report()
    assert report.slices["telex"]["change_of_right"] == -0.5
    assert list(report.slices) == ["as_typed", "telex"]
    assert report.overall.n == 3


def test_confusions_show_the_sentences() -> None:
    """What was taken for what, with how it was said."""
    (confusion,) = _report().guide_confusions
    assert (confusion.expected, confusion.got, confusion.n) == ("tam_tru", "tach_ho", 3)
    assert confusion.sentences == ("đăng ký tạm trú hết mấy tiền",)


def test_the_page_escapes_what_it_shows_and_needs_nothing_else() -> None:
    """A sentence is text, never markup; no script, style sheet or picture is fetched."""
    question = _question("x", text='<script>alert("1")</script> & <img src=x>')
    report = make_report([score(question, _answer("answered", "tach_ho"))], _report().about)
    page = render_report(report)
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt; &amp; &lt;img src=x&gt;" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;tệp&gt;" in page
    assert "http" not in page


def test_the_report_is_plain_data_and_always_the_same() -> None:
    """What is written as JSON can be read again, and two reports of the same answers are equal byte for byte."""
    texts = {json.dumps(_report().as_json(), ensure_ascii=False) for _ in range(2)}
    assert len(texts) == 1
    assert json.loads(texts.pop())["overall"]["n"] == 3

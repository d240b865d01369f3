"""Personalised answers: one question where a guide branches, then only the citizen's own case."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core import texts
from core.branches import UNSURE, decided, remember, seen
from core.conversation import ConversationState
from core.dialogue import Dialogue
from core.guides import MAX_WORDS, Guide, Section
from core.knowledge import Knowledge
from core.messages import Outcome, Response
from tests.unit.making import guide, raw_guide, understood, words_in

_START = ConversationState()


def _said(response: Response) -> str:
    return "\n".join(reply.text for reply in response.replies)


def _branching(knowledge: Knowledge) -> list[Guide]:
    found = [made for made in knowledge.guides.values() if made.branch]
    assert len(found) >= 10
    return found


def _raw(**changes: Any) -> dict[str, Any]:
    """A guide of two cases, which differ in papers, steps and fee."""
    raw = raw_guide()
    raw["sections"]["documents"] = [{"name": "Tờ khai"}, {"name": "Giấy khai sinh", "only": "tre"}]
    raw["sections"]["steps"] = [{"do": "Mở trang."}, {"do": "Ký thay trẻ.", "only": "tre"}, {"do": "Ký tên.", "only": ["lon"]}]
    options = [
        {"id": "lon", "label": "Người lớn", "ages": [14, 120], "says": ["người lớn"]},
        {"id": "tre", "label": "Trẻ em", "ages": [0, 14], "says": ["em bé"], "sections": {"fee": "Miễn phí."}},
    ]
    raw["branch"] = {"ask": "Làm cho ai?", "options": options}
    return {**raw, **changes}


# the format


def test_each_case_sees_its_own_parts_only() -> None:
    """Papers, steps, and paragraphs that are replaced."""
    made = Guide.model_validate(_raw())
    child = seen(made, remember(made, "tre", _START)).sections
    assert [document.name for document in child.documents] == ["Tờ khai", "Giấy khai sinh"]
    assert [step.do for step in child.steps] == ["Mở trang.", "Ký thay trẻ."]
    assert child.fee == ("Miễn phí.",)
    adult = seen(made, remember(made, "lon", _START)).sections
    assert [document.name for document in adult.documents] == ["Tờ khai"]
    assert adult.fee == made.sections.fee


def test_who_cannot_say_sees_every_case_named() -> None:
    """Nothing is left out, and nothing looks as if it were for everybody."""
    made = Guide.model_validate(_raw())
    everything = seen(made, remember(made, UNSURE, _START)).sections
    assert everything.documents[1].when == "Trẻ em"
    assert everything.steps[1].do == texts.BRANCH_STEP.format(case="Trẻ em", do="Ký thay trẻ.")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"branch": None}, "needs a branch"),
        ({"branch": {"ask": "Ai?", "options": [{"id": "lon", "label": "A"}, {"id": "lon", "label": "B"}]}}, "used twice"),
        ({"branch": {"ask": "Ai?", "options": [{"id": "aa", "label": "A"}, {"id": "bb", "label": "B"}]}}, "no option"),
    ],
)
def test_mistakes_in_a_branch_are_told(change: dict[str, Any], told: str) -> None:
    """With what to do."""
    with pytest.raises(ValidationError, match=told):
        Guide.model_validate(_raw(**change))


def test_overlapping_ages_and_empty_cases_are_told() -> None:
    """Both would make the question pointless."""
    raw = _raw()
    raw["branch"]["options"][0]["ages"] = [10, 120]
    with pytest.raises(ValidationError, match="overlap"):
        Guide.model_validate(raw)
    raw = _raw()
    raw["sections"]["steps"] = [{"do": "Ký thay trẻ.", "only": "tre"}]
    with pytest.raises(ValidationError, match="none is left"):
        Guide.model_validate(raw)


def test_guide_without_a_branch_is_shown_as_it_is() -> None:
    """Nothing is asked."""
    made = guide()
    assert seen(made, _START) is made
    assert not any(made.differs(section) for section in Section)


# what decides


@pytest.mark.parametrize(
    ("said", "option"),
    [("bé nhà tôi 8 tuổi", "tre"), ("con 3 tháng tuổi", "tre"), ("tôi 40 tuổi", "lon"), ("cho em bé", "tre"), ("không rõ", None),
     ("em bé với người lớn", None)],
)  # fmt: skip
def test_a_message_decides_by_age_or_phrase(said: str, option: str | None) -> None:
    """Two cases at once decide nothing."""
    assert decided(Guide.model_validate(_raw()), understood(said)) == option


# the guides we ship


def test_every_case_of_every_branching_guide_can_be_reached_and_walked(dialogue: Dialogue) -> None:
    """From the question to the last step, every message short; the case stands in the title."""
    for made in _branching(dialogue.knowledge):
        assert made.branch is not None
        for n, option in enumerate(made.branch.options):
            then = "1" if made.differs(Section.STEPS) else Section.DOCUMENTS.value
            asked, state = dialogue.choose(f"b:{made.id}:?:{then}", _START)
            assert [choice.label for choice in asked.replies[-1].choices][n] == option.label
            shown, state = dialogue.choose(asked.replies[-1].choices[n].id, state)
            assert shown.guide == (option.guide or made.id)
            if option.guide:
                continue
            mine = seen(made, state)
            assert mine.title.lower().endswith(option.label.lower())
            for step in range(1, len(mine.sections.steps) + 2):
                walked, state = dialogue.choose(f"s:{made.id}:{step}", state)
                assert walked.outcome is Outcome.STEP
                assert max(words_in(reply.text) for reply in walked.replies) <= MAX_WORDS
            for section in Section:
                answer, _ = dialogue.choose(f"g:{made.id}:{section.value}", state)
                assert max(words_in(reply.text) for reply in answer.replies) <= MAX_WORDS


def test_what_all_cases_share_is_said_with_the_question(dialogue: Dialogue) -> None:
    """An answer at once, and the one question that decides the rest."""
    response, state = dialogue.choose("g:cap_ho_chieu:documents", _START)
    assert response.outcome is Outcome.ANSWERED
    assert "Ảnh 4x6" in _said(response)
    assert "Giấy khai sinh" not in _said(response)
    assert dialogue.knowledge.guides["cap_ho_chieu"].branch is not None
    assert dialogue.knowledge.guides["cap_ho_chieu"].branch.ask in _said(response)
    child, _ = dialogue.choose(dict((label, choice) for choice, label in state.offered)["Trẻ dưới 14 tuổi"], state)
    assert "Giấy khai sinh" in _said(child)
    assert "mẫu TK01a" in _said(child)


def test_the_question_is_asked_once(dialogue: Dialogue) -> None:
    """Other sections and the walk know the answer; it can be changed."""
    _, state = dialogue.choose("b:cap_ho_chieu:1:documents", _START)
    walked, state = dialogue.choose("s:cap_ho_chieu:1", state)
    assert walked.outcome is Outcome.STEP
    assert "Bước 1/" in _said(walked)
    again = next(choice for choice in walked.replies[-1].choices if choice.label == texts.OTHER_CASE)
    asked, state = dialogue.choose(again.id, state)
    adult, state = dialogue.choose(asked.replies[-1].choices[0].id, state)
    assert dict(state.branches)["cap_ho_chieu"] == "tu_14"
    assert "Người từ 14 tuổi".lower() in _said(adult).lower()


def test_a_walk_whose_steps_differ_begins_with_the_question(dialogue: Dialogue) -> None:
    """Whatever step was asked for, which is shown then."""
    asked, state = dialogue.choose("s:sang_ten_xe:2", _START)
    assert asked.outcome is Outcome.STEP
    assert state.step is None
    walked, state = dialogue.choose(asked.replies[-1].choices[0].id, state)
    assert state.step == 2
    assert "Bước 2/3" in _said(walked)


def test_the_question_is_answered_by_words(dialogue: Dialogue) -> None:
    """An age, a phrase, a number, the label; and by saying that one does not know."""
    for said, option in (
        ("bé nhà tôi 8 tuổi", "duoi_14"), ("2", "duoi_14"), ("tre duoi 14 tuoi", "duoi_14"), ("tui 45 tuổi", "tu_14"),
        ("không biết", UNSURE), ("cái đầu", "tu_14"),
    ):  # fmt: skip
        _, state = dialogue.choose("s:cap_ho_chieu:4", _START)
        _, after = dialogue.respond(None, understood(said, lexicon=dialogue.knowledge.lexicon), state)
        assert dict(after.branches).get("cap_ho_chieu") == option, said
        assert after.step == 4


def test_a_case_told_while_walking_is_heard(dialogue: Dialogue) -> None:
    """Before the question comes up, and instead of an earlier answer."""
    _, state = dialogue.choose("s:cap_ho_chieu:1", _START)
    for said, option in (("bé nhà tôi 8 tuổi", "duoi_14"), ("à không, người lớn", "tu_14")):
        response, state = dialogue.respond(None, understood(said, lexicon=dialogue.knowledge.lexicon), state)
        assert (response.outcome, state.step, dict(state.branches)) == (Outcome.STEP, 1, {"cap_ho_chieu": option})


def test_nothing_is_asked_before_it_matters(dialogue: Dialogue) -> None:
    """Steps that all cases begin with are walked at once."""
    response, state = dialogue.choose("s:cap_ho_chieu:1", _START)
    for n in range(1, 4):
        assert state.step == n
        assert "Bước" in _said(response)
        response, state = dialogue.choose(f"s:cap_ho_chieu:{n + 1}", state)
    assert dialogue.knowledge.guides["cap_ho_chieu"].branch is not None
    assert dialogue.knowledge.guides["cap_ho_chieu"].branch.ask in _said(response)


def test_a_message_that_tells_its_case_is_answered_at_once(dialogue: Dialogue) -> None:
    """No question where the answer was given."""
    said = understood("làm hộ chiếu cho bé 8 tuổi cần giấy tờ gì", {"ask_documents": 0.95}, guides={"cap_ho_chieu": 0.97},
                      aspects={Section.DOCUMENTS: 0.95}, lexicon=dialogue.knowledge.lexicon)  # fmt: skip
    response, state = dialogue.respond("ask_documents", said, _START)
    assert "Giấy khai sinh" in _said(response)
    assert dict(state.branches) == {"cap_ho_chieu": "duoi_14"}


def test_a_case_that_another_guide_answers_leads_there(dialogue: Dialogue) -> None:
    """Who asks for a lost card but has an expired one."""
    asked, state = dialogue.choose("s:cap_lai_the_can_cuoc:3", _START)
    expired = next(choice for choice in asked.replies[-1].choices if choice.label.startswith("Hết hạn"))
    _, state = dialogue.choose(expired.id, state)
    assert state.guide == "cap_doi_the_can_cuoc"


def test_only_a_few_answers_are_remembered(knowledge: Knowledge) -> None:
    """A conversation's memory does not grow with it."""
    state = _START
    for made in _branching(knowledge):
        assert made.branch is not None
        state = remember(made, made.branch.options[0].id, state)
    assert len(state.branches) == 8

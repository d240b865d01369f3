"""A long message is decided by its sentences where the whole is not clear."""

from __future__ import annotations

from dataclasses import replace

from core.decision import Decision, Thresholds, Verdict, decide
from core.guides import Section
from core.knowledge import Knowledge
from core.search import words_of
from core.story import decide_story
from core.understanding import Understanding

_LIMITS = Thresholds()


def _sentence(
    knowledge: Knowledge, text: str, guide: str = "", section: Section = Section.SUMMARY, nothing: float = 0.0
) -> Understanding:
    """A sentence that surely names `guide`, asks for `section`, or is surely none of our business."""
    return Understanding(
        text=text,
        words=tuple(words_of(text, knowledge.lexicon)),
        chances={"out_of_scope": nothing},
        guides={guide: 0.95} if guide else {},
        aspects={section: 0.9},
        novelty=0.3,
    )


def _told(knowledge: Knowledge, *sentences: Understanding) -> tuple[Decision, Understanding]:
    whole = replace(_sentence(knowledge, " ".join(one.text for one in sentences)), novelty=1.0, sentences=sentences)
    return decide_story(Decision(Verdict.UNKNOWN), whole, knowledge, _LIMITS)


def test_the_sentence_that_names_the_matter_decides(knowledge: Knowledge) -> None:
    """Wherever it stands; what is asked may be in another one."""
    decision, said = _told(
        knowledge,
        _sentence(knowledge, "Nhà tôi ở quê."),
        _sentence(knowledge, "Tôi muốn đăng ký tạm trú.", "dang_ky_tam_tru"),
        _sentence(knowledge, "Hết bao nhiêu tiền vậy?", section=Section.FEE),
    )
    assert decision.verdict is Verdict.GUIDE
    assert decision.candidates[0].guide == "dang_ky_tam_tru"
    assert said.aspect[0] is Section.FEE


def test_two_matters_are_asked_back(knowledge: Knowledge) -> None:
    """The one that is asked about comes first."""
    decision, _ = _told(
        knowledge,
        _sentence(knowledge, "Tôi đã làm đăng ký kết hôn.", "dang_ky_ket_hon"),
        _sentence(knowledge, "Đăng ký tạm trú ở đâu?", "dang_ky_tam_tru"),
    )
    assert decision.candidates[0].guide == "dang_ky_tam_tru"
    assert "dang_ky_ket_hon" in {candidate.guide for candidate in decision.candidates}


def test_a_question_that_is_not_ours_stays_that(knowledge: Knowledge) -> None:
    """Whatever paper the story around it names."""
    decision, _ = _told(
        knowledge,
        _sentence(knowledge, "Tôi vừa đăng ký tạm trú.", "dang_ky_tam_tru"),
        _sentence(knowledge, "Chừ đi ăn bún ở đâu ngon?", nothing=0.95),
    )
    assert decision.verdict is Verdict.UNKNOWN


def test_what_is_clear_as_a_whole_stays(knowledge: Knowledge) -> None:
    """The sentences are not asked."""
    said = _sentence(knowledge, "Đăng ký tạm trú ở đâu?", "dang_ky_tam_tru")
    whole = decide(said, None, knowledge, _LIMITS)
    assert decide_story(whole, said, knowledge, _LIMITS) == (whole, said)

"""Several questions in one message are taken apart; one question with a story is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation import ConversationState
from core.guides import Section
from core.knowledge import Knowledge
from core.several import answer_all, questions_in, sentences_of


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("Khai sinh cần gì, kết hôn cần gì?", ["Khai sinh cần gì", "kết hôn cần gì"]),
        ("tam tru can giay gi va nop o dau", ["tam tru can giay gi", "nop o dau"]),
        ("Làm hộ chiếu mấy ngày? Lệ phí bao nhiêu?", ["Làm hộ chiếu mấy ngày", "Lệ phí bao nhiêu"]),
        ("tách hộ: nộp ở đâu\nmang theo gì", ["tách hộ: nộp ở đâu", "mang theo gì"]),
    ],
)
def test_each_question_stands_alone(text: str, questions: list[str]) -> None:
    """By commas, question marks, line ends and "và"."""
    assert list(questions_in(text)) == questions


@pytest.mark.parametrize(
    "text",
    [
        "đăng ký tạm trú cần giấy tờ gì",
        "con tôi 8 tuổi, chưa có căn cước, cần giấy gì?",
        "nhà ở và đất đai",
        "tôi mua máy mới, máy cũ hư, làm lại từ đầu",
        "",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    """What is told before a question belongs to it."""
    assert questions_in(text) == ()


@given(st.text(max_size=400))
def test_any_text_is_taken_apart_without_loss_of_sense(text: str) -> None:
    """Never one question alone, never more than five, never an empty one."""
    questions = questions_in(text)
    assert len(questions) != 1
    assert len(questions) <= 5
    assert all(question.strip() for question in questions)


def test_answers_come_in_order_and_the_rest_is_offered(knowledge: Knowledge) -> None:
    """Three are answered; the buttons stand under the last."""
    guides = [knowledge.guides[name] for name in ("dang_ky_khai_sinh", "dang_ky_ket_hon", "dang_ky_khai_tu", "dang_ky_tam_tru")]
    response, after = answer_all([(guide, Section.DOCUMENTS) for guide in guides], ConversationState())
    told = "\n".join(reply.text for reply in response.replies)
    places = [told.find(guide.title) for guide in guides[:3]]
    assert -1 not in places
    assert places == sorted(places)
    assert guides[3].title not in told
    assert "g:dang_ky_tam_tru:documents" in {choice.id for choice in response.replies[-1].choices}
    assert not any(reply.choices for reply in response.replies[:-1])
    assert (response.guide, response.section) == ("dang_ky_khai_sinh", "documents")
    assert after.guide == "dang_ky_khai_tu"


def test_steps_come_last_and_begin_a_walk(knowledge: Knowledge) -> None:
    """Other questions are answered before the walk, whatever their order."""
    guide = knowledge.guides["dang_ky_tam_tru"]
    response, after = answer_all([(guide, Section.STEPS), (guide, Section.FEE)], ConversationState())
    assert (after.walk, after.step) == (guide.id, 1)
    assert "Bước 1/" in response.replies[-1].text


def test_a_long_message_comes_apart_into_sentences() -> None:
    """Nothing is lost; a short message, or one sentence, stays whole."""
    story = "Nhà tôi ở quê lâu rồi. Ba tôi mới ra viện hôm qua. Chị tôi thì đi làm xa tận trong nam, mỗi năm về một lần. "
    told = story + "Giờ muốn tách hộ thì cần giấy gì? Cảm ơn nhiều."
    sentences = sentences_of(told)
    assert " ".join(sentences) == told
    assert sentences[-2] == "Giờ muốn tách hộ thì cần giấy gì?"
    assert sentences_of("Tách hộ cần giấy gì? Cảm ơn.") == ()


def test_a_long_sentence_comes_apart_into_clauses() -> None:
    """Short clauses stay with the one behind, so that each says something."""
    told = (
        "nhà tôi ở quê, ba tôi mới ra viện hôm qua, chị tôi thì đi làm xa tận trong nam, giờ muốn tách hộ riêng thì cần giấy gì"
    )
    assert sentences_of(told) == (
        "nhà tôi ở quê, ba tôi mới ra viện hôm qua,",
        "chị tôi thì đi làm xa tận trong nam,",
        "giờ muốn tách hộ riêng thì cần giấy gì",
    )


@given(st.text(max_size=600))
def test_any_long_text_comes_apart(text: str) -> None:
    """At most a dozen pieces, never one alone, never an empty one."""
    sentences = sentences_of(text)
    assert len(sentences) != 1
    assert len(sentences) <= 12
    assert all(sentence.strip() for sentence in sentences)

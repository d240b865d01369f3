"""Manners: form of address, emergencies, life events, never the same three times in a row."""

from __future__ import annotations

import pytest

from core import texts
from core.address import address_told, addressed
from core.conversation import ConversationState, picked
from core.dialogue import Dialogue
from core.guides import MAX_WORDS
from core.knowledge import Knowledge
from core.messages import Outcome, Reply, Response
from tests.unit.making import understood, words_in

_START = ConversationState()


def _type(dialogue: Dialogue, text: str, state: ConversationState, intent: str = "thanks") -> tuple[Response, ConversationState]:
    said = understood(text, {intent: 0.98}, guides={"-context": 0.95}, lexicon=dialogue.knowledge.lexicon)
    return dialogue.respond(intent, said, state)


# form of address


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("cho mệ hỏi cái ni với", "mệ"), ("mệ quên mật khẩu rồi con ơi", "mệ"), ("bác muốn làm căn cước", "bác"),
        ("dạ em quên mật khẩu ạ", "bạn"), ("cho con hỏi", "bạn"), ("cháu muốn hỏi", "bạn"), ("chỉ cho o với", "o"),
        ("cô đây cháu", "cô"), ("thưa, ông cần đổi bằng lái", "ông"),
        ("gọi tui là chị nghe", "chị"), ("anh đang kẹt bước 2", "anh"),
        ("bác tôi mất rồi", None), ("chị hàng xóm làm mất sổ", None), ("cô giáo của con", None), ("làm căn cước", None),
        ("tôi muốn hỏi", None), ("ông nội muốn làm thẻ", None),
    ],
)  # fmt: skip
def test_who_names_themselves_is_spoken_to_that_way(said: str, form: str | None) -> None:
    """A younger one is "bạn"; a relative who is spoken of names nobody."""
    assert address_told(said, None) == form


def test_the_form_of_address_is_kept_until_another_is_asked_for() -> None:
    """What is said of others later changes nothing."""
    assert address_told("chị muốn hỏi", "mệ") == "mệ"
    assert address_told("gọi tôi là chị", "mệ") == "chị"
    assert address_told("cứ gọi tui là bà con", "mệ") is None


def test_replies_use_the_form_of_address(dialogue: Dialogue) -> None:
    """At the beginning of a sentence and inside it, in every later answer."""
    response, state = _type(dialogue, "mệ cần hỏi chút", _START, "vague_help")
    assert "mệ cần làm giấy tờ gì" in response.replies[0].text
    response, state = dialogue.choose("delete?", state)
    assert "bà con" not in response.replies[0].text.lower()
    assert addressed(Reply("Bà con hỏi bà con."), "bác").text == "Bác hỏi bác."


# emergencies


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("nhà tui đang cháy", "114"), ("chay nha roi cuu voi", "114"), ("mệ tui ngất xỉu rồi", "115"),
        ("tôi muốn chết quá", "115"),
        ("có người bị điện giật", "115"), ("chồng tui đang đánh tôi", "113"),
        ("có người cầm dao dọa giết", "113"), ("cứu tôi với", "113"),
        ("cháy nhà mất hết giấy tờ thì làm lại ở đâu", None),
        ("ba tôi mất thì làm khai tử", None), ("bị mất cướp ví có căn cước", None),
        ("đăng ký tạm trú", None), ("chết rồi tui quên mật khẩu", None), ("tai nạn năm ngoái có được trợ cấp không", None),
        ("giấy báo tử", None), ("vneid bị treo cứu với", None),
        ("tôi muốn tự vẫn", "115"), ("toi muon tu tu", "115"), ("bé bị hóc xương tím tái", "115"), ("cưu tôi vơi", "113"),
        ("cho tôi gặp nhân viên tư vấn", None), ("cho toi gap nhan vien tu van", None), ("để em làm từ từ đã", None),
        ("hồ sơ của tôi đang chạy tới đâu rồi", None), ("ho so dang chay toi dau", None),
        ("nhà em đang cháy, giấy tờ cháy hết", "114"), ("em là học sinh tìm trường", None), ("em la hoc sinh, tim truong", None),
    ],
)  # fmt: skip
def test_where_life_is_at_stake_the_right_number_is_named(dialogue: Dialogue, said: str, number: str | None) -> None:
    """What is happening now, not what is to be filed."""
    assert dialogue.knowledge.emergencies.number(understood(said, lexicon=dialogue.knowledge.lexicon).words) == number


def test_emergency_answers_in_the_middle_of_a_walk(dialogue: Dialogue) -> None:
    """Short, with all three numbers, the fitting one first, and the walk can go on afterwards."""
    _, state = dialogue.choose("s:dang_ky_tam_tru:2", _START)
    response, state = _type(dialogue, "nhà tui đang cháy", state, "next_step")
    text = response.replies[0].text
    assert response.outcome is Outcome.SAFETY
    assert text.index("114") < text.index("113") < text.index("115")
    assert words_in(text) <= MAX_WORDS
    assert "s:dang_ky_tam_tru:2" in {choice_id for choice_id, _ in state.offered}


# life events


def test_every_life_event_leads_to_its_guides(dialogue: Dialogue) -> None:
    """Ten events, paged, in the order to do them; every page has a way on."""
    events = dialogue.knowledge.life_events
    assert len(events) == 10
    for event in events.values():
        found: list[str] = []
        choice = f"l:{event.id}"
        while choice not in found:
            found.append(choice)
            response, _ = dialogue.choose(choice, _START)
            shown = response.replies[0].choices
            found += [offered.id for offered in shown if offered.id.startswith("g:")]
            assert {"l", "human"} <= {offered.id for offered in shown}
            more = next((offered.id for offered in shown if offered.label == texts.MORE), choice)
            choice = choice if more.endswith(":0") else more
        assert [choice_id for choice_id in found if choice_id.startswith("g:")] == [f"g:{guide}" for guide in event.guides]


def test_life_events_and_areas_lead_to_each_other(dialogue: Dialogue) -> None:
    """Whoever does not find it one way tries the other."""
    assert "l" in {choice.id for choice in dialogue.choose("m", _START)[0].replies[0].choices}
    assert "m" in {choice.id for choice in dialogue.choose("l", _START)[0].replies[0].choices}
    assert "l" in {choice.id for choice in dialogue.choose("start", _START)[0].replies[0].choices}


@pytest.mark.parametrize(
    ("said", "event"),
    [
        ("mới sinh con cần làm những giấy tờ gì", "sinh_con"), ("nhà có người mất thì phải làm những thủ tục gì", "nguoi_mat"),
        ("mở tiệm tạp hóa cần những giấy gì", "mo_cua_hang"), ("dọn nhà thì làm mấy thủ tục", "chuyen_nha"),
        ("đăng ký khai sinh cần giấy tờ gì", None), ("lệ phí kết hôn", None), ("mở cửa hàng", None),
    ],
)  # fmt: skip
def test_life_events_are_heard(knowledge: Knowledge, said: str, event: str | None) -> None:
    """Only where all that belongs to one is asked for."""
    assert knowledge.life_events.told(understood(said, lexicon=knowledge.lexicon).words) == event


@pytest.mark.parametrize(
    ("said", "place"), [("1", 0), ("số 1", 0), ("cái đầu", 0), ("so mot", 0), ("cái thứ hai hí", 1), ("cuối cùng", None)]
)
def test_lists_are_answered_by_number(said: str, place: int | None) -> None:
    """As people say it."""
    offered = [("a", "Sinh con"), ("b", "Kết hôn"), ("c", "Chuyển nhà")]
    assert picked(said, offered) == (offered[place][0] if place is not None else None)


# never like a wall


def test_the_same_reply_is_never_given_three_times_in_a_row(dialogue: Dialogue) -> None:
    """The third time it is introduced as a repetition; nothing is withheld."""
    state = _START
    answers = []
    for said in ("👍", "...", "😀", "!!!", "?", "🙏", "))"):
        response, state = _type(dialogue, said, state)
        answers.append(tuple(reply.text for reply in response.replies))
    assert all(len(set(answers[n : n + 3])) > 1 for n in range(len(answers) - 2))
    assert all(answer[-1] == texts.EMPTY for answer in answers)


def test_every_sentence_of_courtesy_offers_a_way_on(dialogue: Dialogue) -> None:
    """No dead end, not even behind a goodbye."""
    for intent in ("greet", "thanks", "goodbye", "bot_identity", "insult", "complaint", "vague_help", "affirm", "deny"):
        _, state = _type(dialogue, "hoắc", _START, intent)
        assert {"m", "human"} <= {choice_id for choice_id, _ in state.offered}, intent

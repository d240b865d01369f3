"""Walking a guide by words: short messages in every form people use, steps by number, trouble told, the way back."""

from __future__ import annotations

import pytest

from core import texts
from core.conversation import ConversationState
from core.devices import device_told
from core.dialogue import Dialogue
from core.handoff import open_case
from core.knowledge import Knowledge
from core.messages import Outcome, Response
from core.phrases import Phrases
from tests.unit.making import understood

_START = ConversationState()


def _type(dialogue: Dialogue, text: str, state: ConversationState) -> tuple[Response, ConversationState]:
    """Type `text` while no classifier understands anything: only rules can answer."""
    return dialogue.respond(None, understood(text, lexicon=dialogue.knowledge.lexicon), state)


def _at(dialogue: Dialogue, step: int, guide: str = "dang_ky_tam_tru") -> ConversationState:
    return dialogue.choose(f"s:{guide}:{step}", _START)[1]


_NEXT = (
    "rồi", "xong", "xong r", "xog r ad", "tiep", "típ", "ok", "okie", "oke r", "ok roi", "dạ rồi ạ", "rồi đó", "next", "xong roi",
    "lm xong rùi", "mần xong rồi", "rứa là xong rồi hỉ", "tui làm xong rồi nghe", "mệ làm xong rồi con", "đi tiếp hí",
    "rồi chi nữa",
    "chừ mần chi nữa", "răng nữa", "bước tiếp theo", "bước sau", "buoc sau la chi", "qua bước tê", "r tip theo lm j", "gửi rồi",
    "chup xong roi", "đã nộp rồi", "xong bước này rồi", "rồi, xong", "tiếp theo là gì", "vô được rồi", "thấy rồi",
)  # fmt: skip
_STUCK = (
    "ko dc", "kẹt rồi", "ket roi", "bị kẹt chỗ ni", "tui mắc chỗ ni", "không được mô", "khong duoc mo", "nỏ được", "hông đc",
    "chưa dc", "vẫn không được", "lỗi rồi", "nó báo lỗi", "bấm mãi không được", "vô ko đc", "bí rồi", "tui không biết làm",
    "ko bik lm", "không hiểu", "mần răng cũng không được", "nỏ chộ nút chi", "làm hoài không được",
)  # fmt: skip
_BACK = (
    "quay lại", "quay lai buoc truoc", "lui lại bước trước", "trở lui", "lùi lại", "bước trước", "ql bc trc", "về bước trước",
    "cho coi lại bước trước", "lui",
)  # fmt: skip


@pytest.mark.parametrize("said", _NEXT)
def test_words_that_lead_on(dialogue: Dialogue, said: str) -> None:
    """Without any help of the classifiers."""
    response, state = _type(dialogue, said, _at(dialogue, 2))
    assert (response.outcome, state.step) == (Outcome.STEP, 3)


@pytest.mark.parametrize("said", _STUCK)
def test_words_that_tell_one_is_stuck(dialogue: Dialogue, said: str) -> None:
    """The known causes are offered."""
    response, state = _type(dialogue, said, _at(dialogue, 2))
    assert (response.section, state.step) == ("problems", 2)


@pytest.mark.parametrize("said", _BACK)
def test_words_that_lead_back(dialogue: Dialogue, said: str) -> None:
    """One step."""
    response, state = _type(dialogue, said, _at(dialogue, 3))
    assert (response.outcome, state.step) == (Outcome.STEP, 2)


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("bước 3 làm lại", 3), ("buoc 2", 2), ("b4", 4), ("cho coi lại bước ba", 3), ("bước đầu tiên", 1), ("bước cuối", 7),
        ("quay lai buoc 1", 1), ("bước sáu", 6), ("làm lại bước 3 giùm mệ", 3), ("từ đầu", 1), ("làm lại từ đầu", 1),
        ("bước hai là chi rứa", 2), ("đang ở bước mấy", 5), ("còn mấy bước nữa", 5), ("bước thứ tư", 4), ("xong bước 3 rồi", 4),
    ],
)  # fmt: skip
def test_a_step_is_reached_by_its_number(dialogue: Dialogue, said: str, step: int) -> None:
    """And asking where one is shows the step under way."""
    response, state = _type(dialogue, said, _at(dialogue, 5))
    assert (response.outcome, response.section, state.step) == (Outcome.STEP, "steps", step)


def test_stuck_at_a_numbered_step(dialogue: Dialogue) -> None:
    """Another one than the one under way."""
    for said in ("kẹt ở bước 3", "bước 3 ko được", "buoc 3 bi loi"):
        response, state = _type(dialogue, said, _at(dialogue, 5))
        assert (response.section, state.step) == ("problems", 3)


def test_a_number_beyond_the_last_step_leads_nowhere(dialogue: Dialogue) -> None:
    """No step is made up."""
    _, state = _type(dialogue, "bước 99", _at(dialogue, 2))
    assert state.step == 2


@pytest.mark.parametrize("said", ["bước 2 nộp ở đâu", "lệ phí bao nhiêu", "làm xong rồi thì khi nào lấy kết quả", "cảm ơn"])
def test_questions_are_no_moves(dialogue: Dialogue, said: str) -> None:
    """They are left to the classifiers."""
    words = dialogue.knowledge.walk_words
    understood_words = understood(said, lexicon=dialogue.knowledge.lexicon).words
    assert words.move(understood_words) is None
    assert words.step(understood_words, 6) is None


@pytest.mark.parametrize("said", ["tiếp tục", "làm tiếp", "quay lại bước đang làm dở", "rồi", "quay lại", "tiếp"])
def test_after_a_question_in_between_words_lead_back_into_the_walk(dialogue: Dialogue, said: str) -> None:
    """To the step under way, not past it and not before it."""
    _, state = dialogue.choose("g:dang_ky_ket_hon:fee", _at(dialogue, 3))
    response, state = _type(dialogue, said, state)
    assert (response.outcome, response.guide, state.step) == (Outcome.STEP, "dang_ky_tam_tru", 3)


def test_after_a_cure_back_leads_to_the_step(dialogue: Dialogue) -> None:
    """And "xong" past it."""
    _, cured = dialogue.choose("k:dang_ky_tam_tru:3:0", _at(dialogue, 3))
    assert _type(dialogue, "quay lại", cured)[1].step == 3
    assert _type(dialogue, "xong rồi", cured)[1].step == 4


def test_waiting_and_stopping_keep_the_place(dialogue: Dialogue) -> None:
    """Nobody is hurried, and the way back stands there."""
    for said, text in (("khoan đã", texts.WAITING), ("chưa xong", texts.WAITING), ("thôi để mai làm tiếp", texts.STOPPED)):
        response, state = _type(dialogue, said, _at(dialogue, 3))
        assert response.replies[0].text == text
        assert state.step == 3
        assert "s:dang_ky_tam_tru:3" in [choice.id for choice in response.replies[0].choices]


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("mã otp mãi không về", "otp"), ("đợi hoài ko thấy mã", "otp"), ("k nhan dc ma", "otp"),
        ("số này số cũ của tui", "phone"), ("camera không mở lên", "camera"), ("quét mặt hoài k đc", "camera"),
        ("báo thông tin không trùng khớp", "match"), ("tài khoản bị khóa rồi", "locked"),
        ("ảnh nặng quá không tải lên được", "size"), ("hình bị mờ", "blur"), ("trừ tiền rồi mà báo lỗi", "pay"),
        ("thanh toan khong duoc", "pay"), ("trang web quay mãi", "portal"), ("cổng sập rồi", "portal"),
        ("không đăng nhập được", "login"),
    ],
)  # fmt: skip
def test_shared_trouble_is_recognised_however_it_is_told(knowledge: Knowledge, said: str, trouble: str) -> None:
    """With accents, without, in dialect."""
    told = knowledge.troubles.told(understood(said, lexicon=knowledge.lexicon).words)
    assert told is not None
    assert told.id == trouble


@pytest.mark.parametrize("said", ["nộp tiền ở đâu", "chưa có mã hồ sơ", "mất bao lâu", "thông tin của tôi điền ở đâu"])
def test_questions_are_no_trouble(knowledge: Knowledge, said: str) -> None:
    """Only what went wrong is."""
    assert knowledge.troubles.told(understood(said, lexicon=knowledge.lexicon).words) is None


def test_told_trouble_is_cured_at_the_step(dialogue: Dialogue) -> None:
    """With the way on, and the guide that tells more."""
    response, state = _type(dialogue, "mã otp mãi không về", _at(dialogue, 1))
    assert dialogue.knowledge.troubles["otp"].trouble.cure in response.replies[0].text
    assert {"s:dang_ky_tam_tru:1", "k:dang_ky_tam_tru:1", "g:khong_nhan_otp"} <= {choice_id for choice_id, _ in state.offered}


def test_steps_at_a_desk_know_no_trouble_of_the_web(knowledge: Knowledge) -> None:
    """Nobody waits for an OTP at the counter."""
    for guide in knowledge.guides.values():
        for step in guide.sections.steps:
            if "tại quầy" in step.do:
                assert knowledge.troubles.at(step) == ([], [])


def test_case_of_a_stuck_citizen_carries_all_that_is_known(dialogue: Dialogue) -> None:
    """Guide, step, what was tried, device; the walk can be resumed."""
    state = _at(dialogue, 1)
    _, state = _type(dialogue, "tui dùng iphone, mã otp mãi không về", state)
    _, state = dialogue.choose("k:dang_ky_tam_tru:1", state)
    response, after = dialogue.choose("x:dang_ky_tam_tru:1", state)
    assert response.outcome is Outcome.HANDOFF
    assert response.guide == "dang_ky_tam_tru"
    assert response.case is not None
    assert response.case.reason == "stuck"
    guide = dialogue.knowledge.guides["dang_ky_tam_tru"]
    assert response.case.detail == {
        "guide": "dang_ky_tam_tru",
        "step": 1,
        "steps": len(guide.sections.steps),
        "action": guide.sections.steps[0].do,
        "tried": ["1. Không nhận được mã OTP"],
        "device": "iPhone",
    }
    assert response.case.code in response.replies[0].text
    assert after.step == 1


def test_what_was_tried_is_forgotten_with_the_next_walk(dialogue: Dialogue) -> None:
    """And asked-for cases outside a walk carry none of it."""
    _, state = dialogue.choose("k:dang_ky_tam_tru:1:otp", _at(dialogue, 1))
    assert state.tried
    _, other = dialogue.choose("s:dang_ky_ket_hon:1", state)
    assert other.tried == ()
    response, _ = open_case(dialogue.knowledge, "asked", _START)
    assert response.case is not None
    assert response.case.detail == {}


def test_tried_causes_come_last_in_the_menu(dialogue: Dialogue) -> None:
    """The next one to try stands first."""
    first, state = dialogue.choose("k:dang_ky_tam_tru:1", _at(dialogue, 1))
    tried = first.replies[0].choices[0]
    _, state = dialogue.choose(tried.id, state)
    again, _ = dialogue.choose("k:dang_ky_tam_tru:1", state)
    assert again.replies[0].choices[0] != tried


def test_end_of_a_walk_says_what_comes_next(dialogue: Dialogue) -> None:
    """Result, where to follow the application, and the way on."""
    guide = dialogue.knowledge.guides["dang_ky_tam_tru"]
    response, state = dialogue.choose(f"s:dang_ky_tam_tru:{len(guide.sections.steps) + 1}", _START)
    said = " ".join(reply.text for reply in response.replies)
    assert guide.sections.result[0] in said
    assert guide.sections.status[0] in said
    assert (state.walk, state.step) == (None, None)
    assert {"g:dang_ky_tam_tru:status", "m", "human"} <= {choice_id for choice_id, _ in state.offered}


@pytest.mark.parametrize(
    ("said", "device"),
    [
        ("tui xài iphone 11", "iPhone"), ("may samsung", "Android"), ("em làm trên máy tính", "máy tính"), ("laptop", "máy tính"),
        ("điện thoại của tôi", None), ("đổi bằng lái", None),
    ],
)  # fmt: skip
def test_device_is_heard(said: str, device: str | None) -> None:
    """Only where it is named."""
    assert device_told(said.split()) == device


def test_phrases_of_data_files() -> None:
    """Either word, a gap of up to four words, a word that may be missing."""
    phrases = Phrases(["không/chưa … được", "xong rồi?"])
    assert phrases.whole("khong mo trang do len duoc")
    assert not phrases.whole("khong mot hai ba bon nam duoc")
    assert phrases.whole("xong")
    assert phrases.within("da xong roi nha")
    assert not phrases.within("xongroi")
    assert not Phrases([]).within("xong")

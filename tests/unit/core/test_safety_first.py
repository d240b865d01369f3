"""Danger and scams come before everything else, and what only sounds like them does not."""

from __future__ import annotations

import pytest

from core.conversation import ConversationState
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from core.messages import Outcome
from tests.unit.making import understood

_START = ConversationState()


def test_safety_goes_before_pending_choices(dialogue: Dialogue) -> None:
    """Also when the words are those of an offered button."""
    said = "có người xưng công an gọi bảo tôi đọc mã otp"
    state = ConversationState(offered=(("keep", said), ("none", "Không")))
    understanding = understood(said, {"topic_doi_ma_otp": 0.97}, guides={"doi_ma_otp": 0.97})
    response, after = dialogue.respond("topic_doi_ma_otp", understanding, state)
    assert response.outcome is Outcome.SAFETY
    assert response.guide in {made.id for made in dialogue.knowledge.guides.values() if made.urgent}
    assert ("keep", said) not in after.offered


def test_code_of_a_case_is_no_scam(dialogue: Dialogue) -> None:
    """Its letters are no words, and the classifiers may take them for anything; what a rule finds stays."""
    said = understood("/hoso RX6K-FH7G", {}, guides={"nguoi_lam_ho_thu_tien": 0.9})
    response, _ = dialogue.respond(None, said, _START)
    assert response.outcome is not Outcome.SAFETY
    said = understood("bị lừa tiền, hồ sơ hỗ trợ RX6K-FH7G", {}, guides={"lua_dao": 0.9})
    assert dialogue.respond(None, said, _START)[0].outcome is Outcome.SAFETY


def test_what_others_help_with_is_not_answered_with_a_guide(dialogue: Dialogue) -> None:
    """A lawsuit about land is not the transfer of land, however much it sounds like it; with other accents it is no lawsuit."""
    sure = {"sang_ten_so_do": 0.95}
    said = understood("sang tên sổ đỏ mà bị đơn kháng cáo", {"ask_overview": 0.6}, guides=sure)
    assert dialogue.respond(None, said, _START)[0].guide is None
    said = understood("sang tên sổ đỏ, khang trang", {"ask_overview": 0.6}, guides=sure)
    assert dialogue.respond(None, said, _START)[0].guide == "sang_ten_so_do"


def test_named_reissue_is_not_answered_with_a_list(dialogue: Dialogue) -> None:
    """Who lost all papers and asks for one of them is told about that one; who asks for none gets what the event takes."""
    said = understood("mất hết giấy tờ, làm lại thẻ căn cước ở đâu", {"ask_where": 0.6}, guides={"cap_lai_the_can_cuoc": 0.99})
    assert dialogue.respond(None, said, _START)[0].guide == "cap_lai_the_can_cuoc"
    said = understood("mất hết giấy tờ rồi", {"ask_overview": 0.6}, guides={"cap_lai_the_can_cuoc": 0.5})
    assert dialogue.respond(None, said, _START)[0].guide is None


@pytest.mark.parametrize("said", ["cho thuê tài khoản vneid trả 300k", "tra 500k cho minh muon tai khoan vneid"])
def test_lending_an_account_for_money_is_a_scam(knowledge: Knowledge, said: str) -> None:
    """Whoever pays for it does so to deceive others in its name."""
    assert knowledge.safety.guide(understood(said, lexicon=knowledge.lexicon).words) == "lua_dao"


def test_safety_comes_before_a_walk_which_goes_on_afterwards(dialogue: Dialogue) -> None:
    """The warning stands alone; the step is offered last, and "xong" leads back to it, not past it."""
    _, state = dialogue.choose("s:dang_ky_tam_tru:2", _START)
    said = understood("có người xưng công an gọi bảo tôi đọc mã otp", {"topic_doi_ma_otp": 0.97}, guides={"doi_ma_otp": 0.97})
    response, after = dialogue.respond("topic_doi_ma_otp", said, state)
    assert response.outcome is Outcome.SAFETY
    assert [choice.id for reply in response.replies for choice in reply.choices][-1] == "s:dang_ky_tam_tru:2"
    resumed, after = dialogue.respond(None, understood("xong"), after)
    assert (resumed.outcome, resumed.guide, after.step) == (Outcome.STEP, "dang_ky_tam_tru", 2)


def test_urgent_guides_are_safety_however_they_are_reached(dialogue: Dialogue) -> None:
    """Also from the menu."""
    for guide in dialogue.knowledge.guides.values():
        if guide.urgent:
            response, _ = dialogue.choose(f"g:{guide.id}", _START)
            assert response.outcome is Outcome.SAFETY

"""What was to be checked again and was not: citizens are told, then no longer led through what could do harm."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from core import texts
from core.answers import section_replies, step_replies
from core.freshness import GRACE, Freshness, freshness, is_risky
from core.guides import Guide, Section, Step
from core.knowledge import Knowledge
from core.worktime import ZONE


def _overdue(guide: Guide, days: int) -> Guide:
    day = datetime.now(ZONE).date() - timedelta(days=days)
    return guide.model_copy(update={"verified_on": day - timedelta(days=90), "verify_again_by": day})


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, Freshness.FRESH), (0, Freshness.FRESH), (1, Freshness.DUE), (14, Freshness.DUE), (15, Freshness.STALE)],
)
def test_days_decide(knowledge: Knowledge, days: int, state: Freshness) -> None:
    """The day itself still counts; the grace is fourteen days."""
    guide = knowledge.guides["dang_ky_tam_tru"]
    assert GRACE == timedelta(days=14)
    assert freshness(guide, guide.verify_again_by + timedelta(days=days)) is state


def test_warnings_of_harm_do_not_grow_old(knowledge: Knowledge) -> None:
    """A scam stays one."""
    assert freshness(knowledge.guides["lua_dao"], date(2100, 1, 1)) is Freshness.FRESH


def test_an_overdue_guide_says_so_below_its_answers(knowledge: Knowledge) -> None:
    """And answers as before."""
    guide = _overdue(knowledge.guides["dang_ky_tam_tru"], 3)
    reply = section_replies(guide, Section.FEE)[-1]
    assert reply.footer is not None
    assert reply.footer.notes[0].startswith(texts.OVERDUE.split("{")[0])
    assert "15.000 đồng" in section_replies(guide, Section.FEE)[0].text


def test_after_the_grace_fees_and_paying_steps_lead_to_a_person(knowledge: Knowledge) -> None:
    """What cannot do harm is told as before, with the way to a person below."""
    guide = _overdue(knowledge.guides["dang_ky_tam_tru"], 15)
    told = section_replies(guide, Section.FEE)
    assert texts.STALE_FEE in told[0].text
    assert "đồng" not in "".join(reply.text for reply in told)
    assert any(choice.id == "human" for choice in told[-1].choices)
    risky = [n for n, step in enumerate(guide.sections.steps, 1) if is_risky(step)]
    assert risky
    for n in range(1, len(guide.sections.steps) + 1):
        text = step_replies(guide, n)[-1].text
        assert (texts.STALE_STEP in text) is (n in risky)
        assert any(choice.id == "human" for choice in step_replies(guide, n)[-1].choices)


@pytest.mark.parametrize(
    ("do", "risky"),
    [
        ("Chọn cách nhận kết quả, trả phí nếu có, rồi bấm gửi.", True),
        ("Nộp lệ phí tại quầy.", True),
        ("Thanh toán bằng ví điện tử.", True),
        ("Xem lại tờ khai.", False),
        ("Chụp rõ giấy tờ rồi tải ảnh lên.", False),
    ],
)
def test_what_costs_money_is_risky(do: str, risky: bool) -> None:
    """By its words."""
    assert is_risky(Step(do=do)) is risky

"""Resume codes, feedback, notices and the wish for silence: with the trained model, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.agent import Brain
from bot.turns import TurnEngine
from core import texts
from core.aftercare.codes import find_code
from core.branches import UNSURE
from core.guides import Section
from core.messages import Outcome, Reply
from core.storage import aftercare
from core.storage.database import Database
from core.storage.models import Conversation, Feedback, FollowUp, Turn, WalkCode
from tests.conftest import LINK_HOSTS
from tests.storage.making import everything_stored, inbound, messages

_GUIDE = "dang_ky_ket_hon"
_STEP = f"s:{_GUIDE}:{{}}"


@pytest.fixture
def engine(database: Database, brain: Brain) -> TurnEngine:
    """A turn engine over an empty database."""
    return TurnEngine(database, brain, link_hosts=LINK_HOSTS)


async def _say(engine: TurnEngine, text: str = "", choice: str | None = None, chat_id: str = "chat") -> list[Reply]:
    """Send one message; returns what it is answered with."""
    stored = await engine.store(inbound(text, chat_id, choice=choice))
    assert stored is not None
    return list((await engine.take_turn(stored[0])).replies)


async def _rows(database: Database, table: type[Any]) -> list[Any]:
    async with database.session() as session:
        return list(await session.scalars(select(table).order_by(table.id)))


async def _code(engine: TurnEngine, step: int, chat_id: str = "chat") -> str:
    """Walk to a step and have the place saved."""
    await _say(engine, choice=_STEP.format(step), chat_id=chat_id)
    code = find_code((await _say(engine, "lưu lại để làm sau", chat_id=chat_id))[-1].text)
    assert code
    return code


# resume codes


async def test_a_walk_goes_on_in_another_conversation_after_a_restart(
    engine: TurnEngine, database: Database, brain: Brain
) -> None:
    """Typed in small letters with spaces; from there the walk is the new conversation's own."""
    code = await _code(engine, 3)
    restarted = TurnEngine(database, brain, link_hosts=LINK_HOSTS)
    replies = await _say(restarted, f"ma cua toi la {code.lower().replace('-', ' ')}", chat_id="other")
    assert "Bước 3/" in replies[-1].text
    assert "Bước 4/" in (await _say(restarted, "xong rồi", chat_id="other"))[-1].text


async def test_only_the_digest_of_a_code_is_kept_with_guide_and_step(engine: TurnEngine, database: Database) -> None:
    """Nobody is told by it; the code itself stands in the citizen's own conversation only."""
    code = await _code(engine, 2)
    (row,) = await _rows(database, WalkCode)
    assert (row.guide, row.step) == (_GUIDE, 2)
    assert code not in row.digest
    assert timedelta(days=29) < row.expires_at - datetime.now(UTC) <= timedelta(days=30)


async def test_a_button_saves_the_step_it_stands_under(engine: TurnEngine) -> None:
    """Also when the walk went on; what no guide has is not saved."""
    offered = [choice.id for choice in (await _say(engine, choice=_STEP.format(2)))[-1].choices]
    assert f"w:{_GUIDE}:2" in offered
    await _say(engine, choice=_STEP.format(5))
    assert "bước 2" in (await _say(engine, choice=f"w:{_GUIDE}:2"))[-1].text
    for forged in (f"w:{_GUIDE}:99", f"w:{_GUIDE}:0", "w:khong_co:1", "w:x"):
        assert (await _say(engine, choice=forged))[-1].text == texts.CODE_NOTHING


async def test_saving_again_ends_the_earlier_code(engine: TurnEngine, database: Database) -> None:
    """One code per conversation and guide."""
    first = await _code(engine, 2)
    second = await _code(engine, 4)
    assert len(await _rows(database, WalkCode)) == 1
    assert (await _say(engine, first, chat_id="b"))[-1].text == texts.CODE_UNKNOWN
    assert "Bước 4/" in (await _say(engine, second, chat_id="b"))[-1].text


async def test_a_code_ends_after_its_time(engine: TurnEngine, database: Database) -> None:
    """And is removed then."""
    code = await _code(engine, 2)
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with database.session() as session, session.begin():
        await session.execute(update(WalkCode).values(expires_at=past))
    assert (await _say(engine, code))[-1].text == texts.CODE_UNKNOWN
    assert await database.transact(aftercare.remove_expired_codes, datetime.now(UTC)) == 1
    assert await _rows(database, WalkCode) == []


async def test_guessing_is_stopped_after_five_wrong_codes(engine: TurnEngine) -> None:
    """In this conversation, also for the right code; other conversations go on."""
    code = await _code(engine, 2)
    for _ in range(5):
        assert (await _say(engine, "H4K-T7M-R9C-P3X", chat_id="guess"))[-1].text == texts.CODE_UNKNOWN
    assert (await _say(engine, code, chat_id="guess"))[-1].text == texts.CODE_TOO_OFTEN
    assert "Bước 2/" in (await _say(engine, code, chat_id="honest"))[-1].text


async def test_with_nothing_under_way_there_is_nothing_to_save(engine: TurnEngine, database: Database) -> None:
    """It says how a code is used instead."""
    assert (await _say(engine, "ma tiep tuc"))[-1].text == texts.CODE_NOTHING
    assert await _rows(database, WalkCode) == []


# feedback


async def test_a_verdict_is_stored_once_with_its_question(engine: TurnEngine, database: Database) -> None:
    """The first stands; a reason may follow it; thanks bring the next questions back."""
    answer = (await _say(engine, choice=f"g:{_GUIDE}:fee"))[-1]
    labels = [choice.label for choice in answer.choices]
    assert labels[-2:] == [texts.HELPED, texts.NOT_HELPED]
    why = (await _say(engine, "chưa giúp được"))[-1]
    assert [choice.label for choice in why.choices][:4] == list(texts.FEEDBACK_REASONS)
    await _say(engine, "cái thứ hai")
    thanks = (await _say(engine, choice=f"f:y:{_GUIDE}:fee"))[-1]
    assert [choice.label for choice in thanks.choices] == labels[:-2]
    (row,) = await _rows(database, Feedback)
    question = (await messages(database, "in"))[0]
    assert (row.guide, row.section, row.helped, row.reason, row.message_id) == (_GUIDE, "fee", False, "unclear", question.id)


async def test_nobody_is_asked_twice_about_a_guide(engine: TurnEngine) -> None:
    """Whether they answered or not; another guide is asked about."""
    asked = []
    for choice in (f"g:{_GUIDE}:fee", f"g:{_GUIDE}:time", f"g:{_GUIDE}:fee", "g:dang_ky_khai_sinh:fee"):
        replies = await _say(engine, choice=choice)
        asked.append(any(offer.id.startswith("f:") for offer in replies[-1].choices))
    assert asked == [True, False, False, True]


async def test_a_verdict_nobody_asked_for_is_not_stored(engine: TurnEngine, database: Database) -> None:
    """Choices that no button carries are refused as any unknown one."""
    for forged in (f"f:y:{_GUIDE}:fee", "f:y:khong_co:fee", f"f:z:{_GUIDE}:fee", f"f:y:{_GUIDE}:khong", "f:y", "f"):
        assert (await _say(engine, choice=forged))[-1].text == texts.CHOICE_EXPIRED
    assert await _rows(database, Feedback) == []


async def test_the_end_of_a_walk_is_asked_about(engine: TurnEngine) -> None:
    """And no step before it."""
    seen = []
    for step in range(1, 9):
        replies = await _say(engine, choice=_STEP.format(step))
        seen.append(any(offer.id.startswith("f:") for offer in replies[-1].choices))
    assert seen == [False] * 7 + [True]


async def test_small_talk_and_warnings_are_not_asked_about(engine: TurnEngine) -> None:
    """Nor a question back, nor an urgent matter."""
    for text in ("xin chào", "cảm ơn", "có người gọi đòi mã OTP của tôi", "thủ tục"):
        assert not any(choice.id.startswith("f:") for reply in await _say(engine, text) for choice in reply.choices)


# notices


async def test_a_notice_is_shown_once_before_the_answer(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """To those it concerns; not in front of a warning; not after it was removed."""
    soon = datetime.now(UTC) + timedelta(hours=1)
    everybody = await database.transact(aftercare.add_notice, "Cổng đang bảo trì đến 17:00.", None, None, soon)
    await database.transact(aftercare.add_notice, "Kết hôn nghỉ nhận hồ sơ sáng mai.", _GUIDE, None, soon)
    await database.transact(aftercare.add_notice, "Đã qua.", None, None, datetime.now(UTC))

    async def notices(chat_id: str, text: str = "", choice: str | None = None) -> list[str]:
        replies = await _say(engine, text, choice, chat_id)
        return [reply.text for reply in replies if reply.text.startswith("Thông báo")]

    assert await notices("a", "công an gọi đòi mã OTP của tôi") == []
    assert await notices("a", "xin chào") == ["Thông báo: Cổng đang bảo trì đến 17:00."]
    replies = await _say(engine, choice=f"g:{_GUIDE}:fee", chat_id="a")
    assert replies[0].text == "Thông báo: Kết hôn nghỉ nhận hồ sơ sáng mai."
    assert len(replies) > 1
    assert await notices("a", choice=f"g:{_GUIDE}:fee") == []
    assert await database.transact(aftercare.remove_notice, everybody)
    fresh = TurnEngine(database, brain, link_hosts=LINK_HOSTS)
    assert not [reply for reply in await _say(fresh, "xin chào", chat_id="c") if reply.text.startswith("Thông báo")]


# silence and deletion


async def test_silence_is_for_good_also_after_deletion(engine: TurnEngine, database: Database) -> None:
    """What is planned is dropped, nothing is planned any more, and deleting everything does not take the wish back."""
    await _say(engine, choice=_STEP.format(1))
    assert len(await _rows(database, FollowUp)) == 1
    assert (await _say(engine, "dung nhan nua"))[-1].text == texts.QUIET
    assert await _rows(database, FollowUp) == []
    await _say(engine, choice=_STEP.format(2))
    await _say(engine, choice="delete")
    await _say(engine, choice=_STEP.format(3))
    assert await _rows(database, FollowUp) == []
    assert [row.quiet for row in await _rows(database, Conversation)] == [True, True]


async def test_silence_is_heard_also_while_staff_answer(engine: TurnEngine, database: Database) -> None:
    """Typed as well as tapped; everything else is for the person."""
    await _say(engine, choice=_STEP.format(1))
    async with database.session() as session, session.begin():
        await session.execute(update(Conversation).values(handler="staff"))
    assert await _say(engine, "lưu lại") == []
    assert (await _say(engine, "dung nhan nua"))[-1].text == texts.QUIET
    assert [row.quiet for row in await _rows(database, Conversation)] == [True]


async def test_deletion_leaves_bare_counts_only(engine: TurnEngine, database: Database) -> None:
    """Codes and plans vanish; a verdict and an answer are counted on, tied to nobody."""
    code = await _code(engine, 2)
    await _say(engine, choice=f"g:{_GUIDE}:fee")
    await _say(engine, "giúp được")
    await _say(engine, choice=f"d:y:{_GUIDE}")
    await _say(engine, choice="s:dang_ky_khai_sinh:1")
    await _say(engine, choice="delete")
    assert await _rows(database, WalkCode) == []
    assert [(row.conversation_id, row.answer, row.step) for row in await _rows(database, FollowUp)] == [(None, "done", None)]
    assert [(row.conversation_id, row.message_id, row.helped) for row in await _rows(database, Feedback)] == [(None, None, True)]
    old, fresh = await _rows(database, Conversation)
    assert (old.aftercare, fresh.aftercare) == ({}, {})
    assert code not in await everything_stored(database)
    assert (await _say(engine, code))[-1].text == texts.CODE_UNKNOWN


async def test_every_turn_of_these_has_one_outcome(engine: TurnEngine, database: Database) -> None:
    """As any other turn."""
    for text in ("luu lai", "H4K-T7M-R9C-P3X", "đừng nhắn nữa"):
        await _say(engine, text)
    turns = await _rows(database, Turn)
    assert [turn.outcome for turn in turns] == [Outcome.SMALLTALK] * 3


async def test_a_code_keeps_which_case_of_a_guide_it_is(engine: TurnEngine, brain: Brain, database: Database) -> None:
    """Nobody is asked again; also who could not say is not."""
    guide = next(
        guide
        for guide in brain.dialogue.knowledge.guides.values()
        if guide.branch and guide.differs(Section.STEPS) and not any(option.guide for option in guide.branch.options)
    )
    for n, which in enumerate(("1", UNSURE)):
        walking = (await _say(engine, choice=f"b:{guide.id}:{which}:2", chat_id=f"a{n}"))[-1]
        code = find_code((await _say(engine, "luu lai", chat_id=f"a{n}"))[-1].text)
        assert code
        there = (await _say(engine, code, chat_id=f"b{n}"))[-1]
        assert there.text == walking.text
        assert "Bước 2/" in there.text
    assert [row.branch for row in await _rows(database, WalkCode)] == [guide.branch.options[1].id, UNSURE]

"""Between the bot and a person: every message is answered by one of them, never by both, never by neither."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.agent import Brain
from bot.picking import Patience
from bot.turns import TurnEngine
from core import texts
from core.cases import CaseState, Cause
from core.staff import Member
from core.storage import case_moves
from core.storage.database import Database
from core.storage.models import Case, Message, Turn
from tests.conftest import LINK_HOSTS
from tests.storage.desk import case_of, events, hire, moving, texts_to_citizen
from tests.storage.making import inbound, messages


@pytest.fixture
def engine(database: Database, brain: Brain) -> TurnEngine:
    """A turn engine over an empty database."""
    return TurnEngine(database, brain, link_hosts=LINK_HOSTS)


async def _say(engine: TurnEngine, text: str, choice: str | None = None, chat: str = "chat") -> None:
    assert await engine.receive(inbound(text, chat, choice=choice))
    await engine.drain()


async def _escalate(engine: TurnEngine, database: Database, chat: str = "chat") -> str:
    await _say(engine, "", "human", chat)
    async with database.session() as session:
        return str(await session.scalar(select(Case.code).order_by(Case.id.desc()).limit(1)))


async def _claimed(engine: TurnEngine, database: Database) -> tuple[str, Member]:
    lan = await hire(database, "Lan")
    code = await _escalate(engine, database)
    async with moving(database, code, lan) as (session, case):
        await case_moves.claim(session, case, lan)
    return code, lan


async def _closed(engine: TurnEngine, database: Database) -> tuple[str, Member]:
    code, lan = await _claimed(engine, database)
    async with moving(database, code, lan) as (session, case):
        await case_moves.close(session, case, lan, Cause.OTHER)
    return code, lan


async def _last_turn(database: Database) -> Turn:
    async with database.session() as session:
        return (await session.scalars(select(Turn).order_by(Turn.id.desc()).limit(1))).one()


async def test_citizen_gets_a_code_and_an_honest_time(engine: TurnEngine, database: Database) -> None:
    """At most sixty words."""
    code = await _escalate(engine, database)
    [(_, text)] = await texts_to_citizen(database, code)
    assert code in text
    assert "Dự kiến có trả lời trước" in text
    assert len(text.split()) <= 60


async def test_bot_answers_while_the_case_waits(engine: TurnEngine, database: Database) -> None:
    """A person is not there yet; the bot is."""
    code = await _escalate(engine, database)
    await _say(engine, "đăng ký tạm trú cần giấy tờ gì")
    assert (await _last_turn(database)).outcome == "answered"
    assert (await case_of(database, code))[0].state == CaseState.NEW


async def test_asking_for_a_person_twice_is_one_case(engine: TurnEngine, database: Database) -> None:
    """The code of the first is told again."""
    code = await _escalate(engine, database)
    await _say(engine, "", "human")
    async with database.session() as session:
        assert list(await session.scalars(select(Case.code))) == [code]
    assert code in (await texts_to_citizen(database, code))[-1][1]


async def test_bot_is_silent_while_a_person_has_the_case(engine: TurnEngine, database: Database) -> None:
    """Typed or tapped; the outcome says who answers, the case says that the citizen waits."""
    code, lan = await _claimed(engine, database)
    async with moving(database, code, lan) as (session, case):
        await case_moves.ask(session, case, lan, "Bác bị kẹt ở bước mấy?", "1")
    said = await texts_to_citizen(database, code)
    await _say(engine, "tôi kẹt ở bước 3 của đăng ký tạm trú")
    await _say(engine, "Cần giấy tờ gì?", "g:dang_ky_tam_tru:documents")
    assert await texts_to_citizen(database, code) == said
    async with database.session() as session:
        assert list(await session.scalars(select(Turn.outcome).order_by(Turn.id.desc()).limit(2))) == ["handoff", "handoff"]
    case, _ = await case_of(database, code)
    assert case.state == CaseState.OPEN
    assert case.due_at is not None
    assert ("wrote", "") in await events(database, code)


async def test_message_of_an_outage_is_the_persons_to_answer(database: Database, brain: Brain) -> None:
    """No apology of the machine stands between them."""
    engine = TurnEngine(database, brain, link_hosts=LINK_HOSTS, patience=Patience(late=timedelta(hours=1)))
    code, _ = await _claimed(engine, database)
    said = await texts_to_citizen(database, code)
    old = replace(inbound("tôi vẫn kẹt ở bước 3"), sent_at=datetime.now(UTC) - timedelta(hours=3))
    assert await engine.receive(old)
    await engine.drain()
    assert await texts_to_citizen(database, code) == said
    assert (await _last_turn(database)).outcome == "handoff"


async def test_scam_is_warned_of_at_once_also_while_a_person_has_the_case(engine: TurnEngine, database: Database) -> None:
    """And the case becomes the most urgent one."""
    code, _ = await _claimed(engine, database)
    before = len(await texts_to_citizen(database, code))
    await _say(engine, "có người tự xưng công an gọi điện bắt tôi đọc mã otp")
    assert (await _last_turn(database)).outcome == "safety"
    assert len(await texts_to_citizen(database, code)) > before
    assert (await case_of(database, code))[0].priority == 1


async def test_secret_sent_to_a_person_is_masked_and_the_citizen_warned(engine: TurnEngine, database: Database) -> None:
    """The person does not see it either."""
    code, _ = await _claimed(engine, database)
    await _say(engine, "mã otp của tôi là 482913")
    assert "482913" not in (await messages(database, "in"))[-1].text
    told = [text for _, text in await texts_to_citizen(database, code)]
    assert any(text.startswith("Tin nhắn vừa rồi có mã xác thực") for text in told)


async def test_data_can_be_deleted_while_a_person_has_the_case(engine: TurnEngine, database: Database) -> None:
    """It is a wish to the machine; afterwards the bot answers in the fresh conversation."""
    await _claimed(engine, database)
    await _say(engine, "xóa dữ liệu của tôi")
    await _say(engine, "", "delete")
    await _say(engine, "xin chào")
    assert (await _last_turn(database)).outcome == "smalltalk"
    async with database.session() as session:
        assert list(await session.scalars(select(Case.state))) == ["deleted"]


@pytest.mark.parametrize("asked", ["/hoso {}", "hồ sơ hỗ trợ {} tới đâu rồi", "hoso", "hồ sơ hỗ trợ của tôi xong chưa"])
async def test_citizen_is_told_how_the_case_goes(engine: TurnEngine, database: Database, asked: str) -> None:
    """By code or without, also while a person has it."""
    code = await _escalate(engine, database)
    await _say(engine, asked.format(code))
    assert "đang chờ cán bộ nhận" in (await texts_to_citizen(database, code))[-1][1]
    lan = await hire(database, "Lan")
    async with moving(database, code, lan) as (session, case):
        await case_moves.claim(session, case, lan)
    await _say(engine, asked.format(code.lower()))
    assert "Cán bộ Lan đang xem hồ sơ" in (await texts_to_citizen(database, code))[-1][1]


async def test_code_of_somebody_else_tells_nothing(engine: TurnEngine, database: Database) -> None:
    """As if there were none."""
    code = await _escalate(engine, database, "one")
    await _say(engine, f"/hoso {code}", chat="two")
    assert (await messages(database, "out"))[-1].text == texts.CASE_NOT_YOURS.format(code=code)


@pytest.mark.parametrize("text", ["qwert asdf zxcv", "vẫn chưa được cô ơi"])
async def test_closed_case_opens_again_when_the_citizen_is_still_stuck(engine: TurnEngine, database: Database, text: str) -> None:
    """The citizen is told, and gets no second answer that does not help."""
    code, _ = await _closed(engine, database)
    await _say(engine, text)
    case, conversation = await case_of(database, code)
    assert (case.state, case.reopened, conversation.handler) == (CaseState.NEW, 1, "bot")
    assert (await _last_turn(database)).outcome == "handoff"
    assert (await texts_to_citizen(database, code))[-1][1].startswith(f"Tôi đã mở lại hồ sơ hỗ trợ {code}")


async def test_question_after_closing_is_answered_and_seen_by_staff(engine: TurnEngine, database: Database) -> None:
    """The bot says what it knows, and the case opens again all the same."""
    code, _ = await _closed(engine, database)
    await _say(engine, "đăng ký tạm trú cần giấy tờ gì")
    assert (await _last_turn(database)).outcome == "answered"
    assert (await case_of(database, code))[0].state == CaseState.NEW


@pytest.mark.parametrize(("text", "choice"), [("cảm ơn cô nhiều nhé", None), ("", "m"), ("", "g:dang_ky_tam_tru:fee")])
async def test_thanks_and_buttons_leave_a_closed_case_closed(
    engine: TurnEngine, database: Database, text: str, choice: str | None
) -> None:
    """Nobody has to look at "cảm ơn"."""
    code, _ = await _closed(engine, database)
    await _say(engine, text, choice)
    assert (await case_of(database, code))[0].state == CaseState.CLOSED


async def test_case_closed_long_ago_stays_closed(engine: TurnEngine, database: Database) -> None:
    """After the days the office set, a question is a question."""
    code, _ = await _closed(engine, database)
    async with database.session() as session, session.begin():
        await session.execute(update(Case).values(closed_at=datetime.now(UTC) - timedelta(days=8)))
    await _say(engine, "đăng ký tạm trú cần giấy tờ gì")
    case, conversation = await case_of(database, code)
    assert (case.state, conversation.case_id) == (CaseState.CLOSED, None)


async def test_claim_in_the_middle_of_messages_leaves_none_to_both_or_neither(engine: TurnEngine, database: Database) -> None:
    """Each message has exactly one turn; what the bot answered came before the claim, the rest is the person's."""
    for round_ in range(5):
        chat = f"chat {round_}"
        code = await _escalate(engine, database, chat)
        lan = await hire(database, f"Lan{round_}")

        async def claim(code: str = code, lan: Member = lan) -> None:
            async with moving(database, code, lan) as (session, case):
                await case_moves.claim(session, case, lan)

        async def ask(n: int, chat: str = chat) -> None:
            await engine.receive(inbound("lệ phí bao nhiêu", chat, choice=f"s:dang_ky_tam_tru:{n % 7 + 1}"))

        await asyncio.gather(*(ask(n) for n in range(4)), claim(), *(ask(n) for n in range(4)))
        await engine.drain()
        case, _ = await case_of(database, code)
        async with database.session() as session:
            of_chat = Message.conversation_id == case.conversation_id
            asked = (await session.scalars(select(Message).where(of_chat, Message.direction == "in").order_by(Message.id))).all()
            outcome = dict(
                (await session.execute(select(Turn.message_id, Turn.outcome).where(Turn.conversation_id == case.conversation_id)))
                .tuples()
                .all()
            )
            out = (await session.scalars(select(Message).where(of_chat, Message.direction == "out").order_by(Message.id))).all()
        taken = next(message.id for message in out if "đã nhận hồ sơ" in message.text)
        answered = {int(message.key.split(":")[0]) for message in out if message.key[0].isdigit()}
        assert {message.state for message in asked} == {"done"}
        assert set(outcome) == {message.id for message in asked}
        for message in asked[1:]:
            assert (message.id in answered) == (outcome[message.id] != "handoff")
        assert all(message.id < taken for message in out if message.key[0].isdigit())

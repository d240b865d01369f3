"""Cases hold what a person needs to take over."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from core.messages import Reply
from core.storage import cases, conversations
from core.storage.database import Database
from core.storage.models import Case, Conversation, Message, Turn


async def _open(
    database: Database,
    code: str,
    *,
    said: int = 2,
    guide: str | None = None,
    earlier_guide: str | None = None,
    detail: dict[str, Any] | None = None,
) -> int:
    async with database.session() as session, session.begin():
        conversation_id = await conversations.get_or_add(session, "thu", "bot", code)
        conversation = await session.get_one(Conversation, conversation_id)
        conversation.ward = "hue-thuan-hoa"
        turn = Turn(outcome="handoff", ms=1.0, guide=guide, conversation_id=conversation_id)
        for n in range(said):
            message = Message(
                conversation_id=conversation_id,
                direction="in",
                author="citizen",
                key=str(n),
                text=f"câu {n}",
                payload={},
                state="done",
            )
            session.add(message)
            await session.flush()
            if n == 0 and said > 1:
                session.add(
                    Turn(conversation_id=conversation_id, message_id=message.id, outcome="answered", guide=earlier_guide, ms=1.0)
                )
            turn.message_id = message.id
        session.add(turn)
        ranking = [(f"intent_{n}", round(0.9 - n / 10, 1)) for n in range(8)]
        request = {"code": code, "reason": "asked", "detail": detail or {}}
        case = await cases.open_case(session, conversation, turn, request, ranking, {})
        cases.add_replies(case, [Reply("Mã của bà con là …")])
        await session.flush()
        return case.id


async def _get(database: Database, case_id: int) -> Case:
    async with database.session() as session:
        return await session.get_one(Case, case_id)


async def test_case_holds_transcript_intents_ward_and_reason(database: Database) -> None:
    """Also the reply of this very turn, which is not stored yet; of the intents the five likeliest."""
    case = await _get(database, await _open(database, "ABCD-2345"))
    assert (case.code, case.state, case.reason, case.ward) == ("ABCD-2345", "new", "asked", "hue-thuan-hoa")
    assert [(line["author"], line["text"]) for line in case.transcript] == [
        ("citizen", "câu 0"), ("citizen", "câu 1"), ("bot", "Mã của bà con là …"),
    ]  # fmt: skip
    assert case.intents == [["intent_0", 0.9], ["intent_1", 0.8], ["intent_2", 0.7], ["intent_3", 0.6], ["intent_4", 0.5]]


async def test_case_names_the_guide_last_talked_about(database: Database) -> None:
    """The turn that asks for a person has none of its own."""
    assert (await _get(database, await _open(database, "A", earlier_guide="dang_ky_tam_tru"))).guide == "dang_ky_tam_tru"
    assert (
        await _get(database, await _open(database, "B", guide="thai_san", earlier_guide="dang_ky_tam_tru"))
    ).guide == "thai_san"
    assert (await _get(database, await _open(database, "C"))).guide is None


async def test_long_conversation_keeps_its_last_thirty_messages(database: Database) -> None:
    """Enough to understand, not the whole past."""
    case = await _get(database, await _open(database, "A", said=40))
    assert len(case.transcript) == 31
    assert case.transcript[0]["text"] == "câu 10"


async def test_case_says_where_the_citizen_is_stuck(database: Database) -> None:
    """As the dialogue told it; found by its code however that is typed."""
    detail = {"guide": "thai_san", "step": 2, "steps": 8, "action": "Bấm gửi.", "tried": ["2. Ảnh mờ"], "device": "iPhone"}
    await _open(database, "ABCD-2345", detail=detail)
    async with database.session() as session:
        for typed in ("ABCD-2345", "abcd2345", " abcd 2345 "):
            found = await cases.find_case(session, typed)
            assert found is not None
            assert found.detail == detail
        assert await cases.find_case(session, "ABCD-2346") is None


async def test_code_is_unique(database: Database) -> None:
    """Staff find one case by its code."""
    await _open(database, "A", said=1)
    async with database.session() as session:
        conversation_id = await conversations.get_or_add(session, "thu", "bot", "other")
        session.add(Case(code="A", conversation_id=conversation_id, reason="asked"))
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_cases_are_listed_newest_first_and_by_state(database: Database) -> None:
    """With a limit."""
    ids = [await _open(database, code, said=1) for code in "ABC"]
    async with database.session() as session, session.begin():
        (await session.get_one(Case, ids[1])).state = "closed"
    async with database.session() as session:
        assert [case.code for case in await cases.list_cases(session)] == ["C", "B", "A"]
        assert [case.code for case in await cases.list_cases(session, "new")] == ["C", "A"]
        assert [case.code for case in await cases.list_cases(session, limit=1)] == ["C"]
        assert await cases.list_cases(session, "deleted") == []

"""What staff do with a case: each move whole, by the right person only, and written down."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest

from core.cases import CaseState, Cause, Presence
from core.errors import CaseRefused, CaseUnknown
from core.staff import Member, Role
from core.storage import case_moves
from core.storage.case_models import StaffPresence, Team, TeamMember
from core.storage.case_search import matching
from core.storage.database import Database
from core.storage.models import Case
from tests.storage.desk import case_of, events, hire, moving, open_one, texts_to_citizen

_ROUNDS = int(os.environ.get("CLAIM_ROUNDS", "3"))


async def _claim(database: Database, code: str, member: Member) -> None:
    async with moving(database, code, member) as (session, case):
        await case_moves.claim(session, case, member)


async def test_claim_gives_the_case_an_owner_and_mutes_the_bot(database: Database) -> None:
    """And the citizen is told who reads now."""
    lan = await hire(database, "Lan")
    code = await open_one(database)
    await _claim(database, code, lan)
    case, conversation = await case_of(database, code)
    assert (case.state, case.owner_id, conversation.handler) == (CaseState.OPEN, lan.id, "staff")
    assert [kind for kind, _ in await events(database, code)] == ["opened", "claimed"]
    [(author, text)] = await texts_to_citizen(database, code)
    assert author == "bot"
    assert "Cán bộ Lan" in text
    assert code in text


async def test_fifty_at_once_give_one_owner(database: Database) -> None:
    """However often it is tried; CLAIM_ROUNDS=100 for the long run."""
    staff = [await hire(database, f"nguoi{n}") for n in range(50)]
    for _ in range(_ROUNDS):
        code = await open_one(database)
        tried = await asyncio.gather(*(_claim(database, code, member) for member in staff), return_exceptions=True)
        assert [type(result) for result in tried if isinstance(result, Exception)] == [CaseRefused] * 49
        winner = next(member for member, result in zip(staff, tried, strict=True) if result is None)
        case, conversation = await case_of(database, code)
        assert (case.owner_id, conversation.handler) == (winner.id, "staff")
        assert [kind for kind, _ in await events(database, code)] == ["opened", "claimed"]
        assert len(await texts_to_citizen(database, code)) == 1


async def test_claim_of_a_taken_case_says_who_has_it(database: Database) -> None:
    """So that one knows whom to ask."""
    lan, mai = await hire(database, "Lan"), await hire(database, "Mai")
    code = await open_one(database)
    await _claim(database, code, lan)
    with pytest.raises(CaseRefused, match="Chị Lan"):
        await _claim(database, code, mai)


async def test_answer_is_queued_once_with_the_name_the_office_set(database: Database) -> None:
    """Sent twice by an impatient finger, it is one answer; the citizen no longer waits."""
    lan = await hire(database, "Lan")
    code = await open_one(database)
    await _claim(database, code, lan)
    for _ in range(2):
        async with moving(database, code, lan) as (session, case):
            await case_moves.answer(session, case, lan, "Bác mang căn cước ra phường nhé.", "form 1")
    assert (await texts_to_citizen(database, code))[1:] == [("staff", "Cán bộ Lan: Bác mang căn cước ra phường nhé.")]
    case, _ = await case_of(database, code)
    assert case.answered_at is not None
    assert case.due_at is None


async def test_only_the_owner_or_a_lead_moves_a_case(database: Database) -> None:
    """Colleagues look on."""
    lan, mai, lead = await hire(database, "Lan"), await hire(database, "Mai"), await hire(database, "Chi", Role.LEAD)
    code = await open_one(database)
    with pytest.raises(CaseRefused):
        async with moving(database, code, lan) as (session, case):
            await case_moves.answer(session, case, lan, "chưa nhận", "1")
    await _claim(database, code, lan)
    for move in (
        lambda session, case, who: case_moves.answer(session, case, who, "x", "2"),
        lambda session, case, who: case_moves.release(session, case, who),
        lambda session, case, who: case_moves.close(session, case, who, Cause.OTHER),
        lambda session, case, who: case_moves.forward(session, case, who, "lý do", to=who),
    ):
        with pytest.raises(CaseRefused):
            async with moving(database, code, mai) as (session, case):
                await move(session, case, mai)
    async with moving(database, code, lead) as (session, case):
        await case_moves.release(session, case, lead, "Lan đi họp")
    case, conversation = await case_of(database, code)
    assert (case.state, case.owner_id, conversation.handler) == (CaseState.NEW, None, "bot")


async def test_case_of_another_ward_does_not_exist_for_a_ward_account(database: Database) -> None:
    """Not even to be told that it exists; nor one of no known ward."""
    ward = await hire(database, "Ward", wards=("hue-thuan-hoa",))
    for other in ("hue-phu-xuan", None):
        with pytest.raises(CaseUnknown):
            await _claim(database, await open_one(database, ward=other), ward)
    await _claim(database, await open_one(database, ward="hue-thuan-hoa"), ward)


async def test_close_names_a_cause_and_lets_the_bot_answer_again(database: Database) -> None:
    """A second time is refused."""
    lan = await hire(database, "Lan")
    code = await open_one(database)
    await _claim(database, code, lan)
    async with moving(database, code, lan) as (session, case):
        await case_moves.close(session, case, lan, Cause.PORTAL, "cổng lỗi lúc nộp phí")
    case, conversation = await case_of(database, code)
    assert (case.state, case.cause, conversation.handler, case.due_at) == (CaseState.CLOSED, "portal", "bot", None)
    assert (await events(database, code))[-1] == ("closed", "cổng lỗi lúc nộp phí")
    with pytest.raises(CaseRefused):
        async with moving(database, code, lan) as (session, case):
            await case_moves.close(session, case, lan, Cause.PORTAL)


async def test_forward_needs_a_note_and_somebody_who_may_see_the_case(database: Database) -> None:
    """Nor is anything given to a person who is away."""
    lan = await hire(database, "Lan")
    other_ward = await hire(database, "Xuan", wards=("hue-phu-xuan",))
    away = await hire(database, "Nghi")
    async with database.session() as session, session.begin():
        session.add(StaffPresence(staff_id=away.id, state=Presence.AWAY))
    code = await open_one(database, ward="hue-thuan-hoa")
    await _claim(database, code, lan)
    for note, to in (("", away), ("xem giúp", other_ward), ("xem giúp", away), ("xem giúp", lan)):
        with pytest.raises(CaseRefused):
            async with moving(database, code, lan) as (session, case):
                await case_moves.forward(session, case, lan, note, to=to)


async def test_forwarded_case_is_the_colleagues_and_comes_back_with_a_reason(database: Database) -> None:
    """The bot stays silent all the while."""
    lan, mai = await hire(database, "Lan"), await hire(database, "Mai")
    code = await open_one(database)
    await _claim(database, code, lan)
    async with moving(database, code, lan) as (session, case):
        await case_moves.forward(session, case, lan, "về đất đai", to=mai)
    case, conversation = await case_of(database, code)
    assert (case.owner_id, conversation.handler) == (mai.id, "staff")
    with pytest.raises(CaseRefused):
        async with moving(database, code, mai) as (session, case):
            await case_moves.give_back(session, case, mai, " ")
    async with moving(database, code, mai) as (session, case):
        await case_moves.give_back(session, case, mai, "không phải việc của tôi")
    case, conversation = await case_of(database, code)
    assert (case.owner_id, conversation.handler) == (lan.id, "staff")
    assert (await events(database, code))[-2:] == [
        ("forwarded", "→ Chị Mai: về đất đai"),
        ("returned", "→ Chị Lan: không phải việc của tôi"),
    ]
    with pytest.raises(CaseRefused):
        async with moving(database, code, lan) as (session, case):
            await case_moves.give_back(session, case, lan, "trả tiếp")


async def test_case_forwarded_to_a_team_waits_for_one_of_it(database: Database) -> None:
    """Meanwhile the bot answers; a member of the team can return it."""
    lan, mai = await hire(database, "Lan"), await hire(database, "Mai")
    async with database.session() as session, session.begin():
        team = Team(name="Đất đai")
        session.add(team)
        await session.flush()
        session.add(TeamMember(team_id=team.id, staff_id=mai.id))
    code = await open_one(database)
    await _claim(database, code, lan)
    async with moving(database, code, lan) as (session, case):
        await case_moves.forward(session, case, lan, "về sổ đỏ", team=team)
    case, conversation = await case_of(database, code)
    assert (case.state, case.owner_id, case.team_id, conversation.handler) == (CaseState.NEW, None, team.id, "bot")
    async with moving(database, code, mai) as (session, case):
        await case_moves.give_back(session, case, mai, "thiếu ảnh")
    case, conversation = await case_of(database, code)
    assert (case.state, case.owner_id, conversation.handler) == (CaseState.OPEN, lan.id, "staff")


async def test_reopened_case_waits_again(database: Database) -> None:
    """With a new target, and counted."""
    lan = await hire(database, "Lan")
    code = await open_one(database)
    await _claim(database, code, lan)
    async with moving(database, code, lan) as (session, case):
        await case_moves.close(session, case, lan, Cause.OTHER)
    async with moving(database, code, lan) as (session, case):
        await case_moves.reopen(session, case, lan, "bà con gọi lại")
    case, conversation = await case_of(database, code)
    assert (case.state, case.owner_id, case.cause, case.reopened, conversation.handler) == (CaseState.NEW, None, None, 1, "bot")
    assert case.due_at is not None
    assert conversation.case_id == case.id


async def test_harm_of_waiting_decides_what_comes_first(database: Database) -> None:
    """A deadline before a question; a scam the bot warned of before both."""
    codes = [await open_one(database, said) for said in ("hỏi cho biết", "mai là hết hạn nộp rồi cô ơi")]
    assert [(await case_of(database, code))[0].priority for code in codes] == [4, 2]


async def test_case_is_found_by_words_without_accents(database: Database) -> None:
    """By what the citizen said, the last word perhaps only begun; by its code; not by another's words."""
    first = await open_one(database, "tôi quên mật khẩu VNeID")
    second = await open_one(database, "đăng ký tạm trú cho con")

    async def found(typed: str) -> list[int]:
        query = matching(database.url.get_backend_name(), typed)
        assert query is not None
        async with database.session() as session:
            return sorted(await session.scalars(query))

    ids = {code: (await case_of(database, code))[0].id for code in (first, second)}
    assert await found("mat khau") == [ids[first]]
    assert await found("Đăng ký tạm tr") == [ids[second]]
    assert await found(first) == [ids[first]]
    assert await found('khong co "') == []
    assert matching("sqlite", " -- ") is None


async def test_new_case_is_due_in_working_time(database: Database) -> None:
    """Warned of before that."""
    case, _ = await case_of(database, await open_one(database))
    assert case.due_at is not None
    assert case.warn_at is not None
    assert datetime.now(UTC) < case.warn_at < case.due_at < datetime.now(UTC) + timedelta(days=30)


async def test_notes_are_masked(database: Database) -> None:
    """A number in a note is as personal as one in a message."""
    lan = await hire(database, "Lan")
    code = await open_one(database)
    await _claim(database, code, lan)
    async with moving(database, code, lan) as (session, case):
        await case_moves.release(session, case, lan, "bác gọi lại số 0905123456")
    assert (await events(database, code))[-1] == ("released", "bác gọi lại số [số điện thoại]")


async def test_ids_are_kept_when_an_account_goes(database: Database) -> None:
    """The history stays, without the name."""
    lan = await hire(database, "Lan")
    code = await open_one(database)
    await _claim(database, code, lan)
    from core.storage.staff_models import Staff

    async with database.session() as session, session.begin():
        await session.delete(await session.get_one(Staff, lan.id))
    async with database.session() as session:
        assert (await session.get_one(Case, (await case_of(database, code))[0].id)).owner_id is None
    assert len(await events(database, code)) == 2

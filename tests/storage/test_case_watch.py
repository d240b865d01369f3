"""What time does to cases, replies that reach nobody, and what staff are told."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sqlalchemy import select, update

from core.cases import CaseState, CaseView, Cause, Presence, Priority
from core.desk_rules import DeskRules
from core.staff import Member
from core.storage import case_moves
from core.storage.case_alerts import StaffChat, queue_alerts
from core.storage.case_models import Route, StaffPresence, Team, TeamMember
from core.storage.case_queue import Asked, counts, every_case, list_queue
from core.storage.case_watch import DUTIES, set_presence
from core.storage.database import Database
from core.storage.desk_rules import answer_expected, save_rules
from core.storage.models import Case, Message
from core.worktime import ZONE
from tests.storage.desk import case_of, events, hire, moving, open_one, texts_to_citizen

_AGO = datetime.now(UTC) - timedelta(minutes=1)


async def _look(database: Database) -> int:
    changed = 0
    for duty in DUTIES:
        async with database.session.begin() as session:
            changed += await duty(session)
    return changed


async def _claimed(database: Database, member: Member) -> str:
    code = await open_one(database)
    async with moving(database, code, member) as (session, case):
        await case_moves.claim(session, case, member)
    return code


async def _set(database: Database, **values: object) -> None:
    async with database.session.begin() as session:
        await session.execute(update(Case).values(**values))


async def _team(database: Database, name: str, *people: Member, **columns: object) -> int:
    async with database.session.begin() as session:
        team = Team(name=name, **columns)
        session.add(team)
        await session.flush()
        session.add_all(TeamMember(team_id=team.id, staff_id=member.id) for member in people)
        return team.id


async def test_team_is_warned_once_before_the_target(database: Database) -> None:
    """And the case shows among the overdue ones after it."""
    lan = await hire(database, "Lan")
    code = await open_one(database)
    assert await _look(database) == 0
    await _set(database, warn_at=_AGO)
    assert (await _look(database), await _look(database)) == (1, 0)
    assert (await events(database, code))[-1][0] == "warned"
    await _set(database, due_at=_AGO)
    async with database.session() as session:
        assert (await counts(session, lan))[CaseView.OVERDUE] == 1
        [line] = (await list_queue(session, lan, Asked(CaseView.OVERDUE))).lines
        assert line.case.code == code


async def test_unclaimed_case_rises_to_the_next_team_and_waits_as_long_as_before(database: Database) -> None:
    """Its target does not begin anew."""
    above = await _team(database, "Thành phố")
    ward = await _team(database, "Phường", next_id=above, rise_minutes=30)
    async with database.session.begin() as session:
        session.add(Route(team_id=ward))
    code = await open_one(database)
    before, _ = await case_of(database, code)
    assert (before.team_id, before.rise_at is not None) == (ward, True)
    await _set(database, rise_at=_AGO)
    assert (await _look(database), await _look(database)) == (1, 0)
    after, _ = await case_of(database, code)
    assert (after.team_id, after.due_at, after.waiting_since) == (above, before.due_at, before.waiting_since)
    assert (await events(database, code))[-1] == ("escalated", "→ Thành phố")


async def test_cases_go_by_ward_and_area_and_to_the_stand_in(database: Database) -> None:
    """The most exact route wins; a team of which nobody is there is stood in for."""
    lan, mai = await hire(database, "Lan"), await hire(database, "Mai")
    city = await _team(database, "Thành phố", mai)
    ward = await _team(database, "Phường", lan, cover_id=city)
    stay = await _team(database, "Cư trú", mai)
    async with database.session.begin() as session:
        session.add_all(
            [
                Route(team_id=city),
                Route(ward="hue-thuan-hoa", team_id=ward),
                Route(ward="hue-thuan-hoa", area="cu_tru", team_id=stay),
            ]
        )

    async def team(**said: str) -> int | None:
        return (await case_of(database, await open_one(database, **said)))[0].team_id

    assert await team(ward="hue-phu-xuan") == city
    assert await team(ward="hue-thuan-hoa") == ward
    assert await team(ward="hue-thuan-hoa", guide="dang_ky_tam_tru") == stay
    async with database.session.begin() as session:
        session.add(StaffPresence(staff_id=lan.id, state=Presence.AWAY))
    assert await team(ward="hue-thuan-hoa") == city


async def test_cases_of_who_goes_away_wait_for_somebody_else(database: Database) -> None:
    """The citizen is told; the bot answers; who is only busy keeps hers. An absence ends by itself."""
    lan, mai = await hire(database, "Lan"), await hire(database, "Mai")
    hers, others = await _claimed(database, lan), await _claimed(database, mai)
    async with database.session.begin() as session:
        await set_presence(session, mai, Presence.BUSY, None)
        await set_presence(session, lan, Presence.AWAY, datetime.now(UTC) + timedelta(hours=1))
    case, conversation = await case_of(database, hers)
    assert (case.state, case.owner_id, conversation.handler) == (CaseState.NEW, None, "bot")
    assert "đang chờ cán bộ khác" in (await texts_to_citizen(database, hers))[-1][1]
    assert (await case_of(database, others))[0].owner_id == mai.id
    async with database.session.begin() as session:
        await session.execute(update(StaffPresence).values(until=_AGO))
    await _look(database)
    async with database.session() as session:
        assert await session.get(StaffPresence, lan.id) is None


async def test_reply_that_reached_nobody_brings_the_case_back(database: Database) -> None:
    """With the reason, also when it was closed meanwhile; once."""
    lan = await hire(database, "Lan")
    code = await _claimed(database, lan)
    async with moving(database, code, lan) as (session, case):
        await case_moves.answer(session, case, lan, "Bác ra phường nhé.", "1")
        await case_moves.close(session, case, lan, Cause.OTHER)
    async with database.session.begin() as session:
        sent = update(Message).where(Message.author == "staff")
        await session.execute(sent.values(state="failed", error="chat not found"))
    assert (await _look(database), await _look(database)) == (1, 0)
    case, conversation = await case_of(database, code)
    assert (case.state, case.owner_id, conversation.handler) == (CaseState.NEW, None, "bot")
    assert (await events(database, code))[-1] == ("undelivered", "chat not found")


async def test_staff_are_told_once_without_citizens_words(database: Database) -> None:
    """In quiet hours of scams only, of the rest in one message after them; what was before alerts is no news."""
    woken: list[int] = []
    chat = StaffChat("telegram", "1", "-100", lambda code: f"https://x.vn/{code}", lambda ward: f"phường {ward}", woken.append)

    async def told() -> list[str]:
        async with database.session.begin() as session:
            await queue_alerts(session, chat)
        async with database.session() as session:
            return list(await session.scalars(select(Message.text).where(Message.key.startswith("alert")).order_by(Message.id)))

    await open_one(database, "câu cũ")
    assert await told() == []
    async with database.session.begin() as session:
        await save_rules(session, DeskRules(quiet=None))
    code = await open_one(database, "mật thư của tôi", ward="x")
    assert await told() == [f"Hồ sơ mới: {code} · câu hỏi · phường x · chưa rõ lĩnh vực\nhttps://x.vn/{code}"]
    assert len(await told()) == 1
    async with database.session.begin() as session:
        await save_rules(session, DeskRules(quiet=(time(0, 0), time(23, 59, 59))))
    lan = await hire(database, "Lan")
    await _claimed(database, lan)
    await open_one(database, "mai là hết hạn nộp rồi")
    await open_one(database, "đêm khuya")
    assert len(await told()) == 1
    async with database.session.begin() as session:
        await save_rules(session, DeskRules(quiet=None))
    summary = "Trong giờ yên lặng có 3 hồ sơ mới hoặc cần xem lại; 2 hồ sơ còn chờ nhận (1 sắp hết hạn, 1 câu hỏi)."
    assert (await told())[1:] == [f"{summary}\nhttps://x.vn/"]
    assert len(await told()) == 2


async def test_quiet_hours_without_cases_say_nothing(database: Database) -> None:
    """A morning message is for what came in the night."""
    chat = StaffChat("telegram", "1", "-100", lambda _code: None, lambda ward: ward, lambda _conversation: None)
    for quiet in (None, (time(0, 0), time(23, 59, 59)), None):
        async with database.session.begin() as session:
            await save_rules(session, DeskRules(quiet=quiet))
        async with database.session.begin() as session:
            assert await queue_alerts(session, chat) is None


async def test_promise_is_what_four_of_five_waited(database: Database) -> None:
    """In working time; with too few answered cases it is the office's target."""
    rules, now = DeskRules(), datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
    async with database.session() as session:
        assert (await answer_expected(session, rules, Priority.QUESTION, now)).astimezone(ZONE).hour == 14
    for minutes in (10, 20, 30, 40, 600):
        code = await open_one(database)
        async with database.session.begin() as session:
            opened = now - timedelta(days=3)
            times = {"created_at": opened, "answered_at": opened + timedelta(minutes=minutes)}
            await session.execute(update(Case).where(Case.code == code).values(**times))
    async with database.session() as session:
        expected = await answer_expected(session, rules, Priority.QUESTION, now)
    assert expected.astimezone(ZONE).strftime("%H:%M") == "08:45"


async def test_queue_is_sorted_by_harm_and_searched_without_accents(database: Database) -> None:
    """Within a list; a ward account sees its ward only; the export reads everything in pieces."""
    lan, ward = await hire(database, "Lan"), await hire(database, "Ward", wards=("hue-thuan-hoa",))
    question = await open_one(database, "hỏi lệ phí hộ chiếu", ward="hue-thuan-hoa")
    urgent = await open_one(database, "mai là hết hạn nộp rồi", ward="hue-phu-xuan")
    async with database.session() as session:
        assert [line.case.code for line in (await list_queue(session, lan, Asked())).lines] == [urgent, question]
        assert [line.said for line in (await list_queue(session, lan, Asked(words="ho chieu"))).lines] == ["hỏi lệ phí hộ chiếu"]
        assert [line.case.code for line in (await list_queue(session, ward, Asked(CaseView.ALL))).lines] == [question]
        assert (await counts(session, ward))[CaseView.NEW] == 1
        exported = [line.case.code async for lines in every_case(session, ward) for line in lines]
    assert exported == [question]

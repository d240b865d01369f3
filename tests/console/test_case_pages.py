"""Pages of cases for programs: what a ward account cannot reach, what is exported, what leads set, and hostile words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import cast

import pytest
from sqlalchemy import select, update

from bot.console.routes import ROUTES
from bot.services.desk import Window
from core.staff import Role
from core.storage.case_models import CannedReply, Route, SavedView, StaffPresence, Team, TeamMember
from core.storage.case_watch import DUTIES
from core.storage.desk_rules import load_rules
from core.storage.models import Case, Message
from tests.console.conftest import OTHER_WARD, WARD
from tests.console.office import Office
from tests.storage.desk import case_of, open_one

_CODE = "{code:[0-9A-Z]{4}-[0-9A-Z]{4}}"
_HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">'


async def test_case_of_another_ward_cannot_be_reached_by_any_address(staffed: Office) -> None:
    """Every route with a code in it answers as if the case did not exist, and changes nothing; lists do not name it."""
    other, own = await open_one(staffed.database, ward=OTHER_WARD), await open_one(staffed.database, ward=WARD)
    unknown = await open_one(staffed.database)
    routes = [route for route in ROUTES if _CODE in route.path]
    assert len(routes) >= 9
    async with staffed.desk("phuong") as desk:
        for code in (other, unknown):
            for route in routes:
                path = "/canbo" + route.path.replace(_CODE, code)
                if route.method == "GET":
                    status = (await desk.get(path)).status
                else:
                    status = (await desk.post(path, {"nguyen_nhan": "other", "noi_dung": "x"}, form="/canbo/ho-so")).status
                assert status == 404, route.name
        await desk.post("/canbo/ho-so/dong-nhieu", {"ma": other, "nguyen_nhan": "other"}, form="/canbo/ho-so")
        for path in ("/canbo/ho-so", "/canbo/ho-so?xem=all", f"/canbo/ho-so?xem=all&xa={OTHER_WARD}", "/canbo/ho-so/xuat.csv"):
            text = (await desk.get(path)).text
            assert other not in text
            assert unknown not in text
        assert own in (await desk.get("/canbo/ho-so?xem=all")).text
    assert (await case_of(staffed.database, other))[0].state == "new"


async def test_words_of_citizens_and_names_are_shown_as_text(staffed: Office) -> None:
    """Whatever they look like; a spreadsheet takes none for a formula."""
    code = await open_one(staffed.database, _HOSTILE, ward=WARD, guide="=HYPERLINK(1)")
    async with staffed.desk("nhan_vien") as desk:
        for path in ("/canbo/ho-so", f"/canbo/ho-so/{code}", "/canbo/ho-so?tim=%3Cscript%3E&xem=all"):
            assert "<script>alert" not in (await desk.get(path)).text
            assert "<img src=x" not in (await desk.get(path)).text
        exported = (await desk.get("/canbo/ho-so/xuat.csv")).text
    assert "'=HYPERLINK(1)" in exported


async def test_every_look_and_change_is_in_the_audit_log(staffed: Office) -> None:
    """By name and case."""
    code = await open_one(staffed.database, ward=WARD)
    async with staffed.desk("nhan_vien") as desk:
        await desk.get(f"/canbo/ho-so/{code}")
        await desk.post(f"/canbo/ho-so/{code}/nhan", form=f"/canbo/ho-so/{code}")
    async with staffed.desk("quan_tri") as desk:
        log = (await desk.get(f"/canbo/nhat-ky?ve=case:{code}")).text
    assert "Xem hồ sơ" in log
    assert "Nhận hồ sơ" in log


async def test_many_are_closed_at_once_and_what_cannot_be_is_told(staffed: Office) -> None:
    """A case somebody else has stays."""
    codes = [await open_one(staffed.database, ward=WARD) for _ in range(3)]
    async with staffed.desk("truong_nhom") as lead:
        await lead.post(f"/canbo/ho-so/{codes[0]}/nhan", form="/canbo/ho-so")
    async with staffed.desk("nhan_vien") as desk:
        fields = [*(("ma", code) for code in codes), ("nguyen_nhan", "guide"), ("ghi_chu", "trùng")]
        answer = await desk.post("/canbo/ho-so/dong-nhieu", fields, form="/canbo/ho-so")
    assert answer.status == 422
    assert codes[0] in answer.text
    assert [(await case_of(staffed.database, code))[0].state for code in codes] == ["open", "closed", "closed"]


async def test_view_is_kept_for_its_owner(staffed: Office) -> None:
    """And forgotten by nobody else."""
    async with staffed.desk("nhan_vien") as desk, staffed.desk("truong_nhom") as other:
        await desk.post("/canbo/ho-so/cach-xem", {"ten": "Phường tôi", "xem": "all", "xa": WARD}, form="/canbo/ho-so")
        async with staffed.database.session() as session:
            view = (await session.scalars(select(SavedView))).one()
        assert view.query == f"xem=all&xa={WARD}"
        await other.post(f"/canbo/ho-so/cach-xem/{view.id}/bo", form="/canbo/ho-so")
        assert "Phường tôi" in (await desk.get("/canbo/ho-so")).text
        await desk.post(f"/canbo/ho-so/cach-xem/{view.id}/bo", form="/canbo/ho-so")
        assert "Phường tôi" not in (await desk.get("/canbo/ho-so")).text


async def test_lead_sets_teams_and_routes(staffed: Office) -> None:
    """And takes them back."""
    async with staffed.database.session() as session:
        from core.storage import accounts

        lan = (await accounts.get(session, Role.STAFF.value)).id
    async with staffed.desk("truong_nhom") as desk:
        form = "/canbo/dieu-phoi"
        assert (
            await desk.post("/canbo/dieu-phoi/nhom", {"ten": "Tổ một", "phut": "45", "nguoi": str(lan)}, form=form)
        ).status == 303
        assert (await desk.post("/canbo/dieu-phoi/nhom", {"ten": "Tổ một", "phut": "45"}, form=form)).status == 422
        async with staffed.database.session() as session:
            team = (await session.scalars(select(Team))).one()
            assert list(await session.scalars(select(TeamMember.staff_id))) == [lan]
        chosen = {"xa": WARD, "mang": "cu_tru", "nhom": str(team.id)}
        assert (await desk.post("/canbo/dieu-phoi/tuyen", chosen, form=form)).status == 303
        assert (await desk.post("/canbo/dieu-phoi/tuyen", {**chosen, "xa": "nowhere"}, form=form)).status == 422
        page = (await desk.get(form)).text
        assert "phường Thuận Hóa" in page
        code = await open_one(staffed.database, ward=WARD, guide="dang_ky_tam_tru")
        assert (await case_of(staffed.database, code))[0].team_id == team.id
        await desk.post(f"/canbo/dieu-phoi/nhom/{team.id}/xoa", form=form)
    async with staffed.database.session() as session:
        assert list(await session.scalars(select(Route))) == []
        assert (await session.scalars(select(Case.team_id).where(Case.code == code))).one() is None


async def test_lead_sets_hours_and_what_cannot_be_read_is_told(staffed: Office) -> None:
    """Nothing typed is lost."""
    async with staffed.desk("truong_nhom") as desk:
        hours = {f"ngay_{n}": "7:30-11:30, 13h30-17h" for n in range(5)} | {"ngay_5": "", "ngay_6": ""}
        rest = {"han_1": "10", "han_2": "60", "han_3": "120", "han_4": "240", "canh_bao": "75", "mo_lai": "5"}
        asks = "Nghị quyết 80-NQ/TW"
        assert asks in (await desk.get("/canbo/gio-lam-viec")).text
        days = {"nghi": "22/12/2026 nghỉ\n24/11 Ngày Văn hóa", "lam": "28/11/2026 8:00-10:00 làm bù", "yen_tu": "", "yen_den": ""}
        typed = hours | rest | days
        for wrong in (
            {"ngay_0": "sáng"},
            {"ngay_0": "25:00-26:00"},
            {"nghi": "31/02/2026"},
            {"nghi": "31/02"},
            {"ngay_0": "17:00-8:00"},
            {"han_1": "0"},
        ):
            answer = await desk.post("/canbo/gio-lam-viec", typed | wrong)
            assert answer.status == 422, wrong
            assert "Ngày Văn hóa" in answer.text or "nghi" in wrong
        assert (await desk.post("/canbo/gio-lam-viec", typed)).status == 303
        shown = (await desk.get("/canbo/gio-lam-viec")).text
        assert "24/11 Ngày Văn hóa\n22/12/2026 nghỉ" in shown
        assert asks not in shown
    async with staffed.database.session() as session:
        rules = await load_rules(session)
    assert (rules.targets[0], rules.reopen_days, rules.quiet, len(rules.week[4]), rules.week[5]) == (10, 5, None, 2, ())
    assert [f"{day.day:%d.%m} {day.title}" for day in (*rules.off, *rules.worked)] == ["22.12 nghỉ", "28.11 làm bù"]
    assert [rules.calendar.spans(date(year, 11, 24)) for year in (2026, 2027)] == [(), ()]


async def test_canned_reply_is_checked_filled_in_and_offered(staffed: Office) -> None:
    """One that asks for a code is not kept."""
    async with staffed.desk("truong_nhom") as desk:
        bad = await desk.post("/canbo/cau-tra-loi", {"ten": "Xin mã", "noi_dung": "Bác gửi mã OTP cho em"})
        assert bad.status == 422
        assert "Bác gửi mã OTP cho em" in bad.text
        good = {"ten": "Chào", "noi_dung": "Chào bác, hồ sơ {mã} ở {phường}. {cán bộ}"}
        assert (await desk.post("/canbo/cau-tra-loi", good)).status == 303
        code = await open_one(staffed.database, ward=WARD)
        await desk.post(f"/canbo/ho-so/{code}/nhan", form="/canbo/ho-so")
        card = (await desk.get(f"/canbo/ho-so/{code}")).text
        assert f"Chào bác, hồ sơ {code} ở phường Thuận Hóa. Tổ hỗ trợ truong_nhom" in card
        async with staffed.database.session() as session:
            reply = (await session.scalars(select(CannedReply))).one()
        await desk.post(f"/canbo/cau-tra-loi/{reply.id}/xoa", form="/canbo/cau-tra-loi")
        assert "Chào bác" not in (await desk.get("/canbo/cau-tra-loi")).text


@pytest.mark.parametrize(
    ("typed", "status"),
    [({"trang_thai": "busy"}, 303), ({"trang_thai": "x"}, 422), ({"trang_thai": "away", "den": "2020-01-01T08:00"}, 422)],
)
async def test_presence_is_said_with_its_end(staffed: Office, typed: dict[str, str], status: int) -> None:
    """An end in the past is none."""
    async with staffed.desk("nhan_vien") as desk:
        assert (await desk.post("/canbo/co-mat", typed, form="/canbo/ho-so")).status == status
        if status == 303:
            assert "Tôi đang: bận" in (await desk.get("/canbo/ho-so")).text
    async with staffed.database.session() as session:
        assert len(list(await session.scalars(select(StaffPresence)))) == (status == 303)


async def test_reply_window_of_a_platform_is_shown_and_kept(staffed: Office) -> None:
    """What is left of it while there is some; afterwards nothing is sent, and the text stays."""
    cast(dict[str, Window], staffed.console.desk.windows)["thu"] = Window(timedelta(days=7), timedelta(hours=48))
    code = await open_one(staffed.database, ward=WARD)

    async def wrote(ago: timedelta) -> None:
        async with staffed.database.session.begin() as session:
            await session.execute(update(Message).where(Message.direction == "in").values(created_at=datetime.now(UTC) - ago))

    async with staffed.desk("nhan_vien") as desk:
        await desk.post(f"/canbo/ho-so/{code}/nhan", form="/canbo/ho-so")
        await wrote(timedelta(hours=16, minutes=59))
        assert "còn 6 ngày, miễn phí còn 31 giờ" in (await desk.get(f"/canbo/ho-so/{code}")).text
        await wrote(timedelta(days=8))
        assert "Đã hết thời hạn" in (await desk.get(f"/canbo/ho-so/{code}")).text
        typed = {"noi_dung": "Mời bác ra phường.", "kieu": "tra_loi", "khoa": "1"}
        answer = await desk.post(f"/canbo/ho-so/{code}/tra-loi", typed, form=f"/canbo/ho-so/{code}")
    assert answer.status == 422
    assert "Mời bác ra phường." in answer.text
    async with staffed.database.session() as session:
        assert list(await session.scalars(select(Message).where(Message.author == "staff"))) == []


async def test_open_page_is_told_of_what_happened_since_it_was_made(staffed: Office) -> None:
    """Also of what happened before it began to listen."""
    code = await open_one(staffed.database, ward=WARD)
    async with staffed.desk("nhan_vien") as desk:
        page = (await desk.get(f"/canbo/ho-so/{code}")).text
        found = re.search(r'hx-sse:connect="([^"]+)"', page)
        assert found
        await desk.post(f"/canbo/ho-so/{code}/nhan", form="/canbo/ho-so")
        async with desk.http.get(unescape(found[1])) as stream:
            said = ""
            async for line in stream.content:
                said += line.decode()
                if "event: tin" in said and "event: doi" in said:
                    break


async def test_reply_that_did_not_arrive_says_why_in_words(staffed: Office) -> None:
    """On the card: what it means to who wrote it, not what the platform's library said."""
    code = await open_one(staffed.database, ward=WARD)
    async with staffed.desk("nhan_vien") as desk:
        await desk.post(f"/canbo/ho-so/{code}/nhan", form="/canbo/ho-so")
        typed = {"noi_dung": "Mời bác ra phường.", "kieu": "tra_loi", "khoa": "1"}
        await desk.post(f"/canbo/ho-so/{code}/tra-loi", typed, form=f"/canbo/ho-so/{code}")
        failed = update(Message).where(Message.author == "staff")
        async with staffed.database.session.begin() as session:
            await session.execute(failed.values(state="failed", error="Forbidden: bot was blocked by the user"))
        for duty in DUTIES:
            async with staffed.database.session.begin() as session:
                await duty(session)
        card = (await desk.get(f"/canbo/ho-so/{code}")).text
    assert card.count("bà con đã chặn hoặc rời khỏi kênh này") == 2  # beside the reply, and in the history
    assert "Forbidden" not in card
    assert "Nhận hồ sơ" in card

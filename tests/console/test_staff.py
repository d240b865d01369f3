"""Administration of accounts: pages, command line, audit log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from core.cases import CaseState
from core.staff import Member, Role
from core.storage import audit, conversations
from core.storage.database import Database
from core.storage.models import Case, Conversation
from core.storage.staff_models import AuditEntry
from tests.console.conftest import OTHER_WARD, WARD
from tests.console.office import Office
from tests.storage.desk import open_one

_NEW = {"ten": "huong.le", "ho_ten": " Lê  Thị Hương ", "vai_tro": "truong_nhom", "pham_vi": "xa_phuong"}


async def test_account_is_added_as_typed(staffed: Office) -> None:
    """With its wards, and with the name citizens see."""
    async with staffed.desk("quan_tri") as desk:
        fields = [*_NEW.items(), ("ten_hien_thi", "Tổ hỗ trợ"), ("xa_phuong", WARD), ("xa_phuong", OTHER_WARD)]
        answer = await desk.post("/canbo/nhan-su/them", fields)
        assert (answer.status, "/canbo/thiet-lap/" in answer.text) == (200, True)
    member = (await staffed.account("huong.le")).member
    assert member == Member(
        member.id, "huong.le", "Lê Thị Hương", "Tổ hỗ trợ", Role.LEAD, frozenset({WARD, OTHER_WARD}), has_totp=False
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ten": "Hương"}, "không dấu"), ({"ten": "ab"}, "3–32"), ({"ten": "nhan_vien"}, "đã có người dùng"),
        ({"ho_ten": " \u200b "}, "Họ tên"), ({"ho_ten": "x" * 81}, "dài nhất 80"), ({"vai_tro": "vua"}, "vai trò"),
        ({"xa_phuong": "khong-co"}, "Không có xã, phường"), ({"xa_phuong": ""}, "xã, phường"),
    ],
)  # fmt: skip
async def test_what_cannot_be_used_is_said_and_nothing_is_lost(staffed: Office, change: dict[str, str], told: str) -> None:
    """The form comes back with what was typed."""
    async with staffed.desk("quan_tri") as desk:
        answer = await desk.post("/canbo/nhan-su/them", {**_NEW, "xa_phuong": WARD, **change})
        assert (answer.status, told in answer.text) == (422, True)
        if "ho_ten" not in change:
            assert "Lê  Thị Hương" in answer.text


async def test_changed_role_counts_from_the_next_click(staffed: Office) -> None:
    """Whoever becomes an administrator signs in anew, with a second factor; a narrowed scope holds at once."""
    account = await staffed.account("nhan_vien")
    path = f"/canbo/nhan-su/{account.id}"
    async with staffed.desk("nhan_vien") as desk, staffed.desk("quan_tri") as admin:
        fields = {"ho_ten": "A", "ten_hien_thi": "B", "vai_tro": "nhan_vien", "pham_vi": "xa_phuong", "xa_phuong": WARD}
        assert (await admin.post(path, fields)).to == "/canbo/nhan-su?xong=luu"
        assert "phường Thuận Hóa" in (await desk.get("/canbo/ca-nhan")).text
        assert (await admin.post(path, fields | {"vai_tro": "quan_tri"})).status == 303
        assert (await desk.get("/canbo/ca-nhan")).to.startswith("/canbo/dang-nhap")
        await desk.sign_in("nhan_vien")
        assert (await desk.get("/canbo/ca-nhan")).to == "/canbo/bao-mat-hai-lop"
        page = (await admin.get("/canbo/nhat-ky?viec=staff")).text
        assert "Nhân viên → Quản trị" in page
        assert "toàn thành phố → phường Thuận Hóa" in page


async def test_wards_decide_what_is_whose_business() -> None:
    """Without a ward it is for those of the whole city."""
    city = Member(1, "a", "A", "A", Role.STAFF, frozenset(), has_totp=False)
    ward = Member(2, "b", "B", "B", Role.STAFF, frozenset({WARD}), has_totp=False)
    assert [city.covers(unit) for unit in (WARD, OTHER_WARD, None)] == [True, True, True]
    assert [ward.covers(unit) for unit in (WARD, OTHER_WARD, None)] == [True, False, False]


async def test_audit_log_only_grows(database: Database) -> None:
    """The database itself refuses changes, and deletion within the year; older entries can be deleted."""
    async with database.session.begin() as session:
        audit.record(session, "lan", "case.view", "case:ABCD-2345")
        audit.record(session, "lan", "case.view", "case:WXYZ-6789")
    for statement in (update(AuditEntry).values(actor="ai"), delete(AuditEntry)):
        with pytest.raises(DBAPIError, match="audit log"):
            async with database.session.begin() as session:
                await session.execute(statement)
    insert = "INSERT INTO audit_log (at, actor, action, detail) VALUES ('2020-01-01 00:00:00+00:00', 'x', 'old', '{}')"
    async with database.session.begin() as session:
        await session.execute(text(insert))
        await session.execute(delete(AuditEntry).where(AuditEntry.action == "old"))
    async with database.session() as session:
        assert [entry.subject for entry in await audit.list_entries(session)] == ["case:WXYZ-6789", "case:ABCD-2345"]


async def test_audit_log_is_narrowed_down_and_paged(staffed: Office) -> None:
    """By person, by area, by subject; older entries on the next page."""
    async with staffed.database.session.begin() as session:
        for n in range(70):
            audit.record(session, "lan", "case.view", f"case:{n:03}")
        audit.record(session, "lan", "casework", "x%y")
    async with staffed.database.session() as session:
        assert len(await audit.list_entries(session, action="case", limit=100)) == 70
        assert len(await audit.list_entries(session, subject="x%", limit=100)) == 1
        assert len(await audit.list_entries(session, subject="%", limit=100)) == 0
        assert [entry.subject for entry in await audit.list_entries(session, subject="case:06", limit=2)] == [
            "case:069",
            "case:068",
        ]
    async with staffed.desk("quan_tri") as desk:
        first = (await desk.get("/canbo/nhat-ky?ai=lan&viec=case")).text
        assert ("hồ sơ 069" in first, "hồ sơ 019" in first) == (True, False)
        older = first.partition('href="?ai=')[2].partition('"')[0].replace("&amp;", "&")
        assert "hồ sơ 019" in (await desk.get(f"/canbo/nhat-ky?ai={older}")).text


async def test_administrator_sees_what_was_deleted_and_when_it_goes_on(staffed: Office) -> None:
    """By age with how much lies ahead, and on a citizen's wish: in numbers, without anything that was deleted."""
    retention = staffed.console.retention
    code = await open_one(staffed.database, "kiệt 42 Chi Lăng")
    async with staffed.desk("quan_tri") as desk:
        before = (await desk.get("/canbo/du-lieu-cu")).text
        assert "trong vài phút nữa" in before
        assert "Chưa có ai yêu cầu" in before
        assert await retention.tonight(datetime.now(UTC))
        async with staffed.database.session.begin() as session:
            case = (await session.scalars(select(Case).where(Case.code == code))).one()
            case.state = CaseState.CLOSED
            case.closed_at = case.created_at = datetime.now(UTC) - timedelta(days=400)
        async with staffed.database.session.begin() as session:
            await conversations.forget(session, await session.get_one(Conversation, case.conversation_id))
        await open_one(staffed.database, "đường Lê Lợi")
        async with staffed.database.session.begin() as session:
            await session.execute(update(Case).where(Case.code != code).values(state="closed", closed_at=case.closed_at))
        shown = (await desk.get("/canbo/du-lieu-cu?dem=1")).text
    assert "1 tin nhắn, 1 hồ sơ hỗ trợ" in shown  # the wish
    assert "1 hồ sơ hỗ trợ" in shown.partition("Lần tới sẽ xóa")[2].partition("</dd>")[0]
    assert "không có gì để xóa" in shown  # the run of tonight
    assert "Chi Lăng" not in shown


@pytest.mark.parametrize(("hour", "expected"), [(1, "2026-11-23 02:00"), (3, "2026-11-24 02:00"), (23, "2026-11-24 02:00")])
async def test_next_night_begins_at_two_in_vietnam(staffed: Office, hour: int, expected: str) -> None:
    """Once the night's run is done; until then it is due now."""
    retention, zone = staffed.console.retention, timezone(timedelta(hours=7))
    now = datetime(2026, 11, 23, hour, 30, tzinfo=zone)
    assert await retention.next_run(now) == now
    assert await retention.tonight(now)
    assert f"{await retention.next_run(now):%Y-%m-%d %H:%M}" == expected

"""A day of each role, in a real browser: what they come for, and that nothing else is in their way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from core.cases import Presence
from core.staff import Role
from core.storage import case_moves
from core.storage.case_watch import set_presence
from core.storage.conversations import forget
from core.storage.models import Conversation
from tests.console.office import Office, serving
from tests.console.seat import DESKTOP, PHONE, Seat
from tests.storage.desk import case_of, moving, open_one
from tests.web.live import InThread, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def server(sqlite_url: str) -> Iterator[InThread[Office]]:
    """The console in a thread of its own, without any account."""
    with InThread(lambda: serving(sqlite_url)) as started:
        yield started


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def seat(request: pytest.FixtureRequest, browser: Browser, server: InThread[Office]) -> Iterator[Seat]:
    """A browser on a computer, and one on a phone."""
    with Seat.at(server, browser, request.param) as started:
        yield started


def _go(seat: Seat, label: str) -> None:
    """To a page, by the menu; on a phone it opens first."""
    if seat.page.locator(".top-toggle").is_visible():
        seat.press("Mục lục")
    seat.page.get_by_role("navigation").get_by_role("link", name=label).click()


def test_staff_find_search_and_close_many(seat: Seat) -> None:
    """From the numbers at home to a case; without accents to another; three at once with a cause; a view of one's own."""
    office = seat.server.product
    seat.server.do(office.hire("lan", Role.STAFF))
    said = ("hỏi lệ phí hộ chiếu", "quên mật khẩu VNeID", "cảm ơn", "spam", "spam nữa")
    codes = [seat.server.do(open_one(office.database, text)) for text in said]
    seat.sign_in("lan")
    page = seat.page
    page.get_by_role("link", name="5 Chờ nhận").click()
    expect(page).to_have_title("(5) Hồ sơ – Trợ lý dịch vụ công")
    page.get_by_label("Tìm trong hồ sơ").fill("ho chieu")
    seat.press("Tìm")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("hỏi lệ phí hộ chiếu")
    page.get_by_text("Cách xem đã lưu, phím tắt").click()
    page.get_by_label("Lưu cách xem này với tên").fill("Hộ chiếu")
    page.locator("#keys").get_by_role("button", name="Lưu").click()
    _go(seat, "Hồ sơ")
    for code in codes[2:]:
        page.get_by_label(f"Chọn hồ sơ {code}").check()
    expect(page.locator("#chosen")).to_have_text("3")
    page.get_by_text("Đóng các hồ sơ đã chọn").click()
    page.get_by_label("Nguyên nhân").select_option("other")
    page.once("dialog", lambda dialog: dialog.accept())
    seat.press("Đóng hồ sơ đã chọn")
    expect(page.locator("#notices")).to_contain_text("Đã đóng các hồ sơ đã chọn")
    expect(page).to_have_title("(2) Hồ sơ – Trợ lý dịch vụ công")
    page.get_by_text("Cách xem đã lưu, phím tắt").click()
    page.get_by_role("link", name="Hộ chiếu", exact=True).click()
    expect(page.locator("[data-row]")).to_have_count(1)


def test_keys_lead_through_the_queue(browser: Browser, server: InThread[Office]) -> None:
    """Down, tick, up, open, take, write; to the search; the table of keys."""
    office = server.product
    server.do(office.hire("lan", Role.STAFF))
    first, second = (server.do(open_one(office.database, text)) for text in ("một", "hai"))
    with Seat.at(server, browser, DESKTOP) as seat:
        seat.sign_in("lan")
        expect(seat.page.get_by_role("heading", name="Trang chính")).to_be_visible()
        seat.open("/canbo/ho-so")
        keyboard, focused = seat.page.keyboard, seat.page.locator(":focus")
        keyboard.press("j")
        expect(focused).to_have_text(first)
        keyboard.press("j")
        expect(focused).to_have_text(second)
        keyboard.press("x")
        expect(seat.page.get_by_label(f"Chọn hồ sơ {second}")).to_be_checked()
        keyboard.press("/")
        expect(focused).to_have_id("tim")
        keyboard.type("jkx?")
        expect(focused).to_have_value("jkx?")
        seat.page.locator("h1").click()
        keyboard.press("?")
        expect(seat.page.locator("#keys kbd").first).to_be_visible()
        keyboard.press("j")
        keyboard.press("j")
        keyboard.press("k")
        keyboard.press("Enter")
        expect(seat.page.get_by_role("heading", name=f"Hồ sơ {first}")).to_be_visible()
        keyboard.press("n")
        expect(seat.page.get_by_label("Nội dung")).to_be_visible()
        seat.page.locator("h1").click()
        keyboard.press("r")
        expect(focused).to_have_id("noi_dung")


def test_lead_sets_the_office_up_and_covers_for_somebody(seat: Seat) -> None:
    """A team with its route, a reply for everybody, a day off; then a case somebody else holds goes back to the queue."""
    office = seat.server.product
    for name, role in (("chi", Role.LEAD), ("lan", Role.STAFF)):
        seat.server.do(office.hire(name, role))
    seat.sign_in("chi")
    page = seat.page
    expect(page.get_by_role("heading", name="Trang chính")).to_be_visible()
    _go(seat, "Điều phối")
    page.get_by_label("Tên nhóm").fill("Tổ phường Vỹ Dạ")
    page.get_by_label("Họ Tên lan").check()
    seat.press("Lưu nhóm")
    page.locator("form[action$='/tuyen']").get_by_label("Phường, xã").select_option("hue-vy-da")
    seat.press("Thêm hoặc thay")
    expect(page.locator("tbody tr")).to_contain_text("phường Vỹ Dạ")
    _go(seat, "Câu soạn sẵn")
    page.get_by_label("Tên", exact=True).fill("Mời ra phường")
    page.get_by_label("Nội dung").fill("Mời bác ra {phường}, nói mã {mã}.")
    seat.press("Lưu")
    _go(seat, "Giờ làm việc")
    page.get_by_label("Ngày nghỉ thêm, mỗi dòng một ngày").fill("24/11 Ngày Văn hóa Việt Nam")
    seat.press("Lưu")
    expect(page.get_by_label("Ngày nghỉ thêm, mỗi dòng một ngày")).to_have_value("24/11 Ngày Văn hóa Việt Nam")

    code = seat.server.do(open_one(office.database, "bác ở phường Vỹ Dạ", ward="hue-vy-da"))

    async def taken() -> None:
        member = (await office.account("lan")).member
        async with moving(office.database, code, member) as (session, case):
            await case_moves.claim(session, case, member)

    seat.server.do(taken())
    seat.open(f"/canbo/ho-so/{code}")
    expect(page.locator("#side")).to_contain_text("Tổ phường Vỹ Dạ")
    page.get_by_text("Câu trả lời soạn sẵn").click()
    seat.press("Mời ra phường")
    expect(page.get_by_label("Nội dung")).to_have_value(f"Mời bác ra phường Vỹ Dạ, nói mã {code}.")
    page.get_by_text("Trả về hàng chờ", exact=True).click()
    seat.press("Trả về hàng chờ, trợ lý trả lời tiếp")
    expect(page.get_by_role("button", name="Nhận hồ sơ")).to_be_visible()


def test_absent_colleagues_case_comes_back_live(browser: Browser, server: InThread[Office]) -> None:
    """Who goes away says until when; the case appears in the open queue of who is there."""
    office = server.product
    for name in ("lan", "mai"):
        server.do(office.hire(name, Role.STAFF))
    code = server.do(open_one(office.database))

    async def lan() -> tuple[int, str]:
        account = await office.account("lan")
        async with moving(office.database, code, account.member) as (session, case):
            await case_moves.claim(session, case, account.member)
        return account.id, account.username

    server.do(lan())

    async def leave() -> None:
        async with office.database.session.begin() as session:
            await set_presence(session, (await office.account("lan")).member, Presence.AWAY, None)

    with Seat.at(server, browser, DESKTOP) as seat:
        seat.sign_in("mai")
        expect(seat.page.get_by_role("heading", name="Trang chính")).to_be_visible()
        seat.open("/canbo/ho-so")
        expect(seat.page.locator(".empty-note")).to_be_visible()
        server.do(leave())
        expect(seat.page.get_by_role("link", name=code)).to_be_visible()
        seat.page.get_by_text("Tôi đang: có mặt").click()
        seat.page.get_by_label("Trạng thái").select_option("busy")
        seat.page.locator("form[action$='/co-mat']").get_by_role("button", name="Lưu").click()
        expect(seat.page.get_by_text("Tôi đang: bận")).to_be_visible()


def test_administrator_reads_what_happened_and_what_was_deleted(seat: Seat) -> None:
    """The log narrowed down to a case; a citizen's wish with its numbers; no case can be opened."""
    office = seat.server.product
    seat.server.do(office.hire("sep", Role.ADMIN))
    seat.server.do(office.hire("lan", Role.STAFF))
    code = seat.server.do(open_one(office.database, "mật thư"))

    async def a_day() -> None:
        async with office.desk("lan") as desk:
            await desk.get(f"/canbo/ho-so/{code}")
        case, _ = await case_of(office.database, code)
        async with office.database.session.begin() as session:
            await forget(session, await session.get_one(Conversation, case.conversation_id))
        await office.console.retention.tonight(datetime.now(UTC))

    seat.server.do(a_day())
    seat.tolerates("403")
    seat.sign_in("sep")
    page = seat.page
    expect(page.get_by_role("heading", name="Trang chính")).to_be_visible()
    _go(seat, "Nhật ký")
    page.get_by_label("Về", exact=True).fill(code.lower())
    seat.press("Lọc")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Xem hồ sơ")
    _go(seat, "Dữ liệu cũ")
    expect(page.get_by_role("region", name="Đã xóa theo yêu cầu của bà con").last).to_contain_text("1 tin nhắn, 1 hồ sơ hỗ trợ")
    page.get_by_role("link", name="Đếm thử").click()
    expect(page.locator(".facts")).to_contain_text("không có gì để xóa")
    seat.open(f"/canbo/ho-so/{code}")
    expect(page.get_by_role("heading")).to_have_text("Không có quyền")


@pytest.mark.parametrize("seat", [DESKTOP], indirect=True, ids=["desktop"])
@pytest.mark.parametrize("role", [Role.TRAINER, Role.MANAGER], ids=str)
def test_trainer_and_manager_see_no_case(seat: Seat, role: Role) -> None:
    """Their first page names their role; the queue is not in the menu, and refuses in words (all addresses: test_access)."""
    office = seat.server.product
    seat.server.do(office.hire("vo", role))
    code = seat.server.do(open_one(office.database, "mật thư"))
    seat.tolerates("403")
    seat.sign_in("vo")
    page = seat.page
    expect(page.locator("main")).to_contain_text(role.label.lower())
    expect(page.get_by_role("link", name="Hồ sơ", exact=True)).to_have_count(0)
    seat.open(f"/canbo/ho-so/{code}")
    expect(page.get_by_role("heading")).to_have_text("Không có quyền")
    page.get_by_role("link", name="Về trang chính").click()
    page.get_by_role("main").get_by_role("link", name="Tài khoản của tôi").click()
    expect(page.locator("main")).to_contain_text("Tổ hỗ trợ vo")

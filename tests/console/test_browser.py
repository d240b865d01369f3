"""The console in a real Chromium: set-up link, second factor, lock-out, administration, reading and reaching everything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from bot.console.routes import ROUTES
from bot.services.sign_in import first_link
from core.staff import Role
from tests.console.office import PASSWORD, Office, serving
from tests.console.seat import DESKTOP, PHONE, ZOOMED, Seat
from tests.services.files import photo
from tests.storage.desk import open_one
from tests.web.live import InThread, chromium

_NEW = "con đò qua sông Hương"


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


def _menu(seat: Seat) -> None:
    """On a phone the menu opens first."""
    if seat.page.locator(".top-toggle").is_visible():
        seat.press("Mục lục")


def test_first_day(seat: Seat) -> None:
    """The link of the first start makes the administrator, who sets up the second factor and hires; the link hires once."""
    office = seat.server.product
    seat.tolerates("410")
    link = seat.server.do(first_link(office.database, office.address))
    page = seat.page
    page.goto(str(link))
    page.get_by_label("Tên đăng nhập").fill("lan.tran")
    page.get_by_label("Họ và tên").fill("Trần Thị Lan")
    page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
    page.get_by_label("Gõ lại mật khẩu").fill(PASSWORD)
    seat.press("Đặt mật khẩu")
    expect(page.get_by_role("img", name="Mã QR")).to_be_visible()
    page.get_by_text("Không quét được?").click()
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Mã 6 chữ số").fill(pyotp.TOTP(secret).now())
    seat.press("Bật bảo mật hai lớp")
    expect(page.locator(".codes code")).to_have_count(10)
    page.get_by_role("link", name="vào làm việc").click()
    _menu(seat)
    page.get_by_role("navigation").get_by_role("link", name="Nhân sự").click()
    page.get_by_role("link", name="Thêm người").click()
    page.get_by_label("Tên đăng nhập").fill("huong.le")
    page.get_by_label("Họ và tên").fill("Lê Thị Hương")
    page.get_by_label("Tên bà con thấy").fill("Tổ hỗ trợ phường Thuận Hóa")
    page.get_by_label("Trưởng nhóm").check()
    page.get_by_label("phường Thuận Hóa").check()
    expect(page.get_by_label("Chỉ các xã, phường đã chọn")).to_be_checked()
    seat.press("Thêm và lấy liên kết")
    invitation = page.get_by_label("Liên kết", exact=True).input_value()
    seat.press("Chép")
    expect(page.get_by_role("button", name="Đã chép")).to_be_visible()
    _menu(seat)
    seat.press("Đăng xuất")
    expect(page.get_by_role("status")).to_contain_text("Đã đăng xuất")

    page.goto(invitation)
    expect(page.locator("main")).to_contain_text("Lê Thị Hương")
    page.get_by_label("Mật khẩu", exact=True).fill(_NEW)
    page.get_by_label("Gõ lại mật khẩu").fill(_NEW)
    seat.press("Đặt mật khẩu")
    expect(page.locator("main")).to_contain_text("phường Thuận Hóa")
    expect(page.get_by_role("link", name="Nhân sự")).to_have_count(0)
    page.goto(invitation)
    expect(page.get_by_role("heading")).to_have_text("Liên kết không dùng được nữa")


def test_guesser_is_locked_out_and_the_owner_gets_a_new_link(seat: Seat) -> None:
    """The page says how long to wait and whom to ask; an administrator's link ends it."""
    seat.tolerates("422")
    office = seat.server.product
    seat.server.do(office.hire("lan"))
    seat.server.do(office.hire("sep", Role.ADMIN))
    for n in range(6):
        seat.sign_in("lan", f"sai {n}")
        expect(seat.page.get_by_role("alert")).to_be_visible()
    expect(seat.page.get_by_role("alert")).to_contain_text("tạm khóa")
    expect(seat.page.get_by_label("Tên đăng nhập")).to_have_value("lan")
    seat.sign_in("sep")
    seat.open("/canbo/nhan-su")
    seat.page.get_by_role("link", name="Họ Tên lan", exact=True).click()
    seat.press("Cấp liên kết mới")
    link = seat.page.get_by_label("Liên kết", exact=True).input_value()
    _menu(seat)
    seat.press("Đăng xuất")
    seat.page.goto(link)
    seat.page.get_by_label("Mật khẩu", exact=True).fill(_NEW)
    seat.page.get_by_label("Gõ lại mật khẩu").fill(_NEW)
    seat.press("Đặt mật khẩu")
    expect(seat.page.get_by_role("heading", name="Trang chính")).to_be_visible()


def test_account_is_disabled_after_a_question(seat: Seat) -> None:
    """Refusing the question changes nothing."""
    office = seat.server.product
    seat.server.do(office.hire("lan"))
    seat.server.do(office.hire("sep", Role.ADMIN))
    seat.sign_in("sep")
    seat.open("/canbo/nhan-su/1")
    asked: list[str] = []
    seat.page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    seat.press("Khóa tài khoản")
    assert "Họ Tên lan" in asked[0]
    expect(seat.page.get_by_role("button", name="Khóa tài khoản")).to_be_visible()
    seat.page.once("dialog", lambda dialog: dialog.accept())
    seat.press("Khóa tài khoản")
    expect(seat.page.get_by_role("status")).to_contain_text("Đã khóa")
    seat.press("Mở lại tài khoản")
    expect(seat.page.get_by_role("status")).to_contain_text("Đã mở lại")


def test_own_account(seat: Seat) -> None:
    """What citizens see is shown; the password is changed; the second factor is switched on and off."""
    seat.tolerates("422")
    seat.server.do(seat.server.product.hire("lan"))
    seat.sign_in("lan")
    seat.open("/canbo/ca-nhan")
    expect(seat.page.locator("main")).to_contain_text("Tổ hỗ trợ lan")
    seat.page.get_by_role("link", name="Đổi mật khẩu").click()
    seat.page.get_by_label("Mật khẩu hiện tại").fill(PASSWORD)
    seat.page.get_by_label("Mật khẩu mới", exact=True).fill(_NEW)
    seat.page.get_by_label("Gõ lại mật khẩu mới").fill(_NEW)
    seat.press("Đổi mật khẩu")
    expect(seat.page.get_by_role("status")).to_contain_text("Đã đổi mật khẩu")
    seat.page.get_by_role("link", name="Bật", exact=True).click()
    seat.page.get_by_text("Không quét được?").click()
    secret = seat.page.locator(".secret").inner_text().replace(" ", "")
    seat.page.get_by_label("Mã 6 chữ số").fill(pyotp.TOTP(secret).now())
    seat.press("Bật bảo mật hai lớp")
    seat.open("/canbo/bao-mat-hai-lop")
    seat.page.get_by_label("Mật khẩu").fill(PASSWORD)
    seat.press("Tắt bảo mật hai lớp")
    expect(seat.page.get_by_role("alert")).to_contain_text("không đúng")
    seat.page.get_by_label("Mật khẩu").fill(_NEW)
    seat.press("Tắt bảo mật hai lớp")
    expect(seat.page.get_by_role("status")).to_contain_text("Đã tắt")


def _pages() -> list[str]:
    """Addresses of all pages that need no id."""
    no_pages = {"cases_live", "cases_export", "cases_bell", "models_live"}
    pages = [route for route in ROUTES if route.method == "GET" and route.name not in no_pages]
    return [f"/canbo{route.path}" for route in pages if "{" not in route.path]


@pytest.mark.parametrize("size", [DESKTOP, PHONE, ZOOMED], ids=["desktop", "phone", "400 %"])
def test_every_page_can_be_read_by_everybody(browser: Browser, server: InThread[Office], size: dict[str, int]) -> None:
    """No serious fault of accessibility; nothing beside the window, also at 400 %. For two roles, who see other pages."""
    office = server.product
    server.do(office.hire("sep", Role.ADMIN))
    server.do(office.hire("lan", Role.LEAD, "hue-thuan-hoa"))
    tour = {
        None: ["/canbo/dang-nhap", "/canbo/thiet-lap/" + "x" * 32, server.do(_invitation(office))],
        "lan": _pages(),
        "sep": [*_pages(), "/canbo/nhan-su/1", "/canbo/khong-co"],
    }
    faults: list[str] = []
    with Seat.at(server, browser, size) as seat:
        seat.tolerates("403", "404", "410")
        for username, paths in tour.items():
            if username:
                seat.sign_in(username)
            for path in paths:
                seat.open(path)
                faults += seat.serious_violations()
                if (wider := seat.overflows()) > 0:
                    faults.append(f"{path} is {wider} px too wide")
            seat.page.context.clear_cookies()
    assert faults == []


def test_photo_is_added_to_a_case(seat: Seat, tmp_path: Path) -> None:
    """It appears on the card at once, small; what cannot be kept is said there."""
    seat.tolerates("422")
    office = seat.server.product
    seat.server.do(office.hire("lan", Role.STAFF))
    code = seat.server.do(open_one(office.database, "tôi không chụp được giấy khai sinh"))
    (tmp_path / "giấy khai sinh.jpg").write_bytes(photo())
    (tmp_path / "đơn.docx").write_bytes(b"PK\x03\x04 not a picture")
    seat.sign_in("lan")
    seat.open(f"/canbo/ho-so/{code}")
    section = seat.page.locator("#files")
    expect(section).to_contain_text("Chưa có tệp nào")
    seat.page.get_by_label("Thêm ảnh hoặc PDF").set_input_files(tmp_path / "giấy khai sinh.jpg")
    seat.press("Thêm tệp")
    picture = section.get_by_role("img", name="giấy khai sinh.jpg")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalHeight)") == 640
    seat.page.get_by_label("Thêm ảnh hoặc PDF").set_input_files(tmp_path / "đơn.docx")
    seat.press("Thêm tệp")
    expect(section.get_by_role("alert")).to_contain_text("Chỉ nhận ảnh")
    expect(picture).to_be_visible()
    assert seat.serious_violations() == []


async def _invitation(office: Office) -> str:
    from core.storage import accounts

    async with office.database.session.begin() as session:
        return f"/canbo/thiet-lap/{await accounts.make_link(session, await accounts.get(session, 'lan'))}"


def test_everything_can_be_reached_from_the_keyboard(browser: Browser, server: InThread[Office]) -> None:
    """Sign in, past the menu to the content, and on to a page of the menu, without a mouse."""
    server.do(server.product.hire("lan", Role.MANAGER))
    with Seat.at(server, browser, DESKTOP) as seat:
        seat.open("/canbo/")
        keyboard, focused = seat.page.keyboard, seat.page.locator(":focus")
        expect(focused).to_have_id("ten")
        keyboard.type("lan")
        keyboard.press("Tab")
        keyboard.type(PASSWORD)
        keyboard.press("Enter")
        expect(seat.page.get_by_role("heading", name="Trang chính")).to_be_visible()
        keyboard.press("Tab")
        expect(focused).to_have_text("Đến nội dung chính")
        keyboard.press("Enter")
        keyboard.press("Tab")
        expect(focused).to_contain_text("Tài khoản của tôi")
        keyboard.press("Enter")
        expect(seat.page.get_by_role("heading", name="Tài khoản của tôi")).to_be_visible()

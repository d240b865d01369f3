"""Make the pictures of accounts in docs/console.md anew: ``python -m tests.console.account_pictures``."""

from __future__ import annotations

import io
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
from PIL import Image, ImageDraw
from playwright.sync_api import Browser

from bot.console.visit import PREFIX
from bot.services.sign_in import first_link
from bot.settings import ROOT
from core.staff import Role
from core.storage import accounts, audit
from core.storage.staff_models import RetentionRun
from tests.console.office import PASSWORD, Office, serving
from tests.console.seat import DESKTOP, PHONE, Seat
from tests.storage.desk import open_one
from tests.web.live import InThread, chromium

__all__ = ["main"]

FOLDER = ROOT / "docs" / "images" / "accounts"
_WIDE = {**DESKTOP, "height": 720}
_PEOPLE = (
    ("huong.le", "Lê Thị Hương", "Tổ hỗ trợ phường Thuận Hóa", Role.LEAD, ("hue-thuan-hoa", "hue-phu-xuan")),
    ("minh.nguyen", "Nguyễn Văn Minh", "Tổ hỗ trợ phường Vỹ Dạ", Role.STAFF, ("hue-vy-da",)),
    ("thao.ho", "Hồ Thị Thảo", "Tổ hỗ trợ xã A Lưới 1", Role.STAFF, ("hue-a-luoi-1",)),
    ("quan.vo", "Võ Minh Quân", "Trung tâm hỗ trợ số", Role.TRAINER, ()),
)


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        with InThread(lambda: serving(f"sqlite+aiosqlite:///{folder}/console.db")) as server:
            _first_day(server, browser)
            server.do(_hire(server.product))
            _administration(server, browser)
            _own_account(server, browser)


async def _hire(office: Office) -> None:
    for username, name, shown_as, role, wards in _PEOPLE:
        await office.hire(username, role, *wards, totp=username == "huong.le")
        async with office.database.session.begin() as session:
            account = await accounts.get(session, username)
            account.full_name, account.display_name = name, shown_as
            if username == "thao.ho":
                account.password = None
            if username == "minh.nguyen":
                await accounts.disable(session, account)


def _shot(seat: Seat, name: str, *, whole: bool = False) -> None:
    seat.page.evaluate("document.activeElement?.blur()")
    seat.page.screenshot(path=FOLDER / f"{name}.png", full_page=whole)


def _first_day(server: InThread[Office], browser: Browser) -> None:
    """From the link of the first start to the second factor."""
    office = server.product
    with Seat.at(server, browser, {"width": 760, "height": 800}) as seat:
        page = seat.page
        page.goto(str(server.do(first_link(office.database, office.address))))
        page.get_by_label("Tên đăng nhập").fill("lan.tran")
        page.get_by_label("Họ và tên").fill("Trần Thị Lan")
        page.get_by_label("Mật khẩu", exact=True).fill(PASSWORD)
        page.get_by_label("Gõ lại mật khẩu").fill(PASSWORD)
        _shot(seat, "thiet-lap", whole=True)
        seat.press("Đặt mật khẩu")
        _shot(seat, "hai-lop", whole=True)
        page.get_by_text("Không quét được?").click()
        secret = page.locator(".secret").inner_text().replace(" ", "")
        office.secrets["lan.tran"] = secret
        page.get_by_label("Mã 6 chữ số").fill(pyotp.TOTP(secret).now())
        seat.press("Bật bảo mật hai lớp")
        _shot(seat, "ma-du-phong", whole=True)
        page.get_by_role("link", name="vào làm việc").click()
        page.context.clear_cookies()
        seat.open(f"{PREFIX}/dang-nhap")
        _shot(seat, "dang-nhap", whole=True)
        page.get_by_label("Tên đăng nhập").fill("lan.tran")
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        seat.press("Đăng nhập")
        page.get_by_role("heading", name="Mã xác thực").wait_for()
        _shot(seat, "ma-xac-thuc", whole=True)


def _administration(server: InThread[Office], browser: Browser) -> None:
    """What an administrator does and sees."""

    async def let_the_code_count_again() -> None:
        async with server.product.database.session.begin() as session:
            (await accounts.get(session, "lan.tran")).totp_step = 0

    server.do(let_the_code_count_again())
    with Seat.at(server, browser, _WIDE) as seat:
        seat.sign_in("lan.tran")
        seat.open(f"{PREFIX}/nhan-su/them")
        page = seat.page
        page.get_by_label("Tên đăng nhập").fill("binh.phan")
        page.get_by_label("Họ và tên").fill("Phan Thanh Bình")
        page.get_by_label("Tên bà con thấy").fill("Tổ hỗ trợ phường Kim Long")
        page.get_by_label("phường Kim Long").check()
        _shot(seat, "them-nguoi", whole=True)
        seat.press("Thêm và lấy liên kết")
        field = page.get_by_label("Liên kết", exact=True)
        field.evaluate("field => field.value = 'https://troly.example.vn/canbo/thiet-lap/4fT0…'")
        seat.page.locator(".page-main").screenshot(path=FOLDER / "lien-ket.png")
        seat.open(f"{PREFIX}/nhan-su")
        _shot(seat, "nhan-su")
        seat.page.get_by_role("link", name="Lê Thị Hương", exact=True).click()
        _shot(seat, "sua-nguoi", whole=True)
        seat.open(f"{PREFIX}/nhat-ky")
        _shot(seat, "nhat-ky")
        server.do(_some_nights(server.product))
        seat.open(f"{PREFIX}/du-lieu-cu?dem=1")
        _shot(seat, "du-lieu-cu", whole=True)


async def _some_nights(office: Office) -> None:
    """Nightly runs that found something, and a citizen's wish."""
    now = datetime.now(UTC)
    async with office.database.session.begin() as session:
        for night, counts in ((3, {"messages": 388, "attachments": 7}), (2, {}), (1, {"messages": 412, "cases": 3})):
            start = now.replace(hour=19, minute=0) - timedelta(days=night)
            session.add(RetentionRun(night=f"{start:%Y-%m-%d}", started_at=start, finished_at=start, counts=counts))
        found = {"messages": 14, "cases": 1, "attachments": 2}
        audit.record(session, audit.PROGRAM, "citizen.forget", "conversation:731", found)
    await office.console.retention.tonight(now)


def _paper() -> bytes:
    """A photo of a paper with writing on it."""
    picture = Image.new("RGB", (900, 640), "#8d7a66")
    draw = ImageDraw.Draw(picture)
    draw.polygon([(130, 60), (790, 40), (800, 600), (110, 590)], fill="#fbf7ee")
    for n in range(9):
        draw.line([(190, 150 + 46 * n), (720 - 60 * (n % 3), 147 + 46 * n)], fill="#5a5650", width=7)
    draw.ellipse([(590, 450), (720, 580)], outline="#b3261e", width=8)
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


def _own_account(server: InThread[Office], browser: Browser) -> None:
    """What everybody has, on a phone; and a photo added to a case."""
    office = server.product
    code = server.do(open_one(office.database, "tôi không chụp được giấy khai sinh", ward="hue-thuan-hoa"))
    with Seat.at(server, browser, PHONE) as seat, tempfile.TemporaryDirectory() as folder:
        seat.sign_in("huong.le")
        seat.open(f"{PREFIX}/ca-nhan")
        _shot(seat, "ca-nhan")
        seat.press("Mục lục")
        _shot(seat, "muc-luc")
        seat.open(f"{PREFIX}/doi-mat-khau")
        _shot(seat, "doi-mat-khau")
        picture = Path(folder) / "giấy khai sinh.jpg"
        picture.write_bytes(_paper())
        seat.open(f"{PREFIX}/ho-so/{code}")
        seat.page.get_by_label("Thêm ảnh hoặc PDF").set_input_files(picture)
        seat.press("Thêm tệp")
        seat.page.locator("#files img").evaluate("image => image.decode()")
        seat.page.locator("#files .files").screenshot(path=FOLDER / "tep.png")


if __name__ == "__main__":
    main()

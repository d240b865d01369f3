"""Make the pictures of cases in docs/console.md anew: ``python -m tests.console.case_pictures``."""

from __future__ import annotations

import tempfile

from playwright.sync_api import Browser, Page

from bot.settings import ROOT
from core.cases import Cause
from core.staff import Member, Role
from core.storage import case_moves
from core.storage.case_models import CannedReply, Route, Team, TeamMember
from core.storage.models import Case, Conversation, Message, Turn
from tests.console.office import Office, serving
from tests.console.seat import Seat
from tests.storage.desk import moving, open_one
from tests.web.live import InThread, chromium

__all__ = ["main"]

_CLOSED = "TEST-0002"
FOLDER = ROOT / "docs" / "images" / "console"
_WIDE, _NARROW = {"width": 1200, "height": 900}, {"width": 390, "height": 780}
_SAID = (
    ("mai là hết hạn nộp hồ sơ tạm trú rồi, tôi làm mãi không qua được bước 4", "hue-thuan-hoa", "dang_ky_tam_tru"),
    ("quên mật khẩu VNeID, bấm lấy lại thì báo lỗi", "hue-phu-xuan", "vneid_quen_mat_khau"),
    ("cho tôi hỏi làm giấy khai sinh cho cháu ở phường mô", "hue-kim-long", "dang_ky_khai_sinh"),
    ("tôi muốn gặp cán bộ hỏi chuyện đất đai", None, None),
)


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        with InThread(lambda: serving(f"sqlite+aiosqlite:///{folder}/console.db")) as server:
            code = server.do(_a_day_at_work(server.product))
            _case_worker(server, browser, code)
            _lead(server, browser)


async def _a_day_at_work(office: Office) -> str:
    """People, teams and cases; returns the code of one that Hương answers."""
    for username, role in (("huong", Role.STAFF), ("minh", Role.LEAD), ("sep", Role.ADMIN), ("lan", Role.STAFF)):
        await office.hire(username, role)
    names = {"huong": ("Lê Thị Hương", "Chị Hương, tổ hỗ trợ số"), "minh": ("Trần Văn Minh", "Anh Minh, tổ hỗ trợ số")}
    names |= {"sep": ("Nguyễn Quang", "Quản trị"), "lan": ("Phạm Thị Lan", "Cán bộ Lan, phường Thuận Hóa")}
    async with office.database.session.begin() as session:
        people: dict[str, Member] = {}
        for username, (full_name, display_name) in names.items():
            account = await session.get_one(type(await office.account(username)), (await office.account(username)).id)
            account.full_name, account.display_name = full_name, display_name
            people[username] = account.member
        team = Team(name="Tổ hỗ trợ số thành phố")
        session.add(team)
        await session.flush()
        ward = Team(name="Phường Thuận Hóa", cover_id=team.id, next_id=team.id, rise_minutes=45)
        session.add(ward)
        await session.flush()
        session.add_all(
            [TeamMember(team_id=team.id, staff_id=people["minh"].id), TeamMember(team_id=ward.id, staff_id=people["lan"].id)]
        )
        session.add_all([Route(team_id=team.id), Route(ward="hue-thuan-hoa", team_id=ward.id)])
        session.add(CannedReply(title="Hẹn trả lời", text="Chào bác, tôi đang kiểm tra hồ sơ {mã}, có kết quả sẽ nhắn ngay."))
        session.add(CannedReply(title="Mời ra phường", text="Mời bác mang căn cước ra {phường} trong giờ làm việc."))
    codes = [await open_one(office.database, said, ward=ward, guide=guide) for said, ward, guide in _SAID]
    await _talk(office, codes[0], people["huong"])
    return codes[0]


async def _talk(office: Office, code: str, member: Member) -> None:
    """Somebody answers, and the citizen writes back."""
    async with moving(office.database, code, member) as (session, case):
        detail = {"guide": "dang_ky_tam_tru", "step": 4, "steps": 7, "action": "Chụp rõ giấy tờ rồi tải ảnh lên."}
        case.detail = detail | {"tried": ["Ảnh bị báo mờ, không nhận"], "device": "Android"}
        await case_moves.claim(session, case, member)
        await case_moves.answer(session, case, member, "Bác cho biết máy báo câu gì khi tải ảnh lên ạ?", "1", waits=True)
    async with office.database.session.begin() as session:
        case = await session.get_one(Case, 1)
        for message in (await session.scalars(Message.__table__.select())).all():
            (await session.get_one(Message, message)).state = "sent"
        written = Message(
            conversation_id=case.conversation_id, direction="in", author="citizen", key="back", state="done", payload={},
            text="dạ máy báo tệp quá lớn không nhận",
        )  # fmt: skip
        session.add(written)
        await session.flush()
        session.add(Turn(conversation_id=case.conversation_id, message_id=written.id, outcome="handoff", ms=5.0))
        (await session.get_one(Conversation, case.conversation_id)).channel = "web"


async def _closed(office: Office) -> None:
    """Lan has answered and closed one of the cases."""
    member = (await office.account("lan")).member
    async with moving(office.database, _CLOSED, member) as (session, case):
        await case_moves.claim(session, case, member)
        await case_moves.answer(session, case, member, "Bác bấm “Quên mật khẩu”, chọn nhận mã qua VNeID nhé.", "2")
        await case_moves.close(session, case, member, Cause.GUIDE, "hướng dẫn chưa có bước này")


def _shoot(page: Page, name: str, *, whole: bool = True) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=str(FOLDER / f"{name}.png"), full_page=whole)


def _case_worker(server: InThread[Office], browser: Browser, code: str) -> None:
    with Seat.at(server, browser, _WIDE) as seat:
        seat.sign_in("huong")
        seat.page.wait_for_selector(".tiles")
        _shoot(seat.page, "trang-chinh", whole=False)
        seat.open("/canbo/ho-so")
        _shoot(seat.page, "hang-cho")
        seat.open(f"/canbo/ho-so/{code}")
        seat.page.get_by_text("Câu trả lời soạn sẵn").click()
        seat.page.locator("[data-insert]").first.click()
        _shoot(seat.page, "ho-so")
        server.do(_closed(server.product))
        seat.open(f"/canbo/ho-so/{_CLOSED}")
        _shoot(seat.page, "ho-so-dong")
    with Seat.at(server, browser, _NARROW) as seat:
        seat.sign_in("huong")
        seat.page.wait_for_selector(".tiles")
        seat.open("/canbo/ho-so?xem=all")
        _shoot(seat.page, "hang-cho-dien-thoai", whole=False)


def _lead(server: InThread[Office], browser: Browser) -> None:
    with Seat.at(server, browser, _WIDE) as seat:
        seat.sign_in("minh")
        seat.page.wait_for_selector(".tiles")
        for path, name in (("dieu-phoi", "dieu-phoi"), ("gio-lam-viec", "gio-lam-viec"), ("cau-tra-loi", "cau-tra-loi")):
            seat.open(f"/canbo/{path}")
            seat.page.evaluate("document.querySelector('details')?.setAttribute('open', '')")
            _shoot(seat.page, name)


if __name__ == "__main__":
    main()

"""Make the pictures of docs/training.md anew: ``python -m tests.console.training_pictures``."""

from __future__ import annotations

import tempfile

from playwright.sync_api import Browser, Page
from sqlalchemy import select

from bot.settings import ROOT
from core.staff import Role
from core.storage import accounts
from core.storage.release_models import Candidate, ReplayItem
from tests.console.office import Office, serving
from tests.console.seat import Seat
from tests.console.test_models import CANDIDATE, add_candidate, add_replayed
from tests.console.training_talks import fill_inbox
from tests.web.live import InThread, chromium

__all__ = ["main"]

FOLDER = ROOT / "docs" / "images" / "training"
_HOME = "/canbo/huan-luyen/hop-thu"
_OTHER_PAGES = (
    ("y-dinh", "y-dinh"),
    ("y-dinh/reply_the_xe_buyt_mien_phi", "mot-y-dinh"),
    ("huong-dan/dang_ky_tam_tru", "mot-huong-dan"),
    ("ban-nhap", "ban-nhap"),
    ("mo-hinh", "mo-hinh"),
    (f"mo-hinh/{CANDIDATE}", "mot-ban"),
    ("phat-lai", "phat-lai"),
)
_WIDE, _NARROW = {"width": 1200, "height": 900}, {"width": 390, "height": 780}


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        with InThread(lambda: serving(f"sqlite+aiosqlite:///{folder}/console.db")) as server:
            server.do(_monday(server.product))
            _inbox(server, browser)


async def _monday(office: Office) -> None:
    await office.hire("hanh", Role.TRAINER)
    async with office.database.session.begin() as session:
        (await accounts.get(session, "hanh")).full_name = "Nguyễn Thị Hạnh"
    await fill_inbox(office.database)
    await add_candidate(
        office,
        safety={"n": 5, "missed": ["có người gọi đòi mã otp"]},
        pairs=[
            {
                "a": "topic_khong_nhan_otp",
                "b": "topic_quen_mat_khau",
                "n": 1,
                "share": 0.1,
                "a_as_b": 0,
                "b_as_a": 1,
                "proposal": "split",
                "sentences": [
                    {"text": "mk vneid", "intent": "topic_quen_mat_khau", "got": "topic_khong_nhan_otp", "example": True}
                ],
            }
        ],
    )
    for text in ("thẻ xe buýt miễn phí làm ở đâu", "bao nhiêu tuổi được cấp thẻ xe buýt"):
        await add_replayed(office, text)
    told = "Dạ, thẻ đi xe buýt miễn phí bà con hỏi nơi bán vé của tuyến mình đi ạ."
    async with office.database.session.begin() as session:
        for item in await session.scalars(select(ReplayItem)):
            item.before = {"outcome": "fallback", "guide": None, "section": None, "reply": "Tôi chưa hiểu ý bà con."}
            item.after = {"outcome": "answered", "guide": None, "section": None, "reply": told}
        candidate = await session.get_one(Candidate, CANDIDATE)
        candidate.report = {**candidate.report, "replay": {"asked": 412, "changed": 2}}


def _shoot(page: Page, name: str, *, whole: bool = True) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=str(FOLDER / f"{name}.png"), full_page=whole)


def _decide(seat: Seat, about: str, key: str) -> None:
    """Open the group about something, and press a key there."""
    seat.open(_HOME)
    seat.page.get_by_role("link", name=about).click()
    seat.page.wait_for_selector(".sayings")
    seat.page.keyboard.press(key)
    seat.page.wait_for_selector("#notices .alert")


def _inbox(server: InThread[Office], browser: Browser) -> None:
    with Seat.at(server, browser, _NARROW) as seat:
        seat.sign_in("hanh")
        seat.page.wait_for_selector(".tiles")
        seat.open(_HOME)
        _shoot(seat.page, "hop-thu-dien-thoai", whole=False)
    with Seat.at(server, browser, _WIDE) as seat:
        seat.sign_in("hanh")
        seat.page.wait_for_selector(".tiles")
        seat.open(_HOME)
        _shoot(seat.page, "hop-thu")
        seat.page.locator("[data-go]").first.click()
        seat.page.wait_for_selector(".sayings")
        _shoot(seat.page, "nhom-cau", whole=False)
        seat.page.get_by_role("link", name="Hội thoại").first.click()
        seat.page.wait_for_selector(".thread")
        _shoot(seat.page, "hoi-thoai")
        _decide(seat, "giá vàng", "p")
        _decide(seat, "thuê trọ", "1")
        seat.open(_HOME)
        seat.page.get_by_role("link", name="xe buýt").click()
        seat.page.wait_for_selector(".sayings")
        seat.page.keyboard.press("m")
        seat.page.keyboard.type("Thẻ xe buýt miễn phí")
        seat.page.locator("#tra_loi").fill(
            "Dạ, thẻ đi xe buýt miễn phí bà con hỏi trung tâm phục vụ hành chính công nơi mình ở ạ."
        )
        seat.page.locator("#ghi_chu").fill("Việc mới, chờ hướng dẫn đầy đủ")
        seat.page.locator(".ruling").screenshot(path=str(FOLDER / "viec-moi.png"))
        seat.press("Tạo ý định với các câu này")
        seat.page.wait_for_selector("#notices .alert")
        for path, name in _OTHER_PAGES:
            seat.open(f"/canbo/huan-luyen/{path}")
            _shoot(seat.page, name, whole=False)
        seat.open(f"{_HOME}/da-xu-ly")
        _shoot(seat.page, "da-xu-ly", whole=False)


if __name__ == "__main__":
    main()

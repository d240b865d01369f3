"""Trainers' pages in a real Chromium, on a computer and on a phone: warnings while typing, forms that grow, accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.staff import Role
from tests.console.office import Office, serving
from tests.console.seat import DESKTOP, PHONE, Seat
from tests.training.small_tree import small_tree
from tests.web.live import InThread, chromium

_PAGES = (
    "y-dinh", "y-dinh/topic_quen_mat_khau", "y-dinh-moi", "huong-dan", "huong-dan/doi_ma_otp", "huong-dan-moi", "nhap-xuat",
    "ban-nhap",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def seat(request: pytest.FixtureRequest, browser: Browser, sqlite_url: str, tmp_path: Path) -> Iterator[Seat]:
    """A trainer at a computer, and one with a phone, over the small tree."""
    live = small_tree(tmp_path / "live")
    with InThread[Office](lambda: serving(sqlite_url, content=live)) as server:
        server.do(server.product.hire("lan", Role.TRAINER))
        with Seat.at(server, browser, request.param) as started:
            started.sign_in("lan")
            yield started


def test_a_trainer_at_work(seat: Seat) -> None:
    """Warned while typing, adds, edits a guide whose form grows, looks a file over before bringing it in, takes an edit back."""
    page = seat.page
    seat.open("/canbo/huan-luyen/y-dinh/topic_quen_mat_khau")
    box = page.get_by_label("Mỗi dòng một câu, như bà con gõ")
    box.fill("xin chao\nmật khẩu vneid của tui là chi quên rồi")
    expect(page.locator("#advice")).to_contain_text("Trùng một câu của “Chào hỏi”")
    box.fill("mật khẩu vneid của tui là chi quên rồi")
    expect(page.locator("#advice")).to_contain_text("chưa thấy gì trùng")
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("Đã lưu")
    expect(page.locator(".examples")).to_contain_text("mật khẩu vneid của tui là chi quên rồi")

    seat.open("/canbo/huan-luyen/huong-dan/doi_ma_otp")
    rows = page.locator("[data-rows=vm] > [data-row]")
    before = rows.count()
    rows.last.get_by_label("dấu hiệu").fill("Có người lạ ngồi cạnh")
    expect(rows).to_have_count(before + 1)
    rows.nth(before - 1).get_by_label("cách chữa").fill("Che màn hình rồi mới bấm.")
    page.get_by_role("button", name="Lưu vào bản nháp").click()
    expect(page.locator("#notices")).to_contain_text("Đã lưu")
    expect(page.locator("section[aria-labelledby=publish] .diff")).to_contain_text("Che màn hình rồi mới bấm.")

    seat.open("/canbo/huan-luyen/nhap-xuat")
    table = "ý định,câu ví dụ\ngreet,chào cả nhà mình\n".encode()
    page.get_by_label("Tệp .csv").set_input_files({"name": "cau.csv", "mimeType": "text/csv", "buffer": table})
    seat.press("Xem trước")
    seat.press("Thêm 1 câu vào bản nháp")
    expect(page.locator("#notices")).to_contain_text("Đã lưu")
    seat.open("/canbo/huan-luyen/nhap-xuat")
    page.get_by_label("Tệp .csv").set_input_files({"name": "cau.csv", "mimeType": "text/csv", "buffer": table})
    seat.press("Xem trước")
    expect(page.get_by_text("2 câu bản nháp có mà tệp không có")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    seat.press("Thay: thêm 0 câu, bỏ 2 câu")
    expect(page.locator("#notices")).to_contain_text("Đã lưu")
    page.locator(".log summary").first.click()
    page.get_by_role("button", name="Hoàn tác thay đổi này").first.click()
    expect(page.locator("#notices")).to_contain_text("Đã hoàn tác")

    for path in _PAGES:
        seat.open(f"/canbo/huan-luyen/{path}")
        expect(page.locator("h1")).to_be_visible()
        assert seat.overflows() == 0, path
        assert seat.serious_violations() == []

"""Files between a citizen on the page and a person of the staff, in real browsers on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.agent import Brain
from core import texts
from core.staff import Role
from tests.console.product import WholeOffice, ask_for_a_person, on_the_web, whole_product
from tests.console.seat import DESKTOP, Seat
from tests.services.files import document, photo
from tests.web.live import InThread, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def server(brain: Brain, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InThread[WholeOffice]]:
    """The product with Lan, who answers cases."""
    folder = tmp_path_factory.mktemp("files")
    with InThread(lambda: whole_product(brain, folder)) as started:
        started.do(started.product.hire("lan", Role.STAFF))
        yield started


def test_photo_goes_to_staff_and_a_form_comes_back(browser: Browser, server: InThread[WholeOffice], tmp_path: Path) -> None:
    """Without a case the page says what to do; then the photo is in the case; nobody else can open the file of the answer."""
    shot, form = tmp_path / "màn hình.jpg", tmp_path / "mẫu đơn.pdf"
    shot.write_bytes(photo())
    form.write_bytes(document(1))
    with (
        Seat.at(server, browser, DESKTOP) as seat,
        on_the_web(server, browser) as writer,
        on_the_web(server, browser) as stranger,
    ):
        citizen, other = writer.page, stranger.page
        citizen.set_input_files("#files", shot)
        own = citizen.locator(".message.citizen", has_text="màn hình.jpg")
        expect(own).to_contain_text(texts.WEB_FILE_NEEDS_CASE)
        code = ask_for_a_person(writer)
        own.get_by_role("button", name="Gửi lại").click()
        expect(citizen.locator(".message.bot").last).to_contain_text(texts.FILE_KEPT.format(count=1, code=code))
        expect(own.locator(".status")).to_have_count(0)

        seat.sign_in("lan")
        seat.open(f"/canbo/ho-so/{code}")
        expect(seat.page.locator("#files img")).to_have_count(1)
        expect(seat.page.locator("#side")).to_contain_text("Bà con gửi tệp")
        seat.press("Nhận hồ sơ")
        seat.page.get_by_label("Nội dung").fill("Bác in mẫu này, điền mục 1 đến 4.")
        seat.page.get_by_label("Gửi kèm ảnh hoặc PDF").set_input_files(form)
        seat.press("Gửi trả lời")
        expect(citizen.locator(".message.staff")).to_contain_text("Bác in mẫu này")
        link = citizen.locator(".message.staff .page")
        expect(link).to_contain_text("mẫu đơn.pdf")
        expect(seat.page.locator("#thread")).to_contain_text("mẫu đơn.pdf")
        expect(seat.page.locator("#files")).to_contain_text("đã gửi bà con")

        path = link.get_attribute("href")
        assert path is not None
        fetched = citizen.request.get(server.product.address + path)
        assert (fetched.status, fetched.headers["content-type"], fetched.body()[:5]) == (200, "application/pdf", b"%PDF-")
        assert other.request.get(server.product.address + path).status == 404
        assert citizen.request.get(f"{server.product.address}/api/chat/files/1").status == 404  # the citizen's own: not shared


def test_program_disguised_as_a_form_is_stopped_and_nothing_typed_is_lost(
    browser: Browser, server: InThread[WholeOffice], tmp_path: Path
) -> None:
    """The reason is told beside the text, and the citizen gets neither."""
    trick = tmp_path / "mẫu.pdf"
    trick.write_bytes(b"MZ this is a program")
    with Seat.at(server, browser, DESKTOP) as seat, on_the_web(server, browser) as writer:
        citizen = writer.page
        seat.tolerates("422")
        code = ask_for_a_person(writer)
        seat.sign_in("lan")
        seat.open(f"/canbo/ho-so/{code}")
        seat.press("Nhận hồ sơ")
        seat.page.get_by_label("Nội dung").fill("Bác xem mẫu này.")
        seat.page.get_by_label("Gửi kèm ảnh hoặc PDF").set_input_files(trick)
        seat.press("Gửi trả lời")
        expect(seat.page.get_by_role("alert")).to_contain_text("Chỉ nhận ảnh")
        expect(seat.page.get_by_label("Nội dung")).to_have_value("Bác xem mẫu này.")
        expect(citizen.locator(".message.staff")).to_have_count(0)

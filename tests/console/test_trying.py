"""Talking to a candidate in a real browser, with a really trained model; nothing of it is stored."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import func, select

from core.staff import Role
from core.storage.models import Message, Turn
from core.storage.release_models import Candidate
from nlu.training.candidates import freeze
from nlu.training.train import find_model
from tests.console.office import Office, serving
from tests.console.seat import DESKTOP, PHONE, Seat
from tests.web.live import InThread, chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


async def _candidate(office: Office, live: Path, model: Path) -> str:
    files = freeze(live, office.console.releasing.training_dir)
    manifest = files.take_model(model, 0.0)
    async with office.database.session.begin() as session:
        session.add(Candidate(id=manifest.id, tree=manifest.tree, model=manifest.model, made_by="hanh"))
    return manifest.id


async def _stored(office: Office) -> tuple[int | None, int | None]:
    async with office.database.session() as session:
        messages = await session.scalar(select(func.count()).select_from(Message))
        return messages, await session.scalar(select(func.count()).select_from(Turn))


def test_a_candidate_answers_turn_by_turn_and_leaves_no_trace(
    browser: Browser, sqlite_url: str, tmp_path: Path, small_live: Path
) -> None:
    """With buttons that work, on a computer; another talk begins anew; on a phone nothing is cut off."""
    shutil.copytree(small_live, tmp_path / "small")
    live = tmp_path / "small" / "live"
    model = find_model(live, tmp_path / "small" / "models")
    assert model is not None
    with InThread(lambda: serving(sqlite_url, content=live)) as server, Seat.at(server, browser, DESKTOP) as seat:
        office = server.product
        server.do(office.hire("hanh", Role.TRAINER))
        candidate = server.do(_candidate(office, live, model))
        seat.sign_in("hanh")
        seat.page.wait_for_selector(".tiles")
        seat.open(f"/canbo/huan-luyen/mo-hinh/{candidate}")
        seat.page.get_by_role("link", name="Trò chuyện thử").click()
        page = seat.page
        page.get_by_label("Tin nhắn").fill("tui quên mật khẩu vneid rồi <b>")
        page.keyboard.press("Enter")
        expect(page.locator("#talk article.said-bot").first).to_contain_text("mật khẩu", timeout=60_000)
        expect(page.locator("#talk article").first).to_contain_text("<b>")
        expect(page.get_by_label("Tin nhắn")).to_have_value("")
        expect(page.locator(".trying-note")).to_contain_text("topic_quen_mat_khau")
        before = page.locator("#talk .said-bot").count()
        page.locator("#talk button").first.click()
        expect(page.locator("#talk .said-bot").nth(before)).to_be_visible()
        assert seat.serious_violations() == []
        page.get_by_role("link", name="Bắt đầu lại").click()
        expect(page.locator("#talk article")).to_have_count(0)
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # sizes
        assert seat.overflows() <= 0
        assert server.do(_stored(office)) == (0, 0)

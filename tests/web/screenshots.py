"""Make the pictures of README and docs/ anew: ``python -m tests.web.screenshots``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from bot.agent import Brain, quiet_rasa
from bot.settings import ROOT
from core import texts
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from nlu.training.train import find_model, train_model
from tests.web.live import LiveServer, chromium
from tests.web.visit import Visit

__all__ = ["main"]

FOLDER = ROOT / "docs" / "images"


def main() -> None:
    """Write the pictures."""
    quiet_rasa()
    model = find_model(ROOT, ROOT / "models") or train_model(ROOT, ROOT / "models").path
    brain = Brain(model, Dialogue(Knowledge.load(ROOT / "data")))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        with LiveServer(brain, f"sqlite+aiosqlite:///{folder}/web.db", public_url="https://troly.hue.gov.vn") as server:
            _desktop(server, browser, FOLDER / "chat-desktop.png")
            _phone(server, browser, FOLDER / "chat-phone.png")
            _guided(server, browser, FOLDER / "guided-phone.png", FOLDER / "stuck-phone.png")
            _feedback(server, browser, FOLDER / "feedback-phone.png")
            _sheet(server, browser, FOLDER / "checklist.png")


def _desktop(server: LiveServer, browser: Browser, picture: Path) -> None:
    """A question in the dialect of Huế, and the first steps of the guided way."""
    with Visit.to(server, browser, {"width": 1120, "height": 840}) as visit:
        visit.ask("mần răng để đăng ký tạm trú cho con đi học rứa")
        visit.tap(texts.DONE)
        _rest(visit)
        visit.page.screenshot(path=picture)


def _phone(server: LiveServer, browser: Browser, picture: Path) -> None:
    """A question without accents, its answer, and what can be asked next."""
    with Visit.to(server, browser, {"width": 390, "height": 780}, device_scale_factor=2, is_mobile=True, has_touch=True) as visit:
        visit.ask("quen mat khau vneid lam sao lay lai")
        _rest(visit)
        visit.page.screenshot(path=picture)


def _guided(server: LiveServer, browser: Browser, step: Path, stuck: Path) -> None:
    """The guided way: a step with how far one is, and what is known to go wrong there."""
    with Visit.to(server, browser, {"width": 390, "height": 780}, device_scale_factor=2, is_mobile=True, has_touch=True) as visit:
        visit.ask("chỉ tôi từng bước đăng ký tạm trú")
        visit.ask("xong r")
        _rest(visit)
        visit.page.screenshot(path=step)
        visit.tap(texts.STUCK)
        _rest(visit)
        visit.page.screenshot(path=stuck)


def _feedback(server: LiveServer, browser: Browser, picture: Path) -> None:
    """An answer with its printable sheet, and the question whether it helped."""
    with Visit.to(server, browser, {"width": 390, "height": 780}, device_scale_factor=2, is_mobile=True, has_touch=True) as visit:
        visit.ask("đăng ký tạm trú cần giấy tờ gì")
        visit.page.click("#newest")
        _rest(visit)
        visit.page.screenshot(path=picture)


def _sheet(server: LiveServer, browser: Browser, picture: Path) -> None:
    """The sheet itself, as one sees it before printing."""
    with Visit.to(server, browser, {"width": 820, "height": 1000}) as visit:
        visit.page.goto(f"{server.address}/huong-dan/dang_ky_tam_tru/in")
        visit.page.screenshot(path=picture)


def _rest(visit: Visit) -> None:
    """Take the cursor out of the field and let the page come to rest."""
    visit.page.evaluate("document.activeElement.blur()")
    visit.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


if __name__ == "__main__":
    main()

"""From thirty unresolved messages to an answer: inbox, new intent, draft, a trained model, a citizen's question; and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.agent import Brain
from bot.ask import Question, conversation
from bot.turns import TurnReport
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from core.staff import Role
from nlu.training.train import train_model
from tests.conftest import LINK_HOSTS
from tests.console.office import Office, serving
from tests.console.seat import DESKTOP, Seat
from tests.console.training_talks import NEW_MATTER, fill_inbox
from tests.training.small_tree import small_tree
from tests.web.live import InThread, chromium

_HOME = "/canbo/huan-luyen/hop-thu"
_REPLY = "Dạ, thẻ đi xe buýt miễn phí bà con hỏi nơi bán vé của tuyến mình đi ạ."
_ASKED = "má tôi đi xe buýt có được miễn phí không"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[InThread[Office]]:
    """The console over a small content tree, with a trainer and a full inbox."""
    with InThread(lambda: serving(sqlite_url, content=small_tree(tmp_path / "live"))) as started:
        started.do(started.product.hire("hanh", Role.TRAINER))
        started.do(fill_inbox(started.product.database))
        yield started


async def _ask(root: Path, knowledge: Knowledge) -> TurnReport:
    """Train on a content tree, and put the question to what comes of it, through the turns of every channel."""
    brain = Brain(train_model(root, root.parent / "models").path, Dialogue(knowledge), root)
    async with conversation(brain, LINK_HOSTS) as answer:
        return await answer(Question("1", _ASKED, "một người con"))


def test_new_matter_is_answered_without_a_file_touched_by_hand(
    browser: Browser, server: InThread[Office], knowledge: Knowledge
) -> None:
    """The live content answers nothing of it, the draft does; taken back, the draft is the live content again."""
    office = server.product
    draft = office.console.draft
    before = server.do(_ask(draft.live_root, knowledge))
    assert _REPLY not in [reply.text for reply in before.replies]
    with Seat.at(server, browser, DESKTOP) as seat:
        page = seat.page
        seat.sign_in("hanh")
        page.wait_for_selector(".tiles")
        seat.open(_HOME)
        page.get_by_role("link", name="xe buýt").click()
        expect(page.locator("[name=cau]:checked")).to_have_count(len(NEW_MATTER))
        page.keyboard.press("m")
        page.keyboard.type("Thẻ xe buýt miễn phí")
        page.get_by_label("Trợ lý trả lời").fill(_REPLY)
        seat.press("Tạo ý định với các câu này")
        expect(page.get_by_role("status")).to_contain_text("Đã xếp xong")
        seat.open("/canbo/huan-luyen/ban-nhap")
        expect(page.locator("main")).to_contain_text("data/nlu/replies.yml")
        after = server.do(_ask(draft.root, knowledge))
        assert [reply.text for reply in after.replies] == [_REPLY]
        assert (after.turn.outcome, after.turn.intent) == ("answered", "reply_the_xe_buyt_mien_phi")
        seat.open(f"{_HOME}/da-xu-ly")
        seat.press("Hoàn tác")
        expect(page.get_by_role("status")).to_contain_text("Đã hoàn tác")
        assert server.do(draft.changes()) == []

"""From thirty unresolved messages to a bot that answers them, and back, in real browsers and by a real training process.

Over a small content tree, or with ``TROLY_TEST_WHOLE_TRAINING=1`` over the project's own (minutes).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.agent import Brain
from bot.settings import ROOT
from core import texts
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from core.staff import Role
from nlu.training.staged import content_files
from nlu.training.train import find_model
from tests.console.product import WholeOffice, on_the_web, whole_product
from tests.console.seat import DESKTOP, Seat
from tests.console.training_talks import NEW_MATTER
from tests.training.town_tree import town_tree
from tests.web.citizen import Citizen
from tests.web.live import InThread, chromium

_WHOLE = os.environ.get("TROLY_TEST_WHOLE_TRAINING") == "1"
_PATIENCE = (900 if _WHOLE else 300) * 1000
_TRAINING = "/canbo/huan-luyen"
_TITLE = "Thẻ xe buýt miễn phí"
_SUMMARY = "Người cao tuổi, người khuyết tật và một số trường hợp khác được cấp thẻ đi xe buýt miễn phí."
_ASKED = "má tôi muốn làm thẻ xe buýt miễn phí"
_MOST_OF_THEM = 25
"""Of the thirty; a few are answered, however wrongly, with confidence."""
_MISLABELLED = (
    "tui quên mật khẩu rồi",
    "quên mật khẩu đăng nhập vneid",
    "không nhớ mật khẩu nữa",
    "không nhớ mk vneid",
    "lỡ quên mk rồi làm răng",
    "mẹ tui quên mật khẩu đăng nhập",
    "quên mất mật khẩu",
    "không nhớ mật khẩu vneid làm sao",
    "quên mk",
    "mật khẩu quên rồi",
)


@dataclass(frozen=True)
class Installation:
    """An installation whose content is a git checkout.

    Args:
        live: Its content.
        folder: For what it keeps.
        model: Of that content.
    """

    live: Path
    folder: Path
    model: Path

    def git(self, *arguments: str) -> str:
        """What git says in the checkout."""
        who = ("-c", "user.name=T", "-c", "user.email=t@localhost")
        command = ["git", "-C", str(self.live), *who, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """A copy of the content with its model, under version control."""
    live, models = tmp_path / "live", tmp_path / "models"
    if _WHOLE:
        for path in [*content_files(ROOT), *(file.relative_to(ROOT).as_posix() for file in (ROOT / "tests/nlu").glob("*.yml"))]:
            (live / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, live / path)
        models.mkdir()
        trained: Path = request.getfixturevalue("model_path")
        shutil.copyfile(trained, models / trained.name)
    else:
        town_tree(live, models)
    model = find_model(live, models)
    assert model is not None
    made = Installation(live, tmp_path, model)
    (live / ".gitignore").write_text(".lock\n", encoding="utf-8")
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "--message", "data: Begin.")):
        made.git(*command)
    return made


@pytest.fixture
def server(installation: Installation) -> Iterator[InThread[WholeOffice]]:
    """The whole product over that content, with two trainers."""
    live = installation.live
    brain = Brain(installation.model, Dialogue(Knowledge.load(live / "data")), live)
    places = {
        "data_dir": live / "data",
        "models_dir": installation.model.parent,
        "training_dir": installation.folder / "training",
        "training_yields": False,
    }
    with InThread(lambda: whole_product(brain, installation.folder, **places)) as started:
        for name in ("hanh", "minh"):
            started.do(started.product.hire(name, Role.TRAINER))
        yield started


async def _thirty_citizens(office: WholeOffice) -> None:
    """Each asks on the web; whoever is answered with something else says so with the button below it."""
    for text in NEW_MATTER:
        async with Citizen(office.product) as citizen:
            await citizen.open()
            choices = [choice for message in await citizen.ask(text) for choice in message["choices"]]
            for unhelped in [choice for choice in choices if choice["label"] == texts.NOT_HELPED][-1:]:
                await citizen.ask(unhelped["label"], unhelped["id"])


def _train(seat: Seat) -> None:
    """Train the draft, wait for the end of the run as people do, and open its result."""
    seat.open(f"{_TRAINING}/mo-hinh")
    seat.press("Huấn luyện bản nháp")
    expect(seat.page.get_by_role("progressbar")).to_be_visible()
    expect(seat.page.get_by_role("heading", name="Lượt gần nhất")).to_be_visible(timeout=_PATIENCE)
    seat.page.get_by_role("link", name="Xem kết quả").click()


def _write_guide(seat: Seat) -> None:
    """A guide of a new topic, with the least it needs."""
    page = seat.page
    seat.open(f"{_TRAINING}/huong-dan-moi")
    page.get_by_label("Tên bà con nhìn thấy").fill(_TITLE)
    page.get_by_label("Loại").select_option("topic")
    page.get_by_label("Lĩnh vực").select_option("giao_thong")
    page.get_by_label("Cách bà con gọi").fill("thẻ xe buýt người già\nthẻ đi xe buýt không mất tiền\nvé xe buýt miễn phí")
    page.get_by_label("Tóm tắt").fill(_SUMMARY)
    page.get_by_label("Bước đầu tiên").fill("Hỏi nơi bán vé của tuyến xe buýt gần nhà.")
    page.get_by_label("Nguồn chính thức").fill("Cổng thông tin thành phố Huế")
    page.get_by_label("Địa chỉ nguồn").fill("https://hue.gov.vn")
    page.get_by_label("Hạn kiểm tra lại").fill("2099-12-31")
    page.get_by_label("Đơn vị phụ trách").fill("Sở Xây dựng")
    seat.press("Thêm vào bản nháp")
    _saved(page)


def _saved(page: Page) -> None:
    expect(page.locator("#notices")).to_contain_text("Đã lưu")


def _teach_messages(seat: Seat) -> list[str]:
    """What the thirty said, group by group, becomes examples of the guide's own intent."""
    page, taught = seat.page, []
    seat.open(f"{_TRAINING}/hop-thu")
    while (group := page.get_by_role("link", name="xe buýt")).count():
        group.first.click()
        page.wait_for_selector(".sayings")
        taught += page.locator(".sayings label").all_inner_texts()
        page.locator("#huong_dan").select_option("the_xe_buyt_mien_phi")
        page.get_by_label("ví dụ cho ý định riêng của hướng dẫn").check()
        seat.press("Thuộc hướng dẫn này")
        expect(page.get_by_role("status")).to_contain_text("Đã xếp xong")
        seat.open(f"{_TRAINING}/hop-thu")
        page.wait_for_selector("h1")
    return taught


def _held_out(seat: Seat) -> list[str]:
    """The sentences that were kept to measure with."""
    seat.open(f"{_TRAINING}/y-dinh/topic_the_xe_buyt_mien_phi")
    seat.page.get_by_label("Thêm câu kiểm tra").fill(
        "thẻ xe buýt cho mệ tui thì hỏi ai\nngười già có được phát thẻ đi xe buýt không"
    )
    seat.press("Để dành")
    _saved(seat.page)
    return seat.page.locator("section[aria-labelledby=held-out] .examples label").all_inner_texts()


def _examples(seat: Seat, intent: str, lines: tuple[str, ...]) -> None:
    seat.open(f"{_TRAINING}/y-dinh/{intent}")
    seat.page.get_by_label("Mỗi dòng một câu, như bà con gõ").fill("\n".join(lines))
    seat.page.get_by_role("button", name="Thêm", exact=True).click()
    _saved(seat.page)


def _take_away(seat: Seat, intent: str, lines: tuple[str, ...]) -> None:
    seat.open(f"{_TRAINING}/y-dinh/{intent}")
    for line in lines:
        seat.page.get_by_label(line, exact=True).check()
    seat.press("Xóa câu đã đánh dấu")
    _saved(seat.page)


def test_a_new_matter_is_learned_released_and_taken_back(
    browser: Browser, server: InThread[WholeOffice], installation: Installation
) -> None:
    """Mislabelled examples are refused with their sentences; mended, a second person releases what citizens then get."""
    server.do(_thirty_citizens(server.product))
    with (
        on_the_web(server, browser) as citizen,
        Seat.at(server, browser, DESKTOP) as hanh,
        Seat.at(server, browser, DESKTOP) as minh,
    ):
        citizen.say(_ASKED)
        assert _SUMMARY not in citizen.hears("")
        for seat, name in ((hanh, "hanh"), (minh, "minh")):
            seat.sign_in(name)
            seat.page.wait_for_selector(".tiles")
            seat.page.on("dialog", lambda dialog: dialog.accept())

        _write_guide(hanh)
        taught = _teach_messages(hanh)
        assert len(taught) >= _MOST_OF_THEM
        held_out = _held_out(hanh)
        assert len(held_out) >= len(taught) // 5
        _examples(hanh, "topic_khong_nhan_otp", _MISLABELLED)
        _train(hanh)
        page = hanh.page
        expect(page.get_by_role("heading", name="Chưa qua cổng kiểm tra")).to_be_visible()
        expect(page.locator(".gate-sentence").filter(has_text="mật khẩu").first).to_be_visible()
        assert installation.git("status", "--porcelain") == ""

        _take_away(hanh, "topic_khong_nhan_otp", _MISLABELLED)
        minh.open(f"{_TRAINING}/huong-dan/the_xe_buyt_mien_phi")
        minh.press("Duyệt để xuất bản")
        expect(minh.page.locator("#notices")).to_contain_text("duyệt")
        _train(hanh)
        result = page.url
        _judge_answers(hanh)
        hanh.page.goto(result)
        expect(page.get_by_role("heading", name="Qua được cổng kiểm tra")).to_be_visible()
        expect(page.get_by_role("button", name="Đưa vào dùng")).to_have_count(0)
        minh.page.goto(page.url)
        minh.page.get_by_label("Thay đổi gì").fill("Thêm thẻ xe buýt miễn phí")
        minh.press("Đưa vào dùng")
        expect(minh.page.get_by_text("đúng bản")).to_be_visible(timeout=_PATIENCE)
        citizen.say(_ASKED)
        citizen.hears(_SUMMARY)
        _clean_commit(installation, taught, held_out)

        minh.press("Trở lại bản")
        expect(minh.page.get_by_text("đúng bản")).to_be_visible(timeout=_PATIENCE)
        before = citizen.count()
        citizen.say(_ASKED)
        expect(citizen.page.locator(".message.bot").nth(before)).to_be_visible(timeout=_PATIENCE)
        assert _SUMMARY not in citizen.hears("")
        assert installation.git("diff", "HEAD~2", "HEAD") == ""


def _judge_answers(seat: Seat) -> None:
    """What was decided in the inbox is counted as better; all else that the candidate changes is looked at, and better here."""
    seat.open(f"{_TRAINING}/phat-lai")
    better = re.search(r"Có thể tốt lên \((\d+)\)", seat.page.locator("#nhom").inner_text())
    assert better
    assert int(better[1]) >= _MOST_OF_THEM - 5
    items = seat.page.locator("[data-item]")
    for number in range(items.count()):
        items.nth(number).get_by_role("button", name="Tốt hơn").click()
        expect(items.nth(number).get_by_role("button", name="Tốt hơn", pressed=True)).to_have_count(1)


def _clean_commit(installation: Installation, taught: list[str], held_out: list[str]) -> None:
    """What was released is one commit that takes no line away, and that Rasa finds nothing wrong with."""
    assert installation.git("status", "--porcelain") == ""
    shown = installation.git("show", "--format=%B")
    assert "Thêm thẻ xe buýt miễn phí" in shown
    assert "data/guides/giao_thong/the_xe_buyt_mien_phi.yml" in shown
    assert [line for line in shown.splitlines() if line.startswith("-") and not line.startswith("---")] == []
    assert "tests/nlu/topics.yml" in shown
    added = "".join(line for line in shown.splitlines(keepends=True) if line.startswith("+"))
    assert all(added.count(f"- {text}\n") == 1 for text in taught if text in added)
    assert all(f"+    - {text}\n" in shown for text in held_out)
    assert sum(text in added for text in taught) >= _MOST_OF_THEM - 2
    command = [sys.executable, "-m", "bot", "rasa", "data", "validate", "--fail-on-warnings", "--domain", "domain.yml"]
    where = {"cwd": installation.live, "env": {**os.environ, "PYTHONPATH": str(ROOT)}}
    done = subprocess.run([*command, "--data", "data/nlu", "data/rules"], capture_output=True, text=True, check=False, **where)  # type: ignore[call-overload]  # a mapping of options
    assert done.returncode == 0, done.stdout + done.stderr

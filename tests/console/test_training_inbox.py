"""The trainers' inbox: what a decision changes in the draft, undo, what nobody may see, stories; and all of it by keyboard."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.sync_api import Browser, expect

from bot.stories import load_stories
from core.staff import Role
from core.storage import conversations, training_inbox
from core.storage.database import Database
from core.storage.models import Conversation
from tests.console.conftest import OTHER_WARD, WARD
from tests.console.office import Answer, Desk, Office, serving
from tests.console.seat import DESKTOP, PHONE, Seat
from tests.console.training_talks import NEW_MATTER, fill_inbox
from tests.storage.inbox import say as say_at
from tests.training.small_tree import small_tree
from tests.web.live import InThread, chromium

_HOME = "/canbo/huan-luyen/hop-thu"
_RULE = f"{_HOME}/quyet-dinh"
_TOPICS = "data/nlu/topics.yml"


@pytest_asyncio.fixture
async def school(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Office]:
    """An office with a small content tree, two trainers, one of a ward, and somebody who is none."""
    async with serving(sqlite_url, content=small_tree(tmp_path / "live")) as office:
        await office.hire("hanh", Role.TRAINER)
        await office.hire("phuong", Role.TRAINER, WARD)
        await office.hire("sep", Role.ADMIN)
        yield office


async def say(database: Database, text: str, outcome: str = "fallback", **known: Any) -> None:
    """Just now."""
    await say_at(database, text, outcome, now=datetime.now(UTC), ago=timedelta(), **known)


def _items(answer: Answer) -> list[str]:
    return re.findall(r'name="cau" value="(\d+)"', answer.text)


async def _open_first(desk: Desk) -> tuple[str, Answer]:
    """The first group of the inbox."""
    found = re.search(rf"{_HOME}/nhom/\d+", (await desk.get(_HOME)).text)
    assert found
    return found[0], await desk.get(found[0])


async def _decide(desk: Desk, group: str, items: list[str], **fields: str) -> Answer:
    form = [*(("cau", item) for item in items), ("nhom_dang_xem", group.rpartition("/")[2]), *fields.items()]
    return await desk.post(_RULE, form, form=group)


def _draft(office: Office, path: str) -> str:
    return (office.console.draft.root / path).read_text(encoding="utf-8")


async def test_sentences_become_examples_and_undo_leaves_the_file_as_it_was(school: Office) -> None:
    """Worded as the trainer wants, without personal data; the decision tells who, and what it was about."""
    await say(school.database, "mã otp không về máy 0905123456")
    await say(school.database, "ma otp khong ve may cua toi")
    live = (school.console.draft.live_root / _TOPICS).read_text(encoding="utf-8")
    async with school.desk("hanh") as desk:
        group, page = await _open_first(desk)
        items = _items(page)
        assert len(items) == 2
        answer = await _decide(desk, group, items, viec="intent:topic_khong_nhan_otp", ghi_chu="dân hỏi nhiều")
        assert answer.status == 303
        assert "mã otp không về máy\n" in _draft(school, _TOPICS)
        assert "0905" not in _draft(school, _TOPICS)
        assert "số điện thoại" not in _draft(school, _TOPICS)
        assert (school.console.draft.live_root / _TOPICS).read_text(encoding="utf-8") == live
        done = (await desk.get(f"{_HOME}/da-xu-ly")).text
        assert "Họ Tên hanh" in done
        assert "dân hỏi nhiều" in done
        ruling = re.search(r"quyet-dinh/(\d+)/hoan-tac", done)
        assert ruling
        assert (await desk.post(f"{_RULE}/{ruling[1]}/hoan-tac", form=_HOME)).status == 303
        assert _draft(school, _TOPICS) == live
        assert len(_items(await desk.get(group))) == 2
        assert (await desk.post(f"{_RULE}/{ruling[1]}/hoan-tac", form=_HOME)).status == 422


async def test_new_intent_with_its_reply_needs_no_file(school: Office) -> None:
    """Domain, rule, examples and response are there; a sentence the trainer worded anew is taken instead."""
    for text in NEW_MATTER[:6]:
        await say(school.database, text)
    async with school.desk("hanh") as desk:
        group, page = await _open_first(desk)
        items = _items(page)
        fields = {f"sua-{items[0]}": "ai được cấp thẻ xe buýt miễn phí", "ten": "Thẻ xe buýt miễn phí"}
        fields["tra_loi"] = "Dạ, việc này bà con hỏi trung tâm phục vụ hành chính công nơi ở."
        assert (await _decide(desk, group, items, viec="new", **fields)).status == 303
    intent = await school.console.draft.read(lambda tree: tree.intents.get("reply_the_xe_buyt_mien_phi"))
    assert intent.title == "Thẻ xe buýt miễn phí"
    assert "ai được cấp thẻ xe buýt miễn phí" in intent.examples
    assert len(intent.examples) == len(items)
    assert "utter_reply_the_xe_buyt_mien_phi" in _draft(school, "data/rules/rules.yml")


@pytest.mark.parametrize(
    ("how", "where", "what"),
    [
        ("", "data/guides/vneid/quen_mat_khau.yml", "needs"),
        ("ten_goi", "data/guides/vneid/quen_mat_khau.yml", "aliases"),
        ("y_dinh_rieng", _TOPICS, "topic_quen_mat_khau"),
    ],
)
async def test_sentences_go_to_a_guide(school: Office, how: str, where: str, what: str) -> None:
    """As situations, as other names, or as examples of its own intent."""
    await say(school.database, "lú lẫn quên cái mật mã vô app")
    async with school.desk("hanh") as desk:
        group, page = await _open_first(desk)
        answer = await _decide(desk, group, _items(page), viec="guide", huong_dan="quen_mat_khau", cach=how)
        assert answer.status == 303, answer.text
    text = _draft(school, where)
    assert what in text
    assert "lú lẫn quên cái mật mã vô app" in text[text.index(what) :]


async def test_what_cannot_be_done_is_told_and_nothing_is_lost(school: Office) -> None:
    """No choice made, a sentence of another intent, a reply that is missing: the page keeps what was typed."""
    await say(school.database, "mã otp không gửi về máy")
    async with school.desk("hanh") as desk:
        group, page = await _open_first(desk)
        items = _items(page)
        for fields, said in (
            ({"viec": "intent"}, "Hãy chọn ý định"),
            ({"viec": "intent:topic_quen_mat_khau"}, "đang thuộc ý định"),
            ({"viec": "new", "ten": "Việc mới đây"}, "trả lời"),
            ({"viec": "bay"}, "Hãy chọn một việc"),
        ):
            answer = await _decide(desk, group, items, ghi_chu="giữ lại chữ này", **fields)
            assert (answer.status, said in answer.text, "giữ lại chữ này" in answer.text) == (422, True, True), fields
        assert (await _decide(desk, group, [], viec="unclear")).status == 422
        assert await school.console.draft.changes() == []
        assert _items(await desk.get(group)) == items


async def test_second_trainer_is_told_what_the_first_has_decided(school: Office) -> None:
    """Nothing is decided twice, and nothing of the second decision reaches the draft."""
    await say(school.database, "quên sạch mật khẩu vneid", ward=WARD)
    async with school.desk("hanh") as first, school.desk("phuong") as second:
        group, page = await _open_first(first)
        items = _items(page)
        assert (await _decide(first, group, items, viec="unclear")).status == 303
        answer = await _decide(second, group, items, viec="intent:topic_quen_mat_khau")
        assert answer.status == 422
        assert "người khác xử lý" in answer.text
    assert await school.console.draft.changes() == []


async def test_groups_are_decided_together_but_not_what_came_since(school: Office) -> None:
    """The list decides about what it showed."""
    await say(school.database, "giá vàng hôm nay")
    await say(school.database, "đá bóng tối nay mấy giờ")
    async with school.desk("hanh") as desk:
        listing = await desk.get(_HOME)
        groups = re.findall(r'name="nhom" value="(\d+)"', listing.text)
        seen = re.search(r'name="thay_den" value="(\d+)"', listing.text)
        assert seen
        await say(school.database, "giá vàng hôm nay thế nào")
        assert "giá vàng hôm nay thế nào" in (await desk.get(_HOME)).text
        form = [*(("nhom", group) for group in groups), ("thay_den", seen[1]), ("viec", "unclear")]
        assert (await desk.post(_RULE, form, form=_HOME)).status == 303
        left = (await desk.get(_HOME)).text
    assert "giá vàng hôm nay thế nào" in left
    assert "đá bóng" not in left


async def test_inbox_is_for_trainers_of_the_ward(school: Office) -> None:
    """Nobody else reads what citizens wrote; every look at a conversation is in the audit log."""
    await say(school.database, "câu của phường khác", ward=OTHER_WARD)
    await say(school.database, "chuyện của phường mình", ward=WARD)
    async with school.desk("hanh") as desk:
        text = (await desk.get(_HOME)).text
        assert "câu của phường khác" in text
        _, page = await _open_first(desk)
        for item in _items(page):
            assert (await desk.get(f"{_HOME}/hoi-thoai/{item}")).status == 200
    async with school.desk("phuong") as desk:
        assert "câu của phường khác" not in (await desk.get(_HOME)).text
        for item in (1, 2):
            shown = await desk.get(f"{_HOME}/hoi-thoai/{item}")
            assert shown.status in {200, 404}
            assert "câu của phường khác" not in shown.text
            assert shown.status == 200 or (await desk.post(f"{_HOME}/hoi-thoai/{item}", {"ten": "x"}, form=_HOME)).status == 404
    async with school.desk("sep") as desk:
        assert (await desk.get(_HOME)).status == 403
        assert "Xem hội thoại để huấn luyện" in (await desk.get("/canbo/nhat-ky?viec=training")).text


async def test_deleted_message_is_gone_from_an_open_page(school: Office) -> None:
    """A decision about it is refused; the conversation page does not exist any more."""
    await say(school.database, "chuyện riêng nhà tôi", chat="người xóa")
    async with school.desk("hanh") as desk:
        group, page = await _open_first(desk)
        (item,) = _items(page)
        async with school.database.session.begin() as session:
            conversation = await conversations.find(session, "thu", "bot", "người xóa")
            await conversations.forget(session, await session.get_one(Conversation, conversation))
        assert (await _decide(desk, group, [item], viec="intent:topic_quen_mat_khau")).status == 422
        assert (await desk.get(f"{_HOME}/hoi-thoai/{item}")).status == 404
        assert "chuyện riêng" not in (await desk.get(_HOME)).text


async def test_conversation_becomes_a_story_in_one_click(school: Office) -> None:
    """As the page offers it; the file is one the story runner reads."""
    await say(school.database, "xin chào", "smalltalk", intent="greet", chat="a")
    await say(school.database, "cái mật mã: vô app #1 quên rồi", "clarify", chat="a", candidates=["quen_mat_khau"])
    async with school.desk("hanh") as desk:
        _, page = await _open_first(desk)
        talk = f"{_HOME}/hoi-thoai/{_items(page)[0]}"
        shown = (await desk.get(talk)).text
        fields = [("ten", "Quên mật mã thì được chỉ cách lấy lại")]
        fields += [("luot", number) for number in re.findall(r'name="luot" value="(\d+)"', shown)]
        fields += re.findall(r'name="(kieu-\d+)" value="(\w+)"', shown)
        fields += [(name, text) for name, text in re.findall(r'name="(noi-\d+)" value="([^"]*)"', shown)]
        for name, options in re.findall(r'<select[^>]* name="((?:mong|huong_dan)-\d+)".*?>(.*?)</select>', shown, re.DOTALL):
            chosen = re.search(r'value="([^"]*)" selected', options)
            fields.append((name, chosen[1] if chosen else ""))
        answer = await desk.post(talk, fields, form=talk)
        assert answer.status == 303, answer.text
        again = await desk.post(talk, fields, form=talk)
        assert again.status == 422
        assert "Đã có kịch bản" in again.text
    (story,) = load_stories(school.console.draft.root / "tests" / "stories")
    assert story.name == "Quên mật mã thì được chỉ cách lấy lại"
    assert [turn.user for turn in story.turns] == ["xin chào", "cái mật mã: vô app #1 quên rồi"]
    assert story.turns[0].expect.outcome == ("smalltalk",)
    assert story.turns[1].expect.guide == ("quen_mat_khau",)


async def test_grouping_keeps_up_while_messages_come_in(school: Office) -> None:
    """The group a trainer has open keeps its number when more of the same is asked."""
    for text in NEW_MATTER[:8]:
        await say(school.database, text)
    inbox = school.console.inbox
    await inbox.refresh()
    async with school.database.session() as session:
        before = {line.id: line.number for line in await training_inbox.open_for_grouping(session, 100)}
    for text in NEW_MATTER[8:16]:
        await say(school.database, text)
    await inbox.refresh()
    async with school.database.session() as session:
        after = {line.id: line.number for line in await training_inbox.open_for_grouping(session, 100)}
    assert len(after) == 16
    assert {item: after[item] for item in before} == before


# in a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def server(sqlite_url: str, tmp_path: Path) -> Iterator[InThread[Office]]:
    """The console in a thread of its own, with a trainer and a full inbox."""
    with InThread(lambda: serving(sqlite_url, content=small_tree(tmp_path / "live"))) as started:
        started.do(started.product.hire("hanh", Role.TRAINER))
        started.do(fill_inbox(started.product.database))
        yield started


def test_inbox_is_worked_through_by_keyboard_alone(browser: Browser, server: InThread[Office]) -> None:
    """Open, tick off one sentence, word another, decide, see the next group, take it back; Enter in a field decides nothing."""
    with Seat.at(server, browser, DESKTOP) as seat:
        seat.sign_in("hanh")
        seat.page.wait_for_selector(".tiles")
        seat.open(_HOME)
        keyboard, page = seat.page.keyboard, seat.page
        assert seat.serious_violations() == []
        keyboard.press("j")
        keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("xe buýt")
        first = page.get_by_role("heading", level=1).inner_text()
        boxes = page.locator("[name=cau]")
        expect(boxes).to_have_count(len(NEW_MATTER))
        keyboard.press("j")
        keyboard.press("x")
        expect(boxes.first).not_to_be_checked()
        keyboard.press("j")
        keyboard.press("e")
        keyboard.type(" mới nhất")
        keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(first)
        assert seat.serious_violations() == []
        page.locator("#ghi_chu").fill("thử")
        keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(first)
        boxes.nth(2).focus()
        keyboard.press("r")
        expect(page.get_by_role("status")).to_contain_text("Đã xếp xong")
        expect(boxes).to_have_count(1)
        keyboard.press("z")
        expect(page.get_by_role("status")).to_contain_text("Đã hoàn tác")
        expect(boxes).to_have_count(len(NEW_MATTER))


def test_inbox_fits_a_phone(browser: Browser, server: InThread[Office]) -> None:
    """Nothing beside the window, no serious fault: list, group, conversation, history."""
    with Seat.at(server, browser, PHONE) as seat:
        seat.sign_in("hanh")
        seat.page.wait_for_selector(".tiles")
        seat.open(_HOME)
        faults = [*seat.serious_violations(), *([_HOME] if seat.overflows() > 0 else [])]
        seat.page.locator("[data-go]").first.click()
        seat.page.wait_for_selector(".sayings")
        faults += [*seat.serious_violations(), *(["group"] if seat.overflows() > 0 else [])]
        talk = seat.page.get_by_role("link", name="Hội thoại").first.get_attribute("href")
        seat.page.get_by_role("button", name="Không rõ hỏi gì").click()
        seat.page.wait_for_selector("#notices .alert")
        for path in (str(talk), f"{_HOME}/da-xu-ly"):
            seat.open(path)
            faults += [*seat.serious_violations(), *([path] if seat.overflows() > 0 else [])]
        assert faults == []

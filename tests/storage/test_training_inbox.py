"""The trainers' inbox as stored: what comes in and why, what a ward sees, decisions and taking them back, deletion."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from core.errors import UserFacingError
from core.inbox import Kind, Order, ranked
from core.staff import Member, Role
from core.storage import conversations, training_inbox
from core.storage.database import Database
from core.storage.inbox_gathering import gather
from core.storage.inbox_models import InboxItem
from core.storage.models import Conversation, Message
from tests.storage.desk import hire
from tests.storage.inbox import NOW, close_as_misread, not_helped, say
from tests.storage.making import everything_stored

_KEEP = timedelta(days=90)
_DAY = timedelta(days=1)


async def _gather(database: Database) -> int:
    async with database.session.begin() as session:
        return await gather(session, NOW, _KEEP)


async def _reasons(database: Database) -> dict[str, list[str]]:
    """The reasons of every message in the inbox, by its text."""
    async with database.session() as session:
        rows = await session.execute(select(Message.text, InboxItem.reasons).join(InboxItem, InboxItem.message_id == Message.id))
        return {text: reasons for text, reasons in rows}


async def _in_one_group(database: Database, member: Member) -> tuple[int, list[int]]:
    """Everything gathered, as group 1; the ids of its items."""
    await _gather(database)
    async with database.session.begin() as session:
        waiting = await training_inbox.open_for_grouping(session, 100)
        await training_inbox.set_groups(session, {line.id: 1 for line in waiting}, {line.id: 0.5 for line in waiting})
    async with database.session() as session:
        return 1, [line.item.id for line in (await training_inbox.list_lines(session, member, [1])).get(1, [])]


async def test_what_went_wrong_comes_in_with_its_reasons(database: Database) -> None:
    """Refused, asked back, hardly sure, told wrong, misread; not what was right, tapped, empty of words, or an apology."""
    await say(database, "giá vé cầu Trường Tiền")
    await say(database, "làm giấy tạm trú tạm vắng", "clarify", candidates=["dang_ky_tam_tru"])
    await say(database, "cái nớ răng", "answered", confidence=0.1, guide="dang_ky_tam_tru")
    await say(database, "lệ phí tạm trú", "answered", confidence=0.9, guide="dang_ky_tam_tru")
    await say(database, "tạm trú mấy bữa", "answered", confidence=0.9, chance=0.55, guide="dang_ky_tam_tru")
    await say(database, "tạm trú", "answered", confidence=0.1, chance=0.95, guide="dang_ky_tam_tru")
    await not_helped(database, await say(database, "phí đăng ký xe", "answered", confidence=0.9))
    wrong = await say(database, "đất nhà tôi bị trùng sổ", "answered", confidence=0.9)
    await close_as_misread(database, wrong)
    await close_as_misread(database, await say(database, "cổng lỗi", "answered", confidence=0.9), cause="portal")
    await say(database, "Tạm trú", "clarify", intent="choose", confidence=1.0)
    await say(database, "👍 [số điện thoại]")
    await say(database, "để từ hôm qua", intent="late")
    assert await _gather(database) == 6
    assert await _reasons(database) == {
        "giá vé cầu Trường Tiền": ["refused"],
        "làm giấy tạm trú tạm vắng": ["clarified"],
        "cái nớ răng": ["unsure"],
        "tạm trú mấy bữa": ["unsure"],
        "phí đăng ký xe": ["told_wrong"],
        "đất nhà tôi bị trùng sổ": ["misread"],
    }


async def test_gathering_again_adds_only_what_is_new(database: Database) -> None:
    """A verdict given later adds its reason to the message that is there; what is too old never comes in."""
    first = await say(database, "hỏi chuyện chi đó", "clarify")
    await say(database, "câu của năm ngoái", ago=200 * _DAY)
    assert await _gather(database) == 1
    await not_helped(database, first)
    await say(database, "câu mới", ago=timedelta(minutes=5))
    assert await _gather(database) == 1
    assert await _gather(database) == 0
    assert (await _reasons(database))["hỏi chuyện chi đó"] == ["clarified", "told_wrong"]


async def test_groups_are_counted_by_citizens_and_by_rise(database: Database) -> None:
    """One citizen who asks three times is one; whoever asks this week and not before is a rise."""
    member = await hire(database, "Lan", Role.TRAINER)
    for n in range(3):
        await say(database, f"hưu trí xã hội {n}", chat="một người")
    await say(database, "hưu trí xã hội tuần trước", ago=10 * _DAY)
    await say(database, "hưu trí xã hội tháng trước", ago=30 * _DAY)
    await _in_one_group(database, member)
    async with database.session() as session:
        (group,) = await training_inbox.list_groups(session, member, NOW)
        assert (group.messages, group.citizens, group.this_week, group.week_before, group.rise) == (5, 3, 1, 1, 0)
        assert await training_inbox.list_groups(session, member, NOW, "clarified") == []
    assert ranked([group], Order.BOTH) == [group]


async def test_trainer_of_a_ward_sees_and_decides_only_its_messages(database: Database) -> None:
    """Those of other wards, and those of no known ward, are the whole city's."""
    here = await hire(database, "Huong", Role.TRAINER, ("hue-thuan-hoa",))
    everywhere = await hire(database, "Lan", Role.TRAINER)
    await say(database, "câu của phường này", ward="hue-thuan-hoa")
    await say(database, "câu của phường khác", ward="hue-phu-xuan")
    await say(database, "câu chưa rõ phường")
    _, all_of_them = await _in_one_group(database, everywhere)
    assert len(all_of_them) == 3
    async with database.session.begin() as session:
        lines = (await training_inbox.list_lines(session, here, [1]))[1]
        assert [line.message.text for line in lines] == ["câu của phường này"]
        (group,) = await training_inbox.list_groups(session, here, NOW)
        assert group.messages == 1
        own = lines[0].item.id
        for other in set(all_of_them) - {own}:
            assert await training_inbox.find_line(session, here, other) is None
            with pytest.raises(UserFacingError, match="tải lại trang"):
                await training_inbox.rule(session, here, [own, other], Kind.UNCLEAR, None, "", NOW)
        assert (await training_inbox.rule(session, here, [own], Kind.UNCLEAR, None, "", NOW)).messages == 1


async def test_decision_is_made_once_kept_with_who_and_why_and_can_be_taken_back(database: Database) -> None:
    """The second trainer is told; after undo the messages wait again, and the decision stays in the history."""
    lan, minh = await hire(database, "Lan", Role.TRAINER), await hire(database, "Minh", Role.TRAINER)
    await say(database, "một câu")
    await say(database, "hai câu")
    _, items = await _in_one_group(database, lan)
    async with database.session.begin() as session:
        ruling = await training_inbox.rule(session, lan, items, Kind.GUIDE, "dang_ky_tam_tru", "gọi 0905123456 rồi", NOW)
    assert ruling.messages == 2
    with pytest.raises(UserFacingError, match="đã được người khác xử lý"):
        async with database.session.begin() as session:
            await training_inbox.rule(session, minh, items, Kind.UNCLEAR, None, "", NOW)
    async with database.session.begin() as session:
        assert await training_inbox.list_groups(session, lan, NOW) == []
        await training_inbox.reopen(session, minh, ruling.id, NOW)
    with pytest.raises(UserFacingError, match="đã được hoàn tác"):
        async with database.session.begin() as session:
            await training_inbox.reopen(session, minh, ruling.id, NOW)
    async with database.session() as session:
        assert len((await training_inbox.list_lines(session, lan, [1]))[1]) == 2
        (kept,) = await training_inbox.list_rulings(session)
    assert (kept.who, kept.undone_by, kept.ruling.note) == ("Chị Lan", "Chị Minh", "gọi [số điện thoại] rồi")


async def test_of_two_trainers_at_once_one_decides(database: Database) -> None:
    """One of them decides; the other is told to look again."""
    lan, minh = await hire(database, "Lan", Role.TRAINER), await hire(database, "Minh", Role.TRAINER)
    for n in range(6):
        await say(database, f"câu số {n}")
    _, items = await _in_one_group(database, lan)

    async def decide(member: Member) -> int:
        try:
            async with database.session.begin() as session:
                return (await training_inbox.rule(session, member, items, Kind.UNCLEAR, None, "", NOW)).messages
        except UserFacingError:
            return 0

    assert sorted(await asyncio.gather(decide(lan), decide(minh))) == [0, 6]


async def test_tap_after_a_question_back_says_what_was_meant(database: Database) -> None:
    """Only what was tapped next, not later."""
    lan = await hire(database, "Lan", Role.TRAINER)
    await say(database, "làm giấy cho con", "clarify", chat="a")
    await say(database, "Khai sinh", "answered", chat="a", intent="choose", guide="dang_ky_khai_sinh", ago=timedelta(hours=1))
    await say(database, "làm giấy cho ông", "clarify", chat="b")
    await say(database, "thôi", "smalltalk", chat="b", intent="deny", ago=timedelta(hours=1))
    await say(database, "Khai tử", "answered", chat="b", intent="choose", guide="dang_ky_khai_tu", ago=timedelta(minutes=50))
    await _in_one_group(database, lan)
    async with database.session() as session:
        lines = (await training_inbox.list_lines(session, lan, [1]))[1]
    assert {line.message.text: line.picked for line in lines} == {
        "làm giấy cho con": "dang_ky_khai_sinh",
        "làm giấy cho ông": None,
    }


async def test_inbox_keeps_no_text_and_forgets_with_the_citizen(database: Database) -> None:
    """Whoever has everything deleted is gone from the inbox in the same moment."""
    secret = "kiệt 42 Chi Lăng"
    lan = await hire(database, "Lan", Role.TRAINER)
    message = await say(database, f"nhà tôi ở {secret}")
    _, items = await _in_one_group(database, lan)
    async with database.session.begin() as session:
        conversation_id = (await session.get_one(Message, message)).conversation_id
        await conversations.forget(session, await session.get_one(Conversation, conversation_id))
    assert secret not in await everything_stored(database)
    async with database.session() as session:
        assert await training_inbox.list_groups(session, lan, NOW) == []
        assert await training_inbox.find_line(session, lan, items[0]) is None
        assert not await training_inbox.ungrouped(session)

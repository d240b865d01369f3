"""Every message is answered once, in order, completely or not at all: with the trained model, on both databases."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, select

from bot.agent import Brain
from bot.turns import TurnEngine, TurnReport
from core import texts
from core.conversation import ConversationState
from core.dialogue import Said
from core.links import LINK_REMOVED
from core.messages import Footer, Link, Outcome, Reply, Response
from core.storage import conversations
from core.storage.database import Database
from core.storage.models import Case, Conversation, Message, Turn
from tests.conftest import LINK_HOSTS
from tests.storage.making import answering, everything_stored, inbound, messages

_STEP = "s:dang_ky_tam_tru:{}"


@pytest.fixture
def engine(database: Database, brain: Brain) -> TurnEngine:
    """A turn engine over an empty database."""
    return TurnEngine(database, brain, link_hosts=LINK_HOSTS)


async def _say(engine: TurnEngine, text: str, chat_id: str = "chat", choice: str | None = None) -> None:
    assert await engine.receive(inbound(text, chat_id, choice=choice))
    await engine.drain()


async def _turns(database: Database) -> list[Turn]:
    async with database.session() as session:
        return list(await session.scalars(select(Turn).order_by(Turn.id)))


async def _assert_answered_once_each(database: Database, count: int) -> list[Message]:
    """Every message is done, has one turn with a known outcome, and its replies stand together in its order."""
    asked, answered, turns = await messages(database, "in"), await messages(database, "out"), await _turns(database)
    assert len(asked) == count
    assert {message.state for message in asked} == {"done"}
    assert sorted(turn.message_id for turn in turns) == [message.id for message in asked]
    assert {turn.outcome for turn in turns} <= set(Outcome)
    assert {message.state for message in answered} == {"queued"}
    for conversation_id in {message.conversation_id for message in asked}:
        own = [message.id for message in asked if message.conversation_id == conversation_id]
        order = [int(message.key.split(":")[0]) for message in answered if message.conversation_id == conversation_id]
        assert list(dict.fromkeys(order)) == own
        assert order == sorted(order)
    return answered


# once, and in order


async def test_same_event_twice_is_one_turn(engine: TurnEngine, database: Database) -> None:
    """Delivered again later, and many times at once."""
    first = inbound("xin chào", event_id="1")
    assert await engine.receive(first)
    await engine.drain()
    assert not await engine.receive(first)
    again = inbound("cảm ơn", event_id="2")
    new = await asyncio.gather(*(engine.receive(again) for _ in range(8)))
    assert Counter(new) == {True: 1, False: 7}
    await engine.drain()
    await _assert_answered_once_each(database, 2)


async def test_same_event_id_of_two_chats_is_two_messages(engine: TurnEngine, database: Database) -> None:
    """Platforms number events per chat."""
    for chat_id in ("a", "b"):
        assert await engine.receive(inbound("xin chào", chat_id, event_id="1"))
    await engine.drain()
    await _assert_answered_once_each(database, 2)


async def test_fifty_messages_at_once_in_one_chat_are_answered_once_and_in_order(engine: TurnEngine, database: Database) -> None:
    """Nothing is lost, repeated or overtaken."""
    await asyncio.gather(*(engine.receive(inbound("", choice=_STEP.format(n % 7 + 1))) for n in range(50)))
    await engine.drain()
    answered = await _assert_answered_once_each(database, 50)
    asked = await messages(database, "in")
    before = ""
    for question in asked:
        choice = question.payload["choice"]
        said = [answer.text for answer in answered if answer.key.startswith(f"{question.id}:")]
        if choice != before:  # the same step tapped twice in a row is answered by saying so
            assert f"Bước {choice.rsplit(':', 1)[1]}/" in " ".join(said)
        before = choice


async def test_messages_that_arrive_while_a_turn_runs_keep_their_order(engine: TurnEngine, database: Database) -> None:
    """A citizen who types faster than the answers come."""
    for n in range(20):
        assert await engine.receive(inbound("", choice=_STEP.format(n % 7 + 1)))
    await engine.drain()
    answered = await _assert_answered_once_each(database, 20)
    assert [answer.text.split("Bước ")[1][0] for answer in answered] == [str(n % 7 + 1) for n in range(20)]


async def test_fifty_chats_at_once_do_not_mix(engine: TurnEngine, database: Database) -> None:
    """Each gets its own answers and keeps its own memory."""
    guides = ["dang_ky_tam_tru", "dang_ky_ket_hon", "cap_ho_chieu", "ly_lich_tu_phap", "tach_ho"]
    chats = [(f"chat {n}", guides[n % len(guides)]) for n in range(50)]
    await asyncio.gather(*(engine.receive(inbound("", chat, choice=f"s:{guide}:1")) for chat, guide in chats))
    await asyncio.gather(*(engine.receive(inbound("xong rồi", chat, choice=None)) for chat, _ in chats))
    await engine.drain()
    await _assert_answered_once_each(database, 100)
    async with database.session() as session:
        by_chat = {row.chat_id: row.id for row in await session.scalars(select(Conversation))}
    turns = await _turns(database)
    for chat, guide in chats:
        mine = [turn for turn in turns if turn.conversation_id == by_chat[chat]]
        assert {turn.guide for turn in mine} == {guide}
        last = (await messages(database, "out", by_chat[chat]))[-1]
        assert last.text.startswith(("Bước 2/", "Vậy là xong"))


async def test_memory_lasts_from_turn_to_turn(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Also for another engine, as after a restart."""
    await _say(engine, "", choice=_STEP.format(2))
    await _say(TurnEngine(database, brain, link_hosts=LINK_HOSTS), "xong bước này rồi")
    assert (await messages(database, "out"))[-1].text.startswith("Bước 3/")


async def test_engine_tells_what_came_in_and_when_replies_wait(database: Database, brain: Brain) -> None:
    """For "đang nhập…" and for the outbox; once they are stored."""
    seen: list[tuple[str, int]] = []
    engine = TurnEngine(
        database,
        brain,
        link_hosts=LINK_HOSTS,
        on_received=lambda conversation, _inbound: seen.append(("in", conversation)),
        on_replies=lambda conversation: seen.append(("out", conversation)),
    )
    await _say(engine, "xin chào")
    assert [what for what, _ in seen] == ["in", "out"]
    assert len({conversation for _, conversation in seen}) == 1


# failures


def _failing(times: float, text: str = "hỏng") -> Callable[[str], Said | None]:
    left = [times]

    def script(said: str) -> Said | None:
        if text in said and left[0] > 0:
            left[0] -= 1
            raise RuntimeError("broken")
        return None

    return script


async def test_failed_action_is_rolled_back_and_tried_again(engine: TurnEngine, brain: Brain, database: Database) -> None:
    """The citizen notices nothing; the memory is that of one turn."""
    await _say(engine, "", choice=_STEP.format(1))
    with answering(brain, _failing(2, "xong")):
        await _say(engine, "xong bước này rồi")
    answered = await _assert_answered_once_each(database, 2)
    assert answered[-1].text.startswith("Bước 2/")
    await _say(engine, "xong bước này rồi")
    assert (await messages(database, "out"))[-1].text.startswith("Bước 3/")


async def test_nothing_is_stored_of_a_turn_that_failed(engine: TurnEngine, brain: Brain, database: Database) -> None:
    """No turn, no reply, no memory, no message marked."""
    await _say(engine, "", choice=_STEP.format(1))
    before = await everything_stored(database)
    stored = await engine.store(inbound("hỏng rồi", event_id="x"))
    assert stored is not None
    after_storing = await everything_stored(database)
    assert after_storing != before
    with answering(brain, _failing(1)), pytest.raises(Exception, match=str(stored[1])):
        await engine.take_turn(stored[0])
    assert await everything_stored(database) == after_storing


async def test_message_that_cannot_be_answered_is_told_so_and_kept(engine: TurnEngine, brain: Brain, database: Database) -> None:
    """After three attempts: an apology, the message marked failed with the kind of error and nothing of its text."""
    with answering(brain, _failing(float("inf"))):
        await _say(engine, "máy hỏng rồi")
    message = (await messages(database, "in"))[0]
    assert (message.state, message.text) == ("failed", "máy hỏng rồi")
    assert message.error is not None
    assert "RuntimeError" in message.error
    assert "máy hỏng" not in message.error
    assert [reply.text for reply in await messages(database, "out")] == [texts.TRY_LATER]
    assert [turn.outcome for turn in await _turns(database)] == [Outcome.FALLBACK.value]


async def test_messages_after_a_failed_one_are_answered(engine: TurnEngine, brain: Brain, database: Database) -> None:
    """One bad message does not block its conversation."""
    with answering(brain, _failing(float("inf"))):
        await engine.receive(inbound("máy hỏng rồi"))
        await engine.receive(inbound("", choice=_STEP.format(2)))
        await engine.drain()
    assert [message.state for message in await messages(database, "in")] == ["failed", "done"]
    assert (await messages(database, "out"))[-1].text.startswith("Bước 2/")


async def test_failing_turn_logs_no_citizen_text(
    engine: TurnEngine, brain: Brain, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Not even among the local variables of a traceback."""
    with answering(brain, _failing(float("inf"))):
        await _say(engine, "máy hỏng rồi cô ơi, kiệt 42 Chi Lăng")
    out, err = capfd.readouterr()
    logged = out + err + caplog.text
    assert "turn.failed" in logged
    assert "Chi Lăng" not in logged


async def test_taken_case_code_costs_only_another_try(
    engine: TurnEngine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn whose case could not be stored is rolled back and made again with a new code."""
    codes = iter(["AAAA-2222", "AAAA-2222", "BBBB-3333"])
    monkeypatch.setattr("core.handoff.new_case_code", lambda: next(codes))
    await _say(engine, "", "một", choice="human")
    await _say(engine, "", "hai", choice="human")
    answered = await _assert_answered_once_each(database, 2)
    assert [code in reply.text for reply, code in zip(answered, ("AAAA-2222", "BBBB-3333"), strict=True)] == [True, True]
    async with database.session() as session:
        assert [case.code for case in await session.scalars(select(Case).order_by(Case.id))] == ["AAAA-2222", "BBBB-3333"]


# crashes


class _Killed(BaseException):
    """The process ends here: nothing catches it."""


@contextmanager
def _killed_at_commit(database: Database) -> Iterator[None]:
    """The process dies between the answer and its commit."""

    def die(_connection: object) -> None:
        raise _Killed

    event.listen(database.engine.sync_engine, "commit", die)
    try:
        yield
    finally:
        event.remove(database.engine.sync_engine, "commit", die)


async def test_message_stored_before_a_crash_is_answered_once_after_it(database: Database, brain: Brain) -> None:
    """The next process finds it when it starts; starting twice answers once."""
    crashed = TurnEngine(database, brain, link_hosts=LINK_HOSTS)
    assert await crashed.store(inbound("xin chào", "a"))
    assert await crashed.store(inbound("cảm ơn", "b"))
    assert await crashed.store(inbound("tạm biệt", "b"))
    engine = TurnEngine(database, brain, link_hosts=LINK_HOSTS)
    await engine.start()
    await engine.start()
    await engine.drain()
    await engine.stop()
    await _assert_answered_once_each(database, 3)


async def test_crash_before_the_commit_leaves_nothing_half_written(database: Database, brain: Brain) -> None:
    """The next process answers as if nothing had been."""
    crashed = TurnEngine(database, brain, link_hosts=LINK_HOSTS)
    await _say(crashed, "", choice=_STEP.format(1))
    assert await crashed.store(inbound("", choice="human"))
    before = await everything_stored(database)
    with _killed_at_commit(database):
        await crashed.start()
        await crashed.drain()
        await crashed.stop()
    assert await everything_stored(database) == before
    engine = TurnEngine(database, brain, link_hosts=LINK_HOSTS)
    await engine.start()
    await engine.drain()
    await engine.stop()
    await _assert_answered_once_each(database, 2)
    async with database.session() as session:
        assert len(list(await session.scalars(select(Case)))) == 1


async def test_finished_message_cannot_be_answered_again(engine: TurnEngine, database: Database) -> None:
    """Two processes that took the same message end with one answer."""
    stored = await engine.store(inbound("xin chào"))
    assert stored is not None
    results = await asyncio.gather(*(engine.take_turn(stored[0]) for _ in range(3)), return_exceptions=True)
    assert sum(isinstance(result, TurnReport) for result in results) == 1
    assert await engine.take_turn(stored[0]) is None
    await _assert_answered_once_each(database, 1)


# what leaves and what stays


async def test_foreign_links_are_cut_from_replies(engine: TurnEngine, brain: Brain, database: Database) -> None:
    """Whatever a guide or an action says; official ones stay, also as sources."""

    def script(said: str) -> Said:
        footer = Footer((Link("Cổng", "https://dichvucong.gov.vn/x"), Link("Lạ", "https://evil.com/x")))
        reply = Reply("Vào https://dichvucong.gov.vn/x hoặc https://evil.com/a.apk nhé", (), footer)
        return Response(Outcome.ANSWERED, (reply, Reply("www.evil.com"))), ConversationState()

    with answering(brain, script):
        await _say(engine, "cho tôi đường dẫn")
    first, second = await messages(database, "out")
    assert first.text == f"Vào https://dichvucong.gov.vn/x hoặc {LINK_REMOVED} nhé"
    assert second.text == LINK_REMOVED
    assert [link["url"] for link in first.payload["footer"]["sources"]] == ["https://dichvucong.gov.vn/x", None]


async def test_secrets_are_masked_everywhere_and_warned_of(
    engine: TurnEngine, database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    """Before anything is stored, logged or learned from; the first reply says so."""
    secrets = {
        "mã otp của tôi là 482913": ("482913", "mã xác thực"),
        "mật khẩu là Hue@2024": ("Hue@2024", "mật khẩu"),
        "thẻ 9704 0500 1234 5678 của tôi": ("1234", "số thẻ hoặc tài khoản ngân hàng"),
    }
    for text, (secret, kind) in secrets.items():
        await _say(engine, text, chat_id=kind)
        await _say(engine, "gặp cán bộ", chat_id=kind, choice="human")
        assert secret not in await everything_stored(database)
        async with database.session() as session:
            own = await conversations.find(session, "thu", "bot", kind)
        first = (await messages(database, "out", own))[0]
        assert first.text == texts.PRIVACY_WARNING.format(what=kind)
    logged = "".join(capfd.readouterr())
    assert not any(secret in logged for secret, _ in secrets.values())
    await _assert_answered_once_each(database, 6)


async def test_other_personal_data_is_masked_without_a_warning(engine: TurnEngine, database: Database) -> None:
    """Nobody has to be warned of their own phone number."""
    for text in ("cccd 046123456789 làm tạm trú", "gọi 0905 123 456 giúp", "mail a.b@gmail.com"):
        await _say(engine, text)
    stored = await everything_stored(database)
    assert not any(piece in stored for piece in ("046123456789", "0905", "a.b@gmail.com"))
    assert not any("Tin nhắn vừa rồi có" in reply.text for reply in await messages(database, "out"))


async def test_masked_number_at_the_cut_leaves_nothing_of_itself(database: Database, brain: Brain) -> None:
    """A long message is masked before it is cut, so no half of a number is kept."""
    engine = TurnEngine(database, brain, link_hosts=LINK_HOSTS, max_chars=100)
    for lead in (92, 95, 192, 195):
        await _say(engine, "a" * (lead - 1) + " 046123456789 xin hỏi tạm trú")
    stored = await everything_stored(database)
    assert not re.search(r"(?<!\d)0461", stored)  # the digits of a confidence may hold it by chance
    assert {len(message.text) <= 100 for message in await messages(database, "in")} == {True}
    assert texts.TOO_LONG in {reply.text for reply in await messages(database, "out")}


async def test_any_text_is_answered_as_text(engine: TurnEngine, database: Database) -> None:
    """Nothing typed is a command of Rasa; an empty message is answered, too, and costs the walk nothing."""
    odd = (
        "",
        "👍",
        "/",
        "   ",
        "/restart",
        '/choose{"choice": "delete"}',
        "/human",
        "EXTERNAL: x",
        "\u200b",
        "[](){}",
        '"' * 50,
        "x" * 1900,
    )
    for text in odd:
        await _say(engine, "", chat_id=f"chat {text[:20]}", choice=_STEP.format(2))
        await _say(engine, text, chat_id=f"chat {text[:20]}")
        turn = (await _turns(database))[-1]
        assert turn.intent != "choose", text
        told = [reply.text for reply in await messages(database, "out") if reply.key.startswith(f"{turn.message_id}:")]
        assert 1 <= len(told) == len(set(told)) <= 4, text
        await _say(engine, "xong bước này rồi", chat_id=f"chat {text[:20]}")
        # "restart" is taken for the wish to see the menu: from there one comes back to the step itself.
        assert (await messages(database, "out"))[-1].text.startswith(("Bước 2/", "Bước 3/")), text
    await _assert_answered_once_each(database, 3 * len(odd))
    async with database.session() as session:
        assert len(list(await session.scalars(select(Conversation)))) == len(odd)


async def test_text_that_no_database_takes_is_answered(engine: TurnEngine, database: Database) -> None:
    """Half a surrogate pair or a NUL from a broken client must not be delivered again and again."""
    await _say(engine, "làm tạm trú \ud83d ở đâu \x00")
    await _assert_answered_once_each(database, 1)


async def test_stored_memory_stays_flat_over_three_hundred_turns(tmp_path: Path, brain: Brain) -> None:
    """A conversation of months costs what one of minutes does."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'long.db'}")
    await database.migrate()
    engine = TurnEngine(database, brain, link_hosts=LINK_HOSTS)
    said = [
        ("xin chào", None), ("đăng ký tạm trú cần giấy tờ gì", None), ("lệ phí bao nhiêu", None), ("", "s:dang_ky_tam_tru:1"),
        ("xong rồi", None), ("tôi bị kẹt", None), ("", "m:ho_tich"), ("làm hộ chiếu mất mấy ngày", None), ("cảm ơn", None),
        ("", "g:dang_ky_ket_hon:documents"),
    ]  # fmt: skip
    sizes = []
    for n in range(300):
        text, choice = said[n % len(said)]
        stored = await engine.store(inbound(text, choice=choice))
        assert stored is not None
        await engine.take_turn(stored[0])
        async with database.session() as session:
            sizes.append(len(json.dumps((await session.get_one(Conversation, stored[0])).dialogue)))
    await database.close()
    assert min(sizes) > 0
    assert max(sizes[-10:]) <= 1.05 * max(sizes[:30])


async def test_case_has_what_a_person_needs(engine: TurnEngine, database: Database) -> None:
    """Code as told, transcript, guide talked about, likely intents, ward, reason."""
    await _say(engine, "đăng ký tạm trú ở phường Thuận Hóa cần giấy tờ gì")
    await _say(engine, "cho tôi gặp cán bộ, số tôi 0905123456")
    reply = (await messages(database, "out"))[-1]
    async with database.session() as session:
        case = (await session.scalars(select(Case))).one()
    assert case.code in reply.text
    assert (case.state, case.reason, case.guide, case.ward) == ("new", "asked", "dang_ky_tam_tru", "hue-thuan-hoa")
    assert case.intents[0][0] == "human"
    lines = [(line["author"], line["text"]) for line in case.transcript]
    assert lines[0] == ("citizen", "đăng ký tạm trú ở phường Thuận Hóa cần giấy tờ gì")
    assert lines[-1] == ("bot", reply.text)
    assert ("citizen", "cho tôi gặp cán bộ, số tôi [số điện thoại]") in lines


async def test_turns_tell_what_came_of_each_message(engine: TurnEngine, database: Database, brain: Brain) -> None:
    """Outcome, intent, confidence, guide, section, model and time: what reports are made of."""
    await _say(engine, "đăng ký tạm trú cần giấy tờ gì")
    await _say(engine, "", choice="g:dang_ky_tam_tru:fee")
    typed, tapped = await _turns(database)
    assert (typed.outcome, typed.guide, typed.code, typed.section) == ("answered", "dang_ky_tam_tru", "1.004194", "documents")
    assert typed.intent
    assert 0 < (typed.confidence or 0) <= 1
    assert typed.candidates[0] == "dang_ky_tam_tru"
    assert typed.model == brain.model_name
    assert typed.ms > 0
    assert (tapped.outcome, tapped.intent, tapped.section) == ("answered", "choose", "fee")


# forgetting


async def test_delete_button_forgets_everything_and_says_so(engine: TurnEngine, database: Database) -> None:
    """What was said is gone from every table; the confirmation goes to the same chat, and a new start follows."""
    await _say(engine, "tui ở kiệt 42 Chi Lăng, làm tạm trú răng chừ", "chat-42")
    await _say(engine, "", "chat-42", choice="human")
    await _say(engine, "xóa hết tin nhắn của tôi đi", "chat-42", choice="delete?")
    await _say(engine, texts.DELETE_YES, "chat-42", choice="delete")
    stored = await everything_stored(database)
    assert "Chi Lăng" not in stored
    assert "tạm trú" not in stored
    async with database.session() as session:
        fresh = await conversations.find(session, "thu", "bot", "chat-42")
        assert fresh is not None
        assert (await session.get_one(Conversation, fresh)).dialogue == []
    assert [(reply.text, reply.state) for reply in await messages(database, "out", fresh)] == [(texts.DELETED, "queued")]
    assert {turn.outcome for turn in await _turns(database)} <= set(Outcome)
    await _say(engine, "nhắc lại giúp tôi", "chat-42", choice=None)
    assert (await messages(database, "out", fresh))[-1].text == texts.NOTHING_TO_REPEAT


async def test_message_waiting_behind_a_deletion_is_still_answered(engine: TurnEngine, database: Database) -> None:
    """Typed right after the tap: the chat gets its answer, not silence."""
    await _say(engine, "xin chào")
    await engine.store(inbound("", choice="delete"))
    await engine.store(inbound("", choice=_STEP.format(1)))
    await engine.start()
    await engine.drain()
    await engine.stop()
    async with database.session() as session:
        fresh = await conversations.find(session, "thu", "bot", "chat")
    told = [reply.text for reply in await messages(database, "out", fresh)]
    assert told[0] == texts.DELETED
    assert len(told) == 2
    assert "Bước 1/" in told[1]

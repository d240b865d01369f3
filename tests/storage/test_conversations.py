"""Conversations are found or added once, and forgotten completely."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from core.messages import Choice, Reply
from core.storage import cases, conversations, outbox
from core.storage.database import Database
from core.storage.models import Case, Conversation, Message, Turn
from tests.storage.making import everything_stored

_SECRET = "mạ tui ở kiệt 42 Chi Lăng"
_TRACES = ("Chi Lăng", "kiệt", "chat-0905123456", "event 1", "g:x", '"77"', '[["human"')


def _message(conversation_id: int, key: str, **values: object) -> Message:
    fields = {"direction": "in", "author": "citizen", "text": "chào", "payload": {}, "state": "received", **values}
    return Message(conversation_id=conversation_id, key=key, **fields)


async def _stored_conversation(database: Database, chat_id: str = "1") -> int:
    """A conversation with everything a citizen leaves behind, in every table and state."""
    async with database.session() as session, session.begin():
        conversation_id = await conversations.get_or_add(session, "thu", "bot", chat_id)
        conversation = await session.get_one(Conversation, conversation_id)
        conversation.dialogue = [{"event": "user", "text": _SECRET}]
        conversation.ward = "hue-thuan-hoa"
        asked = _message(conversation_id, "event 1", text=_SECRET, payload={"choice": "g:x", "note": _SECRET}, state="done")
        session.add(asked)
        reply = Reply(f"Về {_SECRET}: …", (Choice("m", _SECRET),))
        session.add(
            _message(
                conversation_id,
                "a:0",
                direction="out",
                author="bot",
                text=reply.text,
                payload=reply.as_dict(),
                state="sent",
                provider_id="77",
            )
        )
        session.add(
            _message(
                conversation_id, "a:1", direction="out", author="bot", text=reply.text, payload=reply.as_dict(), state="queued"
            )
        )
        session.add(
            _message(
                conversation_id, "a:2", direction="out", author="bot", text=_SECRET, state="failed", error=f"bad {_SECRET}"[:200]
            )
        )
        await session.flush()
        turn = Turn(
            conversation_id=conversation_id, message_id=asked.id, outcome="handoff", intent="human", confidence=0.9,
            guide="dang_ky_tam_tru", candidates=["dang_ky_tam_tru"], ms=3.5,
        )  # fmt: skip
        session.add(turn)
        await cases.open_case(session, conversation, turn, {"code": "ABCD-2345", "reason": "asked"}, [("human", 0.9)], {})
        return conversation_id


async def test_twenty_at_once_give_one_conversation(database: Database) -> None:
    """The first messages of a chat may arrive side by side."""

    async def once() -> int:
        async with database.session() as session, session.begin():
            return await conversations.get_or_add(session, "thu", "bot", "chat")

    found = await asyncio.gather(*(once() for _ in range(20)))
    assert len(set(found)) == 1
    async with database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Conversation)) == 1


async def test_chats_of_channels_and_accounts_are_kept_apart(database: Database) -> None:
    """The same chat id on another channel or bot is somebody else."""
    async with database.session() as session, session.begin():
        found = [
            await conversations.get_or_add(session, *key)
            for key in (("a", "1", "x"), ("b", "1", "x"), ("a", "2", "x"), ("a", "1", "y"))
        ]
        assert len(set(found)) == 4
        assert await conversations.find(session, "a", "2", "x") == found[2]
        assert await conversations.find(session, "c", "1", "x") is None


async def test_adding_a_conversation_keeps_the_work_of_its_transaction(database: Database) -> None:
    """Losing the race for a row rolls back to the savepoint, not further."""
    async with database.session() as first, first.begin():
        conversation_id = await conversations.get_or_add(first, "thu", "bot", "1")
        first.add(_message(conversation_id, "vor"))
        await first.flush()
        assert await conversations.get_or_add(first, "thu", "bot", "1") == conversation_id
        await conversations.get_or_add(first, "thu", "bot", "2")
    async with database.session() as session:
        assert [message.key for message in await session.scalars(select(Message))] == ["vor"]


async def test_conversations_that_wait_are_found_longest_first(database: Database) -> None:
    """Each once."""
    async with database.session() as session, session.begin():
        one, two = [await conversations.get_or_add(session, "thu", "bot", chat) for chat in "12"]
        rows = [
            _message(one, "1", state="done"),
            _message(two, "2"),
            _message(one, "3"),
            _message(one, "4"),
            _message(one, "5", state="failed"),
        ]
        for row in rows:
            session.add(row)
            await session.flush()
        assert await conversations.with_unanswered(session) == [two, one]


async def test_only_replies_that_are_due_are_unsent(database: Database) -> None:
    """Not those that wait, are sent, or failed; and no inbound message."""
    now = datetime.now(UTC)
    async with database.session() as session, session.begin():
        ids = [await conversations.get_or_add(session, "thu", "bot", str(n)) for n in range(6)]
        out = {"direction": "out", "author": "bot"}
        session.add(_message(ids[0], "a", **out, state="queued"))
        session.add(_message(ids[1], "a", **out, state="queued", next_attempt_at=now - timedelta(seconds=1)))
        session.add(_message(ids[2], "a", **out, state="queued", next_attempt_at=now + timedelta(seconds=60)))
        session.add(_message(ids[3], "a", **out, state="sent"))
        session.add(_message(ids[4], "a", **out, state="failed"))
        session.add(_message(ids[5], "a"))
        assert sorted(await outbox.with_due(session, now)) == sorted(ids[:2])


async def test_transcript_gives_the_last_messages_in_order(database: Database) -> None:
    """Limited from the end, and after a given one."""
    async with database.session() as session, session.begin():
        conversation_id = await conversations.get_or_add(session, "thu", "bot", "1")
        for n in range(5):
            session.add(_message(conversation_id, str(n), text=str(n)))
            await session.flush()
        last = await conversations.transcript(session, conversation_id, limit=3)
        assert [message.text for message in last] == ["2", "3", "4"]
        assert [message.text for message in await conversations.transcript(session, conversation_id, after=last[0].id)] == [
            "3",
            "4",
        ]


async def test_forgetting_leaves_nothing_of_what_was_said(database: Database) -> None:
    """In no table and no column: text, payload, errors, dialogue, case, chat id."""
    conversation_id = await _stored_conversation(database, chat_id="chat-0905123456")
    before = await everything_stored(database)
    assert all(trace in before for trace in _TRACES)
    async with database.session() as session, session.begin():
        fresh = await conversations.forget(session, await session.get_one(Conversation, conversation_id))
        assert (fresh.chat_id, fresh.dialogue, fresh.ward) == ("chat-0905123456", [], None)
    async with database.session() as session, session.begin():
        await session.delete(await session.get_one(Conversation, fresh.id))
    left = await everything_stored(database)
    assert [trace for trace in _TRACES if trace in left] == []


async def test_forgetting_leaves_nothing_in_the_database_file(tmp_path: Path) -> None:
    """SQLite keeps deleted text in free space of its pages unless told otherwise."""
    path = tmp_path / "troly.db"
    database = Database(f"sqlite+aiosqlite:///{path}")
    await database.migrate()
    conversation_id = await _stored_conversation(database)
    async with database.session() as session, session.begin():
        await conversations.forget(session, await session.get_one(Conversation, conversation_id))
    await database.close()
    assert b"thu" in path.read_bytes()
    for file in tmp_path.iterdir():
        assert "Chi Lăng".encode() not in file.read_bytes(), file.name


async def test_forgetting_keeps_the_numbers(database: Database) -> None:
    """That a turn happened, when, how it ended and about which guide stays for the reports."""
    conversation_id = await _stored_conversation(database)
    async with database.session() as session, session.begin():
        await conversations.forget(session, await session.get_one(Conversation, conversation_id))
    async with database.session() as session:
        turn = (await session.scalars(select(Turn))).one()
        case = (await session.scalars(select(Case))).one()
        assert (turn.outcome, turn.guide, turn.ms, turn.candidates) == ("handoff", "dang_ky_tam_tru", 3.5, [])
        assert (case.state, case.reason, case.transcript, case.intents) == ("deleted", "asked", [], [])
        assert await session.scalar(select(func.count()).select_from(Message)) == 4


async def test_forgotten_replies_are_not_sent_empty(database: Database) -> None:
    """What was still queued is taken out of the queue."""
    conversation_id = await _stored_conversation(database)
    async with database.session() as session, session.begin():
        await conversations.forget(session, await session.get_one(Conversation, conversation_id))
        assert await outbox.with_due(session, datetime.now(UTC)) == []


async def test_forgetting_touches_nobody_else(database: Database) -> None:
    """Other conversations keep theirs; two can be forgotten one after the other."""
    first, second = await _stored_conversation(database, "1"), None
    async with database.session() as session, session.begin():
        second = await conversations.get_or_add(session, "thu", "bot", "2")
        session.add(_message(second, "x", text="giữ lại"))
    for chat in ("1", "1"):
        async with database.session() as session, session.begin():
            found = await conversations.find(session, "thu", "bot", chat)
            await conversations.forget(session, await session.get_one(Conversation, found))
    async with database.session() as session:
        kept = (await session.scalars(select(Message).where(Message.conversation_id == second))).one()
        assert kept.text == "giữ lại"
        assert await conversations.find(session, "thu", "bot", "1") not in {first, second, None}

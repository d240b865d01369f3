"""What platforms tell beside messages: a person answered elsewhere, data are to be deleted, somebody left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.signals import Signals
from core.messages import Inbound, Signal, SignalKind
from core.storage import conversations, holding
from core.storage.database import Database
from core.storage.models import Conversation, Message

HOLD = timedelta(minutes=30)
NOW = datetime.now(UTC)


def staff(event_id: str = "a1", text: str = "Chào bác, gọi cháu số 0912345678", at: datetime = NOW) -> Signal:
    return Signal(SignalKind.STAFF, "zalo_oa", "oa", "citizen", event_id, at, text)


class Desk:
    """Signals over a database, and the messages that were handed on."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.received: list[Inbound] = []
        self.signals = Signals(database, self._receive, 2000, HOLD)

    async def _receive(self, inbound: Inbound) -> bool:
        self.received.append(inbound)
        return True

    async def conversation(self) -> Conversation:
        """The only one."""
        async with self.database.session() as session:
            return (await session.scalars(select(Conversation))).one()

    async def messages(self) -> list[Message]:
        """All of them."""
        async with self.database.session() as session:
            return list(await session.scalars(select(Message).order_by(Message.id)))


async def test_person_who_answers_elsewhere_silences_the_bot(database: Database) -> None:
    """For as long as was set after their last message; what they wrote is in the transcript, masked."""
    desk = Desk(database)
    assert await desk.signals.take(staff())
    assert (await desk.conversation()).handler == "staff"
    (message,) = await desk.messages()
    assert (message.author, message.state, message.provider_id) == ("staff", "sent", "a1")
    assert "0912345678" not in message.text
    later = NOW + timedelta(minutes=20)
    assert await desk.signals.take(staff("a2", "Xong rồi ạ", later))
    assert (await desk.conversation()).held_until == later + HOLD


async def test_same_signal_twice_changes_nothing(database: Database) -> None:
    """Platforms repeat."""
    desk = Desk(database)
    assert [await desk.signals.take(staff()) for _ in range(3)] == [True, False, False]
    assert len(await desk.messages()) == 1


async def test_echo_of_our_own_reply_is_no_person(database: Database) -> None:
    """Its id is that of a reply we sent."""
    desk = Desk(database)
    async with database.session() as session, session.begin():
        mine = await conversations.get_or_add(session, "zalo_oa", "oa", "citizen")
        row = {"direction": "out", "author": "bot", "key": "1:0", "text": "Chào", "state": "sent", "provider_id": "a1"}
        session.add(Message(conversation_id=mine, payload={}, **row))
    assert not await desk.signals.take(staff())
    assert (await desk.conversation()).handler == "bot"


async def test_bot_goes_on_when_the_time_is_over(database: Database) -> None:
    """And not before."""
    desk = Desk(database)
    await desk.signals.take(staff())
    for at, handler in ((NOW + HOLD - timedelta(seconds=1), "staff"), (NOW + HOLD, "bot")):
        async with database.session() as session, session.begin():
            await holding.release(session, at)
        assert (await desk.conversation()).handler == handler
    assert (await desk.conversation()).held_until is None


async def test_conversation_of_the_console_is_not_released_by_time(database: Database) -> None:
    """Who took it there gives it back there."""
    desk = Desk(database)
    async with database.session() as session, session.begin():
        mine = await conversations.get_or_add(session, "zalo_oa", "oa", "citizen")
        (await session.get_one(Conversation, mine)).handler = "staff"
    await desk.signals.take(staff())
    async with database.session() as session, session.begin():
        assert await holding.release(session, NOW + timedelta(days=30)) == 0
    assert (await desk.conversation()).handler == "staff"


async def test_citizen_who_left_is_out_of_reach_until_they_write(database: Database) -> None:
    """A signal that comes late, after they wrote again, changes nothing."""
    desk = Desk(database)

    def went(at: datetime) -> Signal:
        return Signal(SignalKind.LEFT, "zalo_oa", "oa", "citizen", "unfollow:1", at)

    assert not await desk.signals.take(went(NOW))
    async with database.session() as session, session.begin():
        await conversations.get_or_add(session, "zalo_oa", "oa", "citizen")
    assert not await desk.signals.take(went(NOW - timedelta(hours=1)))
    assert (await desk.conversation()).unreachable_since is None
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert [await desk.signals.take(went(later)) for _ in range(2)] == [True, False]
    assert (await desk.conversation()).unreachable_since == later


async def test_withdrawal_is_a_wish_to_delete_in_every_conversation(database: Database) -> None:
    """In order with what the citizen wrote; only where there is one, and only the account that is named."""
    desk = Desk(database)
    async with database.session() as session, session.begin():
        for account in ("a", "b"):
            await conversations.get_or_add(session, "zalo_oa", account, "citizen")
        await conversations.get_or_add(session, "zalo_oa", "a", "somebody else")
        await conversations.get_or_add(session, "zalo_bot", "a", "citizen")
    everywhere = Signal(SignalKind.WITHDREW, "zalo_oa", "", "citizen", "user_withdraw:1", NOW)
    assert await desk.signals.take(everywhere)
    assert [(one.channel, one.account, one.chat_id, one.choice) for one in desk.received] == [
        ("zalo_oa", "a", "citizen", "delete"),
        ("zalo_oa", "b", "citizen", "delete"),
    ]
    assert not await desk.signals.take(Signal(SignalKind.WITHDREW, "zalo_oa", "c", "citizen", "x", NOW))


async def test_message_goes_on_to_the_turns(database: Database) -> None:
    """Untouched."""
    desk = Desk(database)
    inbound = Inbound("zalo_oa", "oa", "citizen", "1", "xin chào", NOW)
    assert await desk.signals.take(inbound)
    assert desk.received == [inbound]

"""Who writes too much is told so once and then not heard; nobody else notices."""

from __future__ import annotations

from bot.admission import Admission
from bot.limits import RateLimit
from bot.outbox import Outbox
from bot.turns import TurnEngine
from core import texts
from core.storage.database import Database
from core.storage.sharing import Alone
from tests.storage.making import EchoBrain, KeepingChannel, inbound, messages


def _admission(database: Database, engine: TurnEngine, outbox: Outbox, **limits: int) -> Admission:
    return Admission(
        engine.receive,
        database,
        **{"per_sender": 3, "per_channel": 1000, **limits},
        on_replies=outbox.wake,
        free=frozenset({"web"}),
    )


async def test_hasty_sender_is_told_once_and_calm_ones_are_answered(database: Database) -> None:
    """Nothing of the flood is stored; the word goes out through the outbox."""
    channel = KeepingChannel()
    outbox = Outbox(database, {"thu": channel}, Alone())
    engine = TurnEngine(database, EchoBrain(), link_hosts=(), on_replies=outbox.wake)
    admission = _admission(database, engine, outbox)
    taken = [await admission.receive(inbound(f"câu {n}", "vội")) for n in range(20)]
    assert await admission.receive(inbound("chào", "thong thả"))
    await engine.drain()
    await outbox.drain()
    assert taken == [True] * 3 + [False] * 17
    assert [text for chat, text in channel.sent if chat == "vội"].count(texts.TOO_MANY) == 1
    assert ("thong thả", "1: chào") in channel.sent
    assert len(await messages(database, "in")) == 4


async def test_flood_of_many_chats_holds_back_the_busy_ones_only(database: Database) -> None:
    """Who writes for the first time is heard, whatever the others do."""
    outbox = Outbox(database, {}, Alone())
    engine = TurnEngine(database, EchoBrain(), link_hosts=())
    admission = _admission(database, engine, outbox, per_sender=10, per_channel=30)
    for n in range(90):
        await admission.receive(inbound(f"câu {n}", f"ồn {n % 3}"))
    heard = len(await messages(database, "in"))
    assert heard < 40
    assert all([await admission.receive(inbound("chào", f"mới {n}")) for n in range(20)])
    await engine.stop()


async def test_channel_with_its_own_limits_is_left_alone(database: Database) -> None:
    """The page is told to wait, and keeps what was typed."""
    engine = TurnEngine(database, EchoBrain(), link_hosts=())
    admission = Admission(
        engine.receive, database, per_sender=1, per_channel=1, on_replies=lambda _: None, free=frozenset({"thu"})
    )
    assert all([await admission.receive(inbound(f"câu {n}")) for n in range(5)])
    await engine.drain()


def test_looking_at_an_allowance_takes_nothing_of_it() -> None:
    """And it refills with time."""
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    assert [limit.left("a"), limit.allows("a"), limit.left("a"), limit.allows("a"), limit.left("a")] == [
        1.0,
        True,
        0.5,
        True,
        0.0,
    ]
    assert not limit.allows("a")
    now[0] = 30.0
    assert limit.left("a") == 0.5
    assert limit.allows("a")

"""What a message asks of the database, which is most of what limits how many a machine can take (docs/benchmarks.md)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from bot.outbox import Outbox
from bot.turns import TurnEngine
from core.storage.database import Database
from core.storage.sharing import Alone
from tests.storage.making import EchoBrain, KeepingChannel, inbound


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Every statement of every engine."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(" ".join(statement.split()[:3]))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


async def test_message_of_somebody_known_takes_eight_statements(database: Database, statements: list[str]) -> None:
    """One to store it, five for its turn, one to read the reply, one to note that it is sent; nothing looks in vain."""
    channel = KeepingChannel()
    outbox = Outbox(database, {"thu": channel}, Alone())
    engine = TurnEngine(database, EchoBrain(), link_hosts=(), on_replies=outbox.wake)
    for text in ("một", "hai", "ba"):
        del statements[:]
        assert await engine.receive(inbound(text))
        await engine.drain()
        await outbox.drain()
    assert channel.texts == ["1: một", "2: hai", "3: ba"]
    assert [statement for statement in statements if "notices" not in statement] == [
        "INSERT INTO messages",
        "SELECT messages.id, messages.conversation_id,",
        "UPDATE conversations SET",
        "INSERT INTO turns",
        "UPDATE messages SET",
        "INSERT INTO messages",
        "SELECT messages.id, messages.payload,",
        "UPDATE messages SET",
    ]

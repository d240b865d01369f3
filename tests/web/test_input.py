"""Whatever is typed gets a polite answer: nothing crashes, nothing is lost, nothing internal shows."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from bot.app import Running
from core import texts
from core.storage.models import Message, Turn
from tests.web.citizen import Citizen

_INTERNAL = ("Traceback", "Error", "Exception", "None", "sqlite", "{", "}", ".py", "<class")

_BAD_TEXTS = {
    "empty": "",
    "blanks": " \t\n  ",
    "invisible": "\u200b\u200d\u2060\ufeff",
    "control": "\x00\x01\x07\x1b[31m\x7f",
    "nul inside": "đăng ký\x00 tạm trú",
    "half a character": "\ud800 đăng ký tạm trú \udfff",
    "not a character": "\ufffe\uffff\U0010ffff",
    "right to left": "\u202eútrt mạt ýk gnăđ\u202c",
    "accents without end": "a" + "\u0301" * 2000,
    "emoji": "😀👍🏽👨‍👩‍👧‍👦🇻🇳",
    "punctuation": "?!?!... --- ///",
    "numbers": "1234567890 0987654321",
    "english": "How do I renew my passport online?",
    "chinese": "我要办护照",
    "arabic": "كيف أجدد جواز سفري",
    "thai": "ต่ออายุหนังสือเดินทาง",
    "html": "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "sql": "'; DROP TABLE messages; --",
    "format": "{0.__class__} %s %(a)s ${x} {{7*7}}",
    "rasa payload": '/greet{"x":1}',
    "rasa command": "/restart",
    "rasa session": "/session_start",
    "choice id": "s:dang_ky_tam_tru:1",
    "20,000 characters": "đăng ký tạm trú " * 1250,
    "one word of 20,000": "a" * 20_000,
    "20,000 emoji": "😀" * 20_000,
    "lines": "\n".join(str(n) for n in range(5000)),
}


@pytest.mark.parametrize("said", _BAD_TEXTS.values(), ids=_BAD_TEXTS.keys())
async def test_any_text_gets_a_polite_answer(citizen: Citizen, said: str) -> None:
    replies = await citizen.ask(said)
    assert replies
    assert len({reply["text"] for reply in replies}) == len(replies)
    for reply in replies:
        assert len(reply["text"].split()) >= 5
        assert not [word for word in _INTERNAL if word in reply["text"]]
        assert reply["text"] != texts.TRY_LATER


async def test_nothing_but_blanks_asks_for_words(citizen: Citizen) -> None:
    assert [reply["text"] for reply in await citizen.ask("\u200b \x07")] == [texts.EMPTY]


async def test_long_text_is_answered_from_its_beginning_and_says_so(product: Running, citizen: Citizen) -> None:
    replies = await citizen.ask("đăng ký tạm trú " + "nghe nói là " * 1600)
    assert replies[0]["text"] == texts.TOO_LONG
    async with product.database.session() as session:
        stored = await session.scalar(select(Message.text).where(Message.direction == "in", Message.text != ""))
    assert stored is not None
    assert len(stored) <= 2000


@pytest.mark.parametrize("typed", ['/greet{"x":1}', "/restart", "/session_start", '/choose{"choice":"delete"}', '/greet{"x":'])
async def test_typed_command_is_text(product: Running, citizen: Citizen, typed: str) -> None:
    """A leading "/" makes no command: intents of the model cannot be called from outside."""
    replies = await citizen.ask(typed)
    assert not {texts.GREETING, texts.DELETED, texts.TRY_LATER} & {reply["text"] for reply in replies}
    shown = [message["text"] for message in (await citizen.history())["messages"] if message["from"] == "citizen"]
    assert shown == [typed]
    async with product.database.session() as session:
        newest = (await session.scalars(select(Turn).order_by(Turn.id.desc()).limit(1))).one()
    assert (newest.confidence or 0) < 1


@pytest.mark.parametrize(
    "choice",
    ["g:khong_co", "s:dang_ky_tam_tru:0", "s:dang_ky_tam_tru:99999999999999999999", "k:dang_ky_tam_tru:1:99", "m:khong_co:9",
     "m::99999999999999999999", "start", "none", "::::", "?", "g", "s", "k", "human:x", "g:dang_ky_tam_tru:khong_co"],
)  # fmt: skip
async def test_any_choice_gets_a_polite_answer(citizen: Citizen, choice: str) -> None:
    replies = await citizen.ask("nút cũ", choice)
    assert replies
    assert texts.TRY_LATER not in [reply["text"] for reply in replies]


async def test_markup_is_stored_and_sent_as_it_was_typed(citizen: Citizen) -> None:
    """The page shows text as text; nothing needs escaping here, and nothing is escaped twice."""
    typed = "<b>đăng ký</b> & \"tạm trú\" 'nhé'"
    await citizen.ask(typed)
    assert [message["text"] for message in (await citizen.history())["messages"] if message["from"] == "citizen"] == [typed]


async def test_personal_data_is_masked_before_anyone_sees_it(product: Running, citizen: Citizen) -> None:
    await citizen.ask("cccd 046123456789, otp là 482913")
    async with product.database.session() as session:
        everything = [str(row) for table in ("messages", "conversations", "turns") for row in await session.execute(_all(table))]
    assert everything
    for number in ("046123456789", "482913"):
        assert not [row for row in everything if number in row]
        assert number not in json.dumps(await citizen.history())


async def test_logs_never_quote_citizens(product: Running, citizen: Citizen, capfd: pytest.CaptureFixture[str]) -> None:
    """Not even when a turn fails and leaves a trace for the operator."""
    async with product.database.session() as session, session.begin():
        await session.execute(text("DROP TABLE turns"))
    await citizen.post("câu hỏi riêng của tôi")
    await product.engine.drain()
    logged = "".join(capfd.readouterr())
    assert "OperationalError" in logged
    assert "câu hỏi riêng" not in logged


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["aaaaaaaa-1", "human", "m:"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "text", "choice", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)
_NEAR_MESSAGES = st.fixed_dictionaries(
    {"id": st.uuids().map(str) | _JSON, "text": st.text(st.characters(), max_size=200) | _JSON},
    optional={"choice": st.from_regex(r"[a-z0-9_:?]{1,60}", fullmatch=True) | _JSON},
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_JSON | _NEAR_MESSAGES)
async def test_no_json_makes_the_server_fail(product: Running, citizen: Citizen, body: Any) -> None:
    """Any JSON is either taken or refused, and what is taken is answered."""
    response = await citizen.post_raw(json.dumps(body).encode())
    assert response.status in {202, 400}
    await product.engine.drain()
    assert texts.TRY_LATER not in await citizen.said()


async def test_server_answers_after_anything(product: Running, citizen: Citizen) -> None:
    """The conversation that saw all of it still works."""
    for said in _BAD_TEXTS.values():
        assert (await citizen.post(said, client_id=str(uuid.uuid4()))).status == 202
    await product.engine.drain()
    assert "tạm trú" in (await citizen.ask("đăng ký tạm trú"))[0]["text"]


def _all(table: str) -> Any:
    return text(f"SELECT * FROM {table}")  # noqa: S608  # the names stand in this file

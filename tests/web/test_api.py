"""The web chat's interface: sessions, messages taken once, what is refused and who is held back."""

from __future__ import annotations

import asyncio
import gzip
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from bot.agent import Brain
from bot.app import Running
from bot.channels import web_requests
from core import texts
from core.storage.models import Conversation, Message
from tests.web.citizen import Citizen, answering

# sessions


async def test_first_visit_is_greeted_once(product: Running) -> None:
    """Two requests at once and a reload later: one greeting."""
    async with Citizen(product) as browser:
        await browser.open()
        await asyncio.gather(*(browser.history() for _ in range(3)))
        await product.engine.drain()
        assert await browser.said() == [texts.GREETING]


async def test_requests_at_once_of_one_new_browser_greet_it_once(product: Running) -> None:
    async with Citizen(product, {"Cookie": f"troly_chat={'b' * 32}"}) as browser:
        await asyncio.gather(*(browser.history() for _ in range(5)))
        await product.engine.drain()
        assert await browser.said() == [texts.GREETING]


async def test_cookie_is_random_and_closed_to_scripts_and_other_sites(product: Running) -> None:
    async with Citizen(product) as one, Citizen(product) as other:
        async with one.http.get("/api/chat/history") as response:
            cookie = response.cookies["troly_chat"]
        await other.open()
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Strict", "/", "")
        assert len(cookie.value) >= 32
        assert cookie.value != other.cookie


async def test_page_itself_sets_no_cookie(product: Running) -> None:
    """Over a link from another site a strict cookie is not sent; a new one would lose the conversation."""
    async with Citizen(product) as browser, browser.http.get("/") as response:
        assert response.status == 200
        assert not response.cookies


async def test_returning_browser_keeps_its_conversation_and_its_cookie_longer(citizen: Citizen) -> None:
    await citizen.ask("đăng ký tạm trú")
    known = citizen.cookie
    async with citizen.http.get("/api/chat/history") as response:
        body = await response.json()
        assert response.cookies["troly_chat"].value == known
    assert [message["text"] for message in body["messages"] if message["from"] == "citizen"] == ["đăng ký tạm trú"]


async def test_another_browser_sees_nothing_of_it(product: Running, citizen: Citizen) -> None:
    await citizen.ask("đăng ký tạm trú")
    async with Citizen(product) as other:
        await other.open()
        assert await other.said() == [texts.GREETING]


@pytest.mark.parametrize("forged", ["short", "a" * 65, "' OR 1=1 --aaaaaaaaaaaaaaaa", "../../../../etc/passwd/aaaa"])
async def test_forged_cookie_is_replaced(product: Running, forged: str) -> None:
    async with Citizen(product) as browser:
        async with browser.http.get("/api/chat/history", headers={"Cookie": f'troly_chat="{forged}"'}) as response:
            assert response.cookies["troly_chat"].value != forged


async def test_message_without_a_cookie_begins_a_session(product: Running) -> None:
    """The cookie ran out while the page was open: the message is answered in a new conversation."""
    async with Citizen(product) as browser:
        async with browser.http.post("/api/chat/messages", json={"id": str(uuid.uuid4()), "text": "đăng ký tạm trú"}) as response:
            assert (response.status, await response.json()) == (202, {"accepted": True, "new_session": True})
        await product.engine.drain()
        assert len(await browser.said()) >= 1
        assert (await browser.post("cảm ơn")).status == 202


@pytest.mark.parametrize(
    ("changes", "headers", "secure"),
    [
        ({}, {"X-Forwarded-Proto": "https"}, False),
        ({"trust_proxy": True}, {"X-Forwarded-Proto": "https"}, True),
        ({"trust_proxy": True}, {"X-Forwarded-Proto": "http"}, False),
        ({"public_url": "https://troly.hue.gov.vn"}, {}, True),
    ],
)
async def test_cookie_is_secure_behind_https_only(
    brain: Brain, sqlite_url: str, changes: dict[str, object], headers: dict[str, str], secure: bool
) -> None:
    async with answering(brain, sqlite_url, **changes) as product, Citizen(product, headers) as browser:
        async with browser.http.get("/api/chat/history") as response:
            assert bool(response.cookies["troly_chat"]["secure"]) is secure


# messages


async def test_question_is_answered_with_source_and_check_date(citizen: Citizen) -> None:
    replies = await citizen.ask("đăng ký tạm trú cần giấy tờ gì")
    last = replies[-1]
    assert "tạm trú" in replies[0]["text"]
    assert last["footer"]["sources"]
    assert last["footer"]["verified_on"][:2] == "20"
    assert all(choice["id"] and choice["label"] for choice in last["choices"])


async def test_message_sent_again_is_taken_once(product: Running, citizen: Citizen) -> None:
    """A phone on a bad network does not know what arrived: it sends again under the same id."""
    client_id = str(uuid.uuid4())
    responses = await asyncio.gather(*(citizen.post("đăng ký tạm trú", client_id=client_id) for _ in range(5)))
    assert {response.status for response in responses} == {202}
    await product.engine.drain()
    await citizen.post("đăng ký tạm trú", client_id=client_id)
    await product.engine.drain()
    messages = (await citizen.history())["messages"]
    assert [message["client_id"] for message in messages if message["from"] == "citizen"] == [client_id]
    assert Counter(await citizen.said()).most_common(1)[0][1] == 1


async def test_fifty_messages_at_once_are_all_answered_in_order(brain: Brain, database_url: str) -> None:
    """Nothing is lost or repeated, on either database; each message has its answer before the next one's."""
    async with answering(brain, database_url) as product, Citizen(product) as browser:
        await browser.open()
        asked = [f"đăng ký tạm trú lần {n}" for n in range(50)]
        responses = await asyncio.gather(*(browser.post(text) for text in asked))
        assert {response.status for response in responses} == {202}
        await product.engine.drain()
        async with product.database.session() as session:
            rows = list(await session.scalars(select(Message).order_by(Message.id)))
        taken = [row for row in rows if row.direction == "in" and row.text]
        answered = [int(row.key.partition(":")[0]) for row in rows if row.direction == "out"]
        assert sorted(row.text for row in taken) == sorted(asked)
        assert {row.state for row in taken} == {"done"}
        assert answered == sorted(answered)
        assert {row.id for row in taken} <= set(answered)
        said = [row.text for row in rows if row.direction == "out"]
        assert texts.TRY_LATER not in said


async def test_history_is_bounded_and_newest(product: Running, citizen: Citizen) -> None:
    async with product.database.session() as session, session.begin():
        conversation = await session.scalar(select(Conversation.id))
        for n in range(300):
            session.add(
                Message(conversation_id=conversation, direction="out", author="bot", key=f"x{n}", text=f"{n}", state="sent")
            )
    said = await citizen.said()
    assert len(said) <= 100
    assert said == [str(n) for n in range(300 - len(said), 300)]


# refusals


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1.evil.example"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "same-origin"}, 202),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "application/json; charset=utf-9000"}, 202),
        ({"Content_Encoding": "gzip"}, 400),
    ],
)
async def test_post_from_elsewhere_is_refused(citizen: Citizen, headers: dict[str, str], status: int) -> None:
    assert (await citizen.post("đăng ký tạm trú", **headers)).status == status


async def test_own_page_is_recognised_by_its_origin(brain: Brain, sqlite_url: str) -> None:
    """By the host the browser asked for, or by the public address when a proxy changed the host."""
    async with answering(brain, sqlite_url, public_url="https://troly.hue.gov.vn/") as product, Citizen(product) as browser:
        for origin in (product.address, "https://troly.hue.gov.vn"):
            assert (await browser.post("chào", Origin=origin)).status == 202
        assert (await browser.post("chào", Origin="https://hue.gov.vn")).status == 403


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"x"', b"7", b"\xff\xfe", b"\x80", b"[" * 100_000, b'{"a":' * 50_000,
        b'{"id": 7, "text": "a"}', b'{"id": "short", "text": "a"}', b'{"id": "aaaaaaaaaaaa", "text": 7}',
        b'{"id": "aaaaaaaaaaaa", "text": null}', b'{"id": "aaaaaaaaaaaa", "text": "a", "choice": 7}',
        b'{"id": "aaaaaaaaaaaa", "text": "a", "choice": "; DROP TABLE"}', b'{"id": "aaaaaaaaaaaa", "text": "a", "choice": ""}',
        b'{"id": "aa aa/../aa", "text": "a"}', b'{"text": "a"}',
    ],
)  # fmt: skip
async def test_body_that_is_no_message_is_refused_politely(citizen: Citizen, body: bytes) -> None:
    async with citizen.http.post("/api/chat/messages", data=body, headers={"Content-Type": "application/json"}) as response:
        assert (response.status, await response.json()) == (400, {"error": texts.WEB_BAD_MESSAGE})


@pytest.mark.parametrize("encoding", [None, "gzip"])
async def test_body_over_the_limit_is_refused(citizen: Citizen, encoding: str | None) -> None:
    """Also one that only grows when it is unpacked."""
    body = json.dumps({"id": str(uuid.uuid4()), "text": "a" * 300_000}).encode()
    headers = {"Content_Encoding": encoding} if encoding else {}
    assert (await citizen.post_raw(gzip.compress(body) if encoding else body, **headers)).status == 413


async def test_body_over_the_limit_without_a_length_is_refused(citizen: Citizen) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b" " * 10_000

    async with citizen.http.post("/api/chat/messages", data=pieces(), headers={"Content-Type": "application/json"}) as response:
        assert response.status == 413


async def test_body_that_never_ends_is_given_up(citizen: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_requests, "_BODY_SECONDS", 0.05)
    forever = asyncio.Event()

    async def pieces() -> AsyncIterator[bytes]:
        yield b"{"
        await forever.wait()

    async with citizen.http.post("/api/chat/messages", data=pieces(), headers={"Content-Type": "application/json"}) as response:
        assert response.status == 408


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "GET", "HEAD"])
async def test_other_methods_are_refused(citizen: Citizen, method: str) -> None:
    async with citizen.http.request(method, "/api/chat/messages") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/api/chat/history", "/api/chat/stream"])
async def test_head_greets_nobody_and_opens_no_stream(product: Running, path: str) -> None:
    async with Citizen(product) as browser, browser.http.head(path) as response:
        assert response.status == 405
    async with product.database.session() as session:
        assert await session.scalar(select(func.count(Conversation.id))) == 0

"""The page's files, the headers of every response, and errors that show nothing of the inside."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import text
from yarl import URL

from bot.app import Running
from bot.channels.web_files import STATIC
from core import texts
from tests.web.citizen import Citizen

_NAMES = sorted(path.name for path in STATIC.iterdir())


@pytest_asyncio.fixture
async def http(product: Running) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps what it gets as it comes."""
    async with aiohttp.ClientSession(product.address, auto_decompress=False) as session:
        yield session


def test_page_has_files() -> None:
    assert {"index.html", "chat.css", "chat.js"} <= set(_NAMES)


@pytest.mark.parametrize("name", _NAMES)
async def test_file_is_sent_whole_and_asked_for_again(http: aiohttp.ClientSession, name: str) -> None:
    """no-cache with an ETag: a new version is seen on the next visit, an unchanged one costs a few bytes."""
    async with http.get(f"/static/{name}", headers={"Accept-Encoding": "identity"}) as response:
        plain = await response.read()
        assert (response.status, response.headers["Cache-Control"]) == (200, "no-cache")
        assert "Content-Encoding" not in response.headers
        etag = response.headers["ETag"]
    if name != "index.html":  # the server fills in its body tag
        assert plain == (STATIC / name).read_bytes()
    async with http.get(f"/static/{name}", headers={"If-None-Match": etag}) as again:
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == etag
    async with http.get(f"/static/{name}", headers={"Accept-Encoding": "gzip, br"}) as packed:
        assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
        assert gzip.decompress(await packed.read()) == plain
    async with http.head(f"/static/{name}") as head:
        assert (head.status, await head.read(), head.headers["ETag"]) == (200, b"", etag)


async def test_types_are_what_browsers_insist_on(http: aiohttp.ClientSession) -> None:
    expected = {
        "/": "text/html; charset=utf-8",
        "/static/chat.js": "text/javascript; charset=utf-8",
        "/static/chat.css": "text/css; charset=utf-8",
        "/static/icon.svg": "image/svg+xml",
        "/static/manifest.json": "application/manifest+json",
    }
    for path, content_type in expected.items():
        async with http.get(path) as response:
            assert response.headers["Content-Type"] == content_type


async def test_page_is_small_enough_for_a_bad_network(http: aiohttp.ClientSession) -> None:
    sizes = []
    for name in _NAMES:
        async with http.get(f"/static/{name}", headers={"Accept-Encoding": "gzip"}) as response:
            sizes.append(len(await response.read()))
    assert sum(sizes) < 30_000


async def test_page_knows_the_settings(http: aiohttp.ClientSession) -> None:
    async with http.get("/", headers={"Accept-Encoding": "identity"}) as response:
        page = await response.text()
    assert re.search(r'<body data-link-hosts="dichvucong\.gov\.vn,[^"]+" data-longest-text="2000" data-largest-file="\d+">', page)


def test_page_names_nothing_of_another_host() -> None:
    for path in STATIC.iterdir():
        addresses = set(re.findall(r"https?://\w[\w.-]+", path.read_text(encoding="utf-8")))
        assert addresses <= {"http://www.w3.org"}, path.name  # the name space of SVG


@pytest.mark.parametrize(
    "path",
    [
        "/static/../web.py", "/static/%2e%2e/web.py", "/static/..%2fweb.py", "/static/..%5cweb.py", "/static//etc/passwd",
        "/static/", "/static/.", "/static/..", "/static/%00", "/static/chat.css%00.js", "/static/CHAT.CSS",
        "/web.py", "/.env", "/index.html",
    ],
)  # fmt: skip
async def test_nothing_else_is_served(http: aiohttp.ClientSession, product: Running, path: str) -> None:
    async with http.get(URL(product.address + path, encoded=True)) as response:
        assert response.status == 404
        assert "import" not in await response.text()


# headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/static/chat.js", 200), ("GET", "/static/no", 404), ("GET", "/no", 404),
        ("GET", "/api/chat/history", 200), ("GET", "/api/chat/stream", 400), ("POST", "/api/chat/messages", 415),
        ("GET", "/api/no", 404), ("PUT", "/", 405), ("TRACE", "/", 405), ("OPTIONS", "/api/chat/messages", 405),
        ("GET", "/healthz", 200), ("GET", "/hooks/telegram", 404),
    ],
)  # fmt: skip
async def test_every_response_carries_the_security_headers(
    http: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    async with http.request(method, path) as response:
        assert response.status == status
        headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in headers
    assert "aiohttp" not in str(headers)
    rules = dict(rule.strip().partition(" ")[::2] for rule in headers["Content-Security-Policy"].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert {rules[name] for name in ("script-src", "style-src", "connect-src", "img-src")} == {"'self'"}


async def test_unknown_address_leads_back_in_vietnamese(http: aiohttp.ClientSession) -> None:
    async with http.get("/khong-co-trang-nay") as response:
        page = await response.text()
    assert texts.WEB_NOT_FOUND in page
    assert '<a href="/">' in page


async def test_unknown_address_of_the_interface_is_json(http: aiohttp.ClientSession) -> None:
    async with http.get("/api/khong-co") as response:
        assert await response.json() == {"error": texts.WEB_NOT_FOUND}


@pytest.mark.parametrize("request_text", [b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"\x16\x03\x01\x00\r\n\r\n", b"GET\r\n\r\n"])
async def test_broken_request_gets_no_trace(product: Running, request_text: bytes) -> None:
    host, _, port = product.address.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request_text)
    answer = (await reader.read()).decode()
    writer.close()
    assert answer.split()[1] == "400"
    assert "Traceback" not in answer


async def test_failure_inside_is_told_politely(product: Running) -> None:
    """The database is gone: people and the page get a sentence, and the page will try again."""
    async with product.database.session() as session, session.begin():
        await session.execute(text("DROP TABLE messages"))
    async with Citizen(product) as browser:
        for method, path, status in (("GET", "/api/chat/history", 500), ("POST", "/api/chat/messages", 503)):
            async with browser.http.request(method, path, json={"id": "aaaaaaaa-1", "text": "chào"}) as response:
                assert (response.status, await response.json()) == (status, {"error": texts.TRY_LATER})
                assert response.headers["X-Frame-Options"] == "DENY"

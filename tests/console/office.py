"""An office to test with: the console served on a free port, accounts of every role, and their browsers without a screen."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from html import unescape
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import pyotp
from aiohttp import web
from argon2 import PasswordHasher
from yarl import URL

from bot.channels.web import WebChannel
from bot.console.app import make_console
from bot.console.routes import ROUTES
from bot.console.visit import Console
from bot.origins import Origins
from bot.preview import Preview
from bot.sealing import Seal
from bot.services.attachments import Attachments
from bot.services.desk import Desk as CaseDesk
from bot.services.draft import Draft
from bot.services.inbox import Inbox
from bot.services.passwords import Passwords
from bot.services.releasing import Releasing
from bot.services.retention import Retention
from bot.services.second_factor import SecondFactor
from bot.services.sign_in import SignIn
from bot.services.training import Training
from bot.settings import ROOT
from bot.web import make_web_app
from core.knowledge import Knowledge
from core.places import Gazetteer
from core.retention import Periods
from core.staff import Role
from core.storage import accounts
from core.storage.database import Database
from core.storage.staff_models import Staff

__all__ = ["PAGES", "PASSWORD", "Answer", "Desk", "Office", "link_in", "serving"]

PASSWORD = "chiếc nón lá bên sông"
_CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))  # argon2id all the same, a thousand times faster
PERIODS = Periods(*(timedelta(days=days) for days in (180, 365, 90, 730, 90)))
_SECOND_FACTOR = SecondFactor(Seal("a key of tests", "second factors"))
PAGES = [route for route in ROUTES if route.method == "GET" and "{" not in route.path and not route.path.endswith("/truc-tiep")]
"""What can be read to its end without an id; live ones have no end."""
_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"|name="csrf" content="([0-9a-f]{64})"')


@dataclass(frozen=True)
class Answer:
    """A response, read."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def to(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("Location", "")

    @property
    def csrf(self) -> str:
        """The token in the page's forms; empty without one."""
        found = _TOKEN.search(self.text)
        return (found[1] or found[2]) if found else ""


class Desk:
    """One browser.

    Args:
        address: Of the server.
        headers: Sent with every request.
    """

    def __init__(self, address: str, headers: Mapping[str, str] | None = None) -> None:
        self.address = address
        self.jar = aiohttp.CookieJar(unsafe=True)  # unsafe: cookies of an address without a name
        self.http = aiohttp.ClientSession(address, cookie_jar=self.jar, headers=headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.http.close()

    @property
    def cookie(self) -> str | None:
        """The session's token, once there is one."""
        return next((cookie.value for cookie in self.jar if cookie.key == "troly_canbo"), None)

    def take_cookie(self, token: str) -> None:
        """Have a session's token, wherever it came from."""
        self.jar.update_cookies({"troly_canbo": token}, URL(self.address))

    async def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any) -> Answer:
        """Any request; redirects are not followed."""
        async with self.http.request(method, path, headers=headers, allow_redirects=False, **options) as response:
            return Answer(response.status, (await response.read()).decode(errors="replace"), response.headers)

    async def get(self, path: str, **headers: str) -> Answer:
        """Open a page; ``_`` in a header's name stands for ``-``."""
        return await self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def post(self, path: str, data: Mapping[str, Any] | Sequence[tuple[str, str]] = (), form: str | None = None) -> Answer:
        """Send a form as a browser does: its token is that of the page at `form` (the path itself if it can be opened)."""
        page = await self.get(form or path)
        fields = [*(data.items() if isinstance(data, Mapping) else data), ("csrf", page.csrf)]
        return await self.ask("POST", path, data=aiohttp.FormData(fields), headers={"Origin": self.address})

    async def sign_in(self, username: str, password: str = PASSWORD, secret: str | None = None) -> Answer:
        """Sign in; with a `secret` the second step as well."""
        answer = await self.post("/canbo/dang-nhap", {"ten": username, "mat_khau": password})
        if secret is not None:
            answer = await self.post("/canbo/ma-xac-thuc", {"ma": pyotp.TOTP(secret).now()})
        return answer


def link_in(text: str) -> str:
    """The path of the set-up link that a page or a command shows."""
    found = re.search(r"/canbo/thiet-lap/[\w-]+", unescape(text))
    assert found, text
    return found[0]


class Office:
    """The served console with its accounts.

    Args:
        address: Where it listens.
        console: What it works with.
    """

    def __init__(self, address: str, console: Console) -> None:
        self.address = address
        self.console = console
        self.secrets: dict[str, str] = {}

    @property
    def database(self) -> Database:
        """What it keeps."""
        return self.console.database

    async def hire(self, username: str, role: Role = Role.STAFF, *wards: str, totp: bool | None = None) -> int:
        """An account with `PASSWORD`; with a second factor if asked for, and for administrators. Returns its id."""
        hashed = await self.console.sign_in.passwords.hash(PASSWORD)
        async with self.database.session.begin() as session:
            account = await accounts.add(session, username, f"Họ Tên {username}", f"Tổ hỗ trợ {username}", role, wards)
            account.password = hashed
            if totp if totp is not None else role is Role.ADMIN:
                self.secrets[username] = pyotp.random_base32()
                account.totp_sealed = self.console.sign_in.second_factor.sealed(account.id, self.secrets[username])
            await session.flush()
            return account.id

    async def account(self, username: str) -> Staff:
        """An account as stored."""
        async with self.database.session() as session:
            return await accounts.get(session, username)

    @asynccontextmanager
    async def desk(self, username: str | None = None, headers: Mapping[str, str] | None = None) -> AsyncIterator[Desk]:
        """A fresh browser, signed in as somebody or as nobody."""
        async with Desk(self.address, headers) as desk:
            if username is not None:
                if username in self.secrets:  # a code counts once; tests sign the same person in more than once a minute
                    async with self.database.session.begin() as session:
                        (await accounts.get(session, username)).totp_step = 0
                answer = await desk.sign_in(username, secret=self.secrets.get(username))
                assert answer.status == 303, answer.text
            yield desk


@cache
def _knowledge() -> Knowledge:
    """What the installation knows, read once."""
    return Knowledge.load(ROOT / "data")


@asynccontextmanager
async def serving(
    database_url: str, public_url: str | None = None, *, trust_proxy: bool = False, content: Path = ROOT
) -> AsyncIterator[Office]:
    """The web server with console and citizens' page, without the bot that answers them; trainers edit a draft of `content`."""
    database = Database(database_url)
    await database.migrate()
    origins = Origins(public_url, trust_proxy)
    folder = tempfile.TemporaryDirectory()
    files = Attachments(database, Path(folder.name), 1_000_000)
    desk = CaseDesk(_knowledge().guides, ("gov.vn",), lambda _conversation: None, {}, {"web": WebChannel.capabilities.sends})
    places = Gazetteer.load(ROOT / "data" / "places")
    training_dir = Path(folder.name) / "training"
    draft = Draft(database, content, training_dir)
    inbox = Inbox(database, draft, _knowledge, timedelta(days=90))
    releasing = Releasing(database, content, ROOT / "models", training_dir, draft)
    preview = Preview(releasing.fetch, ("gov.vn",), "ERROR")
    console = Console(
        database,
        origins,
        places,
        SignIn(database, _SECOND_FACTOR, _CHEAP),
        public_url,
        desk,
        files,
        Retention(database, files, PERIODS),
        draft,
        inbox,
        Training(database, content, training_dir, {"TROLY_DATABASE_URL": database_url}),
        releasing,
        preview,
    )
    chat = WebChannel(database, link_hosts=("gov.vn",), per_minute=1000, max_chars=2000, origins=origins, files=files)
    runner = web.AppRunner(make_web_app((chat,), (), make_console(console)), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield Office(f"http://{host}:{port}", console)
    finally:
        preview.stop()
        await runner.cleanup()
        await database.close()
        folder.cleanup()

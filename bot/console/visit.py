"""One request of the console: who makes it, what it carries, and what it works with."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.origins import Origins
from bot.services.attachments import Attachments
from bot.services.desk import Desk
from bot.services.draft import Draft
from bot.services.inbox import Inbox
from bot.services.releasing import Releasing
from bot.services.retention import Retention
from bot.services.sign_in import SignIn
from bot.services.training import Training
from core.places import Gazetteer
from core.staff import Member
from core.storage import audit
from core.storage.database import Database
from core.storage.sessions import Stage

__all__ = ["CONSOLE", "PREFIX", "VISIT", "Console", "PreviewTurn", "Trying", "Visit", "csrf_token", "local_path", "visit_of"]

PREFIX = "/canbo"


@dataclass(frozen=True)
class PreviewTurn:
    """What a candidate makes of one message of a trainer.

    Args:
        text: The message, masked.
        replies: Texts, each with its buttons (id, label).
        outcome: As stored of citizens' turns.
        guide: Title (or id) of the guide it was answered from.
        intent: Likeliest intent.
        confidence: Its confidence, 0–1.
    """

    text: str
    replies: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    outcome: str
    guide: str | None
    intent: str | None
    confidence: float


class Trying(Protocol):
    """Lets trainers talk to a candidate (bot.preview)."""

    async def say(self, candidate_id: str, talk: str, text: str, choice: str | None) -> PreviewTurn:
        """What the candidate answers."""


@dataclass(frozen=True)
class Console:
    """What every page works with.

    Args:
        database: Where everything is kept.
        origins: What to believe of where requests come from.
        places: The wards of the installation.
        sign_in: Passwords and sessions.
        public_url: Address people reach the server by, if it is known.
        desk: What pages of cases need.
        attachments: Photos and documents.
        retention: What deletes by age.
        draft: What trainers change.
        inbox: What the bot did not get right, for trainers.
        training: Runs of the training process.
        releasing: What is in force.
        trying: Talks to a candidate.
    """

    database: Database
    origins: Origins
    places: Gazetteer
    sign_in: SignIn
    public_url: str | None
    desk: Desk
    attachments: Attachments
    retention: Retention
    draft: Draft
    inbox: Inbox
    training: Training
    releasing: Releasing
    trying: Trying


@dataclass(frozen=True)
class Visit:
    """A request and the session it belongs to.

    Args:
        request: As it came.
        console: What pages work with.
        token: Of the session; without one, of the form's cookie.
        open_as: Who is signed in, if anybody is.
        stage: How far signing in has come.
        pending_totp: A secret that is being set up, sealed.
    """

    request: web.Request
    console: Console
    token: str
    open_as: Member | None = None
    stage: Stage | None = None
    pending_totp: str | None = None

    @property
    def member(self) -> Member:
        """Who is signed in; only for pages that ask for it.

        Raises:
            HTTPForbidden: Nobody is.
        """
        if self.open_as is None:
            raise web.HTTPForbidden
        return self.open_as

    @property
    def csrf(self) -> str:
        """What every form carries."""
        return csrf_token(self.token)

    @property
    def address(self) -> str:
        """Where the request comes from."""
        return self.console.origins.address(self.request)

    @property
    def wants_fragment(self) -> bool:
        """Whether htmx asks for a part of the page, not the whole."""
        return self.request.headers.get("HX-Request") == "true"

    async def form(self) -> Mapping[str, str]:
        """What was typed into the form; files are left out."""
        sent = await self.request.post()
        return {name: value for name, value in sent.items() if isinstance(value, str)}

    async def form_list(self, name: str) -> list[str]:
        """Every value of a field that may be there more than once."""
        return [value for value in (await self.request.post()).getall(name, []) if isinstance(value, str)]

    @asynccontextmanager
    async def change(self) -> AsyncIterator[AsyncSession]:
        """A transaction, committed at the end."""
        async with self.console.database.session.begin() as session:
            yield session

    def note(self, session: AsyncSession, action: str, subject: str | None = None, **detail: Any) -> None:
        """Write into the audit log that this member looked at or changed something."""
        audit.record(session, self.member.username, action, subject, detail)

    def require_ward(self, ward: str | None) -> None:
        """Refuse what belongs to other wards, as if it did not exist.

        Raises:
            HTTPNotFound: It is none of this member's business.
        """
        if not self.member.covers(ward):
            raise web.HTTPNotFound


CONSOLE = web.AppKey("console", Console)
VISIT = web.RequestKey("visit", Visit)


def visit_of(request: web.Request) -> Visit:
    """The visit that the guard made for this request."""
    return request[VISIT]


def csrf_token(token: str) -> str:
    """Derived from the cookie, so that only our own pages know it and nothing has to be stored."""
    return hashlib.sha256(f"csrf:{token}".encode()).hexdigest()


def local_path(wanted: str | None, otherwise: str = f"{PREFIX}/") -> str:
    """A path of the console to go on to, whatever a link claims: never another site."""
    if not wanted or not wanted.startswith(f"{PREFIX}/") or any(ch in wanted for ch in "\\\r\n\t"):
        return otherwise
    parts = urlsplit(wanted)
    return otherwise if parts.scheme or parts.netloc or "//" in parts.path or ".." in parts.path else wanted

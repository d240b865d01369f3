"""Keeps the tokens of every Official Account alive.

The refresh token works once, so one process renews at a time (a lease in the database, longer than the call can take), the
new pair is committed before anybody uses it, and the old one stays until then. ADR 9 says why they are in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.channels.zalo_oa_events import CHANNEL
from bot.channels.zalo_oa_oauth import OAuth, Pair, TokenRefused
from bot.sealing import Seal
from core.errors import SendFailed, UpstreamError
from core.storage import channel_tokens
from core.storage.database import Database
from core.storage.models import ChannelToken

__all__ = ["RENEW_AFTER", "ZaloTokens"]

RENEW_AFTER = timedelta(hours=20)
"""An access token lives 25 hours: five remain to notice that renewing fails."""

_LEASE = timedelta(seconds=60)
_WAIT_FOR_OTHER = 5.0
_KNOWN_FOR = timedelta(seconds=30)
"""How long an access token is used without another look into the database: opening the seal costs as much as a send."""
_CURE = "an administrator of the OA must run: troly zalo login"
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Known:
    """An access token, and until when it may be used from memory."""

    token: str
    until: datetime


class ZaloTokens:
    """The tokens of one app's Official Accounts.

    Args:
        database: Where they are kept.
        oauth: Zalo's side.
        seal: What encrypts them there.
    """

    def __init__(self, database: Database, oauth: OAuth, seal: Seal) -> None:
        self._database = database
        self._oauth = oauth
        self._seal = seal
        self._known: dict[str, _Known] = {}

    async def accounts(self) -> list[ChannelToken]:
        """Every account somebody logged in for."""
        async with self._database.session() as session:
            return await channel_tokens.accounts(session, CHANNEL)

    async def keep(self, account: str, pair: Pair) -> None:
        """Commit a pair."""
        sealed = self._seal.close({"access_token": pair.access_token, "refresh_token": pair.refresh_token})
        self._known.pop(account, None)
        async with self._database.session() as session, session.begin():
            await channel_tokens.keep(session, CHANNEL, account, sealed, pair.renewed_at, pair.expires_at)

    async def access_token(self, account: str) -> str:
        """The token to send with.

        Raises:
            SendFailed: There is none, or none that is still good.
            ConfigurationError: It was sealed with another app secret.
        """
        known = self._known.get(account)
        if known is not None and known.until > datetime.now(UTC):
            return known.token
        row = await self._row(account)
        if row is None:
            raise SendFailed(f"nobody logged in for this OA; {_CURE}")
        if row.expires_at <= datetime.now(UTC):
            await self.renew(account, row.renewed_at)
            row = await self._row(account)
            assert row is not None  # it was there, and rows are never deleted
        token: str = self._seal.open(row.sealed)["access_token"]
        self._known[account] = _Known(token, min(row.expires_at, datetime.now(UTC) + _KNOWN_FOR))
        return token

    async def renew_rejected(self, account: str, token: str) -> str:
        """Another token in place of one that Zalo refused.

        Raises:
            SendFailed: There is no other.
        """
        self._known.pop(account, None)
        row = await self._row(account)
        if row is not None and self._seal.open(row.sealed)["access_token"] == token:
            await self.renew(account, row.renewed_at)
        return await self.access_token(account)

    async def renew(self, account: str, known: datetime) -> None:
        """Get a new pair, unless somebody did since.

        Args:
            account: Whose.
            known: When the pair was made that is to be replaced.

        Raises:
            SendFailed: It did not work, or another process is about it; try again a little later.
        """
        now = datetime.now(UTC)
        async with self._database.session() as session, session.begin():
            if not await channel_tokens.lease(session, CHANNEL, account, now, now + _LEASE):
                raise SendFailed("another process renews the token", retry_after=_WAIT_FOR_OTHER)
        row = await self._row(account)  # under the lease: nobody else changes it now
        assert row is not None  # it was leased
        if row.renewed_at > known:
            await self._end_lease(account, None)
            return
        try:
            pair = await self._oauth.renew(self._seal.open(row.sealed)["refresh_token"])
        except TokenRefused as error:
            await self._end_lease(account, str(error))
            log.error("zalo_oa.token_refresh_refused", account=account, reason=str(error), cure=_CURE)
            raise SendFailed(f"{error}; {_CURE}") from None
        except UpstreamError as error:
            await self._end_lease(account, None)
            log.error("zalo_oa.token_refresh_failed", account=account, reason=str(error), expires_at=row.expires_at.isoformat())
            raise SendFailed(f"the token could not be renewed: {error}") from None
        await self.keep(account, pair)
        log.info("zalo_oa.token_refreshed", account=account)

    async def renew_due(self) -> None:
        """Renew every pair that is old enough."""
        for row in await self.accounts():
            if datetime.now(UTC) - row.renewed_at >= RENEW_AFTER:
                try:
                    await self.renew(row.account, row.renewed_at)
                except SendFailed:
                    continue  # told already; the next look tries again

    async def close(self) -> None:
        """Close the connections."""
        await self._oauth.close()

    async def _row(self, account: str) -> ChannelToken | None:
        async with self._database.session() as session:
            return await channel_tokens.find(session, CHANNEL, account)

    async def _end_lease(self, account: str, failure: str | None) -> None:
        async with self._database.session() as session, session.begin():
            await channel_tokens.note_failure(session, CHANNEL, account, failure)

"""The channels that the settings describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from pydantic import SecretStr

from bot.settings import Settings
from core.errors import ConfigurationError

if TYPE_CHECKING:
    from bot.channels.base import Channel
    from bot.channels.telegram import TelegramChannel
    from bot.channels.web import WebChannel
    from bot.channels.zalo_bot import ZaloBotChannel
    from bot.channels.zalo_oa import ZaloOaChannel
    from bot.channels.zalo_oa_oauth import OAuth
    from bot.channels.zalo_oa_tokens import ZaloTokens
    from bot.origins import Origins
    from bot.services.attachments import Attachments
    from core.storage.database import Database

__all__ = ["platforms", "web_chat", "zalo_tokens"]

# Each channel's library is imported where it is needed: an installation pays for the channels it has.


def web_chat(settings: Settings, database: Database, origins: Origins, files: Attachments) -> WebChannel:
    """The page, which is always there."""
    from bot.channels.web import WebChannel

    return WebChannel(
        database,
        link_hosts=settings.allowed_hosts,
        per_minute=settings.messages_per_minute,
        max_chars=settings.max_message_chars,
        origins=origins,
        files=files,
    )


def platforms(settings: Settings, database: Database, files: Attachments) -> list[Channel]:
    """Every configured channel beside the page, not started yet.

    Raises:
        ConfigurationError: Names the setting that is missing or wrong.
    """
    found = (_telegram(settings, files), _zalo_oa(settings, database, files), _zalo_bot(settings))
    return [channel for channel in found if channel is not None]


def _telegram(settings: Settings, files: Attachments) -> TelegramChannel | None:
    if settings.telegram_token is None:
        return None
    from bot.channels.telegram import TelegramChannel

    return TelegramChannel(
        settings.telegram_token.get_secret_value(),
        **_delivery(settings, settings.telegram_mode, settings.telegram_webhook_secret),
        api_url=settings.telegram_api_url,
        read_file=files.read_shared,
    )


def _zalo_oa(settings: Settings, database: Database, files: Attachments) -> ZaloOaChannel | None:
    if settings.zalo_oa_app_id is None:
        return None
    from bot.channels.zalo_oa import ZaloOaChannel
    from bot.channels.zalo_oa_signature import Signature

    if settings.zalo_oa_webhook_key is None:
        raise ConfigurationError("TROLY_ZALO_OA_WEBHOOK_KEY: needed; it is the OA Secret Key on the console's webhook page")
    _, tokens = zalo_tokens(settings, database)
    signature = Signature(settings.zalo_oa_app_id, settings.zalo_oa_webhook_key.get_secret_value())
    return ZaloOaChannel(
        signature,
        tokens,
        public_url=settings.public_url,
        api_url=settings.zalo_oa_api_url,
        file_hosts=settings.file_hosts,
        read_file=files.read_shared,
    )


def zalo_tokens(settings: Settings, database: Database) -> tuple[OAuth, ZaloTokens]:
    """What gets and keeps the tokens of Zalo Official Accounts.

    Raises:
        ConfigurationError: The app is not set.
    """
    from bot.channels.zalo_oa_oauth import OAuth
    from bot.channels.zalo_oa_tokens import ZaloTokens
    from bot.sealing import Seal

    app_id, secret = settings.zalo_oa_app_id, _plain(settings.zalo_oa_app_secret)
    if not app_id or not secret:
        raise ConfigurationError("TROLY_ZALO_OA_APP_ID and TROLY_ZALO_OA_APP_SECRET: needed; see docs/channels/zalo-oa.md")
    oauth = OAuth(settings.zalo_oa_oauth_url, app_id, secret)
    return oauth, ZaloTokens(database, oauth, Seal(secret, "zalo_oa tokens"))


def _zalo_bot(settings: Settings) -> ZaloBotChannel | None:
    if settings.zalo_bot_token is None:
        return None
    from bot.channels.zalo_bot import ZaloBotChannel

    return ZaloBotChannel(
        settings.zalo_bot_token.get_secret_value(),
        **_delivery(settings, settings.zalo_bot_mode, settings.zalo_bot_webhook_secret),
        api_url=settings.zalo_bot_api_url,
        file_hosts=settings.file_hosts,
    )


class _Delivery(TypedDict):
    mode: str
    webhook_secret: str | None
    public_url: str | None


def _delivery(settings: Settings, mode: str, secret: SecretStr | None) -> _Delivery:
    """How a platform delivers that knows both ways."""
    return {"mode": mode, "webhook_secret": _plain(secret), "public_url": settings.public_url}


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None

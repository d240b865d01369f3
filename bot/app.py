"""Wiring: the one place where the parts of the running product are put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from bot.admission import Admission
from bot.brain import Answering
from bot.channels.base import Channel, WebhookChannel
from bot.checklist.pages import ChecklistPages
from bot.console.app import make_console
from bot.console.visit import PREFIX, Console
from bot.follow_ups import FollowUps
from bot.incoming_files import IncomingFiles
from bot.interpreter import settle_memory, share_time
from bot.loading import knowledge_from_elsewhere
from bot.origins import Origins
from bot.outbox import Outbox
from bot.picking import Patience
from bot.platforms import platforms, web_chat
from bot.preview import Preview
from bot.sealing import Seal, key_lines
from bot.services.attachments import Attachments
from bot.services.desk import Desk, Window
from bot.services.draft import Draft
from bot.services.inbox import Inbox
from bot.services.releasing import Releasing
from bot.services.retention import Retention
from bot.services.second_factor import SecondFactor
from bot.services.sign_in import SignIn
from bot.services.training import Training
from bot.services.watch import Watch
from bot.serving import Serving
from bot.settings import Settings
from bot.signals import Signals
from bot.turns import TurnEngine
from bot.typing import Typing
from bot.web import make_web_app
from core.catalogue import Catalogue
from core.dialogue import Dialogue
from core.errors import ConfigurationError
from core.knowledge import Knowledge
from core.messages import Inbound
from core.places import Gazetteer
from core.storage.case_alerts import StaffChat
from core.storage.catalogue import load_catalogue
from core.storage.database import Database
from core.storage.sharing import News, sharing_of
from core.worktime import ZONE, public_holidays
from nlu.training.candidates import Files

if TYPE_CHECKING:
    from bot.agent import Brain

__all__ = [
    "Running",
    "draft_of",
    "load_brain",
    "load_knowledge",
    "load_release",
    "releasing_of",
    "running",
    "training_of",
]


@dataclass(frozen=True)
class Running:
    """A started product."""

    address: str
    engine: TurnEngine
    outbox: Outbox
    database: Database
    channels: Mapping[str, Channel]


def load_brain(settings: Settings, model: Path) -> Brain:
    """The trained model over the installation's guides, and the national catalogue where it was imported.

    Not to be called from a running event loop: it reads the database.

    Raises:
        ContentError: A guide, place or lexicon file is wrong.
    """
    from bot.agent import Brain  # and with it Rasa, which nothing else here needs

    return Brain(model, Dialogue(load_knowledge(settings)), settings.content_dir)


def load_release(files: Files, catalogue: Catalogue | None) -> Brain:
    """The model of a release over its own content, and the national catalogue that is loaded already.

    Raises:
        ContentError: A file of its content is wrong.
        AgentFailed: Its model cannot be read.
    """
    from bot.agent import Brain

    return Brain(files.model, Dialogue(knowledge_from_elsewhere(files.tree / "data", catalogue)), files.tree)


def draft_of(settings: Settings, database: Database) -> Draft:
    """What the trainers of this installation change."""
    return Draft(database, settings.content_dir, settings.training_dir, second_person=settings.second_person)


def releasing_of(settings: Settings, database: Database, draft: Draft | None = None) -> Releasing:
    """What promotes and rolls back in this installation."""
    return Releasing(
        database, settings.content_dir, settings.models_dir, settings.training_dir, draft or draft_of(settings, database)
    )


def training_of(settings: Settings, database: Database) -> Training:
    """What trains in this installation."""
    return Training(database, settings.content_dir, settings.training_dir, settings.for_process())


def load_knowledge(settings: Settings) -> Knowledge:
    """What the installation knows: its files, and the national catalogue where it was imported.

    Not to be called from a running event loop: it reads the database.

    Raises:
        ContentError: A guide, place or lexicon file is wrong.
    """
    knowledge = Knowledge.load(settings.data_dir)
    catalogue = asyncio.run(_catalogue(settings))
    return knowledge.with_catalogue(catalogue) if len(catalogue) else knowledge


async def _catalogue(settings: Settings) -> Catalogue:
    database = Database(settings.database_url.get_secret_value())
    try:
        await database.migrate()
        async with database.session() as session:
            return await load_catalogue(session)
    finally:
        await database.close()


def _windows(channels: Mapping[str, Channel]) -> dict[str, Window]:
    """How long each channel lets staff answer."""
    known = {name: channel.capabilities for name, channel in channels.items()}
    return {name: Window(can.reply_window, can.free_window) for name, can in known.items()}


def _staff_chat(
    settings: Settings, channels: Mapping[str, Channel], places: Gazetteer, wake: Callable[[int], None]
) -> StaffChat | None:
    """Where staff are told of cases, if the settings say so."""
    if not settings.staff_telegram_chat:
        return None
    if settings.telegram_token is None or "telegram" not in channels:
        raise ConfigurationError("TROLY_STAFF_TELEGRAM_CHAT needs TROLY_TELEGRAM_TOKEN: the bot that writes there")
    base = (settings.public_url or "").rstrip("/")
    return StaffChat(
        channel="telegram",
        account=settings.telegram_token.get_secret_value().partition(":")[0],
        chat_id=settings.staff_telegram_chat,
        link=lambda code: f"{base}{PREFIX}/ho-so/{code}".rstrip("/") if base else None,
        ward_name=lambda ward: places.units[ward].full_name if ward in places.units else ward,
        wake=wake,
    )


@asynccontextmanager
async def running(settings: Settings, brain: Answering, release_id: int = 0) -> AsyncIterator[Running]:
    """Start the product and stop it cleanly.

    Args:
        settings: What to start.
        brain: What answers, until another release is put into force.
        release_id: The release that it is.

    Yields:
        The running product, with the address it really listens on.
    """
    share_time()
    database = Database(settings.database_url.get_secret_value())
    await database.migrate()
    public_holidays(datetime.now(ZONE).year)  # imports half a second's worth of calendars: now, not in the first case's turn
    newest, *older = key_lines(settings.key_file)
    second_factor = SecondFactor(Seal(newest, "second factors", tuple(older)))
    await second_factor.seal_all(database)
    origins = Origins(settings.public_url, settings.trust_proxy)
    files = Attachments(database, settings.attachments_dir, settings.max_upload_bytes)
    page = web_chat(settings, database, origins, files)
    channels: dict[str, Channel] = {channel.name: channel for channel in (page, *platforms(settings, database, files))}
    sharing = sharing_of(database)
    typing = Typing(channels)
    outbox = Outbox(database, channels, sharing)
    allowed = {name: channel.capabilities for name, channel in channels.items()}
    incoming = IncomingFiles(database, channels, files, outbox.wake)
    follow_ups = FollowUps(database, brain.dialogue.knowledge, allowed, on_replies=outbox.wake)

    def on_received(conversation_id: int, inbound: Inbound) -> None:
        typing.expect(conversation_id, inbound)
        if inbound.attachments:
            incoming.wake(conversation_id)

    def send(conversation_id: int) -> None:
        typing.answered(conversation_id)
        outbox.wake(conversation_id)

    engine = TurnEngine(
        database,
        brain,
        link_hosts=settings.allowed_hosts,
        max_chars=settings.max_message_chars,
        public_url=settings.public_url,
        patience=Patience(settings.burst_seconds, timedelta(hours=settings.late_after_hours)),
        on_received=on_received,
        on_replies=send,
    )
    admission = Admission(
        engine.receive,
        database,
        per_sender=settings.messages_per_minute,
        per_channel=settings.channel_messages_per_minute,
        on_replies=outbox.wake,
        free=frozenset({page.name}),
    )
    signals = Signals(database, admission.receive, settings.max_message_chars, timedelta(minutes=settings.staff_hold_minutes))

    def on_news(news: News) -> None:
        database.changes.ring()
        if news.direction == "case":
            return
        if news.direction == "in":
            engine.heard(news.conversation_id)
        else:
            typing.answered(news.conversation_id)
            outbox.heard(news.conversation_id)
        if news.channel == page.name:
            page.on_news(news.chat_id, answered=news.direction == "out")

    webhooks = [channel for channel in channels.values() if isinstance(channel, WebhookChannel)]
    places = Gazetteer.load(settings.data_dir / "places")
    retention = Retention(database, files, settings.periods)
    sends = {name: can.sends for name, can in allowed.items()}
    desk = Desk(brain.dialogue.knowledge.guides, settings.allowed_hosts, outbox.wake, _windows(channels), sends)
    sign_in = SignIn(database, second_factor)
    draft = draft_of(settings, database)
    training, releasing = training_of(settings, database), releasing_of(settings, database, draft)
    answering = brain
    preview = Preview(releasing.fetch, settings.allowed_hosts, settings.log_level)
    inbox = Inbox(database, draft, lambda: answering.dialogue.knowledge, settings.periods.inbox)
    console = make_console(
        Console(
            database,
            origins,
            places,
            sign_in,
            settings.public_url,
            desk,
            files,
            retention,
            draft,
            inbox,
            training,
            releasing,
            preview,
        )
    )
    checklists = ChecklistPages(brain.dialogue.knowledge, origins)

    def use(other: Answering) -> None:
        nonlocal answering
        answering = other
        engine.use(other)
        follow_ups.use(other.dialogue.knowledge)
        checklists.use(other.dialogue.knowledge)
        desk.guides = watch.guides = other.dialogue.knowledge.guides
        settle_memory()

    catalogue = brain.dialogue.knowledge.catalogue
    serving = Serving(database, releasing, training, lambda made: load_release(made, catalogue), use, brain, release_id)
    watch = Watch(database, _staff_chat(settings, channels, places, outbox.wake), brain.dialogue.knowledge.guides)
    runner = web.AppRunner(make_web_app((page, checklists), webhooks, console), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    started: list[Channel] = []
    try:
        await sharing.open(on_news)
        await _listen(runner, settings)
        for channel in channels.values():
            await channel.start(signals.take)
            started.append(channel)
        await outbox.start()
        await incoming.start()
        follow_ups.start()
        signals.start()
        retention.start()
        watch.start()
        serving.start()
        await engine.start()
        settle_memory()
        yield Running(_address(runner), engine, outbox, database, channels)
    finally:
        preview.stop()
        await serving.stop()
        await retention.stop()
        await follow_ups.stop()
        await watch.stop()
        await incoming.stop()
        await outbox.stop()  # before the channels: what is not sent yet stays queued for the next start
        await asyncio.gather(*(channel.stop() for channel in started), return_exceptions=True)
        await runner.cleanup()
        await signals.stop()
        await engine.stop()
        typing.stop()
        await sharing.close()
        await database.close()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise ConfigurationError(
            f"TROLY_PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); choose another port"
        ) from error


def _address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"

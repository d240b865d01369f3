"""The trainers' inbox at work: kept up to date, grouped, and what is decided there carried into the draft."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.draft import Draft
from bot.services.inbox_view import InboxView
from core.errors import UserFacingError
from core.inbox import Kind
from core.knowledge import Knowledge
from core.privacy import mask, without_placeholders
from core.staff import Member
from core.storage import audit, training_inbox
from core.storage import draft as draft_log
from core.storage.database import Database
from core.storage.inbox_gathering import gather
from core.storage.inbox_models import InboxRuling
from core.understanding import OTHER_PROCEDURE, OUT_OF_SCOPE, TOPIC_PREFIX
from nlu.training.clusters import cluster, keep_numbers
from nlu.training.content import ContentTree
from nlu.training.example_checks import bare
from nlu.training.intent_edits import name_for

__all__ = ["Inbox", "Verdict"]

log = structlog.get_logger(__name__)

_THIRD = 3
_GROUPED_AT_ONCE = 5000
"""The newest open messages; older ones stay in the group they have."""


@dataclass(frozen=True)
class Verdict:
    """What a trainer decides about some messages.

    Args:
        items: Ids of the messages' items.
        kind: What they are.
        target: The intent or guide they belong to, where `kind` names one; empty for a new intent.
        note: Why.
        worded: Sentences as the trainer worded them, by item; the others are taken as they were typed.
        title: What a new intent is called.
        reply: What the bot answers to a new intent.
        as_names: For a guide: they are names of it, not situations in which it is needed.
        own_intent: For a guide: they become examples of its own intent, which is added where there is none.
        hold_out: Of what becomes examples, every third sentence is kept to measure with instead.
    """

    items: tuple[int, ...]
    kind: Kind
    target: str = ""
    note: str = ""
    worded: Mapping[int, str] = field(default_factory=dict)
    title: str = ""
    reply: str = ""
    as_names: bool = False
    own_intent: bool = False
    hold_out: bool = False


class Inbox:
    """What the bot did not get right, for trainers.

    Args:
        database: Where it is kept.
        draft: What decisions change.
        knowledge: What the bot knows now; messages are grouped by it.
        keep: Age from which a message leaves the inbox.
    """

    def __init__(self, database: Database, draft: Draft, knowledge: Callable[[], Knowledge], keep: timedelta) -> None:
        self._database = database
        self._draft = draft
        self._knowledge = knowledge
        self._keep = keep
        self._refreshing = asyncio.Lock()
        self.view = InboxView(database, draft)

    async def refresh(self) -> None:
        """Bring in what came up since the last time, and group anew when there is something new."""
        async with self._refreshing:
            try:
                async with self._database.session.begin() as session:
                    await gather(session, datetime.now(UTC), self._keep)
            except IntegrityError:  # another process gathered the same messages at the same moment
                log.info("inbox.gathered_elsewhere")
            async with self._database.session() as session:
                waiting = await training_inbox.open_for_grouping(session, _GROUPED_AT_ONCE)
            if all(line.number is not None for line in waiting):
                return
            found = await asyncio.to_thread(cluster, [line.text for line in waiting], self._knowledge())
            ids = [line.id for line in waiting]
            before = {line.id: line.number for line in waiting if line.number is not None}
            numbers = keep_numbers(dict(zip(ids, found.labels, strict=True)), before)
            async with self._database.session.begin() as session:
                await training_inbox.set_groups(session, numbers, dict(zip(ids, found.fits, strict=True)))

    async def decide(self, member: Member, verdict: Verdict) -> InboxRuling:
        """Carry a decision out: draft, log and inbox change together, or nothing does.

        Raises:
            UserFacingError: It cannot be carried out; the message says why.
        """
        made: list[InboxRuling] = []
        async with self._database.session() as session:
            lines = await training_inbox.open_lines(session, member, verdict.items)
        target = _target(verdict)

        async def store(session: AsyncSession, edit_id: int | None) -> None:
            ruling = await training_inbox.rule(
                session, member, verdict.items, verdict.kind, target, verdict.note, datetime.now(UTC)
            )
            ruling.edit_id = edit_id
            detail = {"kind": verdict.kind.value, "messages": ruling.messages}
            audit.record(session, member.username, "training.rule", f"ruling:{ruling.id}", detail)
            made.append(ruling)

        if verdict.kind.teaches:
            worded = [verdict.worded.get(line.item.id, line.message.text) for line in lines]
            sentences = list(dict.fromkeys(filter(None, map(_sentence, worded))))
            kind, subject, change = _teaching(verdict, target or "", sentences)
            await self._draft.edit(member.username, kind, subject, change, why=mask(verdict.note).text, also=store)
        else:
            async with self._database.session.begin() as session:
                await store(session, None)
        return made[0]

    async def undo(self, member: Member, ruling_id: int) -> InboxRuling:
        """Take a decision back, in the draft as well; its messages wait again.

        Raises:
            UserFacingError: It was taken back already, or what it added was changed since.
        """
        async with self._database.session() as session:
            ruling = await training_inbox.find_ruling(session, ruling_id)
            edit = ruling.edit_id
            if edit is not None and await draft_log.undone(session, [edit]):  # somebody did so in the draft itself
                edit = None

        async def reopen(session: AsyncSession, _edit: int | None) -> None:
            await training_inbox.reopen(session, member, ruling_id, datetime.now(UTC))
            audit.record(session, member.username, "training.undo", f"ruling:{ruling_id}")

        if edit is None:
            async with self._database.session.begin() as session:
                await reopen(session, None)
        else:
            await self._draft.undo(member.username, edit, also=reopen)
        return ruling


def _sentence(text: str) -> str:
    """What is learned from a message: nothing personal, and none of our own placeholders."""
    return " ".join(without_placeholders(mask(text).text).split())


def _target(verdict: Verdict) -> str | None:
    """The intent or guide that a decision names.

    Raises:
        UserFacingError: None was chosen.
    """
    if verdict.kind is Kind.INTENT:
        found = verdict.target or (name_for(verdict.title) if verdict.title else "")
    elif verdict.kind is Kind.GUIDE:
        found = verdict.target
    else:
        return None
    if not found:
        raise UserFacingError("Hãy chọn ý định hoặc hướng dẫn, hoặc đặt tên cho ý định mới.")
    return found


_FIXED = {Kind.OUT_OF_SCOPE: OUT_OF_SCOPE, Kind.NOT_OURS: OTHER_PROCEDURE}


def _teaching(verdict: Verdict, target: str, sentences: list[str]) -> tuple[str, str, Callable[[ContentTree], object]]:
    """Kind and subject of the draft's edit, and what it changes.

    Raises:
        UserFacingError: Nothing can be learned from these messages.
    """
    if not sentences:
        raise UserFacingError("Các câu này không còn chữ nào để học sau khi che dữ liệu cá nhân.")
    if verdict.kind is Kind.GUIDE and verdict.own_intent:
        name = TOPIC_PREFIX + target
        return (
            "intent.add",
            f"intent:{name}",
            _keeping(verdict, name, sentences, lambda tree, some: _to_topic(tree, target, some)),
        )
    if verdict.kind is Kind.GUIDE:
        field_name = "aliases" if verdict.as_names else "needs"
        return "guide.wordings", f"guide:{target}", lambda tree: tree.guides.add_wordings(target, **{field_name: sentences})
    if verdict.kind is Kind.INTENT and not verdict.target:
        made = _keeping(verdict, target, sentences, lambda tree, some: tree.intents.add_reply(verdict.title, verdict.reply, some))
        return "intent.new", f"intent:{target}", made
    intent = _FIXED.get(verdict.kind, target)
    return "intent.add", f"intent:{intent}", lambda tree: tree.intents.add_examples(intent, sentences)


def _keeping(
    verdict: Verdict, intent: str, sentences: list[str], teach: Callable[[ContentTree, list[str]], object]
) -> Callable[[ContentTree], None]:
    """A change that teaches the sentences, or two thirds of them where the others are to be held out."""
    kept = sentences[_THIRD - 1 :: _THIRD] if verdict.hold_out else []
    taught = [sentence for sentence in sentences if sentence not in kept]
    # What differs by accents alone from what is taught would measure nothing.
    learned = set(map(bare, taught))
    kept = [sentence for sentence in kept if bare(sentence) not in learned]

    def change(tree: ContentTree) -> None:
        teach(tree, taught)
        if kept:
            tree.held_out.add(intent, map(tree.intents.checked, kept))

    return change


def _to_topic(tree: ContentTree, guide: str, sentences: list[str]) -> None:
    if TOPIC_PREFIX + guide in tree.intents.names():
        tree.intents.add_examples(TOPIC_PREFIX + guide, sentences)
    else:
        tree.intents.add_topic(guide, sentences)

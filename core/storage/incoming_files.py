"""Files that citizens sent, on their way from the platform into a case; bot.incoming_files fetches them.

``waiting`` → ``kept`` | ``refused`` → ``done``: the citizen was told, and nothing but the key is left, by which the same
file is known when the platform delivers it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.cases import ACTIVE, CaseState
from core.messages import Attachment, AttachmentKind
from core.storage.models import Case, Conversation
from core.storage.staff_models import Attachment as KeptFile
from core.storage.staff_models import IncomingFile

__all__ = [
    "MOST_A_DAY", "OFFERED", "Told", "active_case", "add", "claim", "count_recent", "drop", "settle", "still_here", "tell",
    "with_work",
]  # fmt: skip

OFFERED = timedelta(hours=24)
"""How long a file that was sent without an open case can still be handed over with one."""

MOST_A_DAY = 30
"""Files of one citizen: a case is no store for a disk's worth of them."""

_FILES = cast(Table, IncomingFile.__table__)
_FETCHABLE = frozenset({AttachmentKind.IMAGE, AttachmentKind.FILE})
_EMPTY = {"state": "done", "url": None, "ref": None, "name": None, "reason": None}


def add(connection: Connection, conversation_id: int, event_id: str, files: Sequence[Attachment], now: datetime) -> None:
    """Note the photos and documents of a message; the same ones again change nothing.

    Args:
        connection: In a transaction.
        conversation_id: Whose.
        event_id: Of the message.
        files: All that was sent along; other kinds are passed over.
        now: Aware.
    """
    for file in files:
        where = file.url or file.ref
        if file.kind not in _FETCHABLE or not (where or file.kept):
            continue
        key = hashlib.sha256(f"{event_id} {where or file.kept}".encode()).hexdigest()
        known = select(_FILES.c.id).where(_FILES.c.conversation_id == conversation_id, _FILES.c.key == key)
        if connection.scalar(known) is not None:
            continue
        row = {
            "conversation_id": conversation_id,
            "key": key,
            "kind": file.kind.value,
            "url": file.url,
            "ref": file.ref,
            "name": file.name,
            "state": "kept" if file.kept else "waiting",
            "next_attempt_at": now,
            "created_at": now,
        }
        connection.execute(insert(_FILES), row)


def active_case(conversation_id: Any) -> Any:
    """Selects the code of the case that somebody works on, or is going to, in a conversation."""
    mine = select(Case.code).where(Case.conversation_id == conversation_id, Case.state.in_(ACTIVE))
    return mine.order_by(Case.id.desc()).limit(1)


async def with_work(session: AsyncSession, now: datetime) -> list[int]:
    """Conversations with files to fetch for an open case, or of which the citizen is to be told."""
    has_case = exists().where(Case.conversation_id == IncomingFile.conversation_id, Case.state.in_(ACTIVE))
    due = (IncomingFile.state == "waiting") & (IncomingFile.next_attempt_at <= now) & _in_time(now) & has_case
    open_ones = select(IncomingFile.conversation_id).where(IncomingFile.state != "done")
    return list(await session.scalars(open_ones.where(or_(IncomingFile.state != "waiting", due)).distinct()))


def _in_time(now: datetime) -> Any:
    """Not older than was offered, or being fetched since."""
    return or_(IncomingFile.created_at > now - OFFERED, IncomingFile.attempts > 0)


async def claim(session: AsyncSession, conversation_id: int, now: datetime, until: datetime) -> list[IncomingFile]:
    """The files of a conversation that are to be fetched now, by this process and until then by no other."""
    if await session.scalar(active_case(conversation_id)) is None:
        return []
    mine = update(IncomingFile).where(
        IncomingFile.conversation_id == conversation_id,
        IncomingFile.state == "waiting",
        IncomingFile.next_attempt_at <= now,
        _in_time(now),
    )
    claimed = mine.values(next_attempt_at=until, attempts=IncomingFile.attempts + 1).returning(IncomingFile)
    return sorted(await session.scalars(claimed.execution_options(synchronize_session=False)), key=lambda file: file.id)


async def still_here(session: AsyncSession, file_id: int) -> bool:
    """Whether a file is still wanted: the citizen may have had everything deleted while it was fetched."""
    found = select(IncomingFile.id).where(IncomingFile.id == file_id, IncomingFile.state == "waiting").with_for_update()
    return await session.scalar(found) is not None


async def settle(session: AsyncSession, file_id: int, **values: Any) -> None:
    """Write down what became of a file."""
    change = update(IncomingFile).where(IncomingFile.id == file_id).values(**values)
    await session.execute(change.execution_options(synchronize_session=False))


async def count_recent(session: AsyncSession, conversation_id: int, since: datetime) -> int:
    """How many files of the citizen were kept since then."""
    mine = KeptFile.conversation_id == conversation_id, KeptFile.sent_by == "citizen", KeptFile.created_at > since
    return await session.scalar(select(func.count()).select_from(KeptFile).where(*mine)) or 0


@dataclass(frozen=True)
class Told:
    """What the citizen is to hear.

    Args:
        chat: Channel, account, chat id.
        key: The same is told once.
        kept: How many files are in the case.
        refused: Why others are not, each reason once.
        case_id: The case; None = it was deleted meanwhile.
        code: Of the case.
    """

    chat: tuple[str, str, str]
    key: str
    kept: int
    refused: tuple[str, ...]
    case_id: int | None
    code: str


def tell(connection: Connection, conversation_id: int) -> Told | None:
    """Close the files of a conversation of which nothing was said yet; what is to be said of them, in the same transaction."""
    open_ones = update(_FILES).where(_FILES.c.conversation_id == conversation_id, _FILES.c.state.in_(("kept", "refused")))
    finished = select(_FILES).where(_FILES.c.conversation_id == conversation_id, _FILES.c.state.in_(("kept", "refused")))
    rows = connection.execute(finished.order_by(_FILES.c.id).with_for_update()).all()
    if not rows:
        return None
    connection.execute(open_ones.values(**_EMPTY))
    chat = connection.execute(
        select(Conversation.channel, Conversation.account, Conversation.chat_id).where(Conversation.id == conversation_id)
    ).one()
    mine = select(Case.id, Case.code).where(Case.conversation_id == conversation_id, Case.state != CaseState.DELETED)
    case = connection.execute(mine.order_by(Case.id.desc()).limit(1)).one_or_none()
    return Told(
        chat=(chat.channel, chat.account, chat.chat_id),
        key=f"files:{rows[-1].id}",
        kept=sum(row.state == "kept" for row in rows),
        refused=tuple(dict.fromkeys(row.reason for row in rows if row.state == "refused")),
        case_id=case.id if case else None,
        code=case.code if case else "",
    )


def drop(connection: Connection, conversation_id: int) -> None:
    """Forget the files of a conversation that were not fetched yet."""
    connection.execute(delete(_FILES).where(_FILES.c.conversation_id == conversation_id))

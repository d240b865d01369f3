"""What the pages of cases work with beside the database: guides, the outbox, and how long each platform lets us answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import CaseRefused
from core.guides import Guide
from core.storage.models import Case, Conversation, Message

__all__ = ["Desk", "Window", "WindowLeft"]


@dataclass(frozen=True)
class Window:
    """How long after the citizen's last message a platform takes answers.

    Args:
        reply: In all; None = for ever.
        free: At no cost; None = all of it.
    """

    reply: timedelta | None = None
    free: timedelta | None = None


@dataclass(frozen=True)
class WindowLeft:
    """What is left of a window.

    Args:
        reply: Until nothing can be sent; None = no end. Not positive: over.
        free: Until it costs; None = no such limit.
    """

    reply: timedelta | None
    free: timedelta | None

    @property
    def is_over(self) -> bool:
        """Whether the platform would refuse an answer now."""
        return self.reply is not None and self.reply <= timedelta()


@dataclass
class Desk:
    """Shared by all pages of cases.

    Args:
        guides: What the bot knows, by id; exchanged with the model.
        link_hosts: Hosts that may be linked to.
        wake: Called with a conversation when its outbox has something new.
        windows: Of channels that have one.
        files: What each channel sends: media types, each with the most bytes of one.
    """

    guides: Mapping[str, Guide]
    link_hosts: tuple[str, ...]
    wake: Callable[[int], None]
    windows: Mapping[str, Window]
    files: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    async def sends(self, session: AsyncSession, case: Case) -> Mapping[str, int]:
        """What files the citizen of a case can be sent: media types, each with the most bytes of one."""
        return self.files.get(await _channel_of(session, case), {})

    async def window(self, session: AsyncSession, case: Case) -> WindowLeft:
        """How long the citizen of a case can still be answered."""
        window = self.windows.get(await _channel_of(session, case), Window())
        wrote = Message.conversation_id == case.conversation_id, Message.direction == "in"
        last = await session.scalar(select(Message.created_at).where(*wrote).order_by(Message.id.desc()).limit(1))
        passed = datetime.now(UTC) - last if last else timedelta()
        return WindowLeft(window.reply and window.reply - passed, window.free and window.free - passed)

    async def check_window(self, session: AsyncSession, case: Case) -> None:
        """See to it that nothing is sent that the platform refuses.

        Raises:
            CaseRefused: The window is over.
        """
        if (await self.window(session, case)).is_over:
            raise CaseRefused(
                "Chưa gửi: nền tảng chỉ cho trả lời trong một thời hạn kể từ tin nhắn cuối của bà con, và đã quá hạn. "
                "Chờ bà con nhắn lại, hoặc liên hệ bằng cách khác."
            )


async def _channel_of(session: AsyncSession, case: Case) -> str:
    return await session.scalar(select(Conversation.channel).where(Conversation.id == case.conversation_id)) or ""

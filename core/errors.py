"""The project's errors.

ProjectError
├── ContentError        a person must fix a file (guide, place, lexicon, training data)
├── UserFacingError     the caller sent something unusable; the message says what to do
│   ├── CaseUnknown     no such case, or none of this person's business
│   ├── CaseRefused     a case cannot be changed like that, or not by this person
│   └── DraftChanged    somebody else changed this part of the draft meanwhile; nothing was overwritten
├── UpstreamError       a platform or database did not answer; try again later
│   ├── SendFailed      a reply was not delivered
│   │   └── Unreachable the citizen cannot be written to on this channel until they write again
│   ├── FetchFailed     a file that a citizen sent could not be fetched
│   └── SendUncertain   a reply may have been delivered; sending again may repeat it
├── HandlerChanged      a person took a conversation over while the bot was answering in it
└── ConfigurationError  a setting is missing or wrong; the operator must act
"""

from __future__ import annotations

import errno

__all__ = [
    "NO_ROOM",
    "CaseRefused",
    "CaseUnknown",
    "ConfigurationError",
    "ContentError",
    "DraftChanged",
    "FetchFailed",
    "HandlerChanged",
    "ProjectError",
    "SendFailed",
    "SendUncertain",
    "Unreachable",
    "UpstreamError",
    "UserFacingError",
]


NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""What a system says when a file cannot be written for want of room."""


class ProjectError(Exception):
    """Root of every error this project raises on purpose."""


class ContentError(ProjectError):
    """A content file is wrong.

    Args:
        problems: One sentence each, naming file, field and cure.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class UserFacingError(ProjectError):
    """The input cannot be used; the message tells the person what to do instead."""


class CaseUnknown(UserFacingError):
    """No such case, or none of this person's business: which of the two is not told."""

    def __init__(self) -> None:
        super().__init__("Không có hồ sơ này.")


class CaseRefused(UserFacingError):
    """A case cannot be changed like that now, or not by this person."""


class DraftChanged(UserFacingError):
    """Somebody else changed this part of the draft since its author looked at it; nothing was overwritten.

    Args:
        subject: What was changed, such as ``intent:topic_lua_dao``.
    """

    def __init__(self, subject: str) -> None:
        self.subject = subject
        super().__init__("Người khác vừa sửa phần này. Hãy tải lại trang để xem bản mới, rồi sửa lại.")


class UpstreamError(ProjectError):
    """Something outside this process failed; trying again later may work."""


class SendFailed(UpstreamError):
    """A reply did not reach its platform.

    Args:
        reason: Short technical reason, free of personal data.
        permanent: True when trying again cannot help.
        retry_after: Seconds the platform asked us to wait, if it did.
    """

    def __init__(self, reason: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        super().__init__(reason)


class Unreachable(SendFailed):
    """The citizen blocked or left the bot, or was silent longer than the platform lets a bot write.

    Args:
        reason: Short technical reason, free of personal data.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


class FetchFailed(UpstreamError):
    """A file that a citizen sent could not be fetched from its platform.

    Args:
        reason: Short technical reason, free of personal data.
        permanent: True when trying again cannot help.
    """

    def __init__(self, reason: str, *, permanent: bool = False) -> None:
        self.reason = reason
        self.permanent = permanent
        super().__init__(reason)


class SendUncertain(UpstreamError):
    """The request left this process but its answer never came."""


class HandlerChanged(ProjectError):
    """A person took a conversation over, or gave it back, while the bot was answering in it: the turn is taken anew."""


class ConfigurationError(ProjectError):
    """A setting is missing or contradictory."""

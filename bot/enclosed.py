"""What is said of photos, documents, voice messages and the like: a machine cannot look at them, a person can."""

from __future__ import annotations

from collections.abc import Sequence

from core import texts
from core.answers import case_choice, menu_choice
from core.messages import Attachment, AttachmentKind, Outcome, Reply, Response

__all__ = ["answer", "label", "notes"]

_FILES = frozenset({AttachmentKind.IMAGE.value, AttachmentKind.FILE.value})


def label(attachments: Sequence[Attachment]) -> str:
    """What stands for a message without a word, in the transcript."""
    return texts.FILE_LABELS[attachments[0].kind.value]


def answer(kinds: Sequence[str], *, held: bool) -> Response:
    """The answer to a message that is nothing but things sent along.

    Photos and documents go into the citizen's case, if there is one, which `bot.incoming_files` confirms when it is done;
    where there is none, the settling of the turn leaves the offer to open one (core.storage.case_turns).

    Args:
        kinds: Of `AttachmentKind`.
        held: A person has the conversation: they see photos and documents, but nothing else.
    """
    said = notes(kinds, held=held)
    if not said or held:
        return Response(Outcome.HANDOFF, said)
    outcome = Outcome.CLARIFY if _FILES & set(kinds) else Outcome.FALLBACK
    return Response(outcome, (*said[:-1], Reply(said[-1].text, (case_choice(), menu_choice()))))


def notes(kinds: Sequence[str], *, held: bool) -> tuple[Reply, ...]:
    """What has to be said of things sent along, whatever else is answered."""
    unreadable = next((kind for kind in kinds if kind not in _FILES), None)
    said = [Reply(texts.FILE_UNREADABLE_BY_STAFF if held else texts.FILE_UNREADABLE)] if unreadable else []
    if _FILES & set(kinds) and not held:
        said.append(Reply(texts.FILE_NEEDS_CASE))
    return tuple(said)

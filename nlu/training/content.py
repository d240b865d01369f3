"""A content tree: the files a model and its answers are made from, read and changed by trainers.

Everything written is plain Rasa YAML as a person would write it. Nothing here knows the web or the database; `ContentTree.save`
writes all changes at once. Who reads, changes and saves holds `locked` meanwhile (bot.services.draft does).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from core.errors import UserFacingError
from nlu.training.guide_files import GuideFiles
from nlu.training.held_out_files import HeldOutFiles
from nlu.training.intent_edits import IntentEdits
from nlu.training.staged import StagedFiles

__all__ = ["ContentTree"]


class ContentTree:
    """The content below one folder.

    Args:
        root: A folder laid out like the project: ``domain.yml``, ``config.yml``, ``data/``, ``tests/stories/``,
            ``tests/nlu/``.
    """

    def __init__(self, root: Path) -> None:
        self.files = StagedFiles(root)
        self.guides = GuideFiles(self.files)
        self.held_out = HeldOutFiles(self.files)
        self.intents = IntentEdits(self.files, self.guides, self.held_out)

    def version(self, subject: str) -> str:
        """A hash of what ``intent:<name>`` or ``guide:<id>`` or ``file:<path>`` is now, to notice that somebody changed it.

        Raises:
            UserFacingError: There is no such thing (any more).
        """
        kind, _, name = subject.partition(":")
        if kind == "intent":
            told = repr(self.intents.get(name))
        elif kind == "guide":
            told = self.guides.text(name)
        elif kind == "file":
            told = repr(self.files.read(name))
        else:
            raise UserFacingError(f"Không rõ “{subject}” là gì.")
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def save(self) -> None:
        """Write all that was changed."""
        self.files.save()

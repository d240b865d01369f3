"""The guides of a content tree: read, changed field by field, added; always whole and valid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import ContentError, UserFacingError
from core.guide_parts import Sections
from core.guides import Guide, GuideLibrary
from nlu.training.guide_check import checked, lost_links
from nlu.training.staged import StagedFiles
from nlu.training.yaml_edit import edit, parsed, reconcile, written

__all__ = ["GuideFiles"]

FOLDER = "data/guides"
_ORDER = tuple(Guide.model_fields)
_SECTION_ORDER = tuple(Sections.model_fields)


@lru_cache(maxsize=1024)
def _guide(path: str, text: str) -> Guide:
    return checked(parsed(text), path)


class GuideFiles:
    """Guides below ``data/guides``, one file each.

    Args:
        files: The content tree they belong to.
    """

    def __init__(self, files: StagedFiles) -> None:
        self._files = files

    def paths(self) -> dict[str, str]:
        """Where each guide is, by its id."""
        return {Path(path).stem: path for path in self._files.paths(f"{FOLDER}/")}

    def text(self, guide_id: str) -> str:
        """The file of a guide.

        Raises:
            UserFacingError: There is no such guide.
        """
        path = self.paths().get(guide_id)
        if path is None:
            raise UserFacingError(f"Không có hướng dẫn “{guide_id}”. Hãy tải lại danh sách.")
        return self._files.read(path) or ""

    def get(self, guide_id: str) -> Guide:
        """A guide.

        Raises:
            UserFacingError: There is no such guide.
            ContentError: Its file is wrong.
        """
        return _guide(self.paths().get(guide_id, ""), self.text(guide_id))

    def raw(self, guide_id: str) -> Mapping[str, Any]:
        """What the file of a guide says, not to be changed."""
        found: Mapping[str, Any] = parsed(self.text(guide_id))
        return found

    def all(self) -> GuideLibrary:
        """All guides.

        Raises:
            ContentError: Lists what is wrong in any of them.
        """
        guides: list[Guide] = []
        problems: list[str] = []
        paths = self.paths()
        for path in paths.values():
            try:
                guides.append(_guide(path, self._files.read(path) or ""))
            except ContentError as error:
                problems += error.problems
        problems += [problem for guide in guides for problem in lost_links(guide, paths)]
        if problems:
            raise ContentError(problems)
        return GuideLibrary(guides)

    def change(self, guide_id: str, wanted: Mapping[str, Any]) -> None:
        """Make a guide's file say `wanted`: all its fields, in plain values; what it says already is left as it is.

        Raises:
            UserFacingError: There is no such guide.
            ContentError: Names field and cure for everything that would be wrong.
        """
        path = self.paths().get(guide_id, "")

        def apply(document: Any) -> None:
            sections = wanted.get("sections")
            if "sections" in document and isinstance(sections, Mapping):
                reconcile(document["sections"], sections, _SECTION_ORDER)
            reconcile(document, wanted, _ORDER)

        self._put(path, edit(self.text(guide_id), apply))

    def add(self, wanted: Mapping[str, Any]) -> None:
        """Add a guide; its ``id`` and ``area`` say where.

        Raises:
            UserFacingError: There is one of that id.
            ContentError: Names field and cure for everything that is wrong.
        """
        guide_id, area = str(wanted.get("id", "")), str(wanted.get("area", ""))
        if guide_id in self.paths():
            raise UserFacingError(f"Đã có hướng dẫn mang mã “{guide_id}”. Hãy chọn mã khác.")
        ordered = {name: wanted[name] for name in _ORDER if name in wanted} | dict(wanted)
        self._put(f"{FOLDER}/{area}/{guide_id}.yml", written(ordered))

    def add_wordings(self, guide_id: str, *, aliases: Iterable[str] = (), needs: Iterable[str] = ()) -> int:
        """Teach how people call a guide, and the situations in which they need it; what is known already is left out.

        Returns:
            How many were new.
        """
        raw = self.raw(guide_id)
        known = {str(text).lower() for field in ("aliases", "needs") for text in raw.get(field) or ()}
        wanted = dict(raw)
        added = 0
        for field, texts in (("aliases", aliases), ("needs", needs)):
            new: list[str] = []
            for text in (" ".join(text.split()) for text in texts):
                if text and text.lower() not in known:
                    known.add(text.lower())
                    new.append(text)
            if new:
                wanted[field] = [*(raw.get(field) or ()), *new]
            added += len(new)
        if added:
            self.change(guide_id, wanted)
        return added

    def _put(self, path: str, text: str) -> None:
        guide = _guide(path, text)
        if problems := lost_links(guide, {*self.paths(), guide.id}):
            raise ContentError(problems)
        self._files.write(path, text)

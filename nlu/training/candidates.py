"""Candidates: a content tree frozen together with the model made of it, and a manifest that says from what.

``candidates/<id>/`` holds ``tree/`` (see `nlu.training.staged`), ``troly-<hash>.tar.gz`` and ``manifest.json``. A
folder appears whole or not at all; a file of it is never changed afterwards, only checked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from core.errors import ContentError, UserFacingError
from nlu.training.staged import content_files
from nlu.training.train import LIBRARIES, code_hash, content_hash

__all__ = ["Files", "Manifest", "freeze", "room_for_training", "tree_files", "tree_hash", "unpack"]

_MANIFEST = "manifest.json"
_PART = ".part-"
_ROOM = 300_000_000
"""Bytes a training may need: features, the model, its archive, Rasa's working copy."""


def tree_files(tree: Path) -> dict[str, str]:
    """The files of a content tree with their SHA-256, by path."""
    return {name: _sha256(path) for name, path in _walk(tree)}


def tree_hash(tree: Path) -> str:
    """What tells one content from another, whatever trains on it."""
    return _short(json.dumps(tree_files(tree), sort_keys=True))


def _walk(tree: Path) -> Iterator[tuple[str, Path]]:
    return ((name, tree / name) for name in content_files(tree))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Manifest:
    """What a candidate is made of.

    Args:
        id: Hash of content and code.
        tree: Hash of the content.
        code: Hash of pipeline code and libraries (see `nlu.training.train.code_hash`).
        model: Name of the model file's stem, ``troly-<hash>``.
        files: SHA-256 of every file of the tree.
        libraries: Versions that make the model.
        frozen_at: ISO time, UTC.
        model_sha256: Of the model's file; None before it is trained.
        model_bytes: Its size.
        seconds: What training took.
    """

    id: str
    tree: str
    code: str
    model: str
    files: dict[str, str]
    libraries: dict[str, str] = field(default_factory=dict)
    frozen_at: str = ""
    model_sha256: str | None = None
    model_bytes: int = 0
    seconds: float = 0.0

    @property
    def config(self) -> str:
        """Hash of ``config.yml``."""
        return self.files["config.yml"][:16]


@dataclass(frozen=True)
class Files:
    """A candidate's folder.

    Args:
        folder: ``<training folder>/candidates/<id>``.
    """

    folder: Path

    @classmethod
    def of(cls, training_dir: Path, candidate_id: str) -> Files:
        """The folder of a candidate, whether or not it is there."""
        return cls(training_dir / "candidates" / candidate_id)

    @property
    def tree(self) -> Path:
        """Its content."""
        return self.folder / "tree"

    @property
    def manifest(self) -> Manifest:
        """What it is made of.

        Raises:
            ContentError: It cannot be read.
        """
        try:
            return Manifest(**json.loads((self.folder / _MANIFEST).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise ContentError([f"{self.folder}: bản huấn luyện hỏng hoặc thiếu ({type(error).__name__})"]) from error

    @property
    def model(self) -> Path:
        """Its model's file."""
        return self.folder / f"{self.manifest.model}.tar.gz"

    @property
    def is_there(self) -> bool:
        """Whether its files are on this machine."""
        return (self.folder / _MANIFEST).is_file()

    def take_model(self, made: Path, seconds: float) -> Manifest:
        """Make `made` this candidate's model; the manifest that says so is written last."""
        target = self.model
        if made != target:
            _link(made, target)
        manifest = Manifest(
            **{
                **asdict(self.manifest),
                "model_sha256": _sha256(target),
                "model_bytes": target.stat().st_size,
                "seconds": seconds,
            }
        )
        _write_json(self.folder / _MANIFEST, asdict(manifest))
        return manifest

    def check(self) -> Manifest:
        """Make sure that nothing is missing and nothing was changed.

        Raises:
            ContentError: Something is.
        """
        manifest = self.manifest
        problems = []
        if manifest.model_sha256 is None:
            problems.append("chưa có mô hình")
        elif not self.model.is_file() or _sha256(self.model) != manifest.model_sha256:
            problems.append("tệp mô hình thiếu hoặc đã bị thay đổi")
        if tree_files(self.tree) != manifest.files:
            problems.append("nội dung thiếu hoặc đã bị thay đổi")
        if problems:
            raise ContentError([f"Bản {manifest.id} hỏng: {'; '.join(problems)}. Hãy huấn luyện lại."])
        return manifest

    def pack(self) -> bytes:
        """Everything, as one archive for another machine."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:  # what is large in it is compressed already
            tar.add(self.folder, arcname=".")
        return packed.getvalue()

    def remove(self) -> None:
        """Free the room it takes."""
        shutil.rmtree(self.folder, ignore_errors=True)


def freeze(tree: Path, training_dir: Path) -> Files:
    """Copy a content tree into a candidate's folder; the same content gives the same candidate.

    Raises:
        UserFacingError: There is no room.
    """
    content, code = tree_hash(tree), code_hash()
    files = Files.of(training_dir, _short(f"{content} {code}"))
    if files.is_there:
        return files
    with _whole(files.folder) as part:
        for name, path in _walk(tree):
            (part / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, part / "tree" / name)
        frozen = part / "tree"
        if tree_hash(frozen) != content:
            raise UserFacingError("Nội dung vừa được sửa trong lúc chép. Hãy thử lại.")
        manifest = Manifest(
            id=files.folder.name,
            tree=content,
            code=code,
            model=f"troly-{content_hash(frozen)}",
            files=tree_files(frozen),
            libraries={name: version(name) for name in LIBRARIES},
            frozen_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        _write_json(part / _MANIFEST, asdict(manifest))
    return files


def unpack(packed: bytes, training_dir: Path, candidate_id: str) -> Files:
    """The reverse of `Files.pack`.

    Raises:
        ContentError: The archive is damaged.
    """
    files = Files.of(training_dir, candidate_id)
    try:
        with _whole(files.folder) as part, tarfile.open(fileobj=io.BytesIO(packed)) as tar:
            tar.extractall(part, filter="data")
    except tarfile.TarError as error:
        raise ContentError([f"Bản {candidate_id} trong cơ sở dữ liệu bị hỏng ({type(error).__name__})"]) from error
    files.check()
    return files


class _whole:
    """A folder that appears under its name when the block ends well, and leaves nothing behind when it does not."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> Path:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        self._part = Path(tempfile.mkdtemp(prefix=_PART, dir=self._folder.parent))
        return self._part

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _trace: object) -> None:
        if error is None:
            try:
                self._part.rename(self._folder)
                return
            except OSError:
                if not self._folder.is_dir():  # nobody else made the same meanwhile
                    raise
        shutil.rmtree(self._part, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise UserFacingError(f"Không ghi được vào thư mục huấn luyện: {error.strerror}. Kiểm tra dung lượng đĩa.") from error


def _write_json(path: Path, content: object) -> None:
    part = path.with_name(f"{_PART}{path.name}")
    part.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(path)


def _link(source: Path, target: Path) -> None:
    """The same file under a second name, or a copy where a disk cannot do that; it appears whole."""
    part = target.with_name(f"{_PART}{target.name}")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    part.replace(target)


def room_for_training(training_dir: Path) -> None:
    """Make sure that the disk has room for one more training.

    Raises:
        UserFacingError: It has not.
    """
    training_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(training_dir).free
    if free < _ROOM:
        raise UserFacingError(
            f"Đĩa chỉ còn {free // 1_000_000} MB, huấn luyện cần {_ROOM // 1_000_000} MB. Hãy dọn bớt rồi thử lại."
        )

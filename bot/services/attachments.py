"""Photos and documents of conversations: made harmless, kept outside of everything that is served, found by a random name."""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from core.errors import UpstreamError, UserFacingError
from core.privacy import mask
from core.storage import attachments
from core.storage.database import Database
from core.storage.staff_models import Attachment

__all__ = ["REASONS", "Attachments", "too_large"]

log = structlog.get_logger(__name__)

REASONS = {
    "too_large": "Tệp lớn quá {megabytes} MB. Hãy chụp lại nhỏ hơn hoặc gửi từng phần.",
    "unknown_type": "Chỉ nhận ảnh (JPEG, PNG, WebP, GIF) và tài liệu PDF. Tệp khác hãy chụp ảnh rồi gửi.",
    "too_many_pixels": "Ảnh này lớn quá. Hãy chụp lại với kích thước nhỏ hơn.",
    "too_many_pages": "Tài liệu PDF phải có từ 1 đến 50 trang.",
    "encrypted": "Tài liệu PDF này có mật khẩu nên không mở được. Hãy bỏ mật khẩu rồi gửi lại.",
    "broken": "Tệp này hỏng hoặc không đúng định dạng. Hãy lưu lại hoặc chụp ảnh rồi gửi.",
    "empty": "Tệp này rỗng.",
}
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}
_LONGEST_NAME = 100
_SECONDS = 30
_SIDE_BY_SIDE = 1
_BATCH = 500
_ORPHAN_AGE = timedelta(days=1)
_STORED = re.compile(r"[0-9a-f]{32}")
_SCRIPT = Path(__file__).with_name("safe_files.py")


class Attachments:
    """Takes files in and gives them out.

    Args:
        database: Where it is written down what there is.
        folder: Where the files are; made when the first one comes, readable for this user only.
        max_bytes: Of one file as it was sent.
    """

    def __init__(self, database: Database, folder: Path, max_bytes: int) -> None:
        self._database = database
        self._folder = folder
        self.max_bytes = max_bytes
        self._turns = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def add(self, conversation_id: int, name: str, data: bytes, sent_by: str) -> Attachment:
        """Keep a file with a conversation; takes and raises what `prepare` does."""
        row = await self.prepare(conversation_id, name, data, sent_by)
        async with self._database.session.begin() as session:
            session.add(row)
        return row

    async def prepare(self, conversation_id: int, name: str, data: bytes, sent_by: str) -> Attachment:
        """Make a file harmless and write it down, for a row that its caller stores with whatever else belongs to it.

        A file whose row is not stored in the end is removed by the nightly `sweep`.

        Args:
            conversation_id: Whose.
            name: As its sender called it; masked, and never used as a path.
            data: Its bytes.
            sent_by: ``citizen`` or a user name.

        Raises:
            UserFacingError: It is too large, of another type, broken or protected; the message says what to do.
            UpstreamError: The disk does not take it.
        """
        media_type, made = await self._make_harmless(data)
        stored_as = secrets.token_hex(16)
        try:
            await asyncio.to_thread(self._write, stored_as, made)
        except OSError as error:
            log.error("attachments.not_written", error=error.strerror)
            raise UpstreamError("Chưa lưu được tệp. Hãy thử lại sau ít phút.") from error
        return Attachment(
            conversation_id=conversation_id,
            stored_as=stored_as,
            name=_shown_name(name, _SUFFIXES[media_type]),
            media_type=media_type,
            size=len(made),
            sent_by=sent_by,
        )

    async def _make_harmless(self, data: bytes) -> tuple[str, bytes]:
        if not data:
            raise UserFacingError(REASONS["empty"])
        if len(data) > self.max_bytes:
            raise too_large(self.max_bytes)
        async with self._turns:
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(_SCRIPT), stdin=pipe, stdout=pipe, stderr=pipe, env={}
            )
            try:
                async with asyncio.timeout(_SECONDS):
                    out, problem = await process.communicate(data)
            except TimeoutError:
                raise UserFacingError(REASONS["broken"]) from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        if process.returncode != 0:
            reason = problem.decode(errors="replace").strip().rpartition("\n")[2]
            if reason not in REASONS:
                log.warning("attachments.decoder_ended", status=process.returncode)
            raise UserFacingError(REASONS.get(reason, REASONS["broken"]))
        media_type, _, made = out.partition(b"\n")
        return media_type.decode(), made

    def _write(self, stored_as: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._path(stored_as)
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(data)

    def _path(self, stored_as: str) -> Path:
        """Where a file is; what is stored can only be one of our own names."""
        if not _STORED.fullmatch(stored_as):
            raise ValueError("not a name of ours")
        return self._folder / stored_as

    async def read_shared(self, file_id: int) -> bytes:
        """The bytes of a file that goes to a citizen.

        Raises:
            FileNotFoundError: It is not there any more, or was never for a citizen.
        """
        async with self._database.session() as session:
            found = await session.get(Attachment, file_id)
        if found is None or not found.shared or found.deleted_at is not None:
            raise FileNotFoundError(file_id)
        return await self.read(found)

    async def read(self, attachment: Attachment) -> bytes:
        """The bytes of a file.

        Raises:
            FileNotFoundError: It is not there any more.
        """
        return await asyncio.to_thread(self._path(attachment.stored_as).read_bytes)

    async def purge(self) -> int:
        """Delete the files that are marked, then their rows; returns how many."""
        count = 0
        while True:
            async with self._database.session() as session:
                names = await attachments.marked(session)
            if not names:
                return count
            await self._unlink(names)
            async with self._database.session.begin() as session:
                await attachments.drop_rows(session, names)
            count += len(names)

    async def sweep(self) -> int:
        """Delete files that belong to nothing: what a crash between file and row left. New ones may be of an upload under way."""
        before = (datetime.now(UTC) - _ORPHAN_AGE).timestamp()

        def old() -> list[str]:
            paths = self._folder.iterdir() if self._folder.is_dir() else ()
            return [path.name for path in paths if _STORED.fullmatch(path.name) and path.stat().st_mtime < before]

        found = await asyncio.to_thread(old)
        count = 0
        for start in range(0, len(found), _BATCH):
            some = found[start : start + _BATCH]
            async with self._database.session() as session:
                known = await attachments.known_names(session, some)
            await self._unlink([name for name in some if name not in known])
            count += len(some) - len(known)
        return count

    async def _unlink(self, names: Sequence[str]) -> None:
        for name in names:
            await asyncio.to_thread(self._path(name).unlink, missing_ok=True)


def too_large(max_bytes: int) -> UserFacingError:
    """What is told of a file with more than `max_bytes`."""
    return UserFacingError(REASONS["too_large"].format(megabytes=max_bytes // 1_000_000))


def _shown_name(name: str, suffix: str) -> str:
    """The sender's name for the file, without personal data, folders and signs nobody sees; with the true ending."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    stem = last.rpartition(".")[0] or last
    plain = "".join(ch for ch in mask(stem).text if unicodedata.category(ch)[0] not in "CZ" or ch == " ")
    return (" ".join(plain.split())[:_LONGEST_NAME] or "tệp") + suffix

"""Make a file harmless, in a process of its own: ``python -I safe_files.py < file``.

Whoever sends a file chooses its bytes, and decoders of pictures and documents have had holes. So the work is done apart, with
little memory and time, and a fresh file is written: pictures are decoded and encoded again, of documents only the pages are
taken over. What remains has no metadata (place, camera, author), no scripts, no attachments and no second file inside.
The type follows from the content, never from a name.

Uses nothing of the project, so that the process starts fast. Exit status 0: the first line of the output is the media type,
the rest the file. Exit status 3: refused; the error output names the reason (a key of `REASONS` in attachments.py).
"""

from __future__ import annotations

import io
import resource
import sys
from typing import Any, NoReturn

_MEMORY = 768 * 1024 * 1024
_SECONDS = 20
_PIXELS = 50_000_000
_LONGEST_SIDE = 3000
_PAGES = 50
_REFUSED = 3
_OF_A_PAGE = ("/AA", "/Metadata", "/PieceInfo", "/Thumb")
_ACTIVE = ("/A", "/AA", "/FS", "/JS", "/RichMediaContent")
_NOT_PAPER = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"}


class _Refused(Exception):
    pass


def _picture(data: bytes) -> tuple[str, bytes]:
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = _PIXELS
    try:
        picture: Image.Image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF"))
        lossless = picture.format == "PNG"
        if picture.width * picture.height > _PIXELS:
            raise _Refused("too_many_pixels")
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        flat = Image.new("RGB", picture.size, "white")
        shown = picture.convert("RGBA")
        flat.paste(shown, mask=shown.getchannel("A"))
    except UnidentifiedImageError:
        raise _Refused("unknown_type") from None
    except (Image.DecompressionBombError, MemoryError):
        raise _Refused("too_many_pixels") from None
    except (OSError, ValueError, SyntaxError):
        raise _Refused("broken") from None
    out = io.BytesIO()
    if lossless:
        flat.save(out, "PNG")
        return "image/png", out.getvalue()
    flat.save(out, "JPEG", quality=85)
    return "image/jpeg", out.getvalue()


def _document(data: bytes) -> tuple[str, bytes]:
    from pypdf import PdfReader, PdfWriter

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted:
            raise _Refused("encrypted")
        if not 1 <= len(reader.pages) <= _PAGES:
            raise _Refused("too_many_pages")
        writer = PdfWriter()
        for page in reader.pages:
            _make_paper(page)
            writer.add_page(page)
        writer.metadata = None
        out = io.BytesIO()
        writer.write(out)
    except _Refused:
        raise
    except Exception:  # noqa: BLE001  # a broken document raises anything; nothing but this process can suffer
        raise _Refused("broken") from None
    return "application/pdf", out.getvalue()


def _make_paper(page: Any) -> None:
    """Leave of a page what would be on it when printed. A filled-in field keeps its look and loses what it would do."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject

    kept = ArrayObject()
    for note in page.get("/Annots", ArrayObject()) or ():
        found = note.get_object()
        if isinstance(found, DictionaryObject) and found.get("/Subtype") not in _NOT_PAPER:
            for key in _ACTIVE:
                found.pop(NameObject(key), None)
            kept.append(note)
    for key in (*_OF_A_PAGE, "/Annots"):
        page.pop(NameObject(key), None)
    if kept:
        page[NameObject("/Annots")] = kept


def main() -> NoReturn:
    """Read, make harmless, write."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        media_type, made = _document(data) if data[:1024].lstrip().startswith(b"%PDF-") else _picture(data)
    except (_Refused, MemoryError) as error:
        sys.stderr.write(str(error) or "too_many_pixels")
        sys.exit(_REFUSED)
    sys.stdout.buffer.write(media_type.encode() + b"\n" + made)
    sys.stdout.buffer.flush()
    sys.exit(0)


if __name__ == "__main__":
    main()

"""Files people send: good ones, disguised ones, hostile ones."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, PdfObject, TextStringObject

__all__ = ["GPS", "document", "gigapixel_png", "photo", "screenshot"]

GPS = "Kiệt 42 Chi Lăng"


def photo(size: tuple[int, int] = (640, 480), orientation: int = 6) -> bytes:
    """A JPEG as phones make them: turned by a note, with the maker, a comment and the place."""
    picture = Image.new("RGB", size, "#7a3b9d")
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x9286] = orientation, "Máy của Lan", GPS.encode()
    exif.get_ifd(0x8825)[2] = (16.0, 28.0, 3.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=GPS.encode())
    return out.getvalue()


def screenshot() -> bytes:
    """A PNG with a text chunk and see-through parts, and a script behind its end."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", GPS)
    out = io.BytesIO()
    Image.new("RGBA", (300, 200), (10, 20, 30, 128)).save(out, "PNG", pnginfo=notes)
    return out.getvalue() + b"<script>alert(1)</script><?php system($_GET[0]); ?>"


def document(pages: int = 2, password: str | None = None) -> bytes:
    """A PDF that names its author, runs a script when opened, and carries a file."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": GPS, "/Title": GPS})
    writer.add_attachment("virus.exe", b"MZ not really")
    script: dict[PdfObject, PdfObject] = {
        NameObject("/S"): NameObject("/JavaScript"),
        NameObject("/JS"): TextStringObject("app.alert(2)"),
    }
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): DictionaryObject(script)})
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def gigapixel_png() -> bytes:
    """A few bytes that claim to be 40,000 × 40,000 points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 40_001)) + chunk(b"IEND", b"")

"""The files of the chat page, held in memory: nothing outside the folder can be asked for."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path

from bot.page_files import PageFile

__all__ = ["STATIC", "read_page_files"]

STATIC = Path(__file__).parent / "web_static"
_PAGE = "index.html"


def read_page_files(page_data: Mapping[str, str]) -> dict[str, PageFile]:
    """Every file of the page, by name.

    Args:
        page_data: ``data-…`` attributes of the page's body, by name, in place of those in the file.
    """
    files = {path.name: path.read_bytes() for path in STATIC.iterdir() if path.is_file()}
    attributes = " ".join(f'data-{name}="{html.escape(value)}"' for name, value in page_data.items())
    head, body_tag, rest = files[_PAGE].decode().partition("<body ")
    files[_PAGE] = f"{head}{body_tag}{attributes}>{rest.partition('>')[2]}".encode()
    return {name: PageFile.of(name, body) for name, body in files.items()}

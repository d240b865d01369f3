"""What the forms of several pages share."""

from __future__ import annotations

from aiohttp import hdrs, web

from bot.console.visit import PREFIX

__all__ = ["number_in", "saved"]


def saved(path: str) -> web.Response:
    """Back to a page below ``/canbo/``, which says that it was saved."""
    return web.Response(status=303, headers={hdrs.LOCATION: f"{PREFIX}/{path}?xong=luu"})


def number_in(typed: str) -> int:
    """A whole number from a form; 0 for anything else."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0

"""Fixtures shared by the tests of channels."""

from __future__ import annotations

from tests.channels.telegram_double import double, telegram

__all__ = ["double", "telegram"]

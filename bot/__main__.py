"""``python -m bot`` is ``troly``."""

from bot.cli import main

main()

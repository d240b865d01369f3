"""``python -m bot`` is ``troly``."""

from bot.cli import main

if __name__ == "__main__":  # a process that this one starts imports it under another name
    main()

"""Run a server under make, so that Ctrl-C stops the server and not make: make would report an error.

The terminal is handed to the server's own process group, as a shell does for its jobs, and taken back afterwards.
Without a terminal, signals are passed on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from types import FrameType


def _terminal() -> int | None:
    """The terminal this process is in the foreground of, if any."""
    try:
        terminal = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
        return terminal if os.tcgetpgrp(terminal) == os.getpgrp() else None
    except OSError:
        return None


def main(command: list[str]) -> int:
    """Run `command` to its end; 0 also when Ctrl-C stopped it before it could say so itself."""
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # inherited: a stopped server would leave nobody to take the terminal back
    server = subprocess.Popen(command, process_group=0)  # noqa: S603  # the Makefile's own command

    def pass_on(number: int, _frame: FrameType | None) -> None:
        server.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    terminal = _terminal()
    if terminal is not None:
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # taking the terminal back is done from the background
        os.tcsetpgrp(terminal, server.pid)
    try:
        code = server.wait()
    finally:
        if terminal is not None:
            os.tcsetpgrp(terminal, os.getpgrp())
    return 0 if code in (-signal.SIGINT, 128 + signal.SIGINT) else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

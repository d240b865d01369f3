"""Heavy work that must not be noticed by citizens who are being answered on the same machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from pathlib import Path

__all__ = ["lead_own_session", "step_aside"]

_LEAST = 19


def step_aside() -> None:
    """Have this process, and all that it starts, use only what others leave of processor and disk, and never the last core.

    Linux: the idle class of the scheduler, which the disk's follows (ioprio_set(2)), and one core fewer than there are. A
    process that leads a session is a group of its own there (sched(7), "The autogroup feature"), and its group takes a full share
    whatever its processes are worth, until the group steps aside as well. Elsewhere the least priority.
    """
    os.setpriority(os.PRIO_PROCESS, 0, _LEAST)
    with contextlib.suppress(OSError):  # no such feature in this kernel
        Path("/proc/self/autogroup").write_text(str(_LEAST), encoding="ascii")
    if not hasattr(os, "sched_setscheduler"):
        return
    cores = sorted(os.sched_getaffinity(0))
    for thread in Path("/proc/self/task").iterdir():  # libraries may have started some when they were imported
        with contextlib.suppress(OSError):  # it has just ended, or a container forbids it
            os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))
            os.sched_setaffinity(int(thread.name), cores[1:] or cores)


def lead_own_session() -> None:
    """Have this process and all that it starts be a group of its own, to the scheduler too, that ends when its parent does."""
    os.setsid()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)  # neither a thread that computes nor what it started could be asked

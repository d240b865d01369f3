"""What a process that answers quickly asks of Python itself."""

from __future__ import annotations

import gc
import sys

__all__ = ["settle_memory", "share_time"]

_SWITCH_SECONDS = 0.0005


def share_time() -> None:
    """Let a thread that computes give way soon to one that waits.

    SQLite's thread lets the interpreter go with every call and has to get it back: at Python's 5 ms, storing a message beside
    a turn that computes took 65 ms, at this 16 ms, alone 0.3 ms. A model that is loaded in a thread holds up turns less, too.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)


def settle_memory() -> None:
    """Collect once what garbage has come since the last time, and look no more at what is left.

    A full collection walks through every object of a loaded model: up to 0.4 s, in which nothing is answered and no webhook
    acknowledged. To be called when what lasts is loaded, and when it was exchanged. What was set aside before is not looked
    at again: a model goes by itself with the last that refers to it; of one that was exchanged some hundred small objects
    stay, which refer to each other.
    """
    gc.collect()
    gc.freeze()

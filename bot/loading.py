"""Reading content for a process that answers citizens meanwhile.

Building the search index is seconds of pure Python, which another thread of this process would take from every turn. Another
process does it; taking over what it made is a matter of milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from core.catalogue import Catalogue
from core.errors import ContentError
from core.knowledge import Knowledge

__all__ = ["knowledge_from_elsewhere"]

_NICE = 10


def knowledge_from_elsewhere(data_dir: Path, catalogue: Catalogue | None) -> Knowledge:
    """`Knowledge.load` in a process of its own that ends with it; waits for it.

    Args:
        data_dir: As of `Knowledge.load`.
        catalogue: The national catalogue, where it was imported.

    Raises:
        ContentError: A file of the content is wrong.
        BrokenProcessPool: The process was killed.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_let_turns_go_first) as pool:
        found = pool.submit(_load, data_dir, catalogue).result()
    if not isinstance(found, Knowledge):
        raise ContentError(found)
    return found


def _let_turns_go_first() -> None:
    """Also where this process was started with real-time priority, to which niceness means nothing."""
    if hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    os.nice(_NICE)


def _load(data_dir: Path, catalogue: Catalogue | None) -> Knowledge | list[str]:
    """The knowledge, or what is wrong with it: an error would not come over whole."""
    try:
        knowledge = Knowledge.load(data_dir)
    except ContentError as error:
        return error.problems
    return knowledge.with_catalogue(catalogue) if catalogue else knowledge

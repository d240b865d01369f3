"""Training takes only what others leave of the machine."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bot.settings import ROOT

_PROGRAM = """
import os
from bot.step_aside import lead_own_session, step_aside
lead_own_session()
step_aside()
group = open("/proc/self/autogroup").read().split()[-1] if os.path.exists("/proc/self/autogroup") else "19"
print(os.sched_getscheduler(0) == os.SCHED_IDLE, os.getpriority(os.PRIO_PROCESS, 0), group, len(os.sched_getaffinity(0)))
"""


@pytest.mark.skipif(not hasattr(os, "sched_setscheduler"), reason="the scheduler of Linux")
def test_it_is_idle_to_the_scheduler_alone_and_as_a_group_and_leaves_a_core() -> None:
    """Whatever priority the bot that starts it has."""
    told = subprocess.run([sys.executable, "-c", _PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    cores = len(os.sched_getaffinity(0))
    assert told == ["True", "19", "19", str(max(1, cores - 1))]

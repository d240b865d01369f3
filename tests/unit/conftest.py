"""Property tests are repeatable, and never judge how fast this machine is; the dialogue that many of these tests talk to."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from core.dialogue import Dialogue
from core.knowledge import Knowledge

settings.register_profile("unit", max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")


@pytest.fixture(scope="module")
def dialogue(knowledge: Knowledge) -> Dialogue:
    """The dialogue over what the installation knows."""
    return Dialogue(knowledge)

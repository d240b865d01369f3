"""Processes die, platforms deliver again and answer badly: every message is answered once, every reply sent.

Small, with real processes and the real webhooks; bench/kill.py, bench/redelivery.py and bench/slow_chat.py do it in full.
"""

from __future__ import annotations

import asyncio

from bench import kill, redelivery, slow_chat


def test_killed_processes_lose_and_repeat_nothing(database_url: str) -> None:
    """SIGKILL at random moments, messages by the real webhook with redelivery, a platform in trouble."""
    plan = kill.Plan(database_url, kills=2, messages=24, conversations=8, trouble=0.3, longest_life=1.0)
    result = asyncio.run(kill.run(plan))
    assert result["wrong"] == []
    assert (result["messages"], result["turns"], result["replies"], result["kills"]) == (24, 24, 24, 2)


def test_events_delivered_ten_times_in_any_order_are_one_turn_each(database_url: str) -> None:
    """Many at once; on PostgreSQL to two processes."""
    if database_url.startswith("sqlite"):
        plan = redelivery.Plan(database_url, platform="zalo_oa", events=40)
    else:
        plan = redelivery.Plan(database_url, events=40, processes=2)
    result = asyncio.run(redelivery.run(plan))
    assert result["wrong"] == []
    assert (result["deliveries"], result["turns"], result["replies_sent"]) == (400, 40, 40)


def test_a_chat_whose_sends_hang_holds_up_nobody(database_url: str) -> None:
    """Everybody else gets their replies while it still waits for its first ones."""
    result = asyncio.run(slow_chat.run(slow_chat.Plan(database_url, trouble="hangs", messages=100, chats=20)))
    assert result["wrong"] == []
    assert result["sent_to_that_chat"] < 5

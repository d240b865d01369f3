"""What survives SIGKILL: bot processes are killed at random moments while messages arrive through the real webhook.

python bench/kill.py [--platform zalo_oa] [--database postgresql --processes 2] [--kills 100] [--trouble 0.3] [--model]

Every message must be processed exactly once and in the order of its conversation, every reply be sent at least once, and
none to the wrong person. Prints what was counted; status 1 when any of that does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from sqlalchemy import select

from bench.bots import Bot, settled
from bench.citizens import PLATFORMS, Platform
from bench.databases import KINDS, empty_database
from bench.machine import describe_machine, end_on_signals
from bench.machine import model as trained_model
from core.storage.database import Database
from core.storage.models import Conversation, Message, Turn

__all__ = ["Plan", "run"]

_FIRST_CHAT = 5_000_000
_QUESTIONS = ("đăng ký tạm trú cần giấy tờ gì", "lệ phí bao nhiêu", "làm hộ chiếu mất mấy ngày", "cảm ơn", "làm lại căn cước")


@dataclass(frozen=True)
class Plan:
    """One run.

    Args:
        database_url: An empty database.
        kills: How many processes are killed.
        messages: How many messages arrive.
        conversations: In how many chats.
        trouble: Share of sends that the platform answers badly.
        processes: Bot processes at a time.
        model: A trained model to answer with; None = a counter.
        longest_life: Seconds a process lives at most after it listens.
        seed: Makes the run repeatable, as far as processes are.
        platform: Over whose webhook they arrive.
    """

    database_url: str
    kills: int = 100
    messages: int = 2000
    conversations: int = 200
    trouble: float = 0.0
    processes: int = 1
    model: Path | None = None
    longest_life: float = 2.0
    seed: int = 1
    platform: str = "telegram"


def _text(plan: Plan, chat: int, number: int) -> str:
    """What a citizen writes; without a model, it says who wrote it and in which order."""
    return _QUESTIONS[(chat + number) % len(_QUESTIONS)] if plan.model else f"chat {chat} câu {number}"


async def _citizen(plan: Plan, platform: Platform, chat: int, kills: list[int], killed: asyncio.Event) -> None:
    """One chat's messages, spread over all kills; the next is delivered when the one before was acknowledged."""
    each = plan.messages // plan.conversations
    for number in range(1, each + 1):
        due = plan.kills * (number - 1 + (chat % 97) / 97) / each
        while kills[0] < due:
            killed.clear()
            await killed.wait()
        await platform.deliver(platform.update(chat, _text(plan, chat, number)))


async def _killer(plan: Plan, bots: list[Bot], kills: list[int], killed: asyncio.Event) -> None:
    """Kill one process after the other, at any moment of its life, also while it starts."""
    dice = random.Random(plan.seed)
    while kills[0] < plan.kills:
        bot = dice.choice(bots)
        if dice.random() > 0.1:
            await bot.listens()
            await asyncio.sleep(dice.uniform(0, plan.longest_life))
        else:
            await asyncio.sleep(dice.uniform(0, 1))
        await bot.kill()
        kills[0] += 1
        killed.set()
        await bot.start()


async def run(plan: Plan) -> dict[str, Any]:
    """Let a plan happen; what was counted, with a list of everything that should not be."""
    started = time.monotonic()
    async with PLATFORMS[plan.platform](trouble=plan.trouble, seed=plan.seed) as platform:
        await platform.introduce(plan.database_url)
        bots = [Bot(plan.database_url, platform.settings(), plan.model) for _ in range(plan.processes)]
        platform.targets = [bot.address for bot in bots]
        kills, killed = [0], asyncio.Event()
        chats = [_FIRST_CHAT + n for n in range(plan.conversations)]
        try:
            for bot in bots:
                await bot.start()
            async with asyncio.TaskGroup() as group:
                group.create_task(_killer(plan, bots, kills, killed))
                for chat in chats:
                    group.create_task(_citizen(plan, platform, chat, kills, killed))
            async with settled(plan.database_url):
                pass
        finally:
            for bot in bots:
                await bot.stop()
        async with settled(plan.database_url) as database:
            result = await _judge(plan, database, platform, chats)
    return {**result, "kills": kills[0], "seconds": round(time.monotonic() - started, 1)}


async def _judge(plan: Plan, database: Database, platform: Platform, chats: list[int]) -> dict[str, Any]:
    async with database.session() as session:
        rows = list(await session.execute(select(Message, Conversation.chat_id).join(Conversation).order_by(Message.id)))
        turns = Counter(await session.scalars(select(Turn.message_id)))
    incoming = [(message, int(chat)) for message, chat in rows if message.direction == "in"]
    outgoing = [(message, int(chat)) for message, chat in rows if message.direction == "out"]
    wrong: list[str] = []
    each = plan.messages // plan.conversations
    for chat in chats:
        asked = [message for message, whose in incoming if whose == chat]
        if [message.text for message in asked] != [_text(plan, chat, number) for number in range(1, each + 1)]:
            wrong.append(f"chat {chat}: messages missing, repeated or out of order")
        if any(turns[message.id] != 1 or message.state != "done" for message in asked):
            wrong.append(f"chat {chat}: not every message has exactly one turn")
    wrong += _judge_replies(plan, outgoing, platform)
    sends = Counter((sent.chat, sent.text) for sent in platform.sent)
    states = Counter(message.state for message, _ in outgoing)
    return {
        "wrong": wrong,
        "messages": len(incoming),
        "turns": sum(turns.values()),
        "replies": len(outgoing),
        "reply_states": dict(states),
        "deliveries": platform.deliveries,
        "sends": len(platform.sent),
        "sent_more_than_once": sum(count > 1 for count in sends.values()) if not plan.model else None,
        "troubles": dict(platform.troubles),
    }


def _judge_replies(plan: Plan, outgoing: list[tuple[Message, int]], platform: Platform) -> list[str]:
    """Every reply was sent, to the right chat, and for the first time in its order."""
    wrong = []
    where = {sent.message_id: sent.chat for sent in platform.sent}
    arrivals: dict[int, list[str]] = defaultdict(list)
    for sent in platform.sent:
        if sent.text not in arrivals[sent.chat]:
            arrivals[sent.chat].append(sent.text)
    replies: dict[int, list[str]] = defaultdict(list)
    for message, chat in outgoing:
        replies[chat].append(message.text)
        if message.state not in ({"sent", "uncertain"} if plan.trouble else {"sent"}):
            wrong.append(f"reply {message.id}: {message.state} ({message.error})")
        if message.provider_id and where[message.provider_id] != chat:
            wrong.append(f"reply {message.id}: sent to the wrong chat")
    if not plan.model:  # what a model says is cut into parts and formatted
        for chat, said in replies.items():
            if said != [f"{n} | {_text(plan, chat, n)}" for n in range(1, len(said) + 1)]:
                wrong.append(f"chat {chat}: the memory does not fit the messages")
            if arrivals[chat] != said:
                wrong.append(f"chat {chat}: replies missing, foreign or out of order")
    return wrong


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--platform", choices=PLATFORMS, default="telegram")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--trouble", type=float, default=0.0, help="share of sends the platform answers badly (0-1)")
    parser.add_argument("--processes", type=int, default=1, help="bot processes at a time (PostgreSQL)")
    parser.add_argument("--model", action="store_true", help="answer with the trained model")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    end_on_signals()
    with empty_database(options.database) as url:
        plan = Plan(
            url, options.kills, options.messages, options.conversations, options.trouble, options.processes,
            trained_model() if options.model else None, seed=options.seed, platform=options.platform,
        )  # fmt: skip
        result = asyncio.run(run(plan))
    print(
        json.dumps(
            {"platform": options.platform, "database": options.database, **result, **describe_machine()},
            ensure_ascii=False,
            indent=1,
        )
    )
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())

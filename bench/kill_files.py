"""Photos survive SIGKILL: each is in its citizen's case once, whatever the bot was doing when it was killed.

    python -m bench.kill_files [--kills 30] [--chats 20] [--photos 3] [--trouble 0.3] [--database postgresql]

Over Telegram's webhook; the platform refuses a share of the calls for files. A file that a killed process was fetching is
tried again after five minutes, which are made to pass. Status 1 when a photo is missing, twice there or in another case, when a
file on disk is not what was sent, or when its citizen was told another number of photos than came.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script

from PIL import Image
from sqlalchemy import select, update

from bench.bot_process import PERSON
from bench.bots import Bot, settled
from bench.citizens import Platform
from bench.databases import KINDS, empty_database
from bench.machine import describe_machine, end_on_signals
from core import texts
from core.storage.database import Database
from core.storage.models import Conversation, Message
from core.storage.staff_models import Attachment, IncomingFile

__all__ = ["Plan", "run"]

_FIRST_CHAT = 5_000_000
_SMALLEST = 100
_SETTLE_SECONDS = 600.0


@dataclass(frozen=True)
class Plan:
    """One run.

    Args:
        database_url: An empty database.
        folder: An empty folder for the files.
        kills: How often the bot is killed.
        chats: How many citizens send photos.
        photos: How many each.
        trouble: Share of calls for files that the platform refuses, and of sends that it answers badly.
        seed: Of the moments of killing.
    """

    database_url: str
    folder: Path
    kills: int = 30
    chats: int = 20
    photos: int = 3
    trouble: float = 0.0
    seed: int = 1


async def run(plan: Plan) -> dict[str, Any]:
    """Let a plan happen; what was counted, with a list of everything that should not be."""
    sizes = {(chat, n): (_SMALLEST + chat, _SMALLEST + n) for chat in range(plan.chats) for n in range(plan.photos)}
    async with Platform(trouble=plan.trouble, seed=plan.seed) as platform:
        bot = Bot(plan.database_url, platform.settings() | {"TROLY_ATTACHMENTS_DIR": str(plan.folder)})
        platform.targets = [bot.address]
        killed = [0]

        async def citizen(chat: int) -> None:
            await platform.deliver(platform.update(_FIRST_CHAT + chat, PERSON))
            for n in range(plan.photos):
                while killed[0] < plan.kills * (n + chat / plan.chats) / plan.photos:
                    await asyncio.sleep(0.05)
                await platform.deliver(platform.photo(_FIRST_CHAT + chat, *sizes[chat, n]))

        await bot.start()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_killer(plan, bot, killed))
                for chat in range(plan.chats):
                    group.create_task(citizen(chat))
            await _all_fetched(plan)
            async with settled(plan.database_url) as database:
                wrong = await _judge(plan, database, sizes)
        finally:
            await bot.stop()
    return {"wrong": wrong, "photos": len(sizes), "kills": killed[0], "refusals": dict(platform.troubles)}


async def _killer(plan: Plan, bot: Bot, killed: list[int]) -> None:
    dice = random.Random(plan.seed)
    while killed[0] < plan.kills:
        await bot.listens()
        await asyncio.sleep(dice.uniform(0, 2))
        await bot.kill()
        killed[0] += 1
        await bot.start()
    await bot.listens()


async def _all_fetched(plan: Plan) -> None:
    """Return when every file is settled and told of; what waits for its time gets it."""
    database = Database(plan.database_url)
    waits = IncomingFile.state == "waiting"
    try:
        async with asyncio.timeout(_SETTLE_SECONDS):
            while True:
                async with database.session.begin() as session:
                    if await session.scalar(select(IncomingFile.id).where(IncomingFile.state != "done").limit(1)) is None:
                        return
                    await session.execute(update(IncomingFile).where(waits).values(next_attempt_at=datetime.now(UTC)))
                await asyncio.sleep(5)
    finally:
        await database.close()


async def _judge(plan: Plan, database: Database, sizes: dict[tuple[int, int], tuple[int, int]]) -> list[str]:
    async with database.session() as session:
        kept = list(await session.execute(select(Conversation.chat_id, Attachment).join(Conversation)))
        told = list(
            await session.execute(select(Conversation.chat_id, Message.text).join(Conversation).where(Message.direction == "out"))
        )
    found = Counter((int(chat) - _FIRST_CHAT, Image.open(plan.folder / file.stored_as).size) for chat, file in kept)
    wrong = []
    if found != Counter((chat, size) for (chat, _), size in sizes.items()):
        wrong.append("photos are missing, twice there, in another case, or not what was sent")
    says = re.compile(re.escape(texts.FILE_KEPT).replace(r"\{count\}", r"(\d+)").replace(r"\{code\}", ".+"))
    counts: Counter[int] = Counter()
    for chat, text in told:
        if said := says.fullmatch(text):
            counts[int(chat) - _FIRST_CHAT] += int(said[1])
    if counts != Counter(chat for chat, _ in sizes):
        wrong.append("citizens were told other numbers of photos than came")
    return wrong


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--chats", type=int, default=20)
    parser.add_argument("--photos", type=int, default=3)
    parser.add_argument("--trouble", type=float, default=0.0, help="share of calls the platform answers badly (0-1)")
    options = parser.parse_args()
    end_on_signals()
    with empty_database(options.database) as url, tempfile.TemporaryDirectory() as folder:
        plan = Plan(url, Path(folder), options.kills, options.chats, options.photos, options.trouble)
        result = asyncio.run(run(plan))
    print(json.dumps({"database": options.database, **result, **describe_machine()}, ensure_ascii=False, indent=1))
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())

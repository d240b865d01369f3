"""A running product changes over to another release between turns: nothing is lost, and what is damaged is never used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.agent import Brain
from bot.app import Running, running
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from core.storage import releases
from core.storage.models import Message, Turn
from core.storage.release_models import Candidate
from nlu.training.candidates import Files, freeze
from nlu.training.train import find_model
from tests.web.citizen import Citizen, settings

_QUESTION = "tui quên mật khẩu vneid rồi"


@dataclass
class Installation:
    """A running product over a small content tree."""

    product: Running
    live: Path
    training_dir: Path
    model: Path

    async def put(self, change: tuple[str, str], *, damaged: bool = False) -> int:
        """Put the live content, with one change of the password guide, into force; returns the release."""
        path = self.live / "data" / "guides" / "vneid" / "quen_mat_khau.yml"
        before = path.read_text("utf-8")
        assert change[0] in before
        path.write_text(before.replace(*change, 1), encoding="utf-8")
        files: Files = freeze(self.live, self.training_dir)
        path.write_text(before, encoding="utf-8")
        manifest = files.take_model(self.model, 0.0)
        if damaged:
            files.model.unlink()
            files.model.write_bytes(self.model.read_bytes()[:1000])
        async with self.product.database.session.begin() as session:
            await session.merge(Candidate(id=manifest.id, tree=manifest.tree, model=manifest.model, made_by="lan"))
            await session.flush()
            return (await releases.add(session, manifest.id, "promoted", "minh", None, after=None)).id

    async def settled(self, release_id: int) -> str | None:
        """Wait until the process has looked at a release; what it says is wrong with it."""
        async with asyncio.timeout(60):
            while True:
                async with self.product.database.session() as session:
                    rows = await releases.serving(session)
                if rows and (rows[0].release_id == release_id or rows[0].error):
                    return rows[0].error
                await asyncio.sleep(0.05)


@asynccontextmanager
async def _installed(small_live: Path, url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    live, training_dir = small_live / "live", tmp_path / "training"
    model = find_model(live, small_live / "models")
    assert model is not None
    knowledge = Knowledge.load(live / "data")
    places = {"data_dir": live / "data", "models_dir": small_live / "models", "training_dir": training_dir}
    async with running(settings(url, **places), Brain(model, Dialogue(knowledge), live)) as product:
        yield Installation(product, live, training_dir, model)


def _said(replies: list[dict[str, str]]) -> str:
    return "\n".join(reply["text"] for reply in replies)


async def test_a_conversation_goes_on_over_a_change_of_models_and_back(
    small_live: Path, database_url: str, tmp_path: Path
) -> None:
    """The new words come with the next turn, the old ones after going back; every message in between has its one turn."""
    async with _installed(small_live, database_url, tmp_path) as here, Citizen(here.product) as citizen:
        title = here.product.engine._mind.brain.dialogue.knowledge.guides["quen_mat_khau"].title
        await citizen.open()
        assert title in _said(await citizen.ask(_QUESTION))
        others = [Citizen(here.product) for _ in range(3)]
        for other in others:
            await other.open()
        asked = 0

        async def chatter(who: Citizen, stop: asyncio.Event) -> None:
            nonlocal asked
            while not stop.is_set():
                asked += 1
                assert await who.ask(_QUESTION)  # one at a time: a slow machine must not pile them up

        stop = asyncio.Event()
        talking = [asyncio.create_task(chatter(other, stop)) for other in others]
        first = await here.put((f"title: {title}", "title: Quên mật khẩu kiểu mới"))
        assert await here.settled(first) is None
        assert "kiểu mới" in _said(await citizen.ask(_QUESTION))
        second = await here.put(("\n", "\n# như cũ\n"))
        assert await here.settled(second) is None
        stop.set()
        await asyncio.gather(*talking)
        before = here.product.engine._mind.brain
        async with here.product.database.session.begin() as session:
            earlier = (await releases.get(session, first)).candidate_id
            back = (await releases.add(session, earlier, "rollback", "minh", None, after=second)).id
        assert await here.settled(back) is None
        assert "kiểu mới" in _said(await citizen.ask(_QUESTION))
        async with here.product.database.session.begin() as session:
            latest = (await releases.get(session, second)).candidate_id
            again = (await releases.add(session, latest, "rollback", "minh", None, after=back)).id
        assert await here.settled(again) is None
        assert here.product.engine._mind.brain is before  # it was kept, so nothing had to be loaded
        assert title in _said(await citizen.ask(_QUESTION))
        await here.product.engine.drain()
        async with here.product.database.session() as session:
            waiting = select(func.count()).where(Message.direction == "in", Message.state != "done")
            assert await session.scalar(waiting) == 0
            assert await session.scalar(select(func.count()).select_from(Turn)) >= asked
            failed = select(func.count()).where(Message.direction == "in", Message.error.is_not(None))
            assert await session.scalar(failed) == 0
        for other in others:
            await other.http.close()


async def test_a_damaged_release_is_never_used(small_live: Path, tmp_path: Path) -> None:
    """What answered goes on answering, and the list of processes says why."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'bot.db'}"
    async with _installed(small_live, url, tmp_path) as here, Citizen(here.product) as citizen:
        await citizen.open()
        error = await here.settled(await here.put(("\n", "\n# khác\n"), damaged=True))
        assert error is not None
        assert "hỏng" in error
        assert await citizen.ask(_QUESTION)


@pytest.mark.parametrize("wrong", ["intent: topic_moi_la", "action: utter_moi_la"])
async def test_a_turn_of_a_newer_model_does_not_stop_an_older_one(small_live: Path, tmp_path: Path, wrong: str) -> None:
    """After a rollback, conversations remember intents and actions that the old model never heard of."""
    live = small_live / "live"
    model = find_model(live, small_live / "models")
    assert model is not None
    brain = Brain(model, Dialogue(Knowledge.load(live / "data")), live)
    first = await brain.answer("x", [], _QUESTION, None)
    kind, _, name = wrong.partition(": ")
    for event in first.events:
        if kind == "intent" and event.get("event") == "user":
            event["parse_data"]["intent"]["name"] = name
        if kind == "action" and event.get("event") == "action" and event["name"] == "action_answer":
            event["name"] = name
    assert (await brain.answer("x", first.events, _QUESTION, None)).replies

"""Two processes on PostgreSQL, and the shell: what is promoted or taken back there, both answer with."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest_asyncio
from typer.testing import CliRunner

from bot.agent import Brain
from bot.app import Running, running
from bot.models_cli import models_app
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from core.storage.release_models import Candidate
from nlu.training.candidates import freeze
from nlu.training.train import find_model
from tests.conftest import fresh_postgres
from tests.training.reports import passing_report
from tests.web.citizen import Citizen, settings

_QUESTION = "tui quên mật khẩu vneid rồi"
_GUIDE = "data/guides/vneid/quen_mat_khau.yml"

Shell = Callable[..., Awaitable[tuple[int, str]]]


@dataclass
class Two:
    """An installation of two processes, which share nothing but database and folders."""

    products: list[Running]
    live: Path
    model: Path
    training_dir: Path
    shell: Shell

    async def measured(self, title: str) -> str:
        """A measured candidate whose guide has another title; returns its id."""
        tree = self.live.parent / "changed"
        shutil.copytree(self.live, tree)
        guide = (tree / _GUIDE).read_text("utf-8")
        old = self.products[0].engine._mind.brain.dialogue.knowledge.guides["quen_mat_khau"].title
        (tree / _GUIDE).write_text(guide.replace(f"title: {old}", f"title: {title}", 1), encoding="utf-8")
        manifest = freeze(tree, self.training_dir).take_model(self.model, 0.0)
        async with self.products[0].database.session.begin() as session:
            session.add(
                Candidate(id=manifest.id, tree=manifest.tree, model=manifest.model, made_by="lan", report=passing_report())
            )
        return manifest.id

    async def say(self) -> list[str]:
        """What a citizen of each process is answered."""
        said = []
        for product in self.products:
            async with Citizen(product) as citizen:
                await citizen.open()
                said.append("\n".join(reply["text"] for reply in await citizen.ask(_QUESTION)))
        return said


@pytest_asyncio.fixture
async def two(small_live: Path, postgres_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    """Both running, and a shell with the same settings."""
    shutil.copytree(small_live, tmp_path / "here")
    live, models = tmp_path / "here" / "live", tmp_path / "here" / "models"
    url, training_dir = await asyncio.to_thread(fresh_postgres, postgres_url), tmp_path / "training"
    model = find_model(live, models)
    assert model is not None
    own = {
        "TROLY_DATABASE_URL": url,
        "TROLY_DATA_DIR": str(live / "data"),
        "TROLY_MODELS_DIR": str(models),
        "TROLY_TRAINING_DIR": str(training_dir),
        "TROLY_SECOND_PERSON": "false",
    }

    async def shell(*arguments: str) -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, models_app, arguments, env=own)
        return done.exit_code, done.output

    places = {"data_dir": live / "data", "models_dir": models, "training_dir": training_dir}
    async with AsyncExitStack() as stack:
        products = []
        for _ in range(2):
            brain = Brain(model, Dialogue(Knowledge.load(live / "data")), live)
            products.append(await stack.enter_async_context(running(settings(url, **places), brain)))
        yield Two(products, live, model, training_dir, shell)


async def test_the_shell_changes_every_process_and_back(two: Two) -> None:
    """It waits for both, tells how long it took, and refuses with the sentences what the gate refuses."""
    before = await two.say()
    new = await two.measured("Quên mật khẩu kiểu mới")
    code, told = await two.shell("promote", new[:6], "--note", "thử")
    assert (code, "ở 2 tiến trình" in told) == (0, True), told
    assert all("Quên mật khẩu kiểu mới" in said for said in await two.say())
    assert "Quên mật khẩu kiểu mới" in (two.live / _GUIDE).read_text("utf-8")
    code, told = await two.shell("list")
    assert (code, told.count("bản phát hành 2")) == (0, 2), told
    code, told = await two.shell("rollback")
    assert (code, "ở 2 tiến trình" in told) == (0, True), told
    assert await two.say() == before

    async with two.products[0].database.session.begin() as session:
        (await session.get_one(Candidate, new)).report = passing_report(safety={"n": 2, "missed": ["có người đòi mã otp"]})
    for command in ("evaluate", "promote"):
        code, told = await two.shell(command, new)
        assert (code, "có người đòi mã otp" in told) == (1, True), told

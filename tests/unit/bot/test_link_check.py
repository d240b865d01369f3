"""Links of guides are asked for politely, official ones only; without a network nothing fails."""

from __future__ import annotations

import aiohttp
from aiohttp import web

from bot.link_check import LinkState, check_links, links_of, status_of
from core.knowledge import Knowledge

_HOSTS = ("gov.vn",)
_ANSWERS: dict[str, tuple[int, str | None]] = {
    "https://a.gov.vn/works": (200, None),
    "https://a.gov.vn/moved": (301, "/works"),
    "https://a.gov.vn/away": (302, "https://evil.example/"),
    "https://a.gov.vn/gone": (404, None),
    "https://a.gov.vn/guarded": (403, None),
    "https://a.gov.vn/loop": (302, "/loop"),
}


async def test_each_link_is_told_apart(knowledge: Knowledge) -> None:
    """A redirect that leaves official pages is not followed."""
    asked: list[str] = []

    async def ask(url: str) -> tuple[int, str | None]:
        asked.append(url)
        if url not in _ANSWERS:
            raise OSError("no route")
        return _ANSWERS[url]

    guide = knowledge.guides["lua_dao"]
    urls = [*_ANSWERS, "https://a.gov.vn/down", "https://bao.example/x"]
    made = guide.model_copy(
        update={"portal_url": None, "sources": tuple(guide.sources[0].model_copy(update={"url": url}) for url in urls)}
    )
    found = {finding.url: finding.state for finding in await check_links([made], _HOSTS, ask)}
    assert found == {
        "https://a.gov.vn/works": LinkState.WORKS,
        "https://a.gov.vn/moved": LinkState.WORKS,
        "https://a.gov.vn/away": LinkState.UNSURE,
        "https://a.gov.vn/gone": LinkState.GONE,
        "https://a.gov.vn/guarded": LinkState.UNSURE,
        "https://a.gov.vn/loop": LinkState.UNSURE,
        "https://a.gov.vn/down": LinkState.UNREACHABLE,
        "https://bao.example/x": LinkState.NOT_OFFICIAL,
    }
    assert not any("example" in url for url in asked)


def test_every_guide_names_its_links_once(knowledge: Knowledge) -> None:
    """The portal's page and the sources."""
    for guide in knowledge.guides.values():
        assert len(links_of(guide)) == len(set(links_of(guide)))
    assert sum(len(links_of(guide)) for guide in knowledge.guides.values()) > 100


async def test_a_server_is_asked_without_following() -> None:
    """A real one, on this machine."""
    app = web.Application()
    app.router.add_get("/a", lambda _request: web.Response(status=302, headers={"Location": "/b"}))  # type: ignore[arg-type]  # brief
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as session:
        assert await status_of(session, f"http://{host}:{port}/a") == (302, "/b")
        assert (await status_of(session, f"http://{host}:{port}/none"))[0] == 404
    await runner.cleanup()

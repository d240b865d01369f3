"""Whatever a platform, or somebody who plays one, posts: a decent status, and never an exception.

A quick run; bench/fuzz_webhooks.py posts a hundred thousand to the real web server.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.channels.base import WebhookChannel
from core.messages import Inbound
from tests.channels.benches import BENCHES, FIXTURES, Bench

_BODIES = 250
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=40)
    | st.sampled_from(["", "\0", "\ud800", "1795422000123", "9" * 400, "#troly:m", "#troly:", "image", "1e999", "-1", "https://"])
)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4), max_leaves=12
)


def _shapes(name: str) -> st.SearchStrategy[Any]:
    """Captured bodies with parts replaced or left out: what no random JSON would ever come near."""
    bodies = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FIXTURES / name).glob("*.json"))]
    return st.sampled_from(bodies).flatmap(_mutated)


@st.composite
def _mutated(draw: st.DrawFn, body: Any) -> Any:
    if isinstance(body, dict):
        changed = {}
        for key, value in body.items():
            fate = draw(st.integers(0, 11))
            if fate > 1:
                changed[key] = draw(_mutated(value))
            elif fate == 1:
                changed[key] = draw(_JSON)
        return changed
    if isinstance(body, list):
        return [draw(_mutated(value)) for value in body]
    return draw(_JSON) if draw(st.integers(0, 11)) == 0 else body


def _bodies(name: str) -> st.SearchStrategy[bytes]:
    written = (_shapes(name) | _JSON).map(lambda body: json.dumps(body).encode("utf-8", "replace"))
    return st.one_of(written, written, st.binary(max_size=200))


@pytest.mark.parametrize("name", [name for name in BENCHES if name != "web"])
def test_no_body_breaks_an_adapter(name: str, tmp_path: Path) -> None:
    """Signed as it should be: 200 or 400, nothing raised, and all that is stored is sound; forged: 403."""

    async def play(bodies: list[bytes]) -> None:
        async with BENCHES[name](tmp_path) as bench:
            channel = bench.channel
            assert isinstance(channel, WebhookChannel)
            for raw in bodies:
                status = await channel.handle_webhook(bench.sign(raw), raw)
                assert status in {200, 400, 403} if name == "zalo_oa" else status in {200, 400}, raw
                assert await channel.handle_webhook(bench.forged[-1], raw) == 403 or raw.strip() == b"{}"
            for event in bench.stored:
                _assert_sound(event, bench)

    made: list[bytes] = []

    @settings(max_examples=_BODIES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_bodies(name))
    def collect(raw: bytes) -> None:
        made.append(raw)

    collect()
    assert len(made) >= _BODIES // 2
    asyncio.run(play(made))


def _assert_sound(event: Any, bench: Bench) -> None:
    """What the database and a reply need of an event."""
    assert event.channel == bench.channel.name
    assert 0 < len(event.chat_id) <= 128
    assert len(event.account) <= 64
    assert event.sent_at.tzinfo is not None
    assert isinstance(event.text, str)
    if isinstance(event, Inbound):
        assert event.choice is None or isinstance(event.choice, str)
        for attachment in event.attachments:
            assert attachment.url is None or attachment.url.startswith("https://")


@pytest.mark.parametrize("name", [name for name in BENCHES if name != "web"])
async def test_secrets_are_compared_in_constant_time(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the one function made for it, on every call, whatever the header holds."""
    compared = []
    real = hmac.compare_digest

    def counted(one: Any, other: Any) -> bool:
        compared.append((one, other))
        return real(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counted)
    async with BENCHES[name](tmp_path) as bench:
        assert isinstance(bench.channel, WebhookChannel)
        for headers in [*bench.forged, bench.sign(b'{"a":1}')]:
            compared.clear()
            bench.channel.verify(headers, b'{"a":1}')
            assert compared

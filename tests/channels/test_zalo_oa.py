"""Zalo Official Account: what is sent, and what its failures mean."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.zalo_oa import ZaloOaChannel
from bot.channels.zalo_oa_errors import as_send_error
from bot.channels.zalo_oa_signature import Signature
from core.errors import SendFailed, SendUncertain, Unreachable
from core.messages import Reply
from tests.channels.benches import buttons
from tests.channels.zalo_oa_world import CHAT, MENU, World
from tests.fakes.zalo_oa import APP_ID, CITIZEN, OA, WEBHOOK_KEY


async def test_reply_has_text_and_buttons(world: World) -> None:
    """Buttons that send a hidden, namespaced payload; the id is Zalo's."""
    message_id = await world.channel.send(CHAT, Reply("Bà con chọn việc.", MENU))
    (sent,) = world.fake.sent
    assert (sent["oa"], sent["to"], sent["text"], sent["message_id"]) == (OA, CITIZEN, "Bà con chọn việc.", message_id)
    assert buttons(sent) == [
        {"title": "Chủ đề khác", "type": "oa.query.hide", "payload": "#troly:m Chủ đề khác"},
        {"title": "Gặp cán bộ", "type": "oa.query.hide", "payload": "#troly:human Gặp cán bộ"},
    ]


@pytest.mark.parametrize("code", [-201, -233])
async def test_choices_become_numbers_where_buttons_are_refused(world: World, code: int, logs: list[dict[str, Any]]) -> None:
    """Only one source says that this interface knows buttons: if it does not, nothing is lost, and it is tried once."""
    world.fake.refusals.append(code)
    await world.channel.send(CHAT, Reply("Bà con chọn việc.", MENU))
    await world.channel.send(CHAT, Reply("Chọn tiếp.", MENU))
    assert [buttons(sent) for sent in world.fake.sent] == [[], []]
    assert "1. Chủ đề khác\n2. Gặp cán bộ" in world.fake.sent[0]["text"]
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["zalo_oa.buttons_refused"]


async def test_reaction_acknowledges_a_message_and_nothing_else(world: World) -> None:
    """A follow has no message to react to."""
    await world.channel.acknowledge(CHAT, "96d3cdf3af150460909")
    await world.channel.acknowledge(CHAT, "follow:1795422000123")
    (reaction,) = world.fake.reactions
    assert reaction["recipient"] == {"user_id": CITIZEN}
    assert reaction["sender_action"] == {"react_icon": "/-strong", "react_message_id": "96d3cdf3af150460909"}


@pytest.mark.parametrize("code", [-213, -217, -218, -227, -230, -232, -244])
def test_citizen_out_of_reach(code: int) -> None:
    """Until they write again."""
    assert isinstance(as_send_error(code, OA), Unreachable)


@pytest.mark.parametrize(
    ("code", "permanent", "alert"),
    [
        (-32, False, None), (-200, False, None), (-100, False, None), (-211, False, "zalo_oa.quota_used_up"),
        (-216, False, "zalo_oa.token_rejected"), (-220, False, "zalo_oa.token_rejected"),
        (-201, True, "zalo_oa.request_refused"), (-210, True, "zalo_oa.request_refused"),
        (-233, True, "zalo_oa.request_refused"), (-204, True, "zalo_oa.set_up_wrong"), (-224, True, "zalo_oa.set_up_wrong"),
        (-242, True, "zalo_oa.set_up_wrong"), (-99999, True, "zalo_oa.error_unknown"),
    ],
)  # fmt: skip
def test_every_error_number_has_its_meaning(code: int, permanent: bool, alert: str | None, logs: list[dict[str, Any]]) -> None:
    """Again later, or never; and what a person must mend is said loudly."""
    error = as_send_error(code, OA)
    assert type(error) is SendFailed
    assert error.permanent is permanent
    assert [entry["event"] for entry in logs] == ([alert] if alert else [])
    if code == -32:
        assert error.retry_after is not None
        assert 0 < error.retry_after <= 60


async def test_silent_citizen_is_out_of_reach(world: World) -> None:
    """Seven days after the last message Zalo refuses."""
    world.fake.last_interaction[CITIZEN] -= 8 * 24 * 3600 * 1000
    with pytest.raises(Unreachable, match="-230"):
        await world.channel.send(CHAT, Reply("Hồ sơ đã có kết quả."))


@pytest.mark.parametrize(
    ("fault", "error"),
    [("cut", SendUncertain), ("garbage", SendUncertain), ("504", SendUncertain), ("500", SendFailed), ("503", SendFailed),
     ("429", SendFailed), (-200, SendFailed)],
)  # fmt: skip
async def test_trouble_on_the_way_is_told_apart(world: World, fault: int | str, error: type[Exception]) -> None:
    """What may have arrived is not sent again; what did not, is."""
    world.fake.faults.append(fault)
    with pytest.raises(error) as caught:
        await world.channel.send(CHAT, Reply("Chào bà con"))
    assert not getattr(caught.value, "permanent", False)


async def test_platform_that_is_not_there_is_a_failure(world: World) -> None:
    """The request never left."""
    channel = ZaloOaChannel(Signature(APP_ID, WEBHOOK_KEY), world.tokens, api_url="http://127.0.0.1:9")
    await channel.start(world.receive)
    with pytest.raises(SendFailed) as caught:
        await channel.send(CHAT, Reply("Chào bà con"))
    assert not caught.value.permanent
    await channel.stop()

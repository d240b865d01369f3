"""A reply that a trainer wrote reaches the citizen as any answer does, through Rasa's own response and a really trained model."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.agent import Brain
from bot.brain import BrainResult
from bot.fixed_replies import weighed
from core.conversation import ConversationState
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from nlu.training.train import find_model
from tests.training.trained import FIXED_REPLY


@pytest.fixture(scope="module")
def brain(small_live: Path, knowledge: Knowledge) -> Brain:
    """The model of the small tree, which has a fixed reply."""
    model = find_model(small_live / "live", small_live / "models")
    assert model is not None
    return Brain(model, Dialogue(knowledge), small_live / "live")


async def _ask(brain: Brain, text: str) -> BrainResult:
    return await brain.answer("chat", [], text, None)


async def test_the_reply_is_delivered_as_an_answer(brain: Brain) -> None:
    """With the ways on below, the outcome stored, and the misses before forgotten."""
    result = await _ask(brain, "bão tốc mái nhà tui, có được hỗ trợ chi không?")
    assert result.intent == "reply_tro_cap_mua_bao"
    assert [reply.text for reply in result.replies] == [FIXED_REPLY]
    assert result.replies[-1].choices
    assert result.decision["outcome"] == "answered"
    assert result.decision["guide"] is None
    again = await brain.answer("chat", result.events, "trợ cấp mưa bão", None)
    assert again.replies[0].text == FIXED_REPLY


@pytest.mark.parametrize("text", ["tôi muốn tự tử", "có người gọi điện nói nhà bị bão, bắt đọc mã otp để nhận trợ cấp"])
async def test_danger_and_scams_come_first(brain: Brain, text: str) -> None:
    """Whatever the classifier takes the message for."""
    parse = {**await brain.parse(text), "intent": {"name": "reply_tro_cap_mua_bao", "confidence": 0.99}}
    safe = _with_urgent(parse)
    assert weighed(safe, brain.dialogue, ConversationState())["intent"]["name"] != "reply_tro_cap_mua_bao"


def _with_urgent(parse: dict[str, object]) -> dict[str, object]:
    """The small model knows little; a real one is sure of these."""
    ranking = [{"name": "topic_lua_dao", "confidence": 0.9}, {"name": "reply_tro_cap_mua_bao", "confidence": 0.1}]
    return {**parse, "intent_ranking": ranking}


async def test_an_unsure_guess_is_weighed_instead(brain: Brain) -> None:
    """A question back is better than a wrong answer."""
    parse = {**await brain.parse("trợ cấp mưa bão"), "intent": {"name": "reply_tro_cap_mua_bao", "confidence": 0.3}}
    assert weighed(parse, brain.dialogue, ConversationState())["intent"]["name"] != "reply_tro_cap_mua_bao"

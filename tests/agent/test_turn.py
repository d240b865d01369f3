"""A turn over Rasa's parts does what Rasa's own message loop does, and fails aloud where that goes on in silence."""

from __future__ import annotations

import asyncio
import gc
import re
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

from actions.base import dialogue, read_response
from bot import fast_rasa
from bot.agent import AgentFailed, Brain, _actions, _Collector
from bot.ask import Question, conversation
from bot.tracker import restored, to_store
from core.conversation import MEMORY_SLOT, ConversationState
from core.dialogue import Dialogue, Said
from core.life_events import LifeEvents
from core.messages import Reply
from core.understanding import Understanding

_CODE = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}")

_DIALOGUES = (
    ("xin chào", "đăng ký tạm trú cần giấy tờ gì", "còn lệ phí thì sao", "chỉ tôi từng bước", "xong rồi", "tôi bị kẹt", "cảm ơn"),
    ("lam khai sinh cho con", "o xa phu xuan nop o dau", "menu", "gặp cán bộ"),
    ("có người gọi bảo đọc mã OTP", "asdf qwer", "zxcv", "/restart", ""),
)


@pytest.fixture
def processor(brain: Brain) -> MessageProcessor:
    """The loaded model's message processor."""
    found = brain._agent.processor
    assert found is not None
    return found


def _plain(replies: list[Reply]) -> list[tuple[str, list[str]]]:
    """Replies without case codes, which are random."""
    return [(_CODE.sub("CODE", reply.text), [choice.label for choice in reply.choices]) for reply in replies]


def _memory(tracker: DialogueStateTracker) -> dict[str, Any]:
    """The slots without the fingerprint of a reply, which a case code changes."""
    slots: dict[str, Any] = tracker.current_slot_values()
    return {**slots, MEMORY_SLOT: {**(slots[MEMORY_SLOT] or {}), "reply": None}}


@pytest.mark.parametrize("dialogue", _DIALOGUES, ids=["walk", "case", "odd"])
async def test_turns_are_those_of_rasas_own_loop(brain: Brain, processor: MessageProcessor, dialogue: tuple[str, ...]) -> None:
    """The same replies, the same decision, the same slots, message for message."""
    processor.tracker_store = store = InMemoryTrackerStore(processor.domain)
    events: list[Any] = []
    for text in dialogue:
        output = _Collector()
        parse = await brain.parse(text)
        await processor.handle_message(UserMessage(parse["text"], output, "stock", parse_data=parse))
        decision, replies = read_response(output.messages)

        ours = await brain.answer("ours", events, text, None)
        events = ours.events

        assert _plain(ours.replies) == _plain(replies)
        assert {**ours.decision, "case": None} == {**decision, "case": None}
        stock_tracker = await store.retrieve("stock")
        assert stock_tracker is not None
        assert _memory(restored(processor.domain, "ours", events)) == _memory(stock_tracker)


async def test_dialogue_stays_small(brain: Brain) -> None:
    """What is stored of a conversation does not grow with it, and holds no reply."""
    events: list[Any] = []
    sizes: list[int] = []
    for n in range(12):
        result = await brain.answer("x", events, "làm thẻ căn cước cần gì" if n % 2 else "còn lệ phí", None)
        events = result.events
        sizes.append(len(events))
        assert not any(event["event"] == "bot" for event in events)
    assert max(sizes[2:]) <= sizes[1] + 2


async def test_failing_action_fails_the_turn(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa would log it and go on without an answer."""

    async def broken(*_: Any) -> list[Any]:
        raise ZeroDivisionError

    monkeypatch.setitem(brain_actions(), "action_answer", broken)
    with pytest.raises(AgentFailed, match="ZeroDivisionError"):
        await brain.answer("x", [], "đăng ký tạm trú cần giấy tờ gì", None)


async def test_endless_rules_fail_the_turn(brain: Brain, processor: MessageProcessor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules that never listen are told apart from a bot that thinks for long."""
    monkeypatch.setattr(processor, "max_number_of_predictions", 1)
    with pytest.raises(AgentFailed) as failed:
        await brain.answer("x", [], "đăng ký tạm trú cần giấy tờ gì", None)
    assert isinstance(failed.value.__cause__, fast_rasa.TurnEndless)


def test_new_conversation_begins_as_rasas_sessions_do(processor: MessageProcessor) -> None:
    """An empty conversation, stored and read, is the same conversation."""
    begun = restored(processor.domain, "x", [])
    again = restored(processor.domain, "x", to_store(begun))
    assert [type(event) for event in again.events] == [type(event) for event in begun.events]


async def test_two_brains_answer_side_by_side_each_from_its_own_knowledge(brain: Brain, model_path: Path) -> None:
    """What one knows never reaches the other, also while both have a turn under way."""
    known = brain.dialogue.knowledge
    other = Brain(model_path, Dialogue(replace(known, guides=known.guides, life_events=LifeEvents(()))))
    heard: dict[str, LifeEvents] = {}

    def listening(which: Brain, name: str) -> Dialogue:
        class Listening(Dialogue):
            def respond(self, intent: str | None, said: Understanding, state: ConversationState) -> Said:
                heard[name] = dialogue().knowledge.life_events
                return super().respond(intent, said, state)

        return Listening(which.dialogue.knowledge)

    for name, one in (("first", brain), ("second", other)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(one, "dialogue", listening(one, name))
            both = [one.answer(name, [], "đăng ký tạm trú cần giấy tờ gì", None), brain.answer("beside", [], "alo", None)]
            await asyncio.gather(*both)
    assert heard["first"] is known.life_events
    assert len(heard["second"]) == 0


async def test_brain_that_is_dropped_goes_without_a_search_for_garbage(brain: Brain, model_path: Path) -> None:
    """A search through a whole model would stop all answers (bot.interpreter); after an exchange there is none."""
    other = Brain(model_path, brain.dialogue)
    await other.answer("x", [], "đăng ký tạm trú cần giấy tờ gì", None)
    assert other._agent.processor is not None
    runner = other._agent.processor.graph_runner
    gone = [weakref.ref(part) for part in (other._agent, other._agent.processor, runner, *runner.components)]
    gc.disable()
    try:
        del other, runner
        assert [part() for part in gone if part() is not None] == []
    finally:
        gc.enable()


def brain_actions() -> dict[str, Any]:
    """The actions in use, by name."""
    actions: dict[str, Any] = _actions().actions
    return actions


async def test_a_turn_says_how_sure_its_guide_was(brain: Brain) -> None:
    """Where one was chosen by what was typed; for a tap or a courtesy there is nothing to be sure of."""
    async with conversation(brain, ()) as answer:
        chosen = await answer(Question("1", "đăng ký tạm trú cần giấy tờ gì", "a"))
        assert chosen.turn.guide == "dang_ky_tam_tru"
        assert chosen.turn.chance is not None
        assert 0.5 <= chosen.turn.chance <= 1
        assert (await answer(Question("2", "cảm ơn nhé", "a"))).turn.chance is None

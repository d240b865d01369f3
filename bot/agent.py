"""Rasa inside this process: the trained model answers a turn without any server in between.

Two changes to stock Rasa make a turn cheap, both held by tests: custom actions run here instead of behind HTTP, and
the JSON schema of their results, a constant that Rasa compiles anew for every call, is not consulted, because the
results never were JSON. `bot.fast_rasa` takes out what Rasa repeats for every message without need.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from nlu import slim

slim.prepare()

from rasa.core.actions import action as rasa_action  # noqa: E402  # after the guard
from rasa.core.agent import Agent  # noqa: E402
from rasa.core.channels.channel import OutputChannel  # noqa: E402
from rasa.core.nlg import NaturalLanguageGenerator  # noqa: E402
from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import Event, SlotSet, deserialise_events  # noqa: E402
from rasa.shared.core.trackers import DialogueStateTracker  # noqa: E402
from rasa_sdk import Tracker  # noqa: E402
from rasa_sdk.executor import ActionExecutor, CollectingDispatcher  # noqa: E402

from actions.base import answering_from, read_response  # noqa: E402
from bot import fast_rasa  # noqa: E402
from bot.brain import AgentFailed, BrainResult  # noqa: E402
from bot.fixed_replies import plain_texts, weighed  # noqa: E402
from bot.settings import ROOT  # noqa: E402
from bot.tracker import restored, to_store  # noqa: E402
from core.conversation import MEMORY_SLOT, ConversationState  # noqa: E402
from core.dialogue import Dialogue  # noqa: E402
from core.privacy import without_placeholders  # noqa: E402
from core.several import questions_in, sentences_of  # noqa: E402
from core.understanding import OUT_OF_SCOPE, PARTS, SENTENCES  # noqa: E402
from nlu.components.content import content_of  # noqa: E402

__all__ = ["Brain", "quiet_rasa"]

log = structlog.get_logger(__name__)


def quiet_rasa(level: str = "WARNING") -> None:
    """Send Rasa's logging through the standard library at `level`; its debug lines quote citizens."""
    number = max(logging.getLevelName(level), logging.WARNING)
    for name in ("rasa", "apscheduler", "asyncio", "matplotlib"):
        logging.getLogger(name).setLevel(number)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            # The default formatter prints local variables with a traceback, and citizens' text among them.
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
    )
    warnings.filterwarnings("ignore", module="rasa.*")


class _LocalAction(rasa_action.RemoteAction):  # type: ignore[misc]  # Rasa is untyped
    """A custom action that runs in this process."""

    async def run(
        self, output_channel: OutputChannel, nlg: NaturalLanguageGenerator, tracker: DialogueStateTracker, domain: Domain
    ) -> list[Event]:
        """Rasa interface."""
        dispatcher = CollectingDispatcher()
        parse = tracker.latest_message.parse_data if tracker.latest_message else {}
        sdk_tracker = Tracker(
            tracker.sender_id, tracker.current_slot_values(), parse, [], False, None, {}, tracker.latest_action_name
        )
        events = await _actions().actions[self.name()](dispatcher, sdk_tracker, {})
        uttered: list[Event] = await self._utter_responses(dispatcher.messages, output_channel, nlg, tracker)
        told: list[Event] = deserialise_events(events)
        return uttered + told


@cache
def _actions() -> ActionExecutor:
    """Every custom action, once; none keeps anything between turns."""
    executor = ActionExecutor()
    executor.register_package("actions")
    return executor


class _Collector(OutputChannel):  # type: ignore[misc]  # Rasa is untyped
    """Keeps Rasa's messages whole (Rasa's own collector takes text and payload apart)."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Rasa interface."""
        return "troly"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Rasa interface."""
        self.messages.append(message)


class Brain:
    """A trained model with its actions, ready to answer; several can live side by side, each with its own knowledge.

    Args:
        model: Path of a ``.tar.gz`` that `nlu.training` made.
        dialogue: What the actions answer from.
        content: The content tree the model was made of.

    Raises:
        AgentFailed: The file is no model that this program can read.
    """

    def __init__(self, model: Path, dialogue: Dialogue, content: Path = ROOT) -> None:
        self.dialogue = dialogue
        rasa_action.RemoteAction = _LocalAction
        fast_rasa.install()
        try:
            with content_of(content):
                self._agent = Agent.load(model)
        except Exception as error:  # a damaged archive raises anything
            raise AgentFailed(f"{model}: the model could not be loaded ({type(error).__name__})") from error
        if not self._agent.is_ready() or self._agent.processor is None:
            raise AgentFailed(f"{model}: the model could not be loaded; train it again with: troly train --force")
        fast_rasa.settle(self._agent.processor)
        self.model_name = model.name.removesuffix(".tar.gz")

    async def parse(self, text: str) -> dict[str, Any]:
        """What the pipeline makes of `text` (Rasa's parse result), of each question in it, and of each sentence of a long one."""
        parse = await self._parse(text)
        if questions := questions_in(text):
            parse[PARTS] = [await self._parse(question) for question in questions]
        if sentences := sentences_of(text):
            parse[SENTENCES] = [await self._parse(sentence) for sentence in sentences]
        return parse

    async def _parse(self, text: str) -> dict[str, Any]:
        await asyncio.sleep(0)  # a message of many sentences must not keep others from being stored all the while
        parse = dict(await self._agent.parse_message(_inert(text)))
        if not (parse.get("intent") or {}).get("name"):  # nothing to read: no rule of Rasa would answer, ours do
            parse["intent"] = {"name": OUT_OF_SCOPE, "confidence": 0.0}
        return parse

    async def answer(self, sender_id: str, events: list[Any], text: str, choice: str | None) -> BrainResult:
        """Answer one message.

        Args:
            sender_id: Conversation, unique among the turns under way.
            events: The conversation's stored events.
            text: Masked text.
            choice: Id of the tapped button, if one was.

        Raises:
            AgentFailed: Rasa or an action failed; nothing was decided.
        """
        processor = self._agent.processor
        assert processor is not None  # checked when loaded
        output = _Collector()
        tracker = restored(processor.domain, sender_id, events)
        state = ConversationState.from_memory(tracker.get_slot(MEMORY_SLOT))
        parse = _tapped(text, choice) if choice is not None else weighed(await self.parse(text), self.dialogue, state)
        try:
            with answering_from(self.dialogue):
                await fast_rasa.take_turn(processor, tracker, parse, output)
        except Exception as error:
            raise AgentFailed(type(error).__name__) from error
        decision, replies = read_response(output.messages)
        if not decision and (told := plain_texts(output.messages)):
            response, after = self.dialogue.fixed(told, state)
            tracker.update(SlotSet(MEMORY_SLOT, after.as_memory()), processor.domain)
            decision, replies = response.decision(), list(response.replies)
        if not decision or not replies:
            raise AgentFailed("no action answered")
        ranking = [(item["name"], round(item["confidence"], 4)) for item in parse.get("intent_ranking", ())]
        return BrainResult(
            decision=decision,
            replies=replies,
            intent=parse["intent"]["name"],
            confidence=float(parse["intent"]["confidence"]),
            ranking=ranking,
            events=to_store(tracker),
            ward=ConversationState.from_memory(tracker.get_slot(MEMORY_SLOT)).ward,
        )


def _inert(text: str) -> str:
    """What the pipeline is to read: no placeholders of masked data, and no leading "/", which Rasa takes for a command."""
    return without_placeholders(text).lstrip("/ ")


def _tapped(text: str, choice: str) -> dict[str, Any]:
    return {
        "text": text,
        "intent": {"name": "choose", "confidence": 1.0},
        "entities": [{"entity": "choice", "value": choice}],
        "intent_ranking": [],
    }

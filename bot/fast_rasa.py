"""The same Rasa, quicker: what it works out anew for every message, although it never changes, is worked out once.

docs/benchmarks.md has what each part is worth. `install` comes before a model is loaded, `settle` after.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable
from functools import cache, partial
from types import MethodType
from typing import Any

import rasa.core.processor
from rasa.core.actions.action import action_for_index
from rasa.core.channels.channel import OutputChannel
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.engine.graph import GraphSchema
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT

__all__ = ["PlannedGraphRunner", "RuleFinder", "TurnEndless", "install", "settle", "take_turn"]

State = dict[str, dict[str, Any]]
"""Rasa's state of a dialogue at one moment: by source ("user", "prev_action", …), its features."""

_resolve_by_type = Event.resolve_by_type


class PlannedGraphRunner(DaskGraphRunner):  # type: ignore[misc]  # Rasa is untyped
    """Runs the graph of a loaded model in an order that is found once for each target.

    Rasa's own runner cuts the graph down, has dask order it and books each node as a task, three times a turn.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Build the nodes (Rasa interface)."""
        super().__init__(*args, **kwargs)
        self._plans: dict[tuple[str, ...], list[str]] = {}

    @property
    def components(self) -> list[Any]:
        """The trained components."""
        return [node._component for node in self._instantiated_nodes.values()]

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Rasa interface: the outputs of `targets`; each node they need is called once."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._plans:
            self._plans[wanted] = _in_order(self._graph_schema.minimal_graph_schema(list(wanted)))
        outputs: dict[str, tuple[str, Any]] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name in self._plans[wanted]:
            needs = self._graph_schema.nodes[name].needs.values()
            outputs[name] = self._instantiated_nodes[name](*(outputs[need] for need in needs))
        return {name: outputs[name][1] for name in wanted}


def _in_order(schema: GraphSchema) -> list[str]:
    """The nodes of `schema`, each after those it needs; what is no node is an input."""
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        if name in schema.nodes and name not in ordered:
            for need in schema.nodes[name].needs.values():
                add(need)
            ordered[name] = None

    for name in schema.nodes:
        add(name)
    return list(ordered)


class RuleFinder:
    """Stands in for `RulePolicy._get_possible_keys`, which tries every rule against the dialogue, three times a turn.

    Which rules fit the latest state depends on nothing but the features that rules name, so it is remembered for each
    combination of their values; only these few rules are then tried against the rest of the dialogue.
    """

    def __init__(self, policy: RulePolicy) -> None:
        self._try_all = _method_of(policy, "_get_possible_keys")
        self._named: dict[int, list[tuple[str, str]]] = {}
        self._fitting: dict[tuple[Any, ...], dict[str, str]] = {}

    def __call__(self, lookup: dict[str, str], states: list[State]) -> set[str]:
        """The rules of `lookup` that fit `states`, oldest first (Rasa interface)."""
        if not states:
            found: set[str] = self._try_all(lookup, states)
            return found
        latest = self._features(lookup, states[-1])
        if latest not in self._fitting:
            self._fitting[latest] = {key: lookup[key] for key in self._try_all(lookup, states[-1:])}
        found = self._try_all(self._fitting[latest], states)
        return found

    def _features(self, lookup: dict[str, str], state: State) -> tuple[Any, ...]:
        if id(lookup) not in self._named:
            rules: list[list[State]] = [json.loads(key) for key in lookup]
            named = {(source, name) for rule in rules for part in rule for source, names in part.items() for name in names}
            self._named[id(lookup)] = sorted(named)
        values = (state.get(source, {}).get(name) for source, name in self._named[id(lookup)])
        return (id(lookup), bool(state.get(PREVIOUS_ACTION)), *values)


def _method_of(policy: RulePolicy, name: str) -> Callable[..., Any]:
    """Rasa's own method, for what the policy is to hold in its place.

    It does not refer to the policy: in a circle, a model that is exchanged would not go by itself (bot.interpreter).
    """
    return MethodType(getattr(type(policy), name), weakref.proxy(policy))


class TurnEndless(RuntimeError):
    """The rules ask for one action after the other and never for the citizen's next message."""


async def take_turn(
    processor: MessageProcessor, tracker: DialogueStateTracker, parse: dict[str, Any], output: OutputChannel
) -> None:
    """Answer one parsed message, as `MessageProcessor.handle_message` does.

    Rasa's own way fetches, copies and saves the tracker, whose events it copies once more for a log that nobody reads,
    and swallows what an action raises.

    Args:
        processor: Of a loaded model, after `settle`.
        tracker: The conversation; changed in place.
        parse: What the pipeline made of the message.
        output: What takes the replies.

    Raises:
        TurnEndless: More actions than a turn may have.
        Exception: Whatever an action raised.
    """
    domain = processor.domain
    tracker.update(UserUttered(parse["text"], parse["intent"], parse["entities"], parse), domain)
    if any(_mapped(slot) for slot in domain.slots):
        await processor.run_action_extract_slots(output, tracker)
    for _ in range(processor.max_number_of_predictions):
        prediction = processor._predict_next_with_tracker(tracker)
        action = action_for_index(prediction.max_confidence_index, domain, processor.action_endpoint)
        events = await action.run(output, processor.nlg, tracker, domain)
        tracker.update_with_events(prediction.events, domain)
        tracker.update(action.event_for_successful_execution(prediction))
        tracker.update_with_events(events, domain)
        await processor.execute_side_effects(events, tracker, output)
        if action.name() == ACTION_LISTEN_NAME:
            return
    raise TurnEndless(f"no end after {processor.max_number_of_predictions} actions; look at data/rules")


def _mapped(slot: Slot) -> bool:
    """Whether Rasa fills the slot from messages; ours are set by actions."""
    return any(mapping.get("type") != "custom" for mapping in slot.mappings)


def install() -> None:
    """Make models loaded from now on run quickly."""
    rasa.core.processor.DaskGraphRunner = PlannedGraphRunner
    # Rasa walks the tree of all event classes, and looks for abstract methods in each, for every event it reads.
    Event.resolve_by_type = staticmethod(cache(_resolve_by_type))


def settle(processor: MessageProcessor) -> None:
    """Keep what is constant once a model is loaded."""
    # Rasa builds an empty domain for every message, to compare the model's with it.
    empty = processor.domain.is_empty()
    processor.domain.is_empty = lambda: empty
    for component in processor.graph_runner.components:
        if isinstance(component, RulePolicy):
            component._get_possible_keys = RuleFinder(component)
            if not _reads_texts(component):
                find = _method_of(component, "_find_action_from_rules")
                component._find_action_from_rules = partial(_find_by_intent, find)


def _reads_texts(policy: RulePolicy) -> bool:
    """Whether a message's text, without its intent, could fit a rule; ours all name an intent."""
    rules = [json.loads(key) for keys in policy.lookup.values() if isinstance(keys, dict) for key in keys]
    return any(INTENT not in states[-1].get(USER, {}) for states in rules)


def _find_by_intent(
    find: Callable[..., Any], tracker: DialogueStateTracker, domain: Any, use_text_for_last_user_input: bool
) -> Any:
    """`RulePolicy._find_action_from_rules` where no rule reads texts: it looks at each message twice, first at its text."""
    if use_text_for_last_user_input:
        return None, None, False
    return find(tracker, domain, use_text_for_last_user_input)

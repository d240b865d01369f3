"""The quicker parts of bot.fast_rasa do exactly what Rasa's own do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

from bot.agent import Brain
from bot.fast_rasa import PlannedGraphRunner, RuleFinder

_INTENTS = st.sampled_from(["ask_fee", "greet", "choose", "human", "stuck", "no_such_intent"])
_ACTIONS = st.sampled_from(["action_listen", "action_answer", "action_smalltalk", "action_open_case"])
_USERS = st.one_of(
    st.builds(lambda name: {"intent": name}, _INTENTS), st.builds(lambda text: {"text": text}, st.text(max_size=5))
)
_STATES = st.lists(
    st.one_of(
        st.just({}),
        st.builds(lambda user, action: {"user": user, "prev_action": {"action_name": action}}, _USERS, _ACTIONS),
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def runner(brain: Brain) -> PlannedGraphRunner:
    """The graph of the trained model."""
    processor = brain._agent.processor
    assert processor is not None
    assert isinstance(processor.graph_runner, PlannedGraphRunner)
    return processor.graph_runner


@pytest.fixture(scope="module")
def policy(runner: PlannedGraphRunner) -> RulePolicy:
    """The trained rules."""
    found: RulePolicy = next(part for part in runner.components if isinstance(part, RulePolicy))
    assert isinstance(found._get_possible_keys, RuleFinder)
    return found


@pytest.mark.parametrize("text", ["đăng ký tạm trú cần giấy tờ gì", "con le phi thi sao", "👍", "/choose", ""])
def test_planned_graph_gives_what_rasas_runner_gives(brain: Brain, runner: PlannedGraphRunner, text: str) -> None:
    """Every property of the message, for the parse of any text."""
    processor = brain._agent.processor
    assert processor is not None
    target = processor.model_metadata.nlu_target

    def parsed(run: Any) -> dict[str, Any]:
        inputs = {PLACEHOLDER_MESSAGE: [UserMessage(text)], PLACEHOLDER_TRACKER: DialogueStateTracker("x", [])}
        output: dict[str, Any] = run(inputs=inputs, targets=[target])[target][0].as_dict(only_output_properties=True)
        output.pop("message_id", None)  # random
        return output

    assert parsed(runner.run) == parsed(lambda **given: DaskGraphRunner.run(runner, **given))


@given(states=_STATES)
def test_rule_finder_finds_what_rasa_finds(policy: RulePolicy, states: list[dict[str, Any]]) -> None:
    """For dialogues of known and unknown intents, typed texts and any action before."""
    lookup = policy.lookup[RULES]
    assert lookup
    assert policy._get_possible_keys(lookup, states) == RulePolicy._get_possible_keys(policy, lookup, states)


def test_rule_finder_remembers_no_text(policy: RulePolicy) -> None:
    """What citizens type is not kept in memory with the rules it was tried against."""
    said = "bà con gõ câu này"
    state = {"user": {"text": said}, "prev_action": {"action_name": "action_listen"}}
    policy._get_possible_keys(policy.lookup[RULES], [state])
    assert said not in str(policy._get_possible_keys._fitting)


def test_every_event_is_found_by_its_name(brain: Brain) -> None:
    """The same class as by Rasa's own walk, first or again; an unknown name stays an error."""
    kinds = all_subclasses(Event)
    assert len(kinds) > 20
    for kind in kinds:
        first = next(other for other in kinds if other.type_name == kind.type_name)
        assert Event.resolve_by_type(kind.type_name) is first
        assert Event.resolve_by_type(kind.type_name) is first
    for _ in range(2):
        with pytest.raises(ValueError, match="Unknown event"):
            Event.resolve_by_type("no_such_event")

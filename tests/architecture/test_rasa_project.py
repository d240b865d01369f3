"""Domain, data, rules, actions and code name the same things."""

from __future__ import annotations

import importlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk.executor import ActionExecutor

from bot.settings import ROOT
from core import understanding
from core.conversation import MEMORY_SLOT
from core.guides import GuideKind
from core.knowledge import Knowledge
from core.privacy import mask
from core.safety import URGENT_GUIDES
from core.search import words_of
from core.text import fold
from core.understanding import ASPECTS, DIALOGUE_INTENTS, TOPIC_PREFIX

_CHOICE_INTENT = "choose"
"""A tapped button: sent by our channels, never trained."""

_RASA_KEYS = {
    "version", "nlu", "responses", "stories", "rules", "intents", "entities", "slots", "actions", "forms", "e2e_actions",
    "session_config",
    "recipe", "pipeline", "policies", "tests",
}  # fmt: skip
_MARKUP = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
_ENTITY = re.compile(r"\[[^\]]+\](?:\(([^):]+)[^)]*\)|\{[^}]*\"entity\":\s*\"([^\"]+)\")")


def _yaml(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)  # the C form of the safe loader


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    """domain.yml."""
    return dict(_yaml(ROOT / "domain.yml"))


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    """All rules."""
    found = [rule for path in sorted((ROOT / "data" / "rules").rglob("*.yml")) for rule in _yaml(path)["rules"]]
    assert found
    return found


def _examples() -> Iterator[tuple[str, str, str]]:
    """File, intent and text of every training example."""
    for path in sorted((ROOT / "data" / "nlu").rglob("*.yml")):
        for block in _yaml(path).get("nlu") or []:
            if "intent" in block:
                for line in block["examples"].splitlines():
                    if line.strip():
                        yield path.name, block["intent"], line.strip().removeprefix("- ").strip()


@pytest.fixture(scope="module")
def examples() -> list[tuple[str, str, str]]:
    """All training examples."""
    found = list(_examples())
    assert len(found) > 3000
    return found


def _names(entries: list[Any]) -> list[str]:
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


# intents


def test_intents_of_the_domain_are_those_of_the_code(domain: dict[str, Any]) -> None:
    """Both ways, each once."""
    intents = _names(domain["intents"])
    assert [name for name, count in Counter(intents).items() if count > 1] == []
    topics = {name for name in intents if name.startswith(TOPIC_PREFIX)}
    others = {value for name in ("OUT_OF_SCOPE", "OTHER_PROCEDURE") if (value := getattr(understanding, name, None))}
    assert set(intents) - topics == {*ASPECTS, *DIALOGUE_INTENTS, *others, _CHOICE_INTENT}


def test_every_topic_intent_has_its_guide(domain: dict[str, Any], knowledge: Knowledge) -> None:
    """Of kind topic."""
    named = {name.removeprefix(TOPIC_PREFIX) for name in _names(domain["intents"]) if name.startswith(TOPIC_PREFIX)}
    assert named
    assert named - set(knowledge.guides) == set()
    assert {name for name in named if knowledge.guides[name].kind is not GuideKind.TOPIC} == set()


def test_every_topic_guide_has_its_intent(domain: dict[str, Any], knowledge: Knowledge) -> None:
    """A topic is asked for by its own intent."""
    topics = {guide.id for guide in knowledge.guides.values() if guide.kind is GuideKind.TOPIC}
    assert topics
    assert {topic for topic in topics if TOPIC_PREFIX + topic not in _names(domain["intents"])} == set()


def test_urgent_guides_are_those_the_safety_rules_lead_to(knowledge: Knowledge) -> None:
    """Both ways."""
    assert {guide.id for guide in knowledge.guides.values() if guide.urgent} == set(URGENT_GUIDES)


def test_every_intent_has_examples_and_every_example_an_intent(
    domain: dict[str, Any], examples: list[tuple[str, str, str]]
) -> None:
    """Except for the tapped button, which nobody types."""
    assert {intent for _, intent, _ in examples} == set(_names(domain["intents"])) - {_CHOICE_INTENT}


def test_every_intent_has_enough_examples(examples: list[tuple[str, str, str]]) -> None:
    """Fewer than ten teach nothing."""
    counts = Counter(intent for _, intent, _ in examples)
    assert {intent: count for intent, count in counts.items() if count < 10} == {}


# rules and actions


def test_every_intent_has_exactly_one_rule(domain: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """And every rule's intent exists."""
    told = Counter(step["intent"] for rule in rules for step in rule["steps"] if "intent" in step)
    assert set(told) == set(_names(domain["intents"]))
    assert {intent: count for intent, count in told.items() if count != 1} == {}


def test_actions_of_domain_rules_and_code_agree(domain: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    """What the domain names is what rasa_sdk discovers, and what the rules use."""
    executor = ActionExecutor()
    executor.register_package("actions")
    named = _names(domain["actions"])
    discovered = set(executor.actions) - {""}  # the base class of all actions bears no name
    assert set(named) == discovered
    assert len(named) == len(set(named))
    used = {step["action"] for rule in rules for step in rule["steps"] if "action" in step}
    assert used <= set(named)
    assert set(named) - used == set()


def test_fallback_action_of_the_pipeline_exists(domain: dict[str, Any]) -> None:
    """RulePolicy falls back to an action of ours."""
    policies = _yaml(ROOT / "config.yml")["policies"]
    named = {policy.get("core_fallback_action_name") for policy in policies} - {None}
    assert named
    assert named <= set(_names(domain["actions"]))


def test_every_part_of_the_pipeline_can_be_imported() -> None:
    """config.yml names classes that exist."""
    parts = [part["name"] for part in _yaml(ROOT / "config.yml")["pipeline"]]
    assert parts
    for part in parts:
        module, _, name = part.rpartition(".")
        assert hasattr(importlib.import_module(module), name), part


# slots and entities


def test_the_only_slot_is_the_conversations_memory(domain: dict[str, Any]) -> None:
    """What is remembered grows in core.conversation alone, and never steers Rasa's own prediction."""
    assert set(domain["slots"]) == {MEMORY_SLOT}
    assert domain["slots"][MEMORY_SLOT]["influence_conversation"] is False


def test_entities_of_the_examples_are_in_the_domain(domain: dict[str, Any], examples: list[tuple[str, str, str]]) -> None:
    """A misspelled entity would be learned silently."""
    used = {name for _, _, text in examples for pair in _ENTITY.findall(text) for name in pair if name}
    assert used
    assert used <= set(_names(domain["entities"]))


# data


def test_no_example_stands_in_two_intents(examples: list[tuple[str, str, str]]) -> None:
    """Read without accents, capitals and markup: the classifier could only learn to guess."""
    intents: dict[str, set[str]] = defaultdict(set)
    for _, intent, text in examples:
        intents[" ".join(re.sub(r"[^\w\s]", " ", fold(_MARKUP.sub(r"\1", text))).split())].add(intent)
    assert {text: sorted(names) for text, names in intents.items() if len(names) > 1} == {}


def test_no_example_stands_twice_in_one_intent(examples: list[tuple[str, str, str]]) -> None:
    """Word for word."""
    counts = Counter((intent, text) for _, intent, text in examples)
    assert [key for key, count in counts.items() if count > 1] == []


def test_no_example_is_empty_of_words(examples: list[tuple[str, str, str]], knowledge: Knowledge) -> None:
    """Every example leaves something to learn from."""
    assert [text for _, _, text in examples if not words_of(_MARKUP.sub(r"\1", text), knowledge.lexicon)] == []


def test_no_example_holds_personal_data(examples: list[tuple[str, str, str]]) -> None:
    """Citizens' messages reach the classifier masked; what it learns from is, too."""
    assert [text for _, _, text in examples if mask(_MARKUP.sub(r"\1", text)).found] == []


@pytest.mark.parametrize("folder", ["guides", "places", "lexicon"])
def test_files_that_are_no_training_data_have_no_key_of_rasa(folder: str) -> None:
    """Otherwise `rasa train --data data` would take them for training data."""
    paths = sorted((ROOT / "data" / folder).rglob("*.yml"))
    assert paths
    assert {path.name: keys for path in paths if (keys := set(_yaml(path)) & _RASA_KEYS)} == {}


def test_domain_and_folder_are_not_kept_side_by_side() -> None:
    """Rasa would merge both."""
    assert (ROOT / "domain.yml").is_file()
    assert not (ROOT / "domain").exists()

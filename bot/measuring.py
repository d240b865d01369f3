"""What the training process measures: a candidate beside the release in force, over the same questions and stories."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.agent import Brain
from bot.ask import Question, answer_all, conversation
from bot.stories import Played, Story, load_stories, play, transcript
from core.dialogue import Dialogue
from core.knowledge import Knowledge
from nlu.training.comparing import Heard, compare, confusable, held_out_heard, side, titles_of, wanted_and_got
from nlu.training.content import ContentTree
from nlu.training.evaluate import evaluate
from nlu.training.examples import doubtful, plain, read_examples
from nlu.training.gate import Limits
from nlu.training.held_out import load_held_out
from nlu.training.labels import Labelled
from nlu.training.report_page import slice_names
from nlu.training.scoring import Score
from nlu.training.spread import spread

__all__ = ["Progress", "Side", "measure"]

_TIMED = 150
_WARM_UP = 10
_SURE = 0.001

Progress = Callable[[float], None]
"""Told how much of a step is done, 0–1."""


@dataclass(frozen=True)
class Side:
    """One of the two that are compared.

    Args:
        tree: Its content.
        model: Its model.
        knowledge: What it answers from.
        brain: Both, loaded.
    """

    tree: Path
    model: Path
    knowledge: Knowledge
    brain: Brain

    @classmethod
    def load(cls, tree: Path, model: Path) -> Side:
        """Load a content tree with its model (without the national catalogue, which no candidate changes).

        Raises:
            ContentError: A file of the tree is wrong.
            AgentFailed: The model cannot be read.
        """
        knowledge = Knowledge.load(tree / "data")
        return cls(tree, model, knowledge, Brain(model, Dialogue(knowledge), tree))


async def measure(
    candidate: Side, live: Side, limits: Limits, held_out: Path, hosts: tuple[str, ...], progress: Progress
) -> dict[str, Any]:
    """Everything the gate and the pages look at, but for the replay.

    Args:
        candidate: What may become a release.
        live: The release in force.
        limits: Which spellings to ask in.
        held_out: Folder of the held-out sentences.
        hosts: Hosts the bot may link to.
        progress: Told how far it has come.

    Raises:
        ContentError: The held-out sentences or stories cannot be read.
    """
    questions = spread(load_held_out(held_out, live.knowledge.guides), limits.spellings)
    count, done = 2 * len(questions), 0

    def advance() -> None:
        nonlocal done
        done += 1
        progress(0.75 * done / count)

    scored = [await evaluate(questions, _asking(one.brain, hosts), advance) for one in (candidate, live)]
    compared = compare(*scored)
    heard, own = await _own_examples(candidate, live)
    progress(0.85)
    stories = await _stories(candidate, live, hosts)
    progress(0.95)
    intents = sorted(read_examples(candidate.tree))
    guides = {guide.id: guide.short_title for guide in candidate.knowledge.guides.values()}
    return {
        "candidate": side(scored[0], candidate.model.stat().st_size),
        "live": side(scored[1], live.model.stat().st_size),
        **compared,
        "pairs": confusable([*heard, *held_out_heard(scored[0])]),
        "own": own,
        "new_sentences": await _new_sentences(candidate, live, held_out, hosts),
        "stories": stories,
        "slower": await _slower(candidate.brain, live.brain, [question.text for question in questions]),
        "intents": intents,
        "titles": titles_of(ContentTree(candidate.tree).intents.all().values(), guides),
        "names": slice_names(),
        "questions": len(questions),
    }


def _asking(brain: Brain, hosts: tuple[str, ...]) -> Callable[[Sequence[Labelled]], AsyncIterator[Mapping[str, Any]]]:
    def ask(messages: Sequence[Labelled]) -> AsyncIterator[Mapping[str, Any]]:
        return answer_all((Question(one.id, one.text, one.conversation) for one in messages), brain, hosts)

    return ask


async def _new_sentences(candidate: Side, live: Side, held_out: Path, hosts: tuple[str, ...]) -> dict[str, Any]:
    """Held-out sentences that only the candidate's content has: how many it answers rightly; and new intents without any."""
    folder = candidate.tree / "tests" / "nlu"
    theirs = {(one.expected, one.text) for one in load_held_out(held_out, live.knowledge.guides)}
    mine = load_held_out(folder, candidate.knowledge.guides) if folder.is_dir() else []
    new = [one for one in mine if one.expected and one.conversation == one.id and (one.expected, one.text) not in theirs]
    scored = await evaluate(new, _asking(candidate.brain, hosts), lambda: None)
    asked = {one.expected.intent for one in new if one.expected}
    return {
        "n": len(new),
        "missed": [{"text": item.question.text, **wanted_and_got(item)} for item in scored if item.score is not Score.RIGHT],
        "without": sorted(set(read_examples(candidate.tree)) - set(read_examples(live.tree)) - asked),
    }


async def _own_examples(candidate: Side, live: Side) -> tuple[list[Heard], list[dict[str, Any]]]:
    """What the candidate makes of its own examples: all that it hears otherwise, and the account of those that live has not."""
    mine, theirs = read_examples(candidate.tree), read_examples(live.tree)
    new = {intent: set(lines) - set(theirs.get(intent, ())) for intent, lines in mine.items()}
    new = {intent: lines for intent, lines in new.items() if lines}
    said = {intent: set(map(plain, lines)) for intent, lines in new.items()}
    heard: list[Heard] = []
    for intent in sorted(mine):
        for example in dict.fromkeys(map(plain, mine[intent])):
            parse = await candidate.brain.parse(example)
            chances = {item["name"]: item["confidence"] for item in parse.get("intent_ranking", ())}
            got = parse["intent"]["name"]
            heard.append(Heard(example, intent, got, chances.get(got, 0.0) - chances.get(intent, 0.0), example=True))
    wrong: dict[str, dict[str, str]] = {intent: {} for intent in new}
    for item in heard:
        if item.text in said.get(item.intent, ()) and item.got != item.intent:
            wrong[item.intent][item.text] = item.got
    for intent, text, other in doubtful(mine, new):
        wrong[intent].setdefault(text, other)
    own = [
        {"intent": intent, "n": len(said[intent]), "wrong": [{"text": text, "got": got} for text, got in found.items()]}
        for intent, found in sorted(wrong.items())
    ]
    return heard, own


async def _stories(candidate: Side, live: Side, hosts: tuple[str, ...]) -> dict[str, Any]:
    """Stories that go wrong with the candidate; those that were there before and go wrong with live as well are only counted."""
    folder = Path("tests") / "stories"
    mine = load_stories(candidate.tree / folder) if (candidate.tree / folder).is_dir() else []
    known = set(load_stories(live.tree / folder)) if (live.tree / folder).is_dir() else set()
    failed = await _failing(mine, candidate.brain, hosts)
    before = await _failing([story for story, _ in failed if story in known], live.brain, hosts)
    excused = {(story.source, story.name) for story, _ in before}
    return {
        "played": len(mine),
        "failed": [
            {"name": story.name, "source": story.source, "told": transcript(story, played)}
            for story, played in failed
            if (story.source, story.name) not in excused
        ],
        "also_live": len(excused),
    }


async def _failing(stories: Iterable[Story], brain: Brain, hosts: tuple[str, ...]) -> list[tuple[Story, list[Played]]]:
    found = []
    async with conversation(brain, hosts) as answer:
        for story in stories:
            played = await play(story, answer)
            if any(turn.problems for turn in played):
                found.append((story, played))
    return found


async def _slower(candidate: Brain, live: Brain, texts: Sequence[str]) -> float:
    """How many times as long a message takes, by the median of messages asked of both in turn."""
    some = texts[:: max(1, len(texts) // _TIMED)]
    times: dict[str, list[float]] = {"candidate": [], "live": []}
    for n, text in enumerate([*some[:_WARM_UP], *some]):
        for name, brain in (("candidate", candidate), ("live", live))[:: 1 if n % 2 else -1]:
            started = time.perf_counter()
            await brain.answer(name, [], text, None)
            if n >= _WARM_UP:
                times[name].append(time.perf_counter() - started)
    return round(statistics.median(times["candidate"]) / max(_SURE / 1000, statistics.median(times["live"])), 3)

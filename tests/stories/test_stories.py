"""Every story in this folder, played with the trained model through the same turns as the channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.agent import Brain
from bot.ask import Answer, conversation
from bot.stories import Played, Story, Writing, load_stories, play, transcript
from core.conversation import MAX_CHOICE_BYTES
from core.knowledge import Knowledge
from core.messages import Outcome, Reply
from core.text import fold
from tests.conftest import LINK_HOSTS
from tests.training_sentences import bare, learned_sentences

STORIES = load_stories(Path(__file__).parent)
_LONG_ENOUGH = 6  # words; short sentences are everybody's


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def answer(brain: Brain) -> AsyncIterator[Answer]:
    """One database for all stories: they must not disturb each other."""
    async with conversation(brain, LINK_HOSTS) as take_turn:
        yield take_turn


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.source}-{fold(story.name)}")
async def test_the_story_goes_as_a_citizen_would_expect(story: Story, answer: Answer) -> None:
    """Each turn ends as expected; a failure shows the whole conversation."""
    played = await play(story, answer)
    if any(turn.problems for turn in played):
        pytest.fail(transcript(story, played), pytrace=False)
    for turn in played:
        assert _unusable(turn) == [], transcript(story, played)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_story_that_goes_wrong_is_told_with_its_whole_conversation(answer: Answer) -> None:
    """Each kind of expectation can fail, and a button that was never offered ends the story."""
    wrong = {"outcome": "handoff", "says": "ngày mai", "hides": "Trợ lý", "offers": "Nút không có"}
    turns = [{"user": "xin chào", "expect": wrong}, {"tap": "Nút không có", "expect": {"outcome": "answered"}}]
    story = Story.model_validate({"name": "một câu chuyện sai", "source": "test", "turns": turns})
    played = await play(story, answer)
    assert [len(turn.problems) for turn in played] == [4, 1]
    told = transcript(story, played)
    assert told.count("WRONG") == 5
    assert "xin chào" in told


def _unusable(turn: Played) -> list[str]:
    """What no reply of any story may be."""
    replies: tuple[Reply, ...] = turn.report.replies if turn.report else ()
    problems = [] if replies else ["no reply"]
    if len({reply.text for reply in replies}) < len(replies):
        problems.append("the same said twice")
    for reply in replies:
        labels = [choice.label for choice in reply.choices]
        if not reply.text.strip():
            problems.append("an empty reply")
        if len(set(labels)) < len(labels):
            problems.append(f"a label offered twice: {labels}")
        problems += [f"choice id too long: {choice.id}" for choice in reply.choices if len(choice.id.encode()) > MAX_CHOICE_BYTES]
    return problems


def test_there_are_at_least_sixty_stories() -> None:
    """Fewer would leave whole groups of guides unspoken of."""
    assert len(STORIES) >= 60


_CONVERSATION = frozenset(
    "aftercare branches clarify context courtesy guided life_events manners people privacy safety scope stuck typing walk".split()
)
"""Groups about what a conversation can do, beside those about an area's procedures."""


def test_there_are_enough_stories_about_conversation_itself() -> None:
    """Walks, questions in between, being stuck, cases, manners; a good part of them as people in Huế type."""
    talks = [story for story in STORIES if story.source in _CONVERSATION]
    assert len(talks) >= 120
    assert sum(bool({Writing.UNACCENTED, Writing.DIALECT} & set(story.written)) for story in talks) >= 30


def test_story_names_are_unique() -> None:
    """A failing story is found by its name."""
    names = [(story.source, story.name) for story in STORIES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_occurs(outcome: Outcome) -> None:
    """For each way a turn can end there is a turn that may end in no other way."""
    assert any(turn.expect.outcome == (outcome,) for story in STORIES for turn in story.turns)


@pytest.mark.parametrize(
    ("writings", "at_least"),
    [({Writing.UNACCENTED, Writing.DIALECT}, 20), ({Writing.TEENCODE}, 10), ({Writing.TELEX}, 3), ({Writing.VNI}, 2)],
    ids=["unaccented-or-dialect", "teencode", "telex", "vni"],
)
def test_citizens_write_in_their_own_way(writings: set[Writing], at_least: int) -> None:
    """Enough stories are written the way people in Huế really type."""
    assert sum(bool(writings & set(story.written)) for story in STORIES) >= at_least


def test_stories_name_known_guides(knowledge: Knowledge) -> None:
    """A renamed guide shows here, not as an answer that went wrong."""
    named = {guide for story in STORIES for turn in story.turns for guide in turn.expect.guide}
    assert named
    assert named - set(knowledge.guides) == set()


def test_stories_visit_every_area(knowledge: Knowledge) -> None:
    """Each group of the menu is talked about in some story."""
    named = {guide for story in STORIES for turn in story.turns for guide in turn.expect.guide}
    areas = {knowledge.guides[guide].area for guide in named if guide in knowledge.guides}
    assert set(knowledge.guides.by_area) - areas == set()


def test_stories_are_not_training_sentences(knowledge: Knowledge) -> None:
    """A sentence the model or the search has learned by heart would show nothing."""
    learned = {bare(sentence) for sentence in learned_sentences(knowledge.guides)}
    assert len(learned) > 1000
    typed = {bare(turn.user) for story in STORIES for turn in story.turns if turn.user}
    assert {sentence for sentence in typed & learned if len(sentence.split()) >= _LONG_ENOUGH} == set()

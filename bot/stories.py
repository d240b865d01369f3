"""Conversation stories: their file format, and playing one through the same turns as every channel.

tests/stories/README.md describes the format for those who write stories.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from bot.ask import Answer, Question
from bot.turns import TurnReport
from core.errors import ContentError
from core.guides import Section
from core.messages import Choice, Outcome

__all__ = ["Expectation", "Played", "Story", "StoryTurn", "Writing", "load_stories", "play", "transcript"]


def _as_tuple(value: Any) -> Any:
    """A single value stands for a list of one."""
    return value if isinstance(value, list) else (value,)


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Writing(StrEnum):
    """How the citizen of a story writes, where it is not plain Vietnamese."""

    UNACCENTED = "unaccented"
    DIALECT = "dialect"
    TEENCODE = "teencode"
    TELEX = "telex"
    VNI = "vni"


class Expectation(_Strict):
    """What a sensible citizen would accept as the end of a turn; a list names alternatives unless said otherwise.

    Args:
        outcome: How the turn may end.
        guide: Guide it may be about; asked back instead, one of them must be among the choices.
        section: Section of the guide that may be answered; not looked at when the bot asks back.
        says: All of these stand in the replies, letter for letter.
        hides: None of these stands in the replies or in what is stored of the message.
        offers: Labels that all stand under the replies.
    """

    outcome: Annotated[tuple[Outcome, ...], BeforeValidator(_as_tuple)]
    guide: Texts = ()
    section: Annotated[tuple[Section, ...], BeforeValidator(_as_tuple)] = ()
    says: Texts = ()
    hides: Texts = ()
    offers: Texts = ()


class StoryTurn(_Strict):
    """One message of the citizen: typed, a tapped label, or a choice id no button shows; and what must follow."""

    user: str | None = None
    tap: str | None = None
    choice: str | None = None
    expect: Expectation

    @model_validator(mode="after")
    def _one_message(self) -> StoryTurn:
        if sum(sent is not None for sent in (self.user, self.tap, self.choice)) != 1:
            raise ValueError("a turn has exactly one of user, tap, choice")
        return self


class Story(_Strict):
    """A conversation from its first message to its last."""

    name: Annotated[str, Field(min_length=10)]
    source: str
    written: Annotated[tuple[Writing, ...], BeforeValidator(_as_tuple)] = ()
    turns: Annotated[tuple[StoryTurn, ...], Field(min_length=1)]


_STORIES = TypeAdapter(tuple[Story, ...])


def load_stories(folder: Path) -> list[Story]:
    """Read every ``*.yml`` of `folder`, in the order of the files.

    Raises:
        ContentError: Names each field that is missing, unknown or of another kind.
    """
    stories: list[Story] = []
    for path in sorted(folder.glob("*.yml")):
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            stories.extend(_STORIES.validate_python([{**story, "source": path.stem} for story in raw]))
        except ValidationError as error:
            problems = [f"{path}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
            raise ContentError(problems) from error
    return stories


@dataclass(frozen=True)
class Played:
    """One turn of a story as it went.

    Args:
        sent: The citizen's message, for people to read.
        report: What the bot made of it; None when it could not be sent.
        problems: Where that differs from what the story expects.
    """

    sent: str
    report: TurnReport | None
    problems: tuple[str, ...]


async def play(story: Story, answer: Answer) -> list[Played]:
    """Play `story` to its end, or to a button that was never offered.

    Args:
        story: What to play.
        answer: Takes one message through a turn, see `bot.ask.conversation`.

    Raises:
        Exception: Whatever failed inside a turn, with the conversation so far as its note.
    """
    played: list[Played] = []
    on_screen: list[Choice] = []
    for turn in story.turns:
        text, choice = turn.user or turn.tap or "", turn.choice
        sent = f"[{text}]" if turn.tap else text or f"<{choice or 'empty'}>"
        if turn.tap:
            choice = _find(turn.tap, on_screen)
            if choice is None:
                played.append(Played(sent, None, (f"no button '{turn.tap}' was offered",)))
                return played
        try:
            report = await answer(Question(str(len(played) + 1), text, f"{story.source}: {story.name}", choice))
        except Exception as error:
            error.add_note(f"{transcript(story, played)}\n  citizen  {sent}\n  WRONG    the turn failed")
            raise
        on_screen.extend(_choices(report))
        played.append(Played(sent, report, tuple(_differences(turn.expect, report))))
    return played


def _find(label: str, on_screen: list[Choice]) -> str | None:
    """The latest button with that label: a chat keeps the older ones in sight."""
    return next((choice.id for choice in reversed(on_screen) if choice.label == label), None)


def _choices(report: TurnReport) -> list[Choice]:
    return [choice for reply in report.replies for choice in reply.choices]


def _differences(expect: Expectation, report: TurnReport) -> list[str]:
    turn = report.turn
    said = "\n".join(reply.text for reply in report.replies)
    choices = _choices(report)
    problems = []
    if turn.outcome not in expect.outcome:
        problems.append(f"outcome {turn.outcome}, expected {_either(expect.outcome)}")
    elif turn.outcome == Outcome.CLARIFY:
        offered = {choice.id.split(":")[1] for choice in choices if choice.id.startswith("g:")}
        if expect.guide and not offered & set(expect.guide):
            problems.append(f"asks back about {sorted(offered)}, expected {_either(expect.guide)} among them")
    elif turn.outcome in {Outcome.ANSWERED, Outcome.STEP, Outcome.SAFETY}:
        if expect.guide and turn.guide not in expect.guide:
            problems.append(f"guide {turn.guide}, expected {_either(expect.guide)}")
        if expect.section and turn.section not in expect.section:
            problems.append(f"section {turn.section}, expected {_either(expect.section)}")
    problems += [f"does not say '{text}'" for text in expect.says if text not in said]
    problems += [f"shows or stores '{text}'" for text in expect.hides if text in said or text in report.text]
    labels = {choice.label for choice in choices}
    problems += [f"does not offer '{label}'" for label in expect.offers if label not in labels]
    return problems


def _either(accepted: tuple[str, ...]) -> str:
    return " or ".join(accepted)


def transcript(story: Story, played: list[Played]) -> str:
    """The whole conversation as text, with what went wrong under its turn."""
    lines = [f"{story.source}: {story.name}"]
    for turn in played:
        lines.append(f"  citizen  {turn.sent}")
        if turn.report:
            row = turn.report.turn
            lines.append(
                f"           {row.outcome} guide={row.guide} section={row.section} ({row.intent} {row.confidence or 0:.2f})"
            )
            lines += [f"  bot      {line}" for reply in turn.report.replies for line in reply.text.splitlines()]
            if labels := [choice.label for choice in _choices(turn.report)]:
                lines.append(f"           {' | '.join(labels)}")
        lines += [f"  WRONG    {problem}" for problem in turn.problems]
    return "\n".join(lines)

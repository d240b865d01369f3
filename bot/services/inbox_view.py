"""What trainers see of the inbox: groups in their order, with a sentence that stands for each, and what the bot guesses."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.services.draft import Draft
from core.inbox import Group, Kind, Order, Reason, ranked
from core.staff import Member
from core.storage import training_inbox
from core.storage.database import Database
from core.storage.training_inbox import Line
from core.understanding import TOPIC_PREFIX
from nlu.training.content import ContentTree
from nlu.training.intents import Intent, IntentKind

__all__ = ["PAGE", "Choices", "GroupView", "Guess", "InboxView", "Listing"]

PAGE = 30
_GUESSES = 3
_PICKED = 3.0
"""Weight of what the citizen tapped themselves, against 1 for the bot's first guess."""
_WRONG = {Reason.TOLD_WRONG, Reason.MISREAD}


@dataclass(frozen=True)
class Choices:
    """What messages can be given to.

    Args:
        intents: Of the draft, by name.
        guides: Titles of the draft's guides, by id.
    """

    intents: Mapping[str, Intent]
    guides: Mapping[str, str]

    def title(self, kind: str, target: str | None) -> str:
        """What an intent or guide is called; its name, once it is gone."""
        if kind == Kind.GUIDE:
            return self.guides.get(target or "", target or "")
        intent = self.intents.get(target or "")
        return intent.title if intent else target or ""


@dataclass(frozen=True)
class Guess:
    """Where the bot thinks messages belong.

    Args:
        kind: An intent or a guide.
        target: Which.
        title: What people read.
        messages: How many of them speak for it.
        picked: Citizens tapped it themselves.
    """

    kind: Kind
    target: str
    title: str
    messages: int
    picked: bool


@dataclass(frozen=True)
class GroupView:
    """A group with its messages, the one that stands for it first."""

    group: Group
    lines: tuple[Line, ...]
    guesses: tuple[Guess, ...]

    @property
    def title(self) -> str:
        """The sentence nearest to the middle."""
        return self.lines[0].message.text

    @property
    def others(self) -> list[str]:
        """Further wordings, each once."""
        return list(dict.fromkeys(line.message.text for line in self.lines if line.message.text != self.title))

    @property
    def reasons(self) -> list[tuple[str, int]]:
        """Why its messages are here, the most frequent first."""
        return Counter(reason for line in self.lines for reason in line.item.reasons).most_common()


@dataclass(frozen=True)
class Listing:
    """A page of the inbox.

    Args:
        groups: On this page, in order.
        total: How many groups wait.
        messages: How many messages are in them.
    """

    groups: tuple[GroupView, ...]
    total: int
    messages: int


class InboxView:
    """Reads the inbox for pages.

    Args:
        database: Where it is kept.
        draft: What messages can be given to.
    """

    def __init__(self, database: Database, draft: Draft) -> None:
        self._database = database
        self._draft = draft

    async def choices(self) -> Choices:
        """What messages can be given to."""

        def read(tree: ContentTree) -> Choices:
            return Choices(
                tree.intents.all(), {guide: str(tree.guides.raw(guide).get("title", guide)) for guide in tree.guides.paths()}
            )

        return await self._draft.read(read)

    async def listing(self, member: Member, choices: Choices, order: Order, reason: str | None, page: int) -> Listing:
        """A page of groups, in `order`; `reason` narrows them down to messages that are there for it."""
        async with self._database.session() as session:
            groups = ranked(await training_inbox.list_groups(session, member, datetime.now(UTC), reason), order)
            shown = groups[(page - 1) * PAGE : page * PAGE]
            lines = await training_inbox.list_lines(session, member, [group.number for group in shown], reason)
        views = [_view(group, lines[group.number], choices) for group in shown if group.number in lines]
        return Listing(tuple(views), len(groups), sum(group.messages for group in groups))

    async def group(
        self, member: Member, choices: Choices, number: int, order: Order, reason: str | None
    ) -> tuple[GroupView | None, int | None, int | None]:
        """A group, None when nothing of it waits (any more), and the numbers of those before and after it in `order`."""
        async with self._database.session() as session:
            groups = ranked(await training_inbox.list_groups(session, member, datetime.now(UTC), reason), order)
            lines = await training_inbox.list_lines(session, member, [number], reason)
        place = next((n for n, group in enumerate(groups) if group.number == number), None)
        if place is None or number not in lines:
            return None, None, groups[0].number if groups else None
        before = groups[place - 1].number if place else None
        after = groups[place + 1].number if place + 1 < len(groups) else None
        return _view(groups[place], lines[number], choices), before, after


def _view(group: Group, lines: Sequence[Line], choices: Choices) -> GroupView:
    return GroupView(group, tuple(lines), _guesses(lines, choices))


def _guesses(lines: Sequence[Line], choices: Choices) -> tuple[Guess, ...]:
    weights: defaultdict[tuple[Kind, str], float] = defaultdict(float)
    speaking: Counter[tuple[Kind, str]] = Counter()
    picked: set[tuple[Kind, str]] = set()
    for line in lines:
        votes = _votes(line, choices)
        for place, weight in votes.items():
            weights[place] += weight
            speaking[place] += 1
            if weight >= _PICKED:
                picked.add(place)
    best = sorted(weights, key=lambda place: (-weights[place], place))[:_GUESSES]
    return tuple(
        Guess(kind, target, choices.title(kind, target), speaking[kind, target], (kind, target) in picked)
        for kind, target in best
    )


def _votes(line: Line, choices: Choices) -> dict[tuple[Kind, str], float]:
    """What the bot, or the citizen, makes of one message. What proved wrong has no vote."""
    wrong = line.turn.guide if _WRONG & set(line.item.reasons) else None
    guides: dict[str, float] = {}
    named = [str(name) for name in line.turn.candidates] or [line.turn.guide or ""]
    for rank, name in enumerate(named[:_GUESSES], 1):
        guides[name] = 1 / rank
    intent = line.turn.intent or ""
    confidence = line.turn.confidence or 0.0
    if intent.startswith(TOPIC_PREFIX):
        name = intent.removeprefix(TOPIC_PREFIX)
        guides[name] = guides.get(name, 0.0) + confidence
    if line.picked:
        guides[line.picked] = _PICKED
    votes = {_place(name, choices): weight for name, weight in guides.items() if name in choices.guides and name != wrong}
    known = choices.intents.get(intent)
    if known is not None and known.kind is IntentKind.REPLY:
        votes[Kind.INTENT, intent] = confidence
    return votes


def _place(guide: str, choices: Choices) -> tuple[Kind, str]:
    """A topic's messages belong to its intent; other guides are found by their names and needs."""
    topic = TOPIC_PREFIX + guide
    return (Kind.INTENT, topic) if topic in choices.intents else (Kind.GUIDE, guide)
